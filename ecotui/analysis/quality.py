"""The words for an arm's quality: what every screen, report and command says of perplexity, divergence and agreement.

Which run's figures they are of, where a run has none of its own, is `ecotui.analysis.quality_runs`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ecotui.core.quality import DECODE, REFERENCE
from ecotui.core.rows import RunRow
from ecotui.core.units import ABSENT, clean, number, significant

NOT_MEASURED = "quality not measured"
ONLY = "quality only"
"""Of a run without energy windows."""
RANDOM = "random weights: no perplexity"
NO_INTERVAL = "no interval"
PART = "of a part of the text"
"""Of figures whose scoring ended before the last window."""
BEYOND = "beyond any number"
SMALL = 0.0005
"""Nats below which four places say nothing."""
RISK = (
    "int8-pure (threshold 0.0) gives the decomposition up: its accuracy is not measured here; of perplexity against "
    "fp16 EcoCompute reports +2.5 to +22.7 % on the RTX 4090D, and its own table has +25.4 % for Yi-1.5-6B."
)
"""What never leaves a saving by threshold 0.0 alone."""
RISK_BRIEF = "of such arms EcoCompute reports perplexity +2.5 to +22.7 %"
"""The same beside a ratio on a screen, behind the words that the quality was not measured."""
OWN = "the fp16 that others are held against"


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval, by block bootstrap over windows."""

    value: float
    low: float | None = None
    """None where there are too few windows."""
    high: float | None = None

    @property
    def half(self) -> float | None:
        """The longer of both sides."""
        return None if self.low is None or self.high is None else max(self.high - self.value, self.value - self.low)


COLUMNS = (
    *("quality_path", "quality_windows", "quality_windows_planned", "quality_window", "quality_stride", "weights"),
    *("perplexity_sliding", "perplexity_blocks", "perplexity_sliding_ratio", "perplexity_sliding_ratio_low"),
    *("perplexity_sliding_ratio_high", "perplexity_blocks_ratio", "perplexity_blocks_ratio_low"),
    *("perplexity_blocks_ratio_high", "kl_nats", "kl_low_nats", "kl_high_nats"),
    *("agreement_pct", "agreement_low_pct", "agreement_high_pct"),
)
"""Columns of a run that `line` and `short` look at beside its model, quantization and batch size."""


def measured(row: RunRow) -> bool:
    """Whether any of the run's quality was scored."""
    return row.quality_path is not None and (bool(row.quality_windows) or headline(row) is not None)


def is_partial(row: RunRow) -> bool:
    """Whether scoring ended before the last window: figures that stand beside those of their own session alone.

    Windows that follow one another come last, so what is whole by them is whole.
    """
    done, planned = row.quality_windows or 0, row.quality_windows_planned
    return measured(row) and (planned is None or done < planned)


def is_only(row: RunRow) -> bool:
    """Whether the run is of a session without energy windows."""
    return measured(row) and not row.windows and row.energy_gross_j_per_1k_tokens is None


def ratio(row: RunRow) -> Interval | None:
    """Perplexity over that of the fp16 arm, by sliding windows, else by blocks; None of the fp16 arm itself."""
    return sliding_ratio(row) or blocks_ratio(row)


def sliding_ratio(row: RunRow) -> Interval | None:
    """The same by sliding windows."""
    it = row.perplexity_sliding_ratio, row.perplexity_sliding_ratio_low, row.perplexity_sliding_ratio_high
    return _interval(*it)


def blocks_ratio(row: RunRow) -> Interval | None:
    """The same by windows that follow one another."""
    it = row.perplexity_blocks_ratio, row.perplexity_blocks_ratio_low, row.perplexity_blocks_ratio_high
    return _interval(*it)


def divergence(row: RunRow) -> Interval | None:
    """Kullback-Leibler divergence from the fp16 arm, nats a token."""
    return _interval(row.kl_nats, row.kl_low_nats, row.kl_high_nats)


def agreement(row: RunRow) -> Interval | None:
    """Share of tokens of which both find the same one likeliest, percent."""
    return _interval(row.agreement_pct, row.agreement_low_pct, row.agreement_high_pct)


def _interval(value: float | None, low: float | None, high: float | None) -> Interval | None:
    return None if value is None else Interval(value, *(None, None) if low is None or high is None else (low, high))


