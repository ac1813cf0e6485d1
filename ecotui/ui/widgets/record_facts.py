"""All that a run's row says, as named facts in sections; what is not known is a dash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.core import units
from ecotui.core.arm import quantization
from ecotui.core.errors import UsageError
from ecotui.core.reading import reason_words
from ecotui.core.rows import RunRow
from ecotui.store.finding import StoredRun
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_columns import mark_of, sensor_word
from ecotui.ui.widgets.history_detail import windows_text

Fact = tuple[str, str]
LABEL = 17


def _said(value: object, unit: str = "") -> str:
    """Text from outside, or the dash; with its unit where it has one."""
    text = units.ABSENT if value is None or value == "" else units.clean(value)
    return f"{text} {unit}".strip()


def _number(value: float | None, unit: str, digits: int | None = None) -> str:
    text = units.significant(value) if digits is None else units.number(value, digits)
    return f"{text} {unit}"


def identity(run: StoredRun) -> list[Fact]:
    """Which run it is, and how it ended."""
    row = run.row
    glyph, word, _ = mark_of(row)
    return [
        ("run", _said(row.run_id)),
        ("session", _said(row.session_id)),
        ("label", _said(row.label)),
        ("recorded", units.ABSENT if row.started_at is None else f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("outcome", _said(row.outcome)),
        ("reason", _said(row.reason)),
        ("windows", f"{glyph} {word}, {windows_text(row)}"),
        ("cause", _said(row.cause)),
        ("origin", "recorded samples" if run.origin == "sample" else "this machine"),
        ("log", f"sessions/{row.session_id}/{run.log.name}" if run.log else "gone"),
        ("schema", f"version {row.schema_version}"),
    ]


def arm(row: RunRow) -> list[Fact]:
    """What was under test, with the configuration that can be pasted."""
    try:
        described = quantization(row.quantization or "")
        text, code = described.text, described.code().splitlines()
    except UsageError:
        text, code = "not known to this version", [units.ABSENT]
    size = f"{_number(None if row.parameters is None else row.parameters / 1e9, 'billion')}"
    return [
        ("model", _said(row.model)),
        ("weights", _said(row.weights)),
        ("parameters", size),
        ("on the device", _number(None if row.weights_b is None else row.weights_b / 1e9, "GB")),
        ("load", units.duration(row.load_s)),
        ("batch", _number(row.batch_size, "rows", 0)),
        ("prompt", _number(row.prompt_tokens, "tokens", 0)),
        ("new tokens", _number(row.new_tokens, "a row", 0)),
        ("engine", _said(row.engine)),
        ("dtype", _said(row.dtype)),
        ("quantization", f"{_said(row.quantization)}: {text}"),
        ("threshold", _number(row.llm_int8_threshold, "(LLM.int8 outliers)", 1)),
        *[("configuration" if i == 0 else "", line) for i, line in enumerate(code)],
    ]


def environment(row: RunRow) -> list[Fact]:
    """On what it was measured, and with what."""
    return [
        ("sensor", sensor_word(row)),
        ("device", _said(row.device)),
        ("board", _said(row.gpu_name)),
        ("UUID", _said(row.gpu_uuid)),
        ("index", _said(row.gpu_index)),
        ("power limit", units.watts(row.power_limit_w)),
        ("driver", _said(row.driver_version)),
        ("host", _said(row.host)),
        ("Python", _said(row.python_version)),
        ("ecotui", _said(row.ecotui_version)),
        ("torch", _said(row.torch_version)),
        ("transformers", _said(row.transformers_version)),
        ("bitsandbytes", _said(row.bitsandbytes_version)),
    ]


def protocol(row: RunRow) -> list[Fact]:
    """What the run went through, and the idle power before it."""
    return [
        ("idle, bare", f"{units.watts(row.idle_bare_w)} over {units.duration(row.idle_bare_s)}, before the worker"),
        (
            "idle, context",
            f"{units.watts(row.idle_context_w)} over {units.duration(row.idle_context_s)}, weights loaded",
        ),
        ("warm-up", f"{units.number(row.warmups, 0)} {'call' if row.warmups == 1 else 'calls'}, discarded"),
        ("windows", f"{units.number(row.windows, 0)} of {units.number(row.windows_planned, 0)} planned"),
        ("window", f"{units.duration(row.window_s)}, mean"),
        ("tokens", _number(row.tokens, "in all windows", 0)),
    ]


def figures(row: RunRow) -> list[Fact]:
    """The summary of all windows; energy is of the whole board, and nets name what they are net of."""
    clocks = ", ".join(reason_words(row.clock_event_reasons)) or "none"
    return [
        ("gross", units.joules_per_1k(row.energy_gross_j_per_1k_tokens)),
        ("net of context", units.joules_per_1k(row.energy_net_context_j_per_1k_tokens)),
        ("net of bare", units.joules_per_1k(row.energy_net_bare_j_per_1k_tokens)),
        ("gross, request", _number(row.energy_gross_j_per_request, "J")),
        ("gross, in all", _number(row.energy_gross_j, "J")),
        ("source", _said(row.energy_source)),
        ("edges", f"± {units.percent(row.energy_edge_error_pct, 2)} at most"),
        ("throughput", _number(row.throughput_tok_s, "tok/s")),
        ("power", units.watts(row.power_mean_w)),
        ("CV", _variation(row)),
        ("TTFT · TPOT", f"{_number(row.ttft_ms, 'ms')} · {_number(row.tpot_ms, 'ms')}"),
        ("ITL p50 · p99", f"{_number(row.itl_p50_ms, 'ms')} · {_number(row.itl_p99_ms, 'ms')}"),
        ("temperature", _temperature(row)),
        ("SM clock", _number(row.sm_clock_mean_mhz, "MHz", 0)),
        ("utilization", units.percent(row.utilization_mean_pct)),
        ("memory, board", units.gigabytes(row.memory_used_peak_b)),
        ("memory, torch", units.gigabytes(row.memory_peak_b)),
        ("clock events", units.ABSENT if row.clock_event_reasons is None else clocks),
    ]


def _variation(row: RunRow) -> str:
    parts = ("tok/s", row.throughput_cv_pct), ("W", row.power_cv_pct), ("J/1k", row.energy_cv_pct)
    return " · ".join(f"{name} {units.percent(value, 2)}" for name, value in parts)


def _temperature(row: RunRow) -> str:
    ends = (row.temperature_start_c, row.temperature_end_c, row.temperature_max_c)
    start, end, most = (units.number(value, 0) for value in ends)
    return f"{start} to {end} °C, at most {most}"


def lines(facts: Sequence[Fact], width: int) -> Iterator[Content]:
    """The facts as rows, values broken under their own beginning."""
    room = max(width - LABEL, 10)
    for label, value in facts:
        parts = [value] if len(value) <= room else wrap(value, room, drop_whitespace=True) or [""]
        for number, part in enumerate(parts):
            role = "warn" if part == "SIMULATED" else "text"
            name = ink(f"{label if number == 0 else '':<{LABEL}}", "muted")
            yield Content.assemble(name, ink(part, role, bold=role == "warn"))


class FactsPane(Widget):
    """A section of facts under its title."""

    def __init__(self, title: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.border_title = title
        self._facts: Sequence[Fact] = ()

    def show(self, facts: Sequence[Fact], simulated: bool) -> None:
        """Other facts; the word SIMULATED stands at the title of all that is."""
        self._facts = facts
        self.border_subtitle = ink("SIMULATED", "warn") if simulated else ""
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(sum(1 for _ in lines(self._facts, width)), 1)

    def render(self) -> Content:
        return Content("\n").join(lines(self._facts, self.content_size.width))
