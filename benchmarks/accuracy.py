"""How far off are the joules of a window? ecotui's estimator against three ways that others take them.

python -m benchmarks.accuracy [LOG...] [--windows 300]

Every method sees what a board told, and nothing else, in windows of 1 to 30 s, and up to a tick more: a window that is
a whole number of ticks long would flatter the counter at both ends.

- ecotui: `core.window.counter_energy`, with the driver's ring for what lies before the first and after the last tick,
  and with the ticks alone;
- counter at both ends: the last published value at t0 and at t1, as Zeus reads it;
- 10 Hz, 1 s mean: trapezoids over the board's one-second average, as the EcoCompute study did;
- 1 s sampler: instant power once a second, each for the second before it, as CodeCarbon multiplies.

RECORDED: windows at random offsets in the loaded phases of session logs whose driver's ring was recorded (`trace`
events). The truth is the integral of its 20 ms samples, of which ecotui's window takes what lies before its first and
after its last tick, too: a tenth of a second and less at each end where every tick is in the log, and at most a twelfth
of a 10 s window where every fifth is. Beside a ring ecotui tracks one tick in five; a log of such ticks does not tell
what the counter published in between, so the methods that live on that are told of the logs that hold every tick,
apart from the others. Counter and ring may be calibrated differently; their common
ratio over a log is no error of timing, so the counter's ticks are divided by it, and it is printed. Power's two
methods come from the same sensor as the ring and are left as they are. Random offsets lie within a load that goes on;
a window that begins with its load, the harder case, is simulated.

SIMULATED: an H100-like board of exactly known truth (tests/core/simulate.py), in windows whose load begins at t0 and
ends at t1, and in windows within a load that goes on.

Without arguments the logs are those of sample_runs/.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.table import show
from ecotui.core.clock import NS
from ecotui.core.energy import Stamps, Values
from ecotui.core.errors import EcotuiError
from ecotui.core.ring import held_joules
from ecotui.core.timeline import Timeline
from ecotui.core.window import counter_energy, ring_energy
from ecotui.log.reader import read_timeline
from tests.core.simulate import Told, inference_w, observe

SAMPLES = Path(__file__).parents[1] / "sample_runs"
LENGTHS_S = (1, 3, 5, 10, 30)
LOADED = ("warm-up", "stabilizing", "measuring", "splitting")
MORE_S = 0.1
"""Windows are longer by up to this much, the counter's period."""
SEED = 20260


Method = Callable[[Told, int, int], float | None]


def with_ring(it: Told, t0: int, t1: int) -> float | None:
    """ecotui's window, stubs from the ring."""
    found = counter_energy(it.tick_ns, it.tick_j, it.half_ns, t0, t1, sample_ns=it.sample_ns, watts=it.sample_w)
    return found.joules if found else None


def ticks_alone(it: Told, t0: int, t1: int) -> float | None:
    """ecotui's window on a board without a ring."""
    found = counter_energy(it.tick_ns, it.tick_j, it.half_ns, t0, t1)
    return found.joules if found else None


def both_ends(it: Told, t0: int, t1: int) -> float | None:
    """The counter as it stood at t0 and at t1."""
    first, last = (int(np.searchsorted(it.published_ns, t, side="right")) - 1 for t in (t0, t1))
    return float(it.tick_j[last] - it.tick_j[first]) if first >= 0 else None


def held(at: Stamps, values: Values, when: Stamps) -> Values:
    """What a sampler sees at `when`: the newest value; NaN before the first."""
    at, values = at[np.isfinite(values)], values[np.isfinite(values)]
    newest = np.searchsorted(at, when, side="right") - 1
    return np.where(newest >= 0, values[newest.clip(0)], np.nan) if len(at) else np.full(len(when), np.nan)


