"""The table of a selftest, from made-up samples whose truth is known: 1 ms steps of power, and sensors over them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from ecotui.core.bursts import LEAD_NS, Burst, end_of, planned
from ecotui.core.clock import NS
from ecotui.core.events import Trace, Vitals
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.core.selftest import About, Check, Cost, Polled, Report, Samples, Stretch, examine

MS = NS // 1000
BARE_W, CONTEXT_W, LOAD_W = 74.0, 128.0, 600.0
BOARD = BoardInfo("NVIDIA H100 80GB HBM3", "GPU-1", 0, "nvml", 700.0, 80_000_000_000, "580.159")


@dataclass
class Truth:
    """A board of known power, and how its sensors bend it."""

    counter_gain: float = 1.0
    counter_sees_ms: int = 100
    """How much of each 100 ms the counter's power is made of."""
    counter_lag_ms: int = 0
    counter_ends_ms: int = 1 << 40
    counter_back_ms: int = 1 << 40
    """When it starts anew."""
    ring_gain: float = 1.0
    ring_unanswered: int = 0
    """Samples of each 50 that hold 0 W."""
    half_width_ms: float = 2.0
    switching_ms: float | None = None
    """The half width while a load is switched; None: the same."""
    lacking: frozenset[str] = frozenset()
    gap_ms: int = 0
    processes: tuple[int, ...] = ()
    board: BoardInfo = BOARD
    power: list[float] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)

    def rest(self, name: str, watts: float, seconds: float) -> None:
        begin = len(self.power)
        self.power += [watts] * round(seconds * 1000)
        if name:
            self.stretches.append(Stretch(name, begin * MS, len(self.power) * MS))

    def work(self, name: str, burst: Burst) -> None:
        now = len(self.power) * MS
        plan = planned(burst, now)
        end = end_of(burst, plan)
        made = np.full((end - now) // MS, CONTEXT_W)
        for begin, stop in plan:
            made[(begin - now) // MS : (stop - now) // MS] = LOAD_W
        self.power += made.tolist()
        on, off = [b for b, _ in plan], [e for _, e in plan]
        self.stretches.append(Stretch(name, plan[0][0], end, burst.phase_s, on, off))

    def samples(self) -> Samples:
        self.rest("bare", BARE_W, 10)
        self.rest("", CONTEXT_W, 1)
        self.rest("context", CONTEXT_W, 10)
        for i in range(8):
            self.work("alias", Burst(5, 0.025, 0.075, i * 0.0125))
        for _ in range(3):
            self.rest("", CONTEXT_W, 1.5)
            self.work("bursts", Burst(5, 0.3, 0.33))
        self.work("steady", Burst(10, 1.0))
        self.rest("", CONTEXT_W, 2)
        made = Samples(About(0, 0, self.board, 120.0, "matrix products"))
        made.stretches = self.stretches
        self._sense(made)
        return made

    def _sense(self, made: Samples) -> None:
        power = np.array(self.power)
        whole = np.concatenate(([0.0], np.cumsum(power))) / 1000
        seen = power.copy()
        for begin in range(17, len(power) - 100, 100) if self.counter_sees_ms < 100 else ():
            seen[begin : begin + 100] = power[begin + 100 - self.counter_sees_ms : begin + 100].mean()
        counted = np.concatenate(([0.0], np.cumsum(seen))) / 1000 * self.counter_gain
        times = [t for t in range(100, len(power), 100) if not 5000 < t < 5000 + self.gap_ms]
        for t in times:
            reading = Reading(
                t * MS,
                power_w=float(power[t - 25 : t].mean()),
                power_average_w=float(power[max(t - 1000, 0) : t].mean()),
            )
            made.line.apply(replace(reading, power_w=None) if "power" in self.lacking else reading)
        for t in range(117, min(len(power), self.counter_ends_ms), 100):
            if "energy" not in self.lacking:
                joules = 5000 + float(counted[max(t - self.counter_lag_ms, 0)]) - 5000 * (t > self.counter_back_ms)
                switched = any(s.t0_ns < t * MS < s.t1_ns for s in self.stretches if s.name in ("bursts", "alias"))
                width_ms = self.switching_ms if switched and self.switching_ms else self.half_width_ms
                made.line.apply(Tick(t * MS, joules, round(width_ms * MS)))
        for t in range(1000, len(power), 1000):
            if "ring" not in self.lacking:
                ends = range(t - 980, t + 1, 20)
                milliwatts = [round((whole[e] - whole[e - 20]) / 0.020 * 1000 * self.ring_gain) for e in ends]
                made.line.apply(Trace(t * MS, ends[0] * MS, [20 * MS] * (len(ends) - 1), self._answered(milliwatts)))
            made.line.apply(Vitals(t * MS, 0, 0, list(self.processes)))
        every = [t * MS for t in range(100, 6000, 100)]
        sensors = {"power": "power", "average": "average", "counter": "energy"}
        made.polled = [Polled(s, 0 if part in self.lacking else 3000, every) for s, part in sensors.items()]
        made.costs = [Cost("a reading", [2 * MS] * 99 + [5 * MS])]

    def _answered(self, milliwatts: list[int]) -> list[int]:
        return [0] * self.ring_unanswered + milliwatts[self.ring_unanswered :]


def table(**bent: object) -> tuple[Report, dict[str, Check]]:
    report = examine(Truth(**bent).samples())  # type: ignore[arg-type]
    return report, {c.name: c for c in report.checks}


@pytest.fixture(scope="module")
def good() -> tuple[Report, dict[str, Check]]:
    return table()


def test_a_good_board_keeps_every_bar(good: tuple[Report, dict[str, Check]]) -> None:
    report, checks = good
    assert report.verdict == "pass", report.words
    assert not [c for c in checks.values() if c.verdict == "absent"]
    assert "every bar was kept" in report.words
    assert "Shortened" not in report.words


def test_stamps_are_judged_where_no_load_is_switched() -> None:
    report, checks = table(switching_ms=9.0)
    assert report.verdict == "pass"
    assert checks["stamp of a tick"].figures["p95_ms"] == pytest.approx(2)
    switching = checks["stamp of a tick, load switching"]
    assert switching.verdict == "info"
    assert switching.figures["p95_ms"] == pytest.approx(9)
    ticks = sum(checks[c].figures["ticks"] or 0 for c in ("stamp of a tick", switching.name))
    assert ticks == len(Truth().samples().line.ticks)


def test_counter_and_ring_agree_to_a_third_of_a_percent_on_even_power(good: tuple[Report, dict[str, Check]]) -> None:
    for title in ("idle, bare", "idle, context", "steady load"):
        assert abs(good[1][f"{title}: counter against ring"].figures["diff_pct"] or 9) < 0.34


def test_the_one_second_average_falls_short_in_bursts_and_decides_nothing(
    good: tuple[Report, dict[str, Check]],
) -> None:
    check = good[1]["bursts: 1 s average against counter"]
    assert check.verdict == "info"
    assert (check.figures["diff_pct"] or 0) < -4


def test_readings_of_a_quarter_of_the_time_are_shown_to_alias_and_decide_nothing(
    good: tuple[Report, dict[str, Check]],
) -> None:
    check = good[1]["alias: readings over 8 phases"]
    assert check.verdict == "info"
    assert (check.figures["spread_pct"] or 0) > 40


def test_periods_costs_stamps_and_gaps_are_told(good: tuple[Report, dict[str, Check]]) -> None:
    _, checks = good
    assert checks["period: energy counter"].figures["median_ms"] == pytest.approx(100)
    assert checks["call: a reading"].figures["median_ms"] == pytest.approx(2)
    assert 2 < (checks["call: a reading"].figures["p99_ms"] or 0) <= 5
    assert checks["stamp of a tick"].figures["p95_ms"] == pytest.approx(2)
    assert checks["gap between readings"].figures["max_ms"] == pytest.approx(100)
    assert checks["driver's ring"].figures["period_ms"] == pytest.approx(20)


@pytest.mark.parametrize(
    ("bent", "name", "verdict"),
    [
        ({"counter_gain": 0.57}, "idle, bare: counter against ring", "fail"),
        ({"counter_gain": 1.05}, "steady load: counter against ring", "fail"),
        ({"ring_gain": 0.9}, "idle, context: counter against ring", "fail"),
        ({"counter_sees_ms": 25}, "alias: counter over 8 phases", "warn"),
        ({"counter_lag_ms": 50}, "lag of counter", "warn"),
        ({"half_width_ms": 9.0}, "stamp of a tick", "warn"),
        ({"gap_ms": 250}, "gap between readings", "pass"),
        ({"gap_ms": 400}, "gap between readings", "fail"),
        ({"processes": (4711,)}, "other processes", "warn"),
        ({"board": replace(BOARD, mig=True)}, "whole card", "fail"),
        ({"lacking": frozenset({"ring"})}, "driver's ring", "absent"),
        ({"lacking": frozenset({"energy"})}, "stamp of a tick", "absent"),
        ({"lacking": frozenset({"energy"})}, "steady load: counter against ring", "absent"),
        ({"lacking": frozenset({"energy", "power", "ring"})}, "energy", "fail"),
        ({"lacking": frozenset({"energy"})}, "energy counter", "absent"),
        ({"lacking": frozenset({"power", "ring"})}, "power", "absent"),
        ({"lacking": frozenset({"power"})}, "power", "pass"),
        ({"counter_ends_ms": 30_000}, "energy counter", "fail"),
        ({"counter_back_ms": 30_000}, "energy counter", "fail"),
        ({"ring_unanswered": 2}, "driver's ring", "pass"),
        ({"ring_unanswered": 3}, "driver's ring", "fail"),
    ],
)
def test_what_is_bent_shows_in_its_line(bent: dict[str, object], name: str, verdict: str) -> None:
    report, checks = table(**bent)
    assert checks[name].verdict == verdict, checks[name]
    if verdict == "fail":
        assert report.verdict == "fail"
        assert name in report.words


def test_the_lag_of_a_counter_is_found_to_a_few_milliseconds() -> None:
    lags = [table(counter_lag_ms=lag)[1]["lag of counter"].figures["lag_ms"] for lag in (0, 30, 60)]
    assert lags == pytest.approx([0, 30, 60], abs=5)


def test_without_the_ring_the_readings_are_what_the_counter_is_held_against() -> None:
    report, checks = table(lacking=frozenset({"ring"}))
    assert checks["steady load: counter against readings"].verdict == "pass"
    assert "steady load: counter against ring" not in checks
    assert report.verdict in ("pass", "warn")


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({"energy"}, "no energy counter: energy comes from the integral of power alone"),
        ({"energy", "ring"}, "no energy counter: energy comes from the integral of power alone"),
        ({"power", "ring"}, "No second source"),
    ],
)
def test_what_cannot_be_checked_is_no_bar_that_was_kept(lacking: set[str], words: str) -> None:
    report, _ = table(lacking=frozenset(lacking))
    assert report.verdict == "warn"
    assert words in report.words
    assert "bar" not in report.words


