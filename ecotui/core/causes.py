"""Why windows of a run are INVALID, said once a cause with the windows that it is said of."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping

SIZE = re.compile(r"[+-]?\d+(?:\.\d+)?(?= (?:ms|s|%))")
"""A figure that differs from window to window where the cause is the same."""
FEWEST = 3
"""So many windows in a row are told by the first and the last."""
MOST = 12
"""More numbers are not told one by one."""


def by_cause(windows: Mapping[str, Iterable[int]]) -> str | None:
    """ "hardware thermal slowdown (windows 2, 3); no reading for 310 to 900 ms (windows 3 to 7)"; None without any.

    windows: numbers of the windows by cause, each cause a text as `core.validity` words it.
    """
    texts: dict[str, list[str]] = {}
    numbers: dict[str, set[int]] = {}
    for text, which in windows.items():
        kind = SIZE.sub("#", text)
        texts.setdefault(kind, []).append(text)
        numbers.setdefault(kind, set()).update(which)
    return "; ".join(f"{_ranged(said)} ({windows_words(numbers[kind])})" for kind, said in texts.items()) or None


def note(held: dict[str, array[int]], cause: str, window: int) -> None:
    """Take in every cause of one window, which stand apart by semicolons."""
    for text in cause.split("; "):
        held.setdefault(text, array("q")).append(window)


def windows_words(numbers: Iterable[int]) -> str:
    """ "window 2", "windows 2, 3", "windows 1 to 4, 7"; of very many the first."""
    ordered = sorted(numbers)
    rows = list(_rows(ordered))
    more = f" and more, {len(ordered):,} in all" if len(rows) > MOST else ""
    return f"window{'s' * (len(ordered) > 1)} {', '.join(rows[:MOST])}{more}"


def _rows(ordered: list[int]) -> Iterator[str]:
    """Numbers as they are, and those that follow each other by the first and the last."""
    rows: list[list[int]] = []
    for number in ordered:
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    for row in rows:
        yield from [f"{row[0]} to {row[-1]}"] if len(row) >= FEWEST else map(str, row)


def _ranged(texts: list[str]) -> str:
    """Texts of one kind as one, a figure in which they differ from the least to the most."""
    sizes = [sorted(dict.fromkeys(each), key=float) for each in zip(*map(SIZE.findall, texts), strict=True)]
    told = iter(each[0] if len(each) == 1 else f"{each[0]} to {each[-1]}" for each in sizes)
    return SIZE.sub(lambda _: next(told), texts[0])
