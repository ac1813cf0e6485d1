"""What Compare calls its figures in few letters, and how many of them stand above the warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecotui.analysis.comparison import Figure
from ecotui.analysis.figures import SIGNED
from ecotui.analysis.paired import Ratio
from ecotui.analysis.quality import is_random, ratio
from ecotui.analysis.quality_runs import Known
from ecotui.analysis.verdict import DEPENDS, LESS
from ecotui.core import units
from ecotui.core.labels import short_labels
from ecotui.core.rows import RunRow
from ecotui.ui.theme import ARM_GLYPHS


@dataclass(frozen=True, slots=True)
class Name:
    """A figure on screen."""

    short: str
    unit: str
    scale: float = 1.0
    """Shown value over stored value."""
    narrow: str = ""
    """With its unit, where there is little room."""
    arrow: str = " "
    """Which way is better."""

    def with_arrow(self, better: str | None) -> Name:
        """The same with its arrow."""
        return replace(self, arrow=ARROWS[better])


NAMES: dict[str, Name] = {
    "throughput_tok_s": Name("throughput", "tok/s", narrow="tok/s"),
    "power_mean_w": Name("power", "W", narrow="power W"),
    "energy_gross_j_per_1k_tokens": Name("gross", "J/1k", narrow="gross J/1k"),
    "energy_net_context_j_per_1k_tokens": Name("net of context", "J/1k", narrow="net ctx J/1k"),
    "energy_net_bare_j_per_1k_tokens": Name("net of bare", "J/1k", narrow="net bare J/1k"),
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
EVEN = Name("break-even idle", "W", narrow="break-even W")
RANDOM = Name("random weights", "", narrow="random model")
MEASURED = Name("measured idle", "W", narrow="idle, context W")
LEGEND = "×ratio to ● [95 % interval]   ↑ more is better, ↓ less is better"
SIGNS: dict[str, str] = {
    "batch_size": "batch size",
    "prompt_tokens": "prompt length",
    "session_id": "session",
    "gpu_name": "GPU",
    "gpu_uuid": "card",
    "power_limit_w": "power limit",
    "driver_version": "driver",
    "gated": "stability gate",
    "outlier_recipe": "outlier channels",
    "window_s": "length of windows",
    "temperature_start_c": "start temperature",
    "sm_clock_mean_mhz": "SM clock",
}
"""What differs, where the column's name would not do."""


def name_of(figure: Figure) -> Name:
    """What the figure is called; one that Compare does not know keeps its own label."""
    return NAMES.get(figure.name, Name(figure.label, figure.unit))


def value_text(figure: Figure, place: int) -> str:
    """The value of the run at that place, in the unit of the figure's name."""
    value = figure.values[place]
    if figure.name == SIGNED and value is not None:
        return units.signed(value, 2)
    # Six digits first: 999.99997 reads 1,000 and not 1,000.0, which the column has no room for.
    return units.significant(None if value is None else float(f"{value * name_of(figure).scale:.6g}"))


def even_text(watts: float | None) -> str:
    """The idle power at which the sign turns; a power is above 0."""
    return "none" if watts is not None and watts <= 0 else units.significant(watts)


def even_note(watts: float | None) -> str:
    """What "none" means, where there is room for it."""
    return "no idle power turns the sign" if watts is not None and watts <= 0 else ""


def ratio_role(ratio: Ratio | None, better: str | None) -> str:
    """Good or bad where the whole interval is on one side of 1; the arrow at the figure's name says which is better."""
    if ratio is None or ratio.low is None or ratio.high is None or ratio.low <= 1 <= ratio.high:
        return "text"
    return "text" if better is None else "good" if (ratio.value < 1) == (better == "lower") else "bad"


def quality_name(found: Sequence[Known | None]) -> Name:
    """What the row of quality is called, by what there is of it."""
    rows = [it.run for it in found if it is not None]
    if not rows:
        return Name("quality", "", narrow="quality")
    if all(map(is_random, rows)):
        return Name("KL from fp16", "nats", narrow="KL nats", arrow=ARROWS["lower"])
    return Name("perplexity", "", narrow="perplexity", arrow=ARROWS["lower"])


def quality_role(found: Known | None, same: bool, word: str) -> str:
    """Bad where the whole interval is above that of fp16; a warning where a saving stands without its quality."""
    if same:
        return "muted"
    if found is None:
        return "warn" if word in (LESS, DEPENDS) else "muted"
    it = ratio(found.run)
    if it is None or it.low is None or it.high is None or it.low <= 1 <= it.high:
        return "text"
    return "bad" if it.low > 1 else "good"


def with_glyphs(sentence: str, runs: Sequence[RunRow]) -> str:
    """The sentence with the runs' glyphs, quantizations and engines in place of their ids."""
    for glyph, run, name in zip(ARM_GLYPHS, runs, short_labels(runs), strict=False):
        sentence = sentence.replace(run.run_id, f"{glyph} {name}".strip())
    return units.sentence(sentence)