def test_a_counter_that_is_never_held_against_power_under_load_is_said_not_to_be() -> None:
    samples = Truth().samples()
    samples.stretches = [s for s in samples.stretches if s.name != "steady"]
    report = examine(samples)
    assert report.verdict == "warn"
    assert report.words.endswith("The counter could not be held against power under load.")


def test_neither_counter_nor_power_at_any_one_time_is_a_fail() -> None:
    samples = Truth(lacking=frozenset({"energy", "ring"})).samples()
    end = len(samples.line.readings) * 100 * MS
    samples.stretches = [s if s.name != "steady" else replace(s, t0_ns=end, t1_ns=2 * end) for s in samples.stretches]
    report = examine(samples)
    assert report.verdict == "fail"
    assert "neither counter nor power was told: steady load" in {c.value for c in report.checks}


def test_a_counter_that_goes_back_or_silent_only_while_asked_fast_fails() -> None:
    for polled in (
        Polled("counter", 3000, [], back=1),
        Polled("counter", 3000, [], first=1.0),
        Polled("counter", 0, [], unanswered=3000),
    ):
        samples = Truth().samples()
        samples.polled[-1] = polled
        assert {c.name: c.verdict for c in examine(samples).checks}["energy counter"] == "fail", polled


def test_without_what_is_not_essential_the_board_passes_and_says_that_not_all_was_checked(
    good: tuple[Report, dict[str, Check]],
) -> None:
    checks = tuple(replace(c, verdict="absent") if c.name == "other processes" else c for c in good[0].checks)
    report = Report(good[0].about, checks)
    assert report.verdict == "pass"
    assert "every bar that could be checked was kept, 1 could not" in report.words