def times(it: Interval | None, of: str = "") -> str:
    """A ratio with its interval, "×1.023 [1.018, 1.029]", or "×1.023, no interval"; `of` says over what it is."""
    if it is None:
        return f"×{ABSENT}"
    over = f" of {of}" if of else ""
    if it.low is None or it.high is None:
        return f"×{it.value:.4f}{over}, {NO_INTERVAL}"
    places = _places(it.high - it.low)
    return f"×{it.value:.{places}f} [{it.low:.{places}f}, {it.high:.{places}f}]{over}"


def nats_from(it: Interval, of: str = "") -> str:
    """A divergence with its interval, "KL 0.0121 nats [0.0110, 0.0132]"; `of` says from what it is."""
    apart = f" from {of}" if of else ""
    if it.low is None:
        return f"KL {nats(it.value)} nats{apart}, {NO_INTERVAL}"
    return f"KL {nats(it.value)} nats{ends(it, nats)}{apart}"


def times_half(it: Interval | None) -> str:
    """The same in at most 14 columns, "×1.023 ±0.006"; "×1.023 [–]" without an interval."""
    if it is None:
        return ABSENT
    if it.half is None:
        return f"×{it.value:.4f} [{ABSENT}]"
    places = _places(2 * it.half)
    return f"×{it.value:.{places}f} ±{it.half:.{places}f}"


def _places(width: float) -> int:
    """Digits after the point that an interval of this width needs."""
    return 2 if width >= 0.1 else 3 if width >= 0.01 else 4


