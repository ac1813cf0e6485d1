"""The driver's ring brought to the session's clock: ascending, without overlap, whatever the driver's clock does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from ecotui.core.clock import NS
from ecotui.core.reading import Ring
from ecotui.sensors.ring import Clocks, RingDrain, Sample
from tests.sensors.fake_nvml import Hands

MS = 1_000_000
WALL_NS = 1_795_000_000 * NS
DEEP = 118


class Host:
    """A driver that samples each 20 ms of the session's clock and stamps by a wall clock that a test moves."""

    def __init__(self) -> None:
        self.hands = Hands()
        self.ahead_ns = WALL_NS
        self.boot_ns = 5_000 * NS
        self.stamps_by_boot = False
        self.taken: list[tuple[int, Sample]] = []
        self.asked: list[int] = []
        self._sampled_ns = self.hands()
        self.forward(3.01)  # between two samples
        self.drain = RingDrain(self.hands(), Clocks(self.hands, (self.wall, self.boot)))

    def wall(self) -> int:
        return self.hands() + self.ahead_ns

    def boot(self) -> int:
        return self.hands() + self.boot_ns

    def forward(self, seconds: float) -> None:
        end = self.hands() + round(seconds * NS)
        while self._sampled_ns + 20 * MS <= end:
            self._sampled_ns += 20 * MS
            self.hands.now_ns = self._sampled_ns
            stamp_ns = self.boot() if self.stamps_by_boot else self.wall()
            self.taken.append((self._sampled_ns, (stamp_ns // 1000, self._sampled_ns // MS % 100_000)))
        self.hands.now_ns = end
        del self.taken[:-DEEP]

    def samples(self, seen_us: int) -> list[Sample]:
        self.asked.append(seen_us)
        return [sample for _, sample in self.taken if sample[0] > seen_us]

    def drained(self, times: int, every_s: float = 1.0) -> Iterator[Ring | None]:
        for _ in range(times):
            self.forward(every_s)
            yield self.drain.drain(self.samples)


def stamps(rings: list[Ring | None]) -> list[int]:
    return [at for ring in rings if ring is not None for at in ring.sample_ns]


def test_every_sample_comes_once_with_its_own_stamp_on_the_sessions_clock() -> None:
    host = Host()
    begin = host.hands() - 10 * MS
    rings = list(host.drained(10))
    assert stamps(rings) == pytest.approx([begin + 20 * MS * k for k in range(1, 501)], abs=1000)
    powers = [mw for ring in rings if ring for mw in ring.power_mw]
    assert powers == list(range(powers[0], powers[0] + 20 * 500, 20))


def test_samples_from_before_the_board_was_opened_are_left_out() -> None:
    host = Host()
    opened = host.hands()
    (ring,) = host.drained(1, 0.5)
    assert host.asked == [0]
    assert ring is not None
    assert len(ring.sample_ns) == 25
    assert ring.sample_ns[0] > opened


def test_only_what_is_new_is_asked_for_after_the_first_drain() -> None:
    host = Host()
    list(host.drained(2))
    assert host.asked == [0, host.taken[-51][1][0]]


def test_no_new_sample_is_no_ring() -> None:
    host = Host()
    list(host.drained(1))
    assert list(host.drained(1, 0.001)) == [None]


def test_nothing_is_lost_of_a_ring_that_is_drained_every_two_seconds_and_a_hole_shows_where_it_is_not() -> None:
    host = Host()
    gaps = {b - a for a, b in pairwise(stamps(list(host.drained(5, 2.0))))}
    assert max(gaps) < 21 * MS
    late = stamps(list(host.drained(1, 4.0)))
    assert len(late) == DEEP


@pytest.mark.parametrize("wander_ms", [-3.0, 0.4, 3.0, 15.0])
def test_stamps_ascend_without_overlap_though_the_offset_wanders(wander_ms: float) -> None:
    host = Host()
    rings = list(host.drained(1))
    for k in range(20):
        host.ahead_ns += round((wander_ms if k % 2 else -wander_ms) * MS)
        rings += host.drained(1)
    found = stamps(rings)
    assert len(found) == 1050
    assert all(b > a for a, b in pairwise(found))
    assert all(ring is not None and ring.sample_ns[-1] <= ring.at_ns + 15 * MS for ring in rings)


def test_a_thread_put_aside_between_two_reads_of_the_clocks_does_no_harm() -> None:
    host = Host()
    begin = host.hands()
    reads = iter([0, 0, 30 * MS, 0, 0, 0, 0] * 1000)

    def interrupted() -> int:
        host.hands.now_ns += next(reads)
        return host.hands.now_ns

    drain = RingDrain(begin, Clocks(interrupted, (host.wall,)))
    host.forward(1)
    ring = drain.drain(host.samples)
    assert ring is not None
    assert list(ring.sample_ns) == pytest.approx([at for at, _ in host.taken[-50:]], abs=1000)


@pytest.mark.parametrize("set_by_s", [-3600.0, -1.0, 1.0, 3600.0])
def test_a_wall_clock_that_was_set_costs_a_few_drains_and_invents_nothing(set_by_s: float) -> None:
    host = Host()
    before = list(host.drained(3))
    host.forward(0.5)
    host.ahead_ns += round(set_by_s * NS)
    host.forward(0.5)
    after = [host.drain.drain(host.samples), *host.drained(9)]
    assert after[:3] == [None, None, None]
    assert None not in after[4:]
    found = stamps(before + after)
    assert all(b > a for a, b in pairwise(found))
    true = {at // MS for at, _ in host.taken}
    assert {round(at / MS) for at in found[-DEEP:]} <= {t + d for t in true for d in (0, 1)}


def test_a_driver_that_stamps_by_the_time_since_boot_is_understood() -> None:
    host = Host()
    host.taken.clear()
    host.stamps_by_boot = True
    begin = host.hands() - 10 * MS
    assert stamps(list(host.drained(3))) == pytest.approx([begin + 20 * MS * k for k in range(1, 151)], abs=1000)


def test_stamps_of_an_unknown_clock_are_no_ring() -> None:
    host = Host()
    host.ahead_ns -= 7_777 * NS
    host.taken.clear()
    host.forward(1)
    host.ahead_ns += 7_777 * NS
    assert host.drain.drain(host.samples) is None


def test_no_power_stays_no_power() -> None:
    host = Host()
    host.forward(1)
    ring = host.drain.drain(lambda seen_us: [(at, 0) for at, _ in host.samples(seen_us)])
    assert ring is not None
    assert set(ring.power_mw) == {0}


def test_the_default_clocks_are_the_hosts_own() -> None:
    clocks = Clocks()
    for driver in clocks.drivers:
        offset_ns = clocks.offset_ns(driver)
        assert abs(clocks.session() - (driver() + offset_ns)) < NS
