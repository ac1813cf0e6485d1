"""What the History's filter understands while it is typed: words, words that must be missing, and ranges of figures.

`mistral nf4 b8` has each of the words; `-int8` lacks one; `w>300`, `j<=500`, `b8..64`, `tok>=1000` and
`on>2026-11-20` are ranges. What is not whole yet, as `w>` is, filters nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt

from ecotui.core import units
from ecotui.core.arm import ENGINES
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.history_entry import Entry

Test = Callable[[Entry], bool]
FIGURES: Mapping[str, str] = {
    "b": "batch_size",
    "batch": "batch_size",
    "w": "power_mean_w",
    "watts": "power_mean_w",
    "j": "energy_gross_j_per_1k_tokens",
    "gross": "energy_gross_j_per_1k_tokens",
    "net": "energy_net_context_j_per_1k_tokens",
    "context": "energy_net_context_j_per_1k_tokens",
    "bare": "energy_net_bare_j_per_1k_tokens",
    "tok": "throughput_tok_s",
    "tok/s": "throughput_tok_s",
    "cv": "energy_cv_pct",
    "windows": "windows",
}
"""Names of figures, and the columns of the store that they are."""
WORDS = ("on", "day")
"""Names of the day on which a run began, UTC."""
NAMES = "|".join(sorted((re.escape(name) for name in (*FIGURES, *WORDS)), key=len, reverse=True))
COMPARED = re.compile(rf"({NAMES})(>=|<=|>|<|=)(\S*)")
SPANNED = re.compile(rf"({NAMES}):?(\d[\d.,e+-]*?)\.\.(\d\S*)?")
HOW: Mapping[str, Callable[[float, float], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}


def idle_words(text: str) -> list[str]:
    """Words of a filter that filter nothing: those that are not whole yet, or never will be."""
    return [word for word in text.split() if test_of(word.casefold()) is None]


def test_of(word: str) -> Test | None:
    """Whether a run has what the word asks for; None of a word that is not whole yet. `word`: casefolded."""
    if word.startswith(("-", "!")):
        inner = test_of(word[1:]) if len(word) > 1 else None
        return None if inner is None else lambda entry: not inner(entry)
    if found := COMPARED.fullmatch(word):
        return _compared(*found.groups())
    if found := SPANNED.fullmatch(word):
        name, low, high = found.groups()
        return _spanned(name, low, high or "")
    return _word(word)


def _word(word: str) -> Test:
    """Somewhere in a run; "b8" means batch 8, not 80, and "graph" an engine, not a board."""
    if word.startswith("b") and word[1:].isdecimal():
        size = int(word[1:])
        return lambda entry: entry.row.batch_size == size
    if word in ENGINES:
        return lambda e: e.row.engine == word or word in units.clean(e.row.label or "").casefold().split()
    return lambda entry: word in entry.haystack


def _compared(name: str, how: str, typed: str) -> Test | None:
    if name in WORDS:
        return _dated(how, typed)
    if (limit := _number(typed)) is None:
        return None
    column = FIGURES[name]
    if how == "=":
        return lambda entry: _value(entry.row, column) == limit
    holds = HOW[how]
    return lambda entry: (value := _value(entry.row, column)) is not None and holds(value, limit)


def _dated(how: str, typed: str) -> Test | None:
    """By the beginning of the date that was typed: on>2026-11 is December and later, on=2026-11-21 that day."""
    if not typed:
        return None

    def test(entry: Entry) -> bool:
        began = entry.row.started_at
        if began is None:
            return False
        day = f"{began:%Y-%m-%d}"[: len(typed)]
        return {">": day > typed, "<": day < typed, ">=": day >= typed, "<=": day <= typed, "=": day == typed}[how]

    return test


def _spanned(name: str, low: str, high: str) -> Test | None:
    ends = _number(low), _number(high)
    if name in WORDS or ends[0] is None:
        return None
    column, least, most = FIGURES[name], ends[0], ends[1] if ends[1] is not None else float("inf")
    return lambda entry: (value := _value(entry.row, column)) is not None and least <= value <= most


def _value(row: RunRow, column: str) -> float | None:
    value: float | None = getattr(row, column)
    return value


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
