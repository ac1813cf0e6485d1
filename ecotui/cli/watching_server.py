"""`ecotui watch --metrics URL`: a recorder beside a server that runs already; the Monitor, or lines."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ecotui.cli.kept import failed, unended, unstored
from ecotui.cli.parts import board_of
from ecotui.cli.stopping import stopping
from ecotui.cli.watching_text import WatchLines, print_watched, started_words
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan, Protocol
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log.follow import Follower
from ecotui.recorder.launch import Recording, request_stop
from ecotui.recorder.main import EXIT
from ecotui.recorder.serving.fetch import EXAMPLE
from ecotui.recorder.serving.metrics import ServerError, Sums
from ecotui.recorder.serving.request import Request
from ecotui.store.home import Home

if TYPE_CHECKING:
    from ecotui.cli.words import Namespace

PULL_S = 0.2
GUESSED = "--metrics has neither scheme nor port nor path and was taken for {}."


def watch(chosen: argparse.Namespace) -> int:
    """Watch a server; without --metrics, a session."""
    if not chosen.metrics:
        from ecotui.cli.watching import watch as watch_session

        return watch_session(chosen)
    if chosen.session:
        raise UsageError("A session and --metrics do not go together.", "Leave one of them out.")
    request = Request(
        chosen.metrics, chosen.gpu, chosen.sensor, chosen.seconds, chosen.every, chosen.window_seconds, chosen.label
    ).checked()
    home = Home.open()
    _answering(request)
    from ecotui.recorder.serving.launch import launch_watched

    recording = launch_watched(home, request)
    if chosen.json or not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        return _without_screen(home, recording, chosen.json)
    return _in_monitor(home, request, recording.log, chosen)


def record(chosen: argparse.Namespace) -> int:
    """The recorder's process: the request comes on stdin, the result is the log and the store."""
    from ecotui.recorder.serving.session import record_watched

    try:
        request = Request.from_dict(json.loads(sys.stdin.read()))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("stdin holds no request.", "The recorder is started by `ecotui watch`.") from error
    return EXIT[record_watched(Home.open(), chosen.session, request, board_of)]


def _answering(request: Request) -> None:
    """Refuse what would fail at once, before a session is made of it.

    Raises:
        ServerError: the server does not answer with counters that are known.
        BoardError: the board does not answer, or another recorder has it.
    """
    from ecotui.recorder.board_lock import refuse_held

    sums = _counters(request)
    with closing(board_of(_plan(request))) as board:
        refuse_held(board.info)
        sys.stderr.write(started_words(request.address.shown, sums, board.info) + "\n")


def _counters(request: Request) -> Sums:
    """The server's first answer; where nothing but a host was typed, a refusal says what that was taken for.

    Raises:
        ServerError: the server does not answer with counters that are known.
    """
    from ecotui.recorder.serving.scraper import look

    try:
        return look(request.address)[1]
    except ServerError as error:
        if not request.address.guessed:
            raise
        shown = request.address.shown
        what = f"{GUESSED.format(shown)} {error.what.replace(shown, 'It', 1)}"
        raise ServerError(what, f"{error.advice} {EXAMPLE}") from error


def _plan(request: Request) -> Plan:
    """What the application has in its plan's form beside the watched session."""
    from ecotui.core.arm import Arm

    simulated = request.sensor == "simulated"
    arm = Arm("synthetic:tiny" if simulated else "synthetic:mistral-7b")
    protocol = Protocol.for_sensor(request.sensor)
    return Plan((arm,), protocol, request.sensor, request.gpu, "cpu" if simulated else "cuda")


def _in_monitor(home: Home, request: Request, log: Path, chosen: argparse.Namespace) -> int:
    from ecotui.cli import application
    from ecotui.cli.beginning import begun
    from ecotui.cli.words_terminal import terminal_of

    try:
        application.check_terminal("ecotui watch --json")
    except UsageError:
        request_stop(log)
        raise
    parts = replace(application._parts(home, _plan(request), ""), watch=log, terminal=terminal_of(chosen))
    return application._open(begun(parts, cast("Namespace", chosen)))


def _without_screen(home: Home, recording: Recording, as_json: bool) -> int:
    line = _follow(recording, WatchLines(sys.stderr if as_json else sys.stdout))
    if line.end is None:
        raise unended(home, recording, line)
    left = recording.process.wait()  # the store is filled after the log's end: whoever asks next must find the run
    if line.end.outcome == "failed":
        raise failed(home, recording, line)
    if left == 1:
        raise unstored(home, recording, line)
    if as_json:
        from ecotui.cli.tables import session_json

        runs, windows = summarize(line)
        sys.stdout.write(json.dumps(session_json(recording.log, runs, windows)) + "\n")
    else:
        print_watched(line, recording.log)
    return EXIT[line.end.outcome]


def _follow(recording: Recording, shown: WatchLines) -> Timeline:
    """Tell windows as they end; ctrl+c and SIGTERM end the session and keep what was measured."""
    follower = Follower(recording.log)
    with stopping(lambda: request_stop(recording.log)):
        while True:
            gone = recording.process.poll() is not None
            follower.poll()
            shown.show(follower.timeline)
            if follower.timeline.end is not None or gone:
                return follower.timeline
            time.sleep(PULL_S)
