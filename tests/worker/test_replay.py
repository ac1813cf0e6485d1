"""Replays ahead of a device that is made up: its events pass when its own clock says so."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from ecotui.worker import replay
from ecotui.worker.replay import AHEAD, Replays


class Device:
    """Ends a step every `step_ms` of its clock, which goes on by a millisecond whenever the host sleeps."""

    def __init__(self, step_ms: float, skew_ms: float = 0.0) -> None:
        self.now_ms, self.busy_until_ms = 0.0, 0.0
        self.step_ms, self.skew_ms = step_ms, skew_ms
        self.base_ns = 1_000_000_000
        self.queued_at_most = 0
        self.events: list[Event] = []

    def launch(self, _step: int) -> None:
        """One more step in the queue."""
        self.busy_until_ms = max(self.busy_until_ms, self.now_ms) + self.step_ms
        self.queued_at_most = max(self.queued_at_most, 1 + sum(not e.query() for e in self.events))

    def sleep(self, seconds: float) -> None:
        """The host does."""
        self.now_ms += 1000 * seconds

    def host_ns(self) -> int:
        """The host's clock."""
        return self.base_ns + round(1e6 * self.now_ms)


class Event:
    """As torch.cuda.Event."""

    device: Device

    def __init__(self, enable_timing: bool) -> None:
        assert enable_timing
        self.at_ms = -1.0
        self.device.events.append(self)

    def record(self) -> None:
        """Passes when what is queued has ended."""
        assert self.query(), "an event is used again only after it has passed"
        self.at_ms = max(self.device.busy_until_ms, self.device.now_ms)

    def query(self) -> bool:
        """Whether it has."""
        return self.at_ms <= self.device.now_ms

    def elapsed_time(self, later: Event) -> float:
        """Milliseconds, by a clock that may run ahead of the host's."""
        assert self.query() and later.query()
        return later.at_ms - self.at_ms + self.device.skew_ms


def replayed(device: Device, steps: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Times in milliseconds since the call's start, of two calls one after the other."""
    monkeypatch.setattr(torch.cuda, "Event", type("Event", (Event,), {"device": device}))
    monkeypatch.setattr(replay.time, "sleep", device.sleep)
    monkeypatch.setattr(replay.time, "monotonic_ns", device.host_ns)
    replays, times = Replays(), []
    for _ in range(2):
        times = [replays.begin()]
        replays.run(steps, device.launch, times.append)
    return [at - times[0] for at in times]


def test_every_step_has_the_devices_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = replayed(Device(8.25), 200, monkeypatch)
    assert times == [round(8.25e6 * i) for i in range(201)]


def test_no_more_than_so_many_steps_are_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(8.25)
    replayed(device, 5 * AHEAD, monkeypatch)
    assert AHEAD - 1 <= device.queued_at_most <= AHEAD


@pytest.mark.parametrize("steps", [1, 2, AHEAD, AHEAD + 1])
def test_a_call_of_any_length_comes_to_its_end(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(replayed(Device(0.5), steps, monkeypatch)) == steps + 1


def test_steps_shorter_than_a_look_keep_their_order_and_none_is_in_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(0.01, skew_ms=50.0)
    times = replayed(device, 300, monkeypatch)
    assert all(a < b for a, b in pairwise(times))
    assert times[-1] <= round(1e6 * device.now_ms) + 300
