"""Time to the first frame of `ecotui demo` against a bare Textual application, in pairs.

python -m benchmarks.startup [PAIRS]
"""

from __future__ import annotations

import sys
import tempfile

from benchmarks.table import show, spread
from benchmarks.terminal import Terminal

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("first frame")
Bare().run()
"""


def main(pairs: int) -> None:
    """Measure `pairs` pairs, in alternating order, and print the table."""
    bare: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        for pair in range(pairs + 1):
            order = [
                (bare, [sys.executable, "-c", BARE], b"first"),
                (ours, [sys.executable, "-m", "ecotui", "demo"], b"Plan"),
            ]
            for times, command, marker in order if pair % 2 else reversed(order):
                with Terminal(command, 80, 24, {"ECOTUI_HOME": home}) as terminal:
                    seconds = terminal.until(marker)
                if pair:  # the first pair fills the file cache
                    times.append(seconds)
    ratios = [o / b for o, b in zip(ours, bare, strict=True)]
    show(
        f"First frame at 80×24, {pairs} pairs: median [lowest, highest]",
        ("", "seconds", "ratio", "bar"),
        [("bare Textual", spread(bare), "1", ""), ("ecotui demo", spread(ours), spread(ratios), "≤ 2.5")],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
