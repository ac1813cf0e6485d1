"""From a key to its answer on the glass while a run goes, on a free link and on one of 8 kB/s.

python -m benchmarks.latency [PRESSES] [LINK]

Each row is also told on stderr as soon as it is measured, and each part as it begins, for a hundred presses of three
keys on three links at two sizes take more than half an hour; LINK, "free" or "8 kB/s", leaves the other links out.

A key is answered when the glass shows that it was heard: the word that answers it, the title of the dialog, the tab of
the screen in reverse. For a screen its own first letters are told beside that: its title and the heads of its columns.
Half of the presses lead there, half back.

The peer is the same Textual with a clock that ticks and a counter that a key moves: what a key takes at least.
"""

from __future__ import annotations

import math
import random
import re
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.glass import Glass
from benchmarks.line import Line
from benchmarks.redraw import CLOCK, DEMO
from benchmarks.table import show, under_way
from benchmarks.usage import usage

SIZES = ((80, 24), (200, 50))
SLOW_BPS = 8000
LINKS = (("free", None, True), ("8 kB/s", SLOW_BPS, True), ("8 kB/s, silent", SLOW_BPS, False))
"""Name, bytes a second, and whether the terminal says how far it has come; every terminal that people use does."""
HEADS = ("size", "link", "key", "answer p50, ms", "p99", "letters p50, ms", "p99", "all p50, ms", "kB/s before", "bar")
QUIET_S = 0.15
"""A screen is all there when the glass stood still for so long; what goes on beside may lengthen that."""


def says(*words: str) -> Callable[[Glass], bool]:
    """Whether all of these stand somewhere."""
    return lambda glass: all(word in glass.text for word in words)


def lit(tab: str) -> Callable[[Glass], bool]:
    """Whether the first line shows that tab in reverse video."""

    def on(glass: Glass) -> bool:
        at = glass.text.split("\n")[0].find(tab)
        codes = re.sub("[34]8;5;[0-9]+", "", glass.styles[0][at]).split(";")
        return at >= 0 and [code for code in codes if code in ("0", "7", "27")][-1:] == ["7"]

    return on


class Key(NamedTuple):
    """Two keys that undo each other, and what the glass shows by which each answer is known."""

    name: str
    there: str
    back: str
    heard: Callable[[Glass], bool]
    letters: Callable[[Glass], bool] | None = None
    """For a screen, whether its own first letters are there."""
    whole: bool = False
    """Whether the answer is a screen or a dialog, of which the last letter counts too."""


KEYS = (
    Key("pause: a word", " ", " ", says("charts paused")),
    Key("help: a dialog", "?", "\x1b", says("─ Help ─"), whole=True),
    Key("History: a screen", "h", "m", lit("History"), says("J/1k", "Runs"), True),
)
COUNTER = Key("counter: a word", " ", " ", says("odd"))


def press(line: Line, key: Key, presses: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each press to its answer, and to the first letters of the screen."""
    made, heard, letters = random.Random(8), [], []  # noqa: S311
    for i in range(presses):
        line.run(made.uniform(0.4, 1.0))
        line.type(key.back if i % 2 else key.there)
        heard.append(1000 * line.until_seen(lambda glass, there=not i % 2: key.heard(glass) is there, 10.0))
        if (seen := key.letters) is not None:
            more = line.until_seen(lambda glass, there=not i % 2, seen=seen: seen(glass) is there, 10.0)
            letters.append(heard[-1] + 1000 * more)
    return heard, letters


def whole(line: Line, key: Key) -> float:
    """Milliseconds until all of an answer is there: the last change before the glass stands still."""
    line.run(1.0)
    line.type(key.there)
    spent = line.until_seen(key.letters or key.heard, 20.0) + line.settle(QUIET_S)
    line.run(0.5)
    line.type(key.back)
    line.run(1.0)
    return 1000 * spent


def quantile(values: list[float], share: float) -> str:
    """The value below which this share of all lies, "never" where an answer never came; empty where there is none."""
    if not values:
        return ""
    value = sorted(math.inf if math.isnan(v) else v for v in values)[math.ceil(share * len(values)) - 1]
    return "never" if math.isinf(value) else f"{value:.0f}"


def measure(size: tuple[int, int], link: tuple[str, int | None, bool], presses: int) -> list[tuple[str, ...]]:
    """The rows of one size on one link."""
    name, rate, answers = link
    rows = []
    under_way(f"{size[0]}×{size[1]}", name, "a run begins")
    with (
        tempfile.TemporaryDirectory() as home,
        Line(DEMO, *size, {"ECOTUI_HOME": home}, rate_bps=rate, answers=answers) as line,
    ):
        line.shown(lambda text: "Plan" in text)
        line.run(2.0)
        line.type("r")
        line.shown(lambda text: "1 of 1000" in text, 180.0)
        line.run(5.0)
        before = line.bytes
        line.run(5.0)
        sent = f"{(line.bytes - before) / 5000:.1f}"
        for key in KEYS:
            quantiles = [quantile(times, share) for times in press(line, key, presses) for share in (0.5, 0.99)]
            every = quantile([whole(line, key) for _ in range(5)], 0.5) if key.whole else ""
            bar = "p99 ≤ 100 ms" if rate and answers else ""
            rows.append((f"{size[0]}×{size[1]}", name, key.name, *quantiles, every, sent, bar))
            under_way(*(cell or "–" for cell in rows[-1][:8]))
        line.type("x")
        line.run(3.0)
    return rows


def bare(presses: int) -> tuple[str, ...]:
    """The row of the peer."""
    with Line([sys.executable, "-c", CLOCK], 80, 24) as line:
        line.shown(lambda text: "even" in text)
        times, _ = press(line, COUNTER, presses)
    quantiles = (quantile(times, 0.5), quantile(times, 0.99))
    return ("80×24", "free", "bare Textual: a word", *quantiles, "", "", "", "", "")


def main(presses: int, link: str = "") -> None:
    """Measure both sizes on every link, or on the one that is named, and print the table."""
    under_way("80×24", "bare Textual")
    rows = [bare(presses)]
    under_way(*(cell or "–" for cell in rows[0][:8]))
    for size in SIZES:
        for each in LINKS:
            if link in ("", each[0]):
                rows += measure(size, each, presses)
    show(f"From a key to its answer during a run, {presses} presses each", HEADS, rows)


if __name__ == "__main__":
    usage(__doc__)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2] if len(sys.argv) > 2 else "")
