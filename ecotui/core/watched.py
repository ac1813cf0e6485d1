"""What a watched session's rows say otherwise than a measured one's: its tokens are a server's count, not our work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ecotui.core.accountings import accountings
from ecotui.core.arm import WATCHED
from ecotui.core.clock import NS
from ecotui.core.events import Watched
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.tally import Tally
from ecotui.core.timeline import Timeline
from ecotui.core.units import duration

Columns = dict[str, Any]
NOT_OURS = (
    *("quantization", "llm_int8_threshold", "dtype", "batch_size", "prompt_tokens", "new_tokens", "device"),
    *("warmups", "windows_planned", "stability", "power_halves_pct", "trend_p", "energy_gross_j_per_request"),
    *("torch_version", "transformers_version", "bitsandbytes_version"),
)
"""Columns of a run that the plan of a watched session only has for form's sake."""
COUNTED_LATE = (
    "the server counts a request's tokens when it ends: joules and tokens of one window are not of the same work, "
    "those of many windows are"
)
MISSED = 3
"""Periods without an answer from which on a server counts as silent."""
NO_CONTEXT = "idle power with the server's weights resident cannot be told apart: nothing is net of context"
NO_BARE = "no run of this board with its bare idle power is stored: gross only"


def window_columns(line: Timeline, row: WindowRow) -> Columns:
    """Of a window: what the server told in its bracket, and energy net of the stored bare idle power."""
    t0, t1 = row.t0_ns or 0, row.t1_ns or 0
    prompt = line.scrapes.tokens("prompt", t0, t1)
    return {
        "calls": None,
        "new_tokens": None,
        "energy_gross_j_per_request": None,
        "watched_prompt_tokens": None if prompt is None else round(prompt),
        "watched_running": line.scrapes.mean("running", t0, t1),
        "watched_waiting": line.scrapes.mean("waiting", t0, t1),
        **_accounted(line, row.energy_gross_j, row.tokens, row.window_s),
    }


def run_columns(line: Timeline, row: RunRow, windows: Tally) -> Columns:
    """Of the whole session."""
    watched = line.header.watched if line.header else None
    assert watched is not None, "of a watched session alone"
    return {
        **dict.fromkeys(NOT_OURS),
        **_accounted(line, row.energy_gross_j, row.tokens, windows.plain_s),
        "engine": f"{WATCHED}{watched.server}",
        "watched": watched.server,
        "watched_address": watched.address,
        "watched_bare_run": watched.bare_run,
        "watched_prompt_tokens": windows.prompts if windows.prompted else None,
        "watched_running": windows.means["watched_running"].mean,
        "watched_waiting": windows.means["watched_waiting"].mean,
        "idle_bare_w": watched.bare_w,
        "remarks": "; ".join(remarks(line, watched, windows)) or None,
    }


def _accounted(line: Timeline, joules: float | None, tokens: int | None, seconds: float | None) -> Columns:
    watched = line.header.watched if line.header else None
    bare_w = watched.bare_w if watched else None
    return accountings(joules, tokens or 0, seconds or 0.0, (None, bare_w))


def remarks(line: Timeline, watched: Watched, windows: Tally) -> Iterator[str]:
    """What has to be known of the figures, the weightiest first."""
    if not windows.count:
        return
    if watched.counts == "requests":
        yield COUNTED_LATE
    most = max((len(look.processes) for look in line.vitals), default=0)
    if most > 1:
        yield f"{most} processes were on the board: its energy is of all of them"
    if restarts := len(line.scrapes.begun_ns):
        yield f"the server began anew {restarts} time{'s' * (restarts > 1)}, and no window holds that"
    if gone_s := silent_s(line, watched):
        yield f"the server did not answer for {duration(round(gone_s))} in all"
    if windows.without_tokens:
        yield f"no token was counted in {windows.without_tokens} of {windows.count} windows, whose energy is in the sum"
    yield NO_CONTEXT
    known = f"net of bare is net of {watched.bare_w or 0:.1f} W idle, measured in run {watched.bare_run}"
    yield known if watched.bare_w is not None else NO_BARE


def silent_s(line: Timeline, watched: Watched) -> float:
    """Seconds of all gaps that are too long for answers which only came late."""
    stamps = [*line.scrapes.at_ns, *([line.end.at_ns] if line.end and line.scrapes.at_ns else [])]
    longest_ns = MISSED * watched.every_s * NS
    return sum(b - a for a, b in pairwise(stamps) if b - a > longest_ns) / NS
