"""What the History says of a run, column by column, and which columns a width has room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecotui.analysis import quality
from ecotui.core import units
from ecotui.core.rows import RunRow

TREND, PACE, QUALITY = "trend", "pace", "quality"
STATES = ("state", "word", "mark")
"""How a run ended and whether it is to be trusted, the roomiest form first."""
CURVES = (TREND, PACE)
"""Columns of a run's windows as one row of blocks: their power, and their throughput."""
SHORT = 10
ROOM = {"unfinished": 12}
"""What states need whose word `SHORT` cells do not hold with its glyph, and that go by one word everywhere."""
FLEXIBLE = {"model": 12, "label": 8}
"""Columns that give way, and what they need at least; their texts are cut to the room there is."""


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of a run."""

    key: str
    heads: tuple[str, str]
    """Two rows of heading; the second names the unit or the baseline."""
    text: Callable[[RunRow], str]
    order: Callable[[RunRow], Any]
    """What the column sorts by; None sorts last either way."""
    right: bool = False
    falling: bool = False
    """Whether the first sort by it begins with the largest."""
    of: tuple[str, ...] = ()
    """The store's columns that text and order are made of."""
    steady: bool = False
    """Whether its texts are all of one length."""

    def width_key(self, row: RunRow) -> object:
        """Rows of the same key have texts of the same length."""
        if len(self.of) == 1:
            value = getattr(row, self.of[0])
            return value is None if self.steady else value
        return tuple(getattr(row, name) for name in self.of)


Mark = tuple[str, str, str]
"""Glyph, word and role."""


def mark_of(row: RunRow) -> Mark:
    """The weightiest word on how a run ended and whether it is to be trusted."""
    return marks_of(row)[0]


VALID, UNGATED = "valid", "ungated"


def marks_of(row: RunRow) -> tuple[Mark, ...]:
    """Every word on it, the weightiest first; one at least."""
    marks = [*_ended(row)]
    if row.valid is False:
        marks.append(("▲", "INVALID", "warn"))
    if row.stability == "UNSTABLE":
        marks.append(("≈", "UNSTABLE", "warn"))
    return tuple(marks) or (("✔", VALID, "good"),)


def _ended(row: RunRow) -> tuple[Mark, ...]:
    """Nothing where the session was completed with windows."""
    if row.outcome == "failed":
        return (("✖", "failed", "bad"),)
    if row.outcome == "stopped":
        return (("■", "stopped", "warn"),)
    if row.outcome != "completed":
        return (("◌", "unfinished", "warn"),)
    if quality.is_only(row):
        return (("◇", quality.ONLY, "good"),)
    return (("◌", "no window", "warn"),) if row.valid is None else ()


def sensor_word(row: RunRow) -> str:
    """Where the watts come from."""
    return "SIMULATED" if row.simulated else units.clean(row.sensor or units.ABSENT, 12).upper()


def state_words(row: RunRow) -> str:
    """Every mark by glyph and word; a word of its own where nobody looked whether the board had settled."""
    return " ".join(f"{glyph} {_told(word, row)}" for glyph, word, _ in marks_of(row))


def _told(word: str, row: RunRow) -> str:
    return UNGATED if word == VALID and row.stability == "not gated" else word


def _short_state(row: RunRow) -> str:
    """All glyphs, and the first one's word: as long as "≈ UNSTABLE" or "◌ unfinished" at most, then it gives way."""
    marks = marks_of(row)
    word = _told(marks[0][1], row)
    state, most = f"{''.join(glyph for glyph, _, _ in marks)} {word}", ROOM.get(word, SHORT)
    return state if len(state) <= most else state[: most - 1] + "…"


def _glyphs(row: RunRow) -> str:
    """All glyphs without a word: the detail below the list has it."""
    return "".join(glyph for glyph, _, _ in marks_of(row))


def _text(name: str, limit: int = 240) -> Callable[[RunRow], str]:
    return lambda row: units.clean(getattr(row, name) or units.ABSENT, limit).strip() or units.ABSENT