def one_second_mean(it: Told, t0: int, t1: int) -> float | None:
    """Ten looks a second at the one-second average, trapezoids between them."""
    when = np.append(np.arange(t0, t1, NS // 10), t1)
    return float(np.trapezoid(held(it.reading_ns, it.average_w, when), (when - t0) / NS))


def sampler(it: Told, t0: int, t1: int) -> float | None:
    """A look a second at instant power, for the time since the look before."""
    when = np.append(np.arange(t0 + NS, t1, NS), t1)
    return float(held(it.reading_ns, it.instant_w, when) @ np.diff(when, prepend=t0)) / NS


METHODS: dict[str, Method] = {
    "ecotui, ticks and ring": with_ring,
    "ecotui, ticks alone": ticks_alone,
    "counter at both ends (Zeus)": both_ends,
    "10 Hz, 1 s mean (EcoCompute)": one_second_mean,
    "1 s sampler (CodeCarbon)": sampler,
}
BY_EVERY_TICK = ("ecotui, ticks alone", "counter at both ends (Zeus)")
"""Methods that nothing can be said of where the log has not all that the counter published."""
EVERY_S = 0.15
"""Ticks that lie closer than this, by their median, are all that there were."""
Errors = dict[tuple[str, int], list[float]]


def take(  # noqa: PLR0917 - a window of a board, and where its errors go
    errors: Errors, length: int, it: Told, bracket: tuple[int, int], truth_j: float, without: Sequence[str] = ()
) -> None:
    """Every method's error on one window, in percent; what cannot be told is left out."""
    for name, method in METHODS.items():
        if name in without:
            continue
        joules = method(it, *bracket)
        if joules is not None and np.isfinite(joules):
            errors.setdefault((name, length), []).append(100 * (joules / truth_j - 1))


def told(line: Timeline) -> Told:
    """What the board of a log told."""
    ticks, samples, readings = line.ticks, line.samples, line.readings
    return Told(
        ticks.at_ns,
        ticks.column("energy_j"),
        ticks.column("half_width_ns").astype(np.int64),
        ticks.at_ns,
        samples.at_ns,
        samples.column("power_w"),
        readings.at_ns,
        readings.column("power_w"),
        readings.column("power_average_w"),
    )


def common_ratio(it: Told) -> float:
    """Joules of the counter over joules of the ring, summed over ten ticks at a time where both are there."""
    counted = integrated = 0.0
    for a, b in pairwise(range(0, len(it.tick_ns), 10)):
        ring_j = held_joules(it.sample_ns, it.sample_w, int(it.tick_ns[a]), int(it.tick_ns[b]))
        gained = float(it.tick_j[b] - it.tick_j[a])
        if ring_j is not None and gained >= 0:
            counted, integrated = counted + gained, integrated + ring_j
    return counted / integrated if integrated else float("nan")


def loaded(line: Timeline) -> Iterator[tuple[int, int]]:
    """Stretches in which an arm's load went on."""
    begin = end = 0
    for span in (s for s in line.spans if s.phase.name in LOADED):
        if span.phase.at_ns != end:
            if end:
                yield begin, end
            begin = span.phase.at_ns
        end = span.end_ns or line.last_ns
    if end:
        yield begin, end


def random_brackets(rng: np.random.Generator, line: Timeline, length: int, count: int) -> Iterator[tuple[int, int]]:
    """Windows at random offsets, wherever the load lasts for long enough."""
    least = round((length + MORE_S) * NS)
    room = [(a, b - least) for a, b in loaded(line) if b - a > least]
    if not room:
        return
    share = np.array([b - a for a, b in room], dtype=float)
    for i in rng.choice(len(room), count, p=share / share.sum()):
        t0 = int(rng.integers(*room[i]))
        yield t0, t0 + round((length + rng.uniform(0, MORE_S)) * NS)


def has_every_tick(it: Told) -> bool:
    """Whether the log holds all that the counter published."""
    return float(np.median(np.diff(it.tick_ns))) < EVERY_S * NS


def recorded(logs: Iterable[Path], count: int) -> tuple[Errors, Errors]:
    """Errors over the logs with windows and the driver's ring, of those with every tick and of the others; says which
    lack the ring, and the others' ratios."""
    rng, every, thinned, mute, counts = np.random.default_rng(SEED), Errors(), Errors(), [], [0, 0]
    for log in logs:
        line = read_timeline(log)
        if not line.windows:
            continue  # a session of quality alone has no load that is weighed
        if not len(line.samples) or not len(line.ticks):
            mute.append(named(log))
            continue
        it = told(line)
        ratio, whole = common_ratio(it), has_every_tick(it)
        it = replace(it, tick_j=it.tick_j / ratio)
        counts[not whole] += 1
        print(f"{named(log)}: counter / ring = {ratio:.5f}, {'every tick' if whole else 'one tick in several'}")
        into, without = (every, ()) if whole else (thinned, BY_EVERY_TICK)
        for length in LENGTHS_S:
            for t0, t1 in random_brackets(rng, line, length, count):
                truth = ring_energy(it.sample_ns, it.sample_w, t0, t1)
                if truth is not None:
                    take(into, length, it, (t0, t1), truth.joules, without)
    print(f"{counts[0]} logs hold every tick, {counts[1]} one in several.")
    if mute:
        print(f"No counter beside samples of the driver's ring, so no truth, in {', '.join(mute)}.")
    return every, thinned


def simulated(isolated: bool, count: int) -> Errors:
    """Errors on simulated boards."""
    errors = Errors()
    for length in LENGTHS_S:
        for seed in range(count):
            rng = np.random.default_rng([SEED, length, seed])
            t0_s = 2 + rng.uniform(0, 0.1)
            t1_s = t0_s + length + rng.uniform(0, MORE_S)
            it = observe(rng, inference_w(rng, length + 4.4, t0_s, t1_s, isolated=isolated))
            bracket = round(t0_s * NS), round(t1_s * NS)
            take(errors, length, it, bracket, it.true_j(*bracket))
    return errors


def table(title: str, errors: Errors) -> None:
    """Mean error and the 95th percentile of its size."""
    rows = []
    for name in METHODS:
        cells = (errors.get((name, length), []) for length in LENGTHS_S)
        shown = (f"{np.mean(e):+.2f} ({np.percentile(np.abs(e), 95):.2f})" if e else "–" for e in cells)
        rows.append((name, *shown))
    counts = ", ".join(str(max(len(errors.get((name, n), [])) for name in METHODS)) for n in LENGTHS_S)
    heads = ("mean % (p95 of |%|)", *(f"{length} s" for length in LENGTHS_S))
    show(f"{title}; windows: {counts}", heads, rows)


def named(log: Path) -> str:
    """A log by its session's folder, where it has one."""
    return log.parent.name if log.name.startswith("log.jsonl") else log.name


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.accuracy")
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOG")
    parser.add_argument("--windows", type=int, default=300, help="windows of each length, a log or a simulation")
    options = parser.parse_args()
    logs = options.logs or sorted(SAMPLES.glob("sessions/*/log.jsonl*")) + sorted(SAMPLES.glob("*.jsonl*"))
    try:
        every, thinned = recorded(logs, options.windows)
    except EcotuiError as error:
        raise SystemExit(str(error)) from error
    for errors, ticks in ((every, "every tick in the log"), (thinned, "one tick in several in the log")):
        if errors:
            table(f"RECORDED, at random offsets within the load, {ticks}", errors)
    if not every and not thinned:
        print("Nothing recorded to compare with: no log holds samples of the driver's ring.")
    table("SIMULATED, load from t0 to t1", simulated(True, options.windows))
    table("SIMULATED, within a load that goes on", simulated(False, options.windows))


if __name__ == "__main__":
    main()
