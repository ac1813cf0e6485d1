"""What `ecotui watch --metrics` writes where no screen is: a line a window, and what it came to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from ecotui.core.reading import BoardInfo
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.servers import NO_VERDICT, SERVERS
from ecotui.core.summary import summarize, window_row
from ecotui.core.timeline import Timeline
from ecotui.core.units import ABSENT, clean, duration, number, significant, watts
from ecotui.recorder.serving.metrics import Sums


def started_words(address: str, sums: Sums, board: BoardInfo) -> str:
    """What is watched, in one line."""
    models = clean(", ".join(sums.models) or "its page names no model", 200)
    summed = f", {sums.series} engines summed" if sums.series > 1 else ""
    made_up = ", SIMULATED watts" if board.sensor == "simulated" else ""
    name = SERVERS.get(sums.names.server, sums.names.server)
    return f"watching {name} at {address} ({models}{summed}) on GPU {board.index}, {clean(board.name, 60)}{made_up}"


def per_token(joules_per_1k: float | None) -> str:
    """Joules a generated token; the dash where no token was counted."""
    return f"{significant(None if joules_per_1k is None else joules_per_1k / 1000, 3)} J/token"


def window_words(row: WindowRow) -> str:
    """A window in one line."""
    prompt = None if row.watched_prompt_tokens is None or not row.window_s else row.watched_prompt_tokens / row.window_s
    made_up = " SIMULATED" if row.simulated else ""
    parts = [
        f"window {row.window:<4}",
        f"{number(row.window_s):>5} s",
        f"{watts(row.power_mean_w):>8}{made_up}",
        f"{number(row.throughput_tok_s):>8} tok/s out",
        f"{number(prompt):>8} tok/s in",
        f"{per_token(row.energy_gross_j_per_1k_tokens):>14} gross",
        f"{number(row.watched_running):>5} running",
        f"{number(row.watched_waiting):>5} waiting",
    ]
    return "  ".join(parts) + ("" if row.valid else f"  INVALID: {clean(row.cause)}")


class WatchLines:
    """Tells each window and each notice once, as it comes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._windows, self._notices = stream, 0, 0

    def show(self, line: Timeline) -> None:
        """Write what is new."""
        for notice in line.notices[self._notices :]:
            self._stream.write(f"note: {clean(notice.text)}\n")
        for window in line.windows[self._windows :]:
            self._stream.write(window_words(window_row(line, window)) + "\n")
        if len(line.notices) > self._notices or len(line.windows) > self._windows:
            self._stream.flush()
        self._notices, self._windows = len(line.notices), len(line.windows)


def print_watched(line: Timeline, log: Path) -> None:
    """The session in a few lines: what it came to, what is not known, and where it is."""
    run = summarize(line)[0][0]
    sys.stdout.write("\n".join(_told(run)) + f"\nlog {log}\n")


def _told(run: RunRow) -> list[str]:
    if not run.windows:
        return ["No window was completed: nothing was weighed."]
    seconds = (run.window_s or 0.0) * run.windows
    made_up = ", SIMULATED watts" if run.simulated else ""
    out = [
        f"{clean(run.run_id)}: {run.windows} window{'s' * (run.windows > 1)}, {duration(seconds)}{made_up}",
        f"{number(run.tokens, 0)} tokens generated, {number(run.watched_prompt_tokens, 0)} read; "
        f"{number(run.throughput_tok_s)} tok/s at {watts(run.power_mean_w)}",
        f"{per_token(run.energy_gross_j_per_1k_tokens)} gross, of the whole board",
    ]
    if run.energy_net_bare_j_per_1k_tokens is not None:
        net = per_token(run.energy_net_bare_j_per_1k_tokens)
        out.append(
            f"{net} net of bare idle ({watts(run.idle_bare_w)}, measured in {clean(run.watched_bare_run or ABSENT)})"
        )
    notes = (run.remarks or "").split("; ") if run.remarks else []
    return [*out, *(f"note: {clean(note)}" for note in notes), NO_VERDICT]