def _number(name: str) -> Callable[[RunRow], str]:
    return lambda row: units.significant(getattr(row, name))


def _value(name: str) -> Callable[[RunRow], Any]:
    return lambda row: getattr(row, name)


def _folded(name: str) -> Callable[[RunRow], Any]:
    return lambda row: None if (value := getattr(row, name)) is None else str(value).casefold()


def _when(pattern: str) -> Callable[[RunRow], str]:
    return lambda row: units.ABSENT if row.started_at is None else row.started_at.strftime(pattern)


def _figure(key: str, heads: tuple[str, str], name: str, falling: bool = False) -> Column:
    return Column(key, heads, _number(name), _value(name), right=True, falling=falling, of=(name,))


def _times(key: str, head: str, pattern: str) -> Column:
    return Column(
        key, (head, "UTC"), _when(pattern), _value("started_at"), falling=True, of=("started_at",), steady=True
    )


def _words(key: str, heads: tuple[str, str], name: str, limit: int = 240, of: tuple[str, ...] = ()) -> Column:
    return Column(key, heads, _text(name, limit), _folded(name), of=of or (name,))


def _rows(key: str) -> Column:
    size = "batch_size"
    return Column(key, ("", key if key == "batch" else "b"), _count(size), _value(size), True, True, (size,))


def _curve(key: str, head: str, spread: str) -> Column:
    """Windows in blocks; sorted by how much they vary."""
    return Column(key, (head, "windows"), lambda row: "", _value(spread), falling=True, of=(spread,))


def _count(name: str) -> Callable[[RunRow], str]:
    return lambda row: units.number(getattr(row, name), 0)


ARM, ENDED = ("quantization", "engine"), ("outcome", "valid", "stability")
RATED = (
    *("perplexity_sliding_ratio", "perplexity_blocks_ratio", "kl_nats", "perplexity_sliding", "perplexity_blocks"),
    "quality_path",
)
GROSS, NET = "energy_gross_j_per_1k_tokens", "energy_net_context_j_per_1k_tokens"
COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        _times("moment", "when", "%d %H:%M"),
        _times("hour", "when", "%m-%d %H:%M"),
        _times("when", "when", "%Y-%m-%d %H:%M"),
        _words("model", ("", "model"), "model"),
        _words("quantization", ("quanti-", "zation"), "quantization_label", 24, ARM),
        _words("quant", ("", "quant"), "quantization_label", 24, ARM),
        _rows("batch"),
        _rows("rows"),
        _figure("throughput", ("", "tok/s"), "throughput_tok_s", falling=True),
        _figure("power", ("", "W"), "power_mean_w", falling=True),
        _figure("gross", ("J/1k", "gross"), GROSS),
        _figure("net", ("net of", "context"), NET),
        _figure("bare", ("net of", "bare"), "energy_net_bare_j_per_1k_tokens"),
        Column(QUALITY, ("quality", "×fp16 KL ppl"), quality.cell, quality.order, of=RATED),
        Column("state", ("", "state"), state_words, lambda r: mark_of(r)[1], of=ENDED),
        Column("word", ("", "state"), _short_state, lambda r: mark_of(r)[1], of=ENDED),
        Column("mark", ("", ""), _glyphs, lambda r: mark_of(r)[1], of=ENDED),
        _curve(TREND, "power", "power_cv_pct"),
        _curve(PACE, "tok/s", "throughput_cv_pct"),
        Column("sensor", ("", "sensor"), sensor_word, sensor_word, of=("simulated", "sensor")),
        Column("label", ("", "label"), lambda r: units.clean(r.label or "", 200), _folded("label"), of=("label",)),
        _words("gpu", ("", "board"), "gpu_name", 28),
        _words("host", ("", "host"), "host", 20),
    )
}

