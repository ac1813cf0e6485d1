"""What a board's joules are worth: counter against integral at rest, at work, in bursts, and at every phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energies import by_counter
from ecotui.core.energy import PUBLICATION_LAG_S, Energy, Stamps, Values
from ecotui.core.selftest import ABSENT_WORD, FAIL, INFO, PASS, WARN, Check, Samples, Stretch
from ecotui.core.units import signed
from ecotui.core.window import integral_energy, ring_energy, sources_bar_pct

BURSTS_PCT = 1.0
"""Counter and integral may differ by so much more while the power jumps: 3 % instead of 2."""
SPREAD_PCT = 2.0
"""Of the mean power over the phases of a load that comes and goes as often as the sensor looks."""
EVEN_PCT = 1.0
"""The load's own work must be as even as that over the phases."""
SETTLE_S, SETTLE_SHARE = 1.0, 0.2
"""A steady stretch counts after so long, or that share of it where it is short."""
STEP = 1.2
"""Power under load against power at rest, from where on a step shows."""
LAGS_MS = np.arange(-50, 251)
TITLES = {"bare": "idle, bare", "context": "idle, context", "steady": "steady load"}


def energies(samples: Samples, t0_ns: int, t1_ns: int) -> dict[str, Energy]:
    """Energy of a bracket by every source that tells it: counter, ring, readings, and the one-second average."""
    line, at = samples.line, samples.line.readings.at_ns
    sample_ns, watts = line.samples.at_ns, line.samples.column("power_w")
    found = {
        "counter": by_counter(line, t0_ns, t1_ns, samples.about.board.power_limit_w),
        "ring": ring_energy(sample_ns, watts, t0_ns, t1_ns),
        "readings": integral_energy(at, line.readings.column("power_w"), t0_ns, t1_ns),
        "average": integral_energy(at, line.readings.column("power_average_w"), t0_ns, t1_ns),
    }
    return {name: energy for name, energy in found.items() if energy is not None and energy.joules > 0}


def against(energy: Energy, other: Energy) -> float:
    """Difference in percent of the other."""
    return 100 * (energy.joules / other.joules - 1)


def sources(samples: Samples) -> Iterator[Check]:
    """Counter against both integrals while the power is even."""
    silent = [] if samples.stretches else ["at any time"]
    for name, title in TITLES.items():
        for stretch in samples.named(name):
            length = stretch.t1_ns - stretch.t0_ns
            begin = stretch.t0_ns + round(min(SETTLE_S * NS, SETTLE_SHARE * length))
            found = energies(samples, begin, stretch.t1_ns)
            silent += [] if found.keys() - {"average"} else [title]
            yield from _compared(title, [found], 0.0)
    if silent:
        yield Check("energy", FAIL, f"neither counter nor power was told: {', '.join(silent)}", "one of them")


def bursts(samples: Samples) -> Iterator[Check]:
    """Counter against the integrals, and against the one-second average, while the power jumps."""
    all_found = [energies(samples, s.t0_ns, s.t1_ns) for s in samples.named("bursts")]
    if not all_found:
        yield Check("bursts", ABSENT_WORD, "the board was not loaded")
        return
    yield from _compared("bursts", all_found, BURSTS_PCT)
    differences = [against(f["average"], f["counter"]) for f in all_found if {"average", "counter"} <= f.keys()]
    if differences:
        text = f"{signed(float(np.mean(differences)), 2)} % (shown, and never part of energy)"
        yield Check(
            "bursts: 1 s average against counter", INFO, text, figures={"diff_pct": float(np.mean(differences))}
        )


def _compared(title: str, found: Sequence[dict[str, Energy]], more_pct: float) -> Iterator[Check]:
    """The integral that energy rests on fails where it differs; a coarser one beside it is worth a word."""
    first = "ring" if any("ring" in f for f in found) else "readings"
    for source in dict.fromkeys((first, "readings")):
        name = f"{title}: counter against {source}"
        both = [f for f in found if {"counter", source} <= f.keys()]
        if not both:
            yield Check(name, ABSENT_WORD, _lacking(found, ("counter", source)))
            continue
        differences = [against(f["counter"], f[source]) for f in both]
        bar = more_pct + float(np.mean([sources_bar_pct(f["counter"], f[source]) for f in both]))
        worst = max(differences, key=abs)
        watts = [f["counter"].joules for f in both]
        text = f"{signed(float(np.mean(differences)), 2)} %" + (f" (worst {signed(worst, 2)})" if len(both) > 1 else "")
        verdict = PASS if abs(worst) <= bar else FAIL if source == first else WARN
        figures: dict[str, float | None] = {
            "diff_pct": float(np.mean(differences)),
            "worst_pct": worst,
            "bar_pct": bar,
            "counter_j": float(np.mean(watts)),
        }
        yield Check(name, verdict, text, f"± {bar:.1f} %", figures)


