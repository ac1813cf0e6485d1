"""From a key to its answer on the glass while a run goes, on a free link and on one of 8 kB/s.

python -m benchmarks.latency [PRESSES] [LINK]

Each row is also told on stderr as soon as it is measured, and each part as it begins, for a hundred presses of three
keys on three links at two sizes take more than half an hour; LINK, "free" or "8 kB/s", leaves the other links out.

The peer is the same Textual with a clock that ticks and a counter that a key moves: what a key takes at least.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.line import Line
from benchmarks.redraw import CLOCK, DEMO
from benchmarks.table import show, under_way
from benchmarks.usage import usage

SIZES = ((80, 24), (200, 50))
SLOW_BPS = 8000
LINKS = (("free", None, True), ("8 kB/s", SLOW_BPS, True), ("8 kB/s, silent", SLOW_BPS, False))
"""Name, bytes a second, and whether the terminal says how far it has come; every terminal that people use does."""
HEADS = ("size", "link", "key", "first letters p50, ms", "p99", "all of it p50, ms", "kB/s before", "bar")
QUIET_S = 0.15
"""A screen is all there when the glass stood still for so long; what goes on beside may lengthen that."""


class Key(NamedTuple):
    """Two keys that undo each other, and the letters by which each answer is known."""

    name: str
    there: str
    back: str
    seen: Callable[[str], bool]
    whole: bool = False
    """Whether the answer is a screen, of which the last letter counts too."""


KEYS = (
    Key("pause: a word", " ", " ", lambda text: "charts paused" in text),
    Key("help: a dialog", "?", "\x1b", lambda text: "─ Help ─" in text, True),
    Key("History: a screen", "h", "m", lambda text: "J/1k" in text and "Runs" in text, True),
)
COUNTER = Key("counter: a word", " ", " ", lambda text: "odd" in text)


def press(line: Line, key: Key, presses: int) -> list[float]:
    """Milliseconds from each press to the first letters of its answer."""
    made, out = random.Random(8), []  # noqa: S311
    for i in range(presses):
        line.run(made.uniform(0.4, 1.0))
        line.type(key.back if i % 2 else key.there)
        out.append(1000 * line.shown(lambda text, want=not i % 2: key.seen(text) is want, 10.0))
    return out


def whole(line: Line, key: Key) -> float:
    """Milliseconds until all of an answer is there: the last change before the glass stands still."""
    line.run(1.0)
    line.type(key.there)
    spent = line.shown(key.seen, 20.0) + line.settle(QUIET_S)
    line.run(0.5)
    line.type(key.back)
    line.run(1.0)
    return 1000 * spent


def quantile(values: list[float], share: float) -> str:
    """The value below which this share of all lies, "never" where an answer never came."""
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
            times = press(line, key, presses)
            every = quantile([whole(line, key) for _ in range(5)], 0.5) if key.whole else ""
            bar = "p99 ≤ 100 ms" if rate and answers and not key.whole else ""
            quantiles = (quantile(times, 0.5), quantile(times, 0.99), every)
            rows.append((f"{size[0]}×{size[1]}", name, key.name, *quantiles, sent, bar))
            under_way(*(cell or "–" for cell in rows[-1][:6]))
        line.type("x")
        line.run(3.0)
    return rows


def bare(presses: int) -> tuple[str, ...]:
    """The row of the peer."""
    with Line([sys.executable, "-c", CLOCK], 80, 24) as line:
        line.shown(lambda text: "even" in text)
        times = press(line, COUNTER, presses)
    return ("80×24", "free", "bare Textual: a word", quantile(times, 0.5), quantile(times, 0.99), "", "", "")


def main(presses: int, link: str = "") -> None:
    """Measure both sizes on every link, or on the one that is named, and print the table."""
    under_way("80×24", "bare Textual")
    rows = [bare(presses)]
    under_way(*(cell or "–" for cell in rows[0][:6]))
    for size in SIZES:
        for each in LINKS:
            if link in ("", each[0]):
                rows += measure(size, each, presses)
    show(f"From a key to its answer during a run, {presses} presses each", HEADS, rows)


if __name__ == "__main__":
    usage(__doc__)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, sys.argv[2] if len(sys.argv) > 2 else "")