def test_a_spread_over_the_phases_is_told_in_words_for_operators() -> None:
    words = table(counter_sees_ms=25)[0].words
    assert "Loads that repeat with the counter's own period of 100 ms are weighed wrongly by up to" in words
    assert "decoding steps near 100/k ms may be touched (LLM.int8 at 100 ms a step)" in words


def test_calls_that_are_made_once_are_no_cost_of_sampling() -> None:
    samples = Truth().samples()
    samples.costs.append(Cost("GetHandleByIndex", [6 * MS]))
    assert [c.name for c in examine(samples).checks if c.name.startswith("call")] == ["call: a reading"]


def test_a_ring_that_falls_silent_is_worth_a_word() -> None:
    samples = Truth().samples()
    last = int(samples.line.readings.at_ns[-1])
    samples.line.apply(Reading(last + 4 * NS, power_w=CONTEXT_W))
    assert {c.name: c.verdict for c in examine(samples).checks}["driver's ring"] == "warn"


def test_a_test_that_was_cut_short_says_so() -> None:
    samples = Truth().samples()
    samples.about = replace(samples.about, seconds=10.0)
    assert "Shortened to 10 s" in examine(samples).words


def test_nothing_at_all_is_a_fail_and_no_crash() -> None:
    report = examine(Samples(About(0, 0, BOARD, 120.0, "nothing")))
    assert report.verdict == "fail"
    assert {c.verdict for c in report.checks} <= {"fail", "absent"}


def test_the_same_samples_give_the_same_table() -> None:
    samples = Truth().samples()
    assert examine(samples) == examine(samples)


def test_bursts_begin_at_their_phase_and_keep_their_rhythm() -> None:
    for phase_s in (0.0, 0.0125, 0.0875):
        plan = planned(Burst(1.0, 0.025, 0.075, phase_s), 123_456_789)
        assert len(plan) == 10
        assert plan[0][0] >= 123_456_789 + LEAD_NS
        assert {(begin - round(phase_s * NS)) % (100 * MS) for begin, _ in plan} == {0}
        assert {end - begin for begin, end in plan} == {25 * MS}


def test_work_without_rest_is_one_burst() -> None:
    burst = Burst(3.0, 1.0)
    plan = planned(burst, 0)
    assert plan == [(LEAD_NS, LEAD_NS + 3 * NS)]
    assert end_of(burst, plan) == plan[0][1]
