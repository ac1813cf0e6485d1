"""What Compare calls its figures in few letters, and how many of them stand above the warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecotui.analysis.comparison import Figure
from ecotui.analysis.figures import SIGNED
from ecotui.core import units
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ARM_GLYPHS


@dataclass(frozen=True, slots=True)
class Name:
    """A figure on screen."""

    short: str
    unit: str
    scale: float = 1.0
    """Shown value over stored value."""


NAMES: dict[str, Name] = {
    "throughput_tok_s": Name("throughput", "tok/s"),
    "power_mean_w": Name("power", "W"),
    "energy_gross_j_per_1k_tokens": Name("gross", "J/1k"),
    "energy_net_context_j_per_1k_tokens": Name("net of context", "J/1k"),
    "energy_net_bare_j_per_1k_tokens": Name("net of bare", "J/1k"),
    "energy_gross_j_per_request": Name("gross, request", "J"),
    "idle_context_w": Name("idle, context", "W"),
    "idle_bare_w": Name("idle, bare", "W"),
    "prefill_energy_j": Name("prefill, gross", "J"),
    "decode_energy_j_per_token": Name("decode, gross", "J/tok"),
    "energy_sources_diff_pct": Name("counter/integr.", "%"),
    "decode_tok_s": Name("decode", "tok/s"),
    "gpu_busy_pct": Name("GPU busy", "%"),
    "bandwidth_share_pct": Name("bandwidth", "%"),
    "launches_per_step": Name("launches", "a step"),
    "launch_share_pct": Name("launching", "%"),
    "ttft_ms": Name("TTFT", "ms"),
    "tpot_ms": Name("TPOT", "ms"),
    "itl_p99_ms": Name("ITL p99", "ms"),
    "throughput_cv_pct": Name("CV throughput", "%"),
    "power_cv_pct": Name("CV power", "%"),
    "energy_edge_error_pct": Name("edges ±", "%"),
    "temperature_max_c": Name("hottest", "°C"),
    "sm_clock_mean_mhz": Name("SM clock", "MHz"),
    "utilization_mean_pct": Name("utilization", "%"),
    "memory_used_peak_b": Name("memory, most", "GB", 1e-9),
}
FIRST = (
    "throughput_tok_s",
    "power_mean_w",
    "energy_gross_j_per_1k_tokens",
    "energy_net_context_j_per_1k_tokens",
    "energy_net_bare_j_per_1k_tokens",
)
"""Above the warnings; the break-even idle power and the idle power that was measured follow them."""
IDLE = "idle_context_w"
IN_HEAD = ("windows",)
ARROWS = {"lower": "↓", "higher": "↑", None: " "}
LEGEND = "▲ more, ▼ less than ●   ↑ more is better, ↓ less is better"
SIGNS: dict[str, str] = {"batch_size": "batch size", "prompt_tokens": "prompt length", "new_tokens": "new tokens"}


def name_of(figure: Figure) -> Name:
    """What the figure is called; one that Compare does not know keeps its own label."""
    return NAMES.get(figure.name, Name(figure.label, figure.unit))


def value_text(figure: Figure, place: int) -> str:
    """The value of the run at that place, in the unit of the figure's name."""
    value = figure.values[place]
    if figure.name == SIGNED and value is not None:
        return f"{round(value, 2) + 0.0:+.2f}"  # no "-0.00"
    # Six digits first: 999.99997 reads 1,000 and not 1,000.0, which the column has no room for.
    return units.significant(None if value is None else float(f"{value * name_of(figure).scale:.6g}"))


def difference_text(percent: float | None, words: bool) -> str:
    """ "▲ 82.2 % more"; without the word where there is no room for it, and "=" where it would read 0.0."""
    if percent is None:
        return units.ABSENT
    size = f"{abs(percent):,.0f} %" if abs(percent) >= 99.95 else f"{abs(percent):.1f} %"
    if size == "0.0 %":
        return "= the same" if words else "="
    if not words:
        return f"{'▲' if percent > 0 else '▼'}{size.replace(' ', '').replace(',', '')}"
    return f"▲ {size} more" if percent > 0 else f"▼ {size} less"


def difference_role(figure: Figure, place: int) -> str:
    """Good, bad, or neither: the arrow at the figure's name says which way is better."""
    percent = figure.differences_pct[place]
    if percent is None or abs(percent) < 0.05:
        return "muted"
    if figure.better is None:
        return "text"
    return "good" if (percent < 0) == (figure.better == "lower") else "bad"


def differs_text(columns: Sequence[str]) -> str:
    """The sentence about what the arms do not share."""
    if not columns:
        return "Differs in: nothing that makes up an arm."
    if tuple(columns) == ("engine",):
        return "What differs is the engine; nothing else of the arm."
    return f"Differs in: {', '.join(SIGNS.get(c, c) for c in columns)}; nothing else of the arm."


def with_glyphs(sentence: str, runs: Sequence[RunRow]) -> str:
    """The sentence with the runs' glyphs, quantizations and engines in place of their ids."""
    for glyph, run in zip(ARM_GLYPHS, runs, strict=False):
        sentence = sentence.replace(run.run_id, f"{glyph} {run.quantization_label}".strip())
    return units.clean(sentence)
