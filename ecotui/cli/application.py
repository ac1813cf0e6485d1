"""`ecotui`, `ecotui demo` and `ecotui replay`: the parts of the application, and the application."""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.cli.arguments import plan_from
from ecotui.cli.beginning import begun
from ecotui.cli.checking_quality import check_quality
from ecotui.cli.parts import board_of, check_model
from ecotui.cli.words_terminal import terminal_of
from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.errors import BoardError, UsageError
from ecotui.core.plan import Plan
from ecotui.store.home import Home

if TYPE_CHECKING:
    from ecotui.cli.words import Namespace
    from ecotui.core.models import Listing
    from ecotui.core.sweep import SweepPlan
    from ecotui.ui.parts import Parts

RECENT = 50
"""Sessions that are asked whether they still run; one that lasts is among the newest."""
LEAST = (60, 18)
"""Columns and rows below which nothing can be read."""


def start(chosen: Namespace) -> int:
    """The application; on a machine without NVML it says why, and offers what works there."""
    plan = plan_from(chosen, demo=chosen.demo).checked()
    check_model(plan.arms[0])
    check_quality(plan.quality, plan.arms)
    check_terminal()
    home = Home.open()
    problem, theirs = _look_at_board(plan)
    ours = under_way(home)
    parts = replace(_parts(home, plan, problem), watch=ours or theirs, terminal=terminal_of(chosen))
    parts = replace(parts, visiting=ours is None and theirs is not None)
    return _open(replace(begun(parts, chosen), looks_back=True))


def watch(chosen: argparse.Namespace) -> int:
    """A session under way in the Monitor, or a server that runs already."""
    from ecotui.cli import watching_server

    return watching_server.watch(chosen)


def under_way(home: Home) -> Path | None:
    """The log of the newest session of this home that is still being recorded."""
    from ecotui.log.lock import is_running

    logs = sorted(home.sessions.glob("*/log.jsonl"), reverse=True)
    return next((log for log in logs[:RECENT] if is_running(log)), None)


def replay(chosen: Namespace) -> int:
    """A recorded session in the Monitor, held at one time where that is named; with --json, its state then."""
    from ecotui.cli.stored import find_log

    if chosen.at is not None and not (math.isfinite(chosen.at) and chosen.at >= 0):
        raise UsageError(f"--at must be 0 or more seconds since the session's start, not {chosen.at:g}.")
    path = find_log(chosen.log)
    if chosen.json:
        return _replay_json(path, chosen.at)
    from ecotui.log.checkpoint import is_long
    from ecotui.log.reader import read_header, read_timeline

    plan = Plan.from_dict(read_header(path).plan) if is_long(path) else read_timeline(path).plan
    check_terminal(f"ecotui replay {chosen.log} --json")
    assert plan is not None
    parts = replace(_parts(Home.open(), plan, ""), replay=path, terminal=terminal_of(chosen))
    return _open(begun(replace(parts, replay_at_s=chosen.at), chosen))


def _replay_json(path: Path, at_s: float | None) -> int:
    from ecotui.cli.stored import complain_of_end
    from ecotui.core.events import known_ns
    from ecotui.core.progress import progress
    from ecotui.core.rows import row_dict
    from ecotui.core.summary import summarize
    from ecotui.core.timeline import Timeline
    from ecotui.log.reader import read_events, read_timeline

    whole = read_timeline(path)
    length_s = (whole.last_ns - whole.start_ns) / NS
    at_ns = whole.last_ns if at_s is None or at_s >= length_s else whole.start_ns + round(at_s * NS)
    line = Timeline()
    for event in read_events(path):
        if known_ns(event) <= at_ns:
            line.apply(event)
    rows, windows = summarize(line)
    last = line.last
    state = {
        "session_id": rows[0].session_id,
        "log": str(path),
        "simulated": rows[0].simulated,
        "at_s": (at_ns - whole.start_ns) / NS,
        "length_s": length_s,
        "phase": progress(line, at_ns).phase,
        "reading": None if last is None else {f: getattr(last, f) for f in last.__slots__},
        "runs": [row_dict(r) for r in rows],
        "windows": [row_dict(w) for w in windows],
    }
    sys.stdout.write(json.dumps(state) + "\n")
    return complain_of_end(path, whole)


def check_terminal(instead: str = "ecotui run") -> None:
    """Refuse what is no terminal, or too small a one; `instead` is the command that needs none.

    Raises:
        UsageError: the sentence says what to do.
    """
    if os.environ.get("TEXTUAL_DRIVER", "").endswith("WebDriver"):
        return  # `ecotui serve`: the terminal is in a browser
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):  # Textual draws on stderr
        raise UsageError("The application needs a terminal.", f"Without one, use `{instead}`; see `ecotui --help`.")
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    if columns and rows and (columns < LEAST[0] or rows < LEAST[1]):
        raise UsageError(
            f"This terminal is {columns} × {rows}; ecotui needs {LEAST[0]} × {LEAST[1]}.",
            f"Enlarge it, or use `{instead}`, which needs no screen.",
        )


def _look_at_board(plan: Plan) -> tuple[str, Path | None]:
    """Why the plan's board does not answer; the log of another's session on it, where that can be watched."""
    if plan.simulated:
        return "", None
    from ecotui.recorder.board_lock import holder_of
    from ecotui.recorder.holders import watchable

    try:
        with closing(board_of(plan)) as board:
            holder = holder_of(board.info)
            return "", None if holder is None else watchable(holder, board.info)
    except BoardError as error:
        return str(error), None


def _parts(home: Home, plan: Plan, problem: str) -> Parts:
    gc.disable()  # a start makes much and drops little; the application collects again once it stands
    from ecotui.cli.parts import check
    from ecotui.recorder.host_memory import available_b
    from ecotui.store.home import default_samples
    from ecotui.ui.parts import Parts

    def start_recorder(plan: Plan) -> Path:
        from ecotui.recorder.launch import launch

        return launch(home, check(plan)).log

    def stop_recorder(log: Path) -> None:
        from ecotui.recorder.launch import request_stop

        request_stop(log)

    def stop_sweep(sweep: str) -> None:
        from ecotui.recorder.sweep import stop_sweep as stop

        stop(home, sweep)

    return Parts(
        home=home,
        samples=default_samples(),
        plan=plan,
        open_board=board_of,
        start=start_recorder,
        stop=stop_recorder,
        start_sweep=partial(_start_sweep, home),
        stop_sweep=stop_sweep,
        models=lambda: _models(home),
        under_way=lambda: under_way(home),
        board_problem=problem,
        host_memory=available_b,
    )


def _start_sweep(home: Home, plan: SweepPlan, resume: str | None, retry: bool) -> Path:
    from ecotui.recorder.sweep import start_sweep, unfinished
    from ecotui.recorder.sweep_boards import refuse_boards

    for model in plan.models:
        check_model(Arm(model))
    check_quality(plan.quality, [Arm(model) for model in plan.models])
    refuse_boards(home, plan, plan.gpus, resume or unfinished(home, plan, ended=retry))
    return start_sweep(home, plan, resume=resume, retry_failed=retry).log


def _models(home: Home) -> Listing:
    from ecotui.cli.models import models_run
    from ecotui.recorder.catalogue import catalogue

    return catalogue(models_run(home))


def _open(parts: Parts) -> int:
    from ecotui.ui.app import EcotuiApp

    app = EcotuiApp(parts)
    app.run()
    if app.failure is not None:
        raise app.failure
    return 0
