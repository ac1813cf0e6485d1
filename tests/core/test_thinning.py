"""A long session that is thinned comes to the same figures as one that is held whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from ecotui.core import thinning, timeline
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Trace, Window
from ecotui.core.packed import PackedRows
from ecotui.core.rows import RunRow, WindowRow, row_dict
from ecotui.core.summary import summarize, window_row
from ecotui.core.timeline import Timeline
from ecotui.log import LogWriter, checkpoint, read_timeline
from ecotui.log.follow import Follower
from tests import factory, served


def made() -> list[Event]:
    """Two minutes of windows under the whole protocol."""
    it = factory.measured_plan()
    it = replace(it, protocol=replace(it.protocol, windows=60))
    out, waiting = list[Event](), list[Window]()
    for event in factory.everything(the_plan=it):
        if isinstance(event, Window):
            waiting.append(event)  # a recorder writes a window once the ring has passed its end
            continue
        ripe = [w for w in waiting if isinstance(event, Trace | End) and event.at_ns > w.t1_ns]
        waiting = [w for w in waiting if w not in ripe]
        out += [*ripe, event] if isinstance(event, End) else [event, *ripe]
    return out


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thins what is older than thirty seconds, in steps of five."""
    for module in (thinning, timeline):
        monkeypatch.setattr(module, "KEEP_ROWS", 300)
        monkeypatch.setattr(module, "STEP_ROWS", 50)


def close(a: RunRow | WindowRow, b: RunRow | WindowRow) -> None:
    for f in fields(a):
        one, other = getattr(a, f.name), getattr(b, f.name)
        if f.name == "trend_p":
            continue  # of windows that are all alike: the order of their last digits
        if isinstance(one, float) and f.name.startswith("itl"):
            assert one == pytest.approx(other, abs=0.001), f.name
        elif isinstance(one, float):
            assert one == pytest.approx(other, rel=1e-9), f.name
        else:
            assert one == other, f.name


def test_rows_are_the_same_and_the_readings_are_few(short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    thinned = factory.fold(made())
    monkeypatch.undo()
    whole = factory.fold(made())
    assert len(whole.readings) > 700 and len(thinned.readings) < len(whole.readings) - 250
    assert len(thinned.calls) < len(whole.calls) and len(thinned.samples) < len(whole.samples)
    assert thinned.settled.windows > 10
    for a, b in zip(summarize(thinned), summarize(whole), strict=True):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            close(one, other)


def test_the_outline_keeps_the_lowest_and_the_highest_of_every_ten_seconds(short: None) -> None:
    line = factory.fold(made())
    at = (line.readings.at_ns[: line.readings.whole_from] - line.start_ns) / 1e10
    power = line.readings.column("power_w")[: line.readings.whole_from]
    assert set(np.unique(at.astype(int))) == set(range(int(at.max()) + 1))
    assert power.max() == 300.0 and np.all(np.diff(at) > 0)


def written(path: Path, monkeypatch: pytest.MonkeyPatch, events: Iterable[Event] = ()) -> Timeline:
    """A log as a recorder writes it, with checkpoints all along."""
    monkeypatch.setattr(checkpoint, "EVERY_B", 20_000)
    monkeypatch.setattr("ecotui.log.follow.EVERY_B", 20_000)
    line = Timeline()
    with LogWriter(path) as writer:
        for event in events or made():
            figured = isinstance(event, Window)
            whole = replace(event, figures=row_dict(window_row(line, event))) if figured else event
            writer.write(whole)
            line.apply(whole)
            writer.note(line)
    return line


def test_a_checkpoint_goes_on_where_it_was_put_down(
    short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.jsonl"
    line = written(log, monkeypatch)
    follower = Follower(log)
    events = follower.poll()
    assert events < 50  # the rest was in the checkpoint
    assert isinstance(follower.timeline.end, End) and follower.timeline.last == line.last
    assert follower.timeline.readings.parts == line.readings.parts
    for a, b in zip(summarize(follower.timeline), summarize(read_timeline(log)), strict=True):
        for one, other in zip(a, b, strict=True):
            close(one, other)


def test_a_watched_session_goes_on_where_it_was_put_down(
    short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = written(tmp_path / "log.jsonl", monkeypatch, served.events(12, again_s=75.0))
    follower = Follower(tmp_path / "log.jsonl")
    early = line.scrapes.until(line.start_ns + 40 * NS)
    assert 35 < len(early) < 45 and early.rate_tok_s() == pytest.approx(served.OUT_TOK_S) and not early.begun_ns
    assert follower.poll() < 400 and len(follower.timeline.windows) == 12
    assert follower.timeline.scrapes.parts == line.scrapes.parts
    assert follower.timeline.scrapes.begun_ns == line.scrapes.begun_ns != []
    for a, b in zip(summarize(follower.timeline), summarize(line), strict=True):
        for one, other in zip(a, b, strict=True):
            close(one, other)


def test_a_packed_row_comes_back_as_it_was_put_in() -> None:
    line, packed = factory.fold(made()), PackedRows()
    rows = [replace(window_row(line, w), cause="a cause" if w.window % 2 else None) for w in line.windows]
    for row in rows:
        packed.add(3, row)
    assert [packed.get((3, row.t0_ns or 0)) for row in rows] == rows and packed.get((2, rows[0].t0_ns or 0)) is None
    again = PackedRows()
    for part, other in zip(again.parts, packed.parts, strict=True):
        part.extend(other)
    again.take_up(packed.words, len(packed))
    assert list(again) == list(packed) and again.get((3, rows[5].t0_ns or 0)) == rows[5]


@pytest.mark.parametrize("harm", ["cut", "other log", "noise", "gone"])
def test_a_checkpoint_that_does_not_fit_is_passed_over(
    harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.jsonl"
    whole = written(log, monkeypatch)
    fold = checkpoint.path_of(log)
    match harm:
        case "cut":
            fold.write_bytes(fold.read_bytes()[:-100])
        case "other log":
            log.write_bytes(log.read_bytes().replace(b"testhost", b"tesshost", 1))
        case "noise":
            fold.write_bytes(b"\xff\x00not json\n")
        case _:
            fold.unlink()
    assert checkpoint.load(log) is None
    follower = Follower(log)
    assert follower.poll() > 1000
    assert follower.timeline.last_ns == whole.last_ns


def test_a_long_log_is_replayed_from_its_fold(short: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecotui.ui.long_player import LongPlayer

    whole = written(tmp_path / "log.jsonl", monkeypatch)
    player = LongPlayer(whole, lambda: 0)
    assert player.timeline.windows == [] and player.at_s == 0
    player.seek(player.length_s)
    assert len(player.timeline.windows) == 60 + 4 and player.timeline.end == whole.end
    same = player.timeline
    assert same.readings.whole_from == whole.readings.whole_from > 0
    player.seek(player.length_s / 2)
    assert player.timeline is same and same.end is None
    assert 10 < len(same.windows) < 50 and same.last is not None and same.last.at_ns <= player.position_ns
    player.window(1)
    assert any(abs((w.t0_ns - player.start_ns) / 1e9 - player.at_s) < 1e-6 for w in whole.windows)
