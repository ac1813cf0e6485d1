"""A window that is over is in the log at once, and is told even where its recorder never came to weigh it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecotui.core.events import Event, Over, Window
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log import Follower, LogWriter, checkpoint, read_events, read_timeline
from tests.factory import broken_off, events, fold, over, write_log


def told(line: Timeline) -> list[int]:
    return [window.window for window in line.windows]


def as_recorded() -> list[Event]:
    """A whole session as a recorder writes it: each window first as over."""
    out = list[Event]()
    for event in events():
        out += [over(event), event] if isinstance(event, Window) else [event]
    return out


def test_a_window_that_is_over_waits_while_its_recorder_lives_and_is_told_when_that_is_gone(tmp_path: Path) -> None:
    log, made = tmp_path / "log.jsonl", broken_off(0.5)
    follower = Follower(log)
    with LogWriter(log) as writer:
        for event in made:
            writer.write(event)
        assert follower.poll() == len(made)
        for line in (follower.timeline, read_timeline(log)):
            assert told(line) == [1, 2] and [it.window for it in line.overs.waiting] == [3]
        assert list(read_events(log)) == made
    assert follower.poll() == 1 and follower.poll() == 0
    later = read_timeline(log)
    for line in (follower.timeline, later):
        assert told(line) == [1, 2, 3] and not line.overs.waiting
    assert summarize(follower.timeline) == summarize(later)
    assert list(read_events(log))[:-1] == made


def test_a_log_that_is_found_broken_off_is_read_whole_at_the_first_look(tmp_path: Path) -> None:
    follower = Follower(write_log(tmp_path / "log.jsonl", iter(broken_off(0.5))))
    follower.poll()
    assert told(follower.timeline) == [1, 2, 3]


def test_readers_see_no_window_twice_where_its_figures_came(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", iter(as_recorded()))
    assert list(read_events(log)) == as_recorded()
    assert told(read_timeline(log)) == [1, 2, 3] and summarize(read_timeline(log)) == summarize(fold(events()))


def test_a_copy_that_grows_without_a_recorder_counts_each_window_once(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.jsonl", iter(as_recorded())).read_bytes()
    growing = tmp_path / "growing.jsonl"
    follower = Follower(growing)
    with growing.open("ab", buffering=0) as stream:
        for line in whole.splitlines(keepends=True):
            stream.write(line)
            follower.poll()
    assert told(follower.timeline) == [1, 2, 3]


def test_what_is_torn_behind_a_window_that_is_over_takes_nothing_from_it(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", iter(broken_off(0.0)))
    with log.open("ab") as stream:
        stream.write(b'{"kind":"window","arm":0,"win')
    assert told(read_timeline(log)) == [1, 2, 3]


def test_a_checkpoint_holds_the_windows_that_are_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("ecotui.log.checkpoint.EVERY_B", "ecotui.log.follow.EVERY_B"):
        monkeypatch.setattr(place, 1_000)
    log = write_log(tmp_path / "log.jsonl", iter(broken_off(0.0)))
    line = fold(broken_off(0.0))
    checkpoint.save(line, log, log.stat().st_size, len(log.read_bytes().splitlines()))
    found = checkpoint.load(log)
    assert found is not None and found[0].overs.waiting == line.overs.waiting != []
    follower = Follower(log)
    assert follower.poll() == 1, "all but the window was in the checkpoint"
    assert told(follower.timeline) == [1, 2, 3]


def test_the_event_comes_back_as_it_was_written(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl", iter(broken_off(0.0)))
    (found,) = [event for event in read_events(log) if isinstance(event, Over)]
    assert found == next(event for event in broken_off(0.0) if isinstance(event, Over))