def nats(value: float | None) -> str:
    """A divergence with three digits that count, "0.0121", of any size."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:.{_decimals(value)}f}"


def nats_half(it: Interval) -> str:
    """The same with half of its interval, "0.0121 ±0.0011"."""
    places = _decimals(it.value) if abs(it.value) < SMALL else min(_decimals(it.value), 4)
    return f"{it.value:.{places}f} " + (f"[{ABSENT}]" if it.half is None else f"±{it.half:.{places}f}")


def _decimals(value: float) -> int:
    return 6 if abs(value) < 1e-6 else max(0, min(2 - math.floor(math.log10(abs(value))), 6))


def perplexity(value: float | None) -> str:
    """Four digits; that of a model which is no use any more may be beyond any number."""
    return BEYOND if value is not None and not math.isfinite(value) else significant(value)


def convention(row: RunRow) -> str:
    """How the headline perplexity is reckoned, and by which path: "sliding 2,048/512"."""
    sliding = row.perplexity_sliding is not None
    said = f"sliding {number(row.quality_window, 0)}/{number(row.quality_stride, 0)}"
    return said if sliding else f"blocks of {number(row.quality_window, 0)}"


def headline(row: RunRow) -> float | None:
    """The perplexity that is told first: by sliding windows, else by those that follow one another."""
    return row.perplexity_blocks if row.perplexity_sliding is None else row.perplexity_sliding


def path_words(row: RunRow, rows: bool = True) -> str:
    """Which path the figures come from; with a threshold LLM.int8 decomposes other columns in each.

    rows: whether to say how many went together.
    """
    if row.quality_path == DECODE:
        count = f", {row.batch_size} row{'' if row.batch_size == 1 else 's'}" if row.batch_size and rows else ""
        return f"decoding path{count}"
    return "prefill path"


def parts(row: RunRow) -> tuple[str, ...]:
    """The figures, each in a few words, the perplexity first; `NOT_MEASURED` alone where there are none."""
    return tuple(_parts(row)) if measured(row) else (NOT_MEASURED,)


def _parts(row: RunRow) -> Iterator[str]:
    value = headline(row)
    path = f", {path_words(row)}" if row.quality_path == DECODE or (row.quantization or "").startswith("int8") else ""
    if value is not None:
        yield f"perplexity {perplexity(value)} ({convention(row)}{path})"
    elif is_random(row):
        yield RANDOM
    elif row.quality_windows:
        yield f"perplexity {BEYOND} ({convention(row)}{path})"
    if (times_it := ratio(row)) is not None:
        yield times(times_it, REFERENCE)
    if (kl := divergence(row)) is not None:
        yield f"{nats_from(kl, own(row) if is_random(row) else '')}{path if value is None else ''}"
    if (top := agreement(row)) is not None:
        yield f"top-1 {number(top.value)} %{ends(top, number)}"
    if times_it is None and kl is None:
        yield OWN if row.quantization == REFERENCE else f"no {REFERENCE} arm to hold it against"


def ends(it: Interval, say: Callable[[float], str]) -> str:
    """ " [0.0110, 0.0132]" behind its figure, or ", no interval"."""
    if it.low is None or it.high is None:
        return f", {NO_INTERVAL}"
    return f" [{say(it.low)}, {say(it.high)}]"


def is_random(row: RunRow) -> bool:
    """Whether its weights are random, whose perplexity says nothing and is refused."""
    synthetic = row.weights == "random" or (row.model or "").lower().startswith("synthetic:")
    return synthetic and headline(row) is None


def line(row: RunRow) -> str:
    """The whole line: "perplexity 12.41 (sliding 2,048/512) · ×1.023 [1.018, 1.029] of fp16 · KL … · top-1 …"."""
    return " · ".join(parts(row))


def short(row: RunRow, columns: int = 40) -> str:
    """The headline in 40 columns, or in 20: the ratio, of random weights the divergence, else the perplexity."""
    wide = columns >= 40
    if not measured(row):
        return NOT_MEASURED if columns >= len(NOT_MEASURED) else "not measured"
    if (it := ratio(row)) is not None:
        return f"perplexity {times(it)}" if wide else times_half(it)
    if (kl := divergence(row)) is not None:
        return nats_from(kl) if wide else f"KL {nats_half(kl)}"
    value = headline(row)
    if value is None:
        return RANDOM if wide else "no perplexity"
    return f"perplexity {perplexity(value)}" if wide else f"ppl {perplexity(value)}"


def own(row: RunRow) -> str:
    """What an arm is held against; random weights have no other fp16 than their own."""
    return f"its own {REFERENCE}" if is_random(row) else REFERENCE


def told(row: RunRow) -> str:
    """The headline with what it is held against: "perplexity ×1.023 [1.018, 1.029] of fp16"."""
    if not measured(row):
        return NOT_MEASURED
    part = f", {PART}" if is_partial(row) else ""
    if (over := ratio(row)) is not None:
        return f"perplexity {times(over, REFERENCE)}{part}"
    kl = divergence(row)
    return (short(row) if kl is None else nats_from(kl, own(row))) + part


def cell(row: RunRow) -> str:
    """A cell of a table: `short` in 20 columns, or a dash."""
    return short(row, 20) if measured(row) else ABSENT


def scored_on(row: RunRow) -> str:
    """The text, its hash, windows and path: figures that differ in one of these are never compared."""
    if not measured(row):
        return ""
    whole, done = row.quality_windows_planned, row.quality_windows
    windows = number(done, 0) if whole in (None, done) else f"{number(done, 0)} of {number(whole, 0)}"
    part = f" {PART}," if is_partial(row) else ""
    bos = "" if row.quality_bos is None else ", begun with a token of its own" if row.quality_bos else ""
    return (
        f"text {clean(row.quality_text or ABSENT, 80)} (sha256 {clean(row.quality_text_sha256 or ABSENT, 64)[:12]}, "
        f"{number(row.quality_tokens, 0)} tokens{bos}) ·{part} {windows} windows of {number(row.quality_window, 0)} · "
        f"{path_words(row)}"
    )


def order(row: RunRow) -> tuple[int, float] | None:
    """What a list of runs is sorted by: ratios first, then divergences; None where nothing is to be sorted by."""
    over, kl = ratio(row), divergence(row)
    if over is not None:
        return 0, over.value
    return (1, kl.value) if kl is not None else None


def sentences(row: RunRow) -> tuple[str, ...]:
    """All that is to be read of a run's quality: figures, both conventions, what was scored, and the remark."""
    return tuple(said for said in _sentences(row) if said)


def _sentences(row: RunRow) -> Iterator[str]:
    yield line(row)
    yield blocks_line(row)
    yield scored_on(row)
    yield clean(row.quality_remark or "", 1000)


def blocks_line(row: RunRow) -> str:
    """The second convention, where `line` tells the first; empty otherwise."""
    if row.perplexity_sliding is None or row.perplexity_blocks is None:
        return ""
    over = blocks_ratio(row)
    against = "" if over is None else f" · {times(over, REFERENCE)}"
    return f"perplexity {perplexity(row.perplexity_blocks)} (blocks of {number(row.quality_window, 0)}){against}"
