"""Bytes a second to the terminal and CPU share of the ui process, with a run going in the Monitor.

python -m benchmarks.redraw [SECONDS]

The peer is the same Textual with a clock that ticks: what it costs to have a screen at all.
"""

from __future__ import annotations

import sys
import tempfile

import psutil

from benchmarks.table import show
from benchmarks.terminal import Terminal

SIZES = ((80, 24), (200, 50))
CLOCK = """
import time
from textual.app import App
from textual.widgets import Static
class Clock(App):
    def compose(self):
        yield Static("clock")
    def on_mount(self):
        self.set_interval(0.25, lambda: self.query_one(Static).update(f"Plan {time.monotonic():.2f}"))
Clock().run()
"""


def measure(command: list[str], size: tuple[int, int], seconds: float, home: str, *, run: bool) -> tuple[float, float]:
    """kB a second and percent of a core."""
    with Terminal(command, *size, {"ECOTUI_HOME": home}) as terminal:
        terminal.until(b"Plan")
        terminal.read(2)
        if run:
            terminal.type("r")
            terminal.read(15)  # loading is over; warm-up and windows are what is measured
        process = psutil.Process(terminal.process.pid)
        before, bytes_before = process.cpu_times(), terminal.bytes
        terminal.read(seconds)
        after = process.cpu_times()
        cpu = after.user + after.system - before.user - before.system
        taken = terminal.bytes - bytes_before
        if run:
            terminal.type("x")
            terminal.read(3)
    return taken / seconds / 1000, 100 * cpu / seconds


def main(seconds: float) -> None:
    """Measure both sizes and print the table."""
    rows = []
    demo = [sys.executable, "-m", "ecotui", "demo", "--windows", "1000", "--no-gate"]
    for size in SIZES:
        for name, command in (("ticking clock", [sys.executable, "-c", CLOCK]), ("Monitor, run going", demo)):
            with tempfile.TemporaryDirectory() as home:
                rate, cpu = measure(command, size, seconds, home, run=name.startswith("Monitor"))
            bar = "≤ 25 kB/s, ≤ 5 %" if name.startswith("Monitor") and size == SIZES[0] else ""
            bar = "≤ 5 %" if name.startswith("Monitor") and not bar else bar
            rows.append((f"{size[0]}×{size[1]}", name, f"{rate:.1f}", f"{cpu:.1f}", bar))
    show(f"Cost of the screen over {seconds:.0f} s", ("size", "what", "kB/s", "% of a core", "bar"), rows)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
