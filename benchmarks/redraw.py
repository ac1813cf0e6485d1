"""Bytes a second to the terminal and CPU share of the ui process, with a run going in the Monitor.

python -m benchmarks.redraw [SECONDS]

Peers: the same Textual with a clock that ticks, which is what it costs to have a screen at all; and, where they are
installed and can run, btop (its CPU box, 250 ms) and nvitop (its monitor, 250 ms; it needs NVML).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import psutil

from benchmarks.line import Line
from benchmarks.table import show, under_way
from benchmarks.usage import usage

SIZES = ((80, 24), (200, 50))
REFRESH_MS = 250
CLOCK = """
import time
from textual.app import App
from textual.widgets import Static
class Clock(App):
    BINDINGS = [("space", "turn", "Turn")]
    odd = False
    def compose(self):
        yield Static("clock")
    def on_mount(self):
        self.set_interval(0.25, self.tick)
    def tick(self):
        self.query_one(Static).update(f"Plan {time.monotonic():.2f} {'odd' if self.odd else 'even'}")
    def action_turn(self):
        self.odd = not self.odd
        self.tick()
Clock().run()
"""
DEMO = (sys.executable, "-m", "ecotui", "demo", "--windows", "1000", "--no-gate")
Figures = tuple[float, float]
"""kB a second, and percent of a core."""


def cost(line: Line, seconds: float) -> Figures:
    """What the program behind the line costs from now on."""
    process = psutil.Process(line.process.pid)
    before, bytes_before = process.cpu_times(), line.bytes
    line.run(seconds)
    after = process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return (line.bytes - bytes_before) / seconds / 1000, 100 * cpu / seconds


def monitor(size: tuple[int, int], seconds: float, more: Sequence[str] = ()) -> Figures:
    """The Monitor while a run goes."""
    with tempfile.TemporaryDirectory() as home, Line((*DEMO, *more), *size, {"ECOTUI_HOME": home}) as line:
        line.shown(lambda text: "Plan" in text)
        line.run(2)
        line.type("r")
        line.shown(lambda text: "1 of 1000" in text, 180.0)  # loading is over; windows are what is measured
        line.run(5)
        found = cost(line, seconds)
        line.type("x")
        line.run(3)
    return found


def peer(command: Sequence[str], size: tuple[int, int], seconds: float, more: dict[str, str] | None = None) -> Figures:
    """A program that needs no key."""
    with Line(command, *size, more) as line:
        line.run(4)
        if line.ended:
            raise OSError(f"{command[0]} did not run: {line.glass.text.strip()[:200]}")
        return cost(line, seconds)


def btop(size: tuple[int, int], seconds: float) -> Figures:
    """btop at our refresh, with its own defaults for the rest."""
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home) / "btop" / "btop.conf"
        settings.parent.mkdir()
        settings.write_text(f"update_ms = {REFRESH_MS}\n", encoding="utf-8")
        command = ("btop", "--utf-force")
        return peer(command, size, seconds, {"XDG_CONFIG_HOME": home, "HOME": home, "LANG": "C.UTF-8"})


def nvitop(size: tuple[int, int], seconds: float) -> Figures:
    """nvitop at our refresh."""
    return peer((sys.executable, "-m", "nvitop", "-m", "full", "--interval", str(REFRESH_MS / 1000)), size, seconds)


PARTS: dict[str, Callable[[tuple[int, int], float], Figures]] = {
    "ticking clock": lambda size, seconds: peer((sys.executable, "-c", CLOCK), size, seconds),
    "btop": btop,
    "nvitop": nvitop,
    "Monitor, run going": monitor,
    "the same, --budget 2kB/s": lambda size, seconds: monitor(size, seconds, ("--budget", "2kB/s")),
}
"""What is measured, in this order."""


def missing() -> dict[str, str]:
    """Peers that cannot run here, and why."""
    out = {}
    if shutil.which("btop") is None:
        out["btop"] = "btop is not installed (apt-get install btop)."
    if find_spec("nvitop") is None:
        out["nvitop"] = "nvitop is not installed (pip install nvitop)."
    elif not any(Path("/dev").glob("nvidia[0-9]*")):
        out["nvitop"] = "nvitop needs NVML, and this machine has no NVIDIA board."
    return out


def main(seconds: float) -> None:
    """Measure both sizes and print the table."""
    rows, absent = [], missing()
    for size in SIZES:
        for name, of in PARTS.items():
            if name in absent:
                continue
            under_way(f"{size[0]}×{size[1]}", name, f"{seconds:.0f} s of it")
            try:
                rate, cpu = of(size, seconds)
            except OSError as error:
                if name not in ("btop", "nvitop"):
                    raise
                absent[name] = str(error)
                continue
            ours = name.startswith("Monitor")
            bar = "≤ 25 kB/s, ≤ 5 %" if ours and size == SIZES[0] else "≤ 5 %" if ours else ""
            rows.append((f"{size[0]}×{size[1]}", name, f"{rate:.1f}", f"{cpu:.1f}", bar))
    show(f"Cost of the screen over {seconds:.0f} s", ("size", "what", "kB/s", "% of a core", "bar"), rows)
    for sentence in absent.values():
        print(sentence)


if __name__ == "__main__":
    usage(__doc__)
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
