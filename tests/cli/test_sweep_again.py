"""`ecotui sweep` of a sweep that is over, or that somebody watches: nothing is measured or stopped unasked."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ecotui.cli.sweeping_follow import follow
from ecotui.cli.sweeping_said import begun_line, stopped_line, stops_line
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_events import VERSION, Driven, GroupEnded, GroupStarted, SweepEnded, SweepHeader
from ecotui.core.sweep_file import read_plan
from ecotui.core.sweep_state import SweepState
from ecotui.log.lock import hold
from ecotui.recorder.sweep import LOG, STOP, Sweeping, read_state, sweeps
from ecotui.recorder.sweep_log import SweepLog, create
from ecotui.store.home import Home
from tests.cli.test_sweep import PLAN, run

ID = "20261121-120000-beef"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    return Home.open()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (path := tmp_path / "mine.toml").write_text(PLAN)
    return path


def begin(home: Home, plan: SweepPlan, *, failed: str = "", done: bool = True) -> Path:
    """A sweep's log; with `done` every group of it is over."""
    log = home.sweeps / ID / LOG
    log.parent.mkdir(parents=True)
    create(log, SweepHeader(VERSION, ID, 1_795_000_000.0, plan.to_dict()))
    with SweepLog(log) as writer:
        writer.write(Driven(1_795_000_000.0, [0]))
        for number, group in enumerate(plan.groups() if done else ()):
            at, session = 1_795_000_100.0 + 60 * number, f"20261121-12000{number}-abba"
            writer.write(GroupStarted(at, group.key, session, 0, [p.word for p in group.points]))
            how = ("failed", "out of memory", failed) if failed else ("completed", "", "")
            writer.write(GroupEnded(at + 30, group.key, session, *how))
        if done:
            writer.write(SweepEnded(1_795_000_400.0, "completed"))
    return log


def test_a_complete_sweep_is_reported_and_not_measured_again_unless_new_is_asked_for(
    home: Home, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = begin(home, read_plan(path))
    before = log.read_bytes()
    for words in ((str(path),), (str(path), "--retry-failed"), ("--resume", ID)):
        code, out, err = run(capsys, *words)
        assert code == 0
        assert f"Sweep {ID} of this plan is complete since 2026-11-18 11:13 UTC" in err
        assert "--new measures it all again" in err
        assert f"Sweep mine ({ID})" in out
    assert log.read_bytes() == before
    assert sweeps(home) == [ID]


def test_a_complete_sweep_with_failures_says_how_they_are_tried_again(
    home: Home, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(home, read_plan(path), failed="fp16")
    code, _, err = run(capsys, str(path))
    assert code == 1
    assert "2 failed" in err and "--retry-failed tries again" in err


@pytest.fixture(autouse=True)
def hangup() -> Iterator[None]:
    """Whoever runs the tests under nohup has them ignore it, and then nobody would let go."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


class Struck(io.StringIO):
    """Standard error of a process that gets a signal after its first look."""

    def __init__(self, number: signal.Signals | None, then: SweepLog | None = None) -> None:
        super().__init__()
        self.number, self.then = number, then

    def flush(self) -> None:
        """The end of a look."""
        if self.number is not None:
            os.kill(os.getpid(), self.number)
            self.number = None
        if self.then is not None:
            self.then.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_merely_watches_a_sweep_lets_go_of_it(home: Home, path: Path, number: signal.Signals) -> None:
    log = begin(home, read_plan(path), done=False)
    with SweepLog(log):
        assert follow(home, Sweeping(ID, log, None, True), Struck(number)) is number
    assert not (log.parent / STOP).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_is_closed_or_killed_does_not_stop_the_sweep_that_it_began(
    home: Home, path: Path, number: signal.Signals
) -> None:
    log = begin(home, read_plan(path), done=False)
    driver = SimpleNamespace(poll=lambda: None)
    with SweepLog(log):
        assert follow(home, Sweeping(ID, log, driver, False), Struck(number)) is number  # type: ignore[arg-type]
    assert not (log.parent / STOP).exists()


def test_ctrl_c_stops_the_sweep_that_was_begun_here(home: Home, path: Path) -> None:
    log = begin(home, read_plan(path), done=False)
    writer = SweepLog(log)
    driver = SimpleNamespace(poll=lambda: 0)
    seen = Struck(signal.SIGINT, writer)
    state = follow(home, Sweeping(ID, log, driver, False), seen)  # type: ignore[arg-type]
    assert isinstance(state, SweepState)
    assert "stopping; the groups done are kept" in seen.getvalue()
    assert (log.parent / STOP).exists()


def test_what_is_measured_again_as_a_whole_is_named_before_it_is(home: Home, path: Path) -> None:
    plan = read_plan(path)
    log = begin(home, plan, done=False)
    first, key = plan.groups()[0], plan.groups()[0].key
    with SweepLog(log) as writer:
        writer.write(GroupStarted(1_795_000_100.0, key, "20261121-120000-abba", 0, [p.word for p in first.points]))
    assert stops_line(read_state(home, ID)).endswith("the same plan goes on with it later."), "nobody records it"
    with SweepLog(log) as writer:
        writer.write(GroupEnded(1_795_000_130.0, key, "20261121-120000-abba", "stopped"))
        writer.write(SweepEnded(1_795_000_131.0, "stopped"))
    state = read_state(home, ID)
    whole = "measured again as a whole, complete windows too."
    assert f"{key} was broken off and is then {whole}" in stopped_line(state)
    driver = SimpleNamespace(poll=lambda: None)
    goes_on = begun_line(Sweeping(ID, log, driver, True), state, state.broken_off)  # type: ignore[arg-type]
    assert f"{key} was broken off and is {whole}" in goes_on
    assert whole not in begun_line(Sweeping(ID, log, None, True), state, state.broken_off)


def test_stopping_names_the_group_under_way(home: Home, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, session = read_plan(path), "20261121-120000-abba"
    log, first = begin(home, plan, done=False), plan.groups()[0]
    theirs = home.session_log(session)
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    with SweepLog(log) as writer, theirs.open("rb") as held:
        hold(held)
        writer.write(GroupStarted(1_795_000_100.0, first.key, session, 0, [p.word for p in first.points]))
        assert run(capsys, "sweep", "--stop", ID)[2].endswith(
            f"{first.key} is broken off and then measured again as a whole, complete windows too.\n"
        )
