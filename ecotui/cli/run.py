"""`ecotui run`: starts a recorder, follows its log on stderr, prints the result on stdout."""

from __future__ import annotations

import argparse
import json
import sys
import time

from ecotui.cli.arguments import plan_from
from ecotui.cli.kept import failed, unended, unstored
from ecotui.cli.memory import announce
from ecotui.cli.parts import board_of, check
from ecotui.cli.progress import ProgressLine
from ecotui.cli.stopping import stopping
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log.follow import Follower
from ecotui.recorder.host_memory import room_b
from ecotui.recorder.launch import Recording, launch, request_stop
from ecotui.recorder.main import EXIT, record
from ecotui.store.home import Home

PULL_S = 0.2


def run(chosen: argparse.Namespace) -> int:
    """Measure one arm and store it."""
    return carried_out(check(plan_from(chosen)), chosen)


def carried_out(plan: Plan, chosen: argparse.Namespace) -> int:
    """Have a plan recorded, follow it to its end and print what came of it; returns the exit code."""
    home = Home.open()
    announce(plan, room_b(plan.device, chosen.worker))
    recording = launch(home, plan, chosen.worker)
    line = follow(recording)
    outcome = line.end.outcome if line.end else "failed"
    if line.end is None:
        raise unended(home, recording, line)
    left = recording.process.wait()
    if outcome == "failed":
        raise failed(home, recording, line)
    if left == 1:
        raise unstored(home, recording, line)
    _print_result(line, recording, chosen.json)
    return EXIT[outcome]


def follow(recording: Recording) -> Timeline:
    """Watch a recording to its end; ctrl+c and SIGTERM stop it and keep what was measured.

    The store is filled after the log's end: whoever asks next must find the run, and a second ctrl+c leaves none out.
    """
    follower, shown = Follower(recording.log), ProgressLine(sys.stderr)

    def asked() -> None:
        shown.stopping = True
        request_stop(recording.log)

    with stopping(asked), shown:
        while True:
            gone = recording.process.poll() is not None
            follower.poll()
            shown.show(follower.timeline)
            if follower.timeline.end is not None or gone:
                recording.process.wait()
                return follower.timeline
            time.sleep(PULL_S)


def _print_result(line: Timeline, recording: Recording, as_json: bool) -> None:
    from ecotui.analysis.kernels import evidence
    from ecotui.cli.tables import print_summary, session_json

    runs, windows = summarize(line)
    found = [evidence(line, number) for number in range(len(runs))]
    if as_json:
        sys.stdout.write(json.dumps(session_json(recording.log, runs, windows, found)) + "\n")
    else:
        print_summary(recording.log, runs, windows, found, line.plan)


def record_session(chosen: argparse.Namespace) -> int:
    """The recorder's process: the plan comes on stdin, the result is the log and the store."""
    try:
        plan = Plan.from_dict(json.loads(sys.stdin.read()))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"stdin holds no plan ({error!r}).", "The recorder is started by `ecotui run`.") from error
    return EXIT[record(Home.open(), chosen.session, plan, board_of, worker=chosen.worker)]
