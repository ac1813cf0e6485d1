"""A replay is a position in a log; the timeline holds exactly what was known there."""

from __future__ import annotations

from ecotui.core.clock import NS
from ecotui.ui.player import SPEEDS, Player
from tests import factory


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += round(seconds * NS)


def player() -> tuple[Player, Clock]:
    clock = Clock()
    return Player(list(factory.events()), clock), clock


def test_it_plays_at_the_clocks_pace_and_at_its_speed() -> None:
    it, clock = player()
    clock.go(1.0)
    it.poll()
    assert it.at_s == 1.0
    it.faster()
    clock.go(1.0)
    it.poll()
    assert it.at_s == 3.0


def test_the_timeline_holds_what_was_known_at_the_position() -> None:
    it, _ = player()
    it.seek(2.5)
    assert [s.phase.name for s in it.timeline.spans] == ["bare", "loading"]
    assert it.timeline.last_ns <= it.position_ns
    assert it.timeline.windows == []


def test_seeking_back_and_on_again_comes_to_the_same_timeline() -> None:
    it, _ = player()
    it.seek(it.length_s)
    windows, readings = list(it.timeline.windows), len(it.timeline.readings)
    it.seek(1.0)
    assert it.timeline.end is None
    it.seek(it.length_s)
    assert (list(it.timeline.windows), len(it.timeline.readings)) == (windows, readings)


def test_a_pause_holds_the_position_and_playing_goes_on_from_there() -> None:
    it, clock = player()
    it.seek(2.0)
    it.toggle()
    clock.go(60)
    assert it.poll() == 0
    it.toggle()
    clock.go(0.5)
    it.poll()
    assert it.at_s == 2.5


def test_it_stops_at_the_end_and_plays_again_from_the_start() -> None:
    it, clock = player()
    clock.go(1000)
    it.poll()
    assert it.at_end and not it.playing and it.timeline.end is not None
    it.toggle()
    assert it.at_s == 0.0 and it.playing


def test_brackets_go_from_window_to_window() -> None:
    it, _ = player()
    starts = []
    for _ in range(3):
        it.window(1)
        starts.append(round(it.at_s, 2))
    assert starts == [5.2, 6.2, 7.2]
    it.window(-1)
    assert round(it.at_s, 2) == 6.2


def test_speed_and_position_stay_within_their_ends() -> None:
    it, _ = player()
    it.faster(99)
    assert it.speed == SPEEDS[-1]
    it.faster(-99)
    assert it.speed == SPEEDS[0]
    it.skip(-99)
    assert it.at_s == 0.0
    it.skip(1e6)
    assert it.at_s == it.length_s


def test_a_log_without_events_can_be_played() -> None:
    it = Player([], lambda: 0)
    assert it.poll() == 0 and it.length_s == 0.0
