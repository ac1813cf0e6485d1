"""What a run was, as named facts in sections; what is not known is a dash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from types import MappingProxyType

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from ecotui.analysis.kernels import engine_words
from ecotui.core import units
from ecotui.core.arm import quantization
from ecotui.core.errors import UsageError
from ecotui.core.rows import RunRow
from ecotui.core.servers import NO_VERDICT, SERVERS
from ecotui.store.finding import StoredRun
from ecotui.ui.theme import ink
from ecotui.ui.widgets.history_columns import sensor_word

Fact = tuple[str, str]
LABEL = 17
KEPT = "\N{NO-BREAK SPACE}"
"""At which no value is broken; shown as any other blank."""
ROLES = {"✘": "bad", "▲": "warn", "≈": "warn", "■": "warn", "◌": "warn"}
"""Roles of values by the glyph that they begin with; the words beside it say the same."""


def said(value: object, unit: str = "") -> str:
    """Text from outside, or the dash; with its unit where it has one."""
    text = units.ABSENT if value is None or value == "" else units.clean(value)
    return f"{text} {unit}".strip()


def number(value: float | None, unit: str, digits: int | None = None) -> str:
    text = units.significant(value) if digits is None else units.number(value, digits)
    return f"{text} {unit}"


def identity(run: StoredRun, paired: str = "") -> list[Fact]:
    """Which run it is, and how it ended; `paired` tells of the arms that it took turns with."""
    row = run.row
    return [
        ("run", said(row.run_id)),
        ("session", said(row.session_id)),
        *([("paired session", paired)] if paired else []),
        ("label", said(row.label)),
        ("recorded", units.ABSENT if row.started_at is None else f"{row.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("outcome", said(row.outcome)),
        ("reason", said(row.reason)),
        ("origin", run.whence),
        ("log", f"sessions/{row.session_id}/{run.log.name}" if run.log else "gone"),
        ("schema", f"version {row.schema_version}"),
    ]


def arm(row: RunRow, told: Mapping[str, str] = MappingProxyType({})) -> list[Fact]:
    """What was under test, with the configuration that can be pasted; `told` is what its loader said."""
    if row.is_watched:
        return _server(row)
    try:
        described = quantization(row.quantization or "")
        text, code = described.text, described.code().splitlines()
    except UsageError:
        text, code = "not known to this version", [units.ABSENT]
    size = f"{number(None if row.parameters is None else row.parameters / 1e9, 'billion')}"
    return [
        ("model", said(row.model)),
        ("weights", said(row.weights)),
        ("parameters", size),
        ("on the device", number(None if row.weights_b is None else row.weights_b / 1e9, "GB")),
        ("load", units.duration(row.load_s)),
        ("warm-up", f"{units.number(row.warmups, 0)} {'call' if row.warmups == 1 else 'calls'}, discarded"),
        ("windows", f"{units.number(row.windows, 0)} of {units.number(row.windows_planned, 0)} planned"),
        ("window", f"{units.duration(row.window_s)}, mean"),
        ("batch", number(row.batch_size, "rows", 0)),
        ("prompt", number(row.prompt_tokens, "tokens", 0)),
        ("new tokens", number(row.new_tokens, "a row", 0)),
        ("engine", said(engine_words(row.engine, told))),
        *([("graph's pool", _pool(told["graph_pool_b"]))] if "graph_pool_b" in told else []),
        *([("writes", said(told["writes"]))] if "writes" in told else []),
        ("dtype", said(row.dtype)),
        ("quantization", f"{said(row.quantization)}: {text}"),
        *[("configuration" if i == 0 else "", line) for i, line in enumerate(code)],
    ]


def _server(row: RunRow) -> list[Fact]:
    """What a watched server told; what it runs with is its own."""
    return [
        ("server", said(SERVERS.get(row.watched or "", row.watched))),
        ("at", said(row.watched_address)),
        ("model", said(row.model)),
        ("windows", units.number(row.windows, 0)),
        ("window", f"{units.duration(row.window_s)}, mean"),
        ("tokens", f"{units.number(row.tokens, 0)} generated, {units.number(row.watched_prompt_tokens, 0)} read"),
        ("requests", f"{units.number(row.watched_running)} running, {units.number(row.watched_waiting)} waiting, mean"),
        ("compared", NO_VERDICT),
    ]


def _pool(told: str) -> str:
    return units.gigabytes(int(told)) if told.isdecimal() else said(told)


def environment(row: RunRow) -> list[Fact]:
    """On what it was measured, and with what."""
    return [
        ("sensor", sensor_word(row)),
        ("device", said(row.device)),
        ("board", said(row.gpu_name)),
        ("UUID", said(row.gpu_uuid)),
        ("index", said(row.gpu_index)),
        ("power limit", units.watts(row.power_limit_w)),
        ("driver", said(row.driver_version)),
        ("host", said(row.host)),
        ("Python", said(row.python_version)),
        ("ecotui", said(row.ecotui_version)),
        ("torch", said(row.torch_version)),
        ("transformers", said(row.transformers_version)),
        ("bitsandbytes", said(row.bitsandbytes_version)),
    ]


def lines(facts: Sequence[Fact], width: int) -> Iterator[Content]:
    """The facts as rows, values broken under their own beginning."""
    room = max(width - LABEL, 10)
    for label, value in facts:
        parts = [value] if len(value) <= room else wrap(value, room, drop_whitespace=True) or [""]
        for at, part in enumerate(parts):
            role = "warn" if part == "SIMULATED" else ROLES.get(value[:1], "text")
            name = ink(f"{label if at == 0 else '':<{LABEL}}", "muted")
            yield Content.assemble(name, ink(part.replace(KEPT, " "), role, bold=role != "text"))


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
