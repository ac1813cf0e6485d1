"""Time to the first frame: `ecotui demo` against a bare Textual application, and `ecotui` against nvitop, in turns.

nvitop needs NVML: without an NVIDIA driver, or without nvitop, its row says so.

python -m benchmarks.startup [PAIRS]
"""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.table import show, spread
from benchmarks.terminal import Terminal
from benchmarks.usage import usage

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("first frame")
Bare().run()
"""


Entry = tuple[str, list[str], bytes]
"""Name, command, and what its first frame says."""
DEMO: Entry = ("ecotui demo", [sys.executable, "-m", "ecotui", "demo"], b"Plan")
PEERS: tuple[Entry, ...] = (("bare Textual", [sys.executable, "-c", BARE], b"first"), DEMO)
ON_A_BOARD: tuple[Entry, ...] = (
    ("nvitop", [sys.executable, "-m", "nvitop", "-m", "full"], b"Driver"),
    ("ecotui", [sys.executable, "-m", "ecotui"], b"Plan"),
)


def main(pairs: int) -> None:
    """Measure `pairs` rounds, in alternating order, and print the table."""
    why = no_nvitop()
    entries = PEERS + (() if why else ON_A_BOARD)
    times: dict[str, list[float]] = {name: [] for name, _, _ in entries}
    with tempfile.TemporaryDirectory() as home:
        for turn in range(pairs + 1):
            for name, command, marker in entries if turn % 2 else reversed(entries):
                with Terminal(command, 80, 24, {"ECOTUI_HOME": home}) as terminal:
                    seconds = terminal.until(marker)
                if turn:  # the first round fills the file cache
                    times[name].append(seconds)
    rows = rows_of(times, "bare Textual", "ecotui demo", "≤ 2.5")
    rows += [("nvitop", "–", "–", why)] if why else rows_of(times, "nvitop", "ecotui", "")
    show(f"First frame at 80×24, {pairs} rounds: median [lowest, highest]", ("", "seconds", "ratio", "bar"), rows)


def rows_of(times: dict[str, list[float]], peer: str, ours: str, bar: str) -> list[tuple[str, str, str, str]]:
    """A peer and ours, round by round."""
    ratios = [o / b for o, b in zip(times[ours], times[peer], strict=True)]
    return [(peer, spread(times[peer]), "1", ""), (ours, spread(times[ours]), spread(ratios), bar)]


def no_nvitop() -> str:
    """Why nvitop cannot be measured here; empty where it can."""
    if find_spec("nvitop") is None:
        return "not installed: pip install nvitop"
    if not Path("/dev/nvidiactl").exists():
        return "needs NVML: no NVIDIA driver here"
    return ""


if __name__ == "__main__":
    usage(__doc__)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