def _lacking(found: Sequence[dict[str, Energy]], sources: Sequence[str]) -> str:
    missing = [source for source in sources if not all(source in f for f in found)]
    return f"not checked: no energy from {' and '.join(missing)}"


def alias(samples: Samples) -> Iterator[Check]:
    """Whether a source sees all of the time: a load in step with the sensor, at every phase of it.

    A sensor that looks at a part of each period only sees all of the work at one phase, and none at another.
    """
    stretches = samples.named("alias")
    if not stretches:
        yield Check("alias", ABSENT_WORD, "the board was not loaded")
        return
    even = _spread([_work_s(s) / (s.t1_ns - s.t0_ns) for s in stretches])
    found = [energies(samples, s.t0_ns, s.t1_ns) for s in stretches]
    for source in ("counter", "ring", "readings"):
        name = f"alias: {source} over {len(stretches)} phases"
        there = [(s, f[source].joules) for s, f in zip(stretches, found, strict=True) if source in f]
        if len(there) < len(stretches):
            yield Check(name, ABSENT_WORD, _lacking(found, (source,)))
            continue
        power = [joules * NS / (s.t1_ns - s.t0_ns) for s, joules in there]
        spread = _spread(power)
        text = f"spread {spread:.1f} % of {np.mean(power):.0f} W"
        figures: dict[str, float | None] = {"spread_pct": spread, "mean_w": float(np.mean(power)), "load_pct": even}
        if source == "readings":  # a look at a quarter of the time is what they are
            yield Check(name, INFO, text, figures=figures)
            continue
        uneven = f"; the load itself varied by {even:.1f} %" if even > EVEN_PCT else ""
        verdict = PASS if spread <= SPREAD_PCT else WARN
        yield Check(name, verdict, text + uneven, f"≤ {SPREAD_PCT:.0f} %", figures)


def _work_s(stretch: Stretch) -> float:
    return float(np.sum(np.array(stretch.off_ns) - np.array(stretch.on_ns)))


def _spread(values: Sequence[float]) -> float:
    mean = float(np.mean(values))
    return 100 * float(np.ptp(values)) / mean if mean else 0.0


def lags(samples: Samples) -> Iterator[Check]:
    """How late counter and ring tell of work, from bursts whose beginnings and ends are known."""
    ticks, ring = samples.line.ticks, samples.line.samples
    bar = f"≤ {1000 * PUBLICATION_LAG_S:.0f} ms, as the edges' error has it"
    joules = ticks.column("energy_j")
    at, p = ticks.at_ns, np.diff(joules) * NS / np.maximum(np.diff(ticks.at_ns), 1)
    told = {"counter": (at, p), "ring": (ring.at_ns, ring.column("power_w")[1:])}
    for source, (stamps, power) in told.items():
        lag = _lag_ms(stamps, power, samples.named("bursts"))
        if lag is None:
            yield Check(f"lag of {source}", ABSENT_WORD, "not checked: no step shows", bar)
            continue
        verdict = PASS if abs(lag) <= 1000 * PUBLICATION_LAG_S else WARN
        yield Check(f"lag of {source}", verdict, f"{signed(lag, 0)} ms behind the load", bar, {"lag_ms": lag})


def _lag_ms(at_ns: Stamps, power_w: Values, stretches: Sequence[Stretch]) -> float | None:
    """The shift at which power from stamp to stamp follows the work best, by least squares; None where none shows.

    at_ns: (n + 1,); power_w: (n,) mean from one stamp to the next.
    """
    best: list[float] = []
    for stretch in stretches:
        inside = (at_ns[:-1] >= stretch.t0_ns) & (at_ns[1:] <= stretch.t1_ns + NS // 4) & np.isfinite(power_w)
        begin, end, power = at_ns[:-1][inside], at_ns[1:][inside], power_w[inside]
        if len(power) < 8 or np.max(power) < STEP * np.min(power):
            continue
        fits = [_follows(int(ms) * 1_000_000, begin, end, power, stretch) for ms in LAGS_MS]
        best.append(float(LAGS_MS[int(np.argmax(fits))]))
    return float(np.mean(best)) if best else None


def _follows(lag_ns: int, begin: Stamps, end: Stamps, power_w: Values, stretch: Stretch) -> float:
    """How closely power follows the share of work in each interval, shifted by the lag: |correlation|."""
    edges = np.ravel(np.column_stack((stretch.on_ns, stretch.off_ns)))
    worked = np.concatenate(([0], np.cumsum(np.diff(edges) * (np.arange(len(edges) - 1) % 2 == 0))))
    work = np.interp(end - lag_ns, edges, worked) - np.interp(begin - lag_ns, edges, worked)
    duty = work / (end - begin)
    return abs(float(np.corrcoef(duty, power_w)[0, 1])) if np.ptp(duty) > 0 else 0.0