TIERS: tuple[tuple[int, tuple[str, ...]], ...] = tuple(
    (gap, tuple(keys.split()))
    for gap, keys in (
        (2, "when model quantization batch throughput power gross net bare state trend pace sensor label gpu host"),
        (2, "when model quantization batch throughput power gross net bare state trend sensor label gpu host"),
        (2, "when model quantization batch throughput power gross net state trend sensor label gpu"),
        (2, "when model quantization batch throughput power gross net state trend sensor label"),
        (2, "hour model quantization batch throughput power gross net state trend sensor label"),
        (1, "hour model quantization batch throughput power gross net state trend sensor label"),
        (1, "hour model quantization batch throughput power gross net state trend sensor"),
        (1, "hour model quant rows throughput power gross net word trend sensor"),
        (1, "hour model quant rows throughput gross net word trend sensor"),
        (1, "hour model quant rows throughput gross net word sensor"),
        (1, "moment model quant rows throughput gross net word sensor"),
        (1, "hour model quant rows gross net word sensor"),
        (1, "moment model quant rows gross net word sensor"),
        (1, "moment model quant gross word sensor"),
        (1, "moment model quant gross sensor"),
        (1, "model quant gross sensor"),
    )
)
"""Gap and columns, fullest first; the last is taken where nothing fits."""
RATED_TIERS: tuple[tuple[int, tuple[str, ...]], ...] = (
    *((gap, (*keys[: keys.index("state")], QUALITY, *keys[keys.index("state") :])) for gap, keys in TIERS[:7]),
    *(
        (1, tuple(keys.split()))
        for keys in (
            "hour model quant rows throughput power gross net quality word trend sensor",
            "hour model quant rows throughput gross net quality word trend sensor",
            "hour model quant rows throughput gross quality word trend sensor",
            "hour model quant rows throughput gross quality word sensor",
            "moment model quant rows throughput gross quality word sensor",
            "moment model quant rows gross quality word sensor",
            "moment model quant gross quality word sensor",
            "moment model quant rows gross quality mark sensor",
            "moment model quant gross quality mark sensor",
            "moment model quant gross quality sensor",
        )
    ),
    *TIERS[-2:],
)
"""The same where the quality of any run is known: beside joules stands what they cost."""
WANTED = {"model": 20, "label": 14}
"""What flexible columns get in a roomy tier, where their texts are that long."""
TREND_CELLS = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns with their widths, in cells."""

    columns: tuple[tuple[Column, int], ...]
    gap: int

    @property
    def width(self) -> int:
        """Cells from the first column to the last."""
        return sum(w for _, w in self.columns) + self.gap * (len(self.columns) - 1)


def head_width(column: Column) -> int:
    """Cells of the heading, with room for the arrow beside its shorter row."""
    above, below = map(len, column.heads)
    return max(above, below, 1 + (min(above, below) or below))


def layout(width: int, longest: Mapping[str, int]) -> Layout:
    """The fullest tier that `width` holds; `longest` is the longest text of each column."""
    tiers = RATED_TIERS if longest.get(QUALITY, 0) > len(units.ABSENT) else TIERS
    for gap, keys in tiers:
        needs = {key: _need(key, longest, len(keys) > 10) for key in keys}
        spare = width - sum(needs.values()) - gap * (len(keys) - 1)
        if spare >= 0 or (gap, keys) == tiers[-1]:
            return Layout(tuple((COLUMNS[k], w) for k, w in _spread(needs, spare, longest).items()), gap)
    raise AssertionError("the last tier is always taken")


def _need(key: str, longest: Mapping[str, int], roomy: bool) -> int:
    if key in CURVES:
        return TREND_CELLS
    most = max(longest.get(key, 0), head_width(COLUMNS[key]))
    least = FLEXIBLE.get(key)
    return most if least is None else min(most, WANTED[key] if roomy else least)


def _spread(needs: dict[str, int], spare: int, longest: Mapping[str, int]) -> dict[str, int]:
    """The spare cells to the flexible columns, as far as their texts need them."""
    out = dict(needs)
    for key in FLEXIBLE:
        if key in out and spare > 0:
            more = min(max(longest.get(key, 0) - out[key], 0), spare)
            out[key], spare = out[key] + more, spare - more
    if spare < 0:
        out["model"] = max(out["model"] + spare, 4)
    return out
