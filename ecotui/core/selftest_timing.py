"""When a board's sensors speak: update periods, costs of calls, stamps, gaps, and who else is on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.energy import HOLE, Values
from ecotui.core.selftest import ABSENT_WORD, FAIL, INFO, PASS, POLLED, WARN, Check, Samples

PERIOD_MS = 200.0
"""A slower sensor makes the edges of a window wide."""
MEDIAN_MS, P99_MS = 10.0, 50.0
"""Of a call that is made every 100 ms; slower ones would be felt in the gaps between readings."""
STAMP_MS = 4.0
SWITCHING = ("bursts", "alias")
"""Stretches of a load that is switched on and off."""
GAP_WARN_MS, GAP_MS = 120.0, 300.0
LEAST = 5
"""Changes of a value that make a period."""
UNANSWERED_PCT = 5.0
"""Of the ring's samples."""
DRAINS_S = 3.0
"""The ring is drained once a second: what ends so long before the readings has fallen silent."""
RING_BAR = f"no hole over {HOLE:.0f} samples, ≤ {UNANSWERED_PCT:.0f} % without an answer"


def company(samples: Samples) -> Iterator[Check]:
    """Who else is on the board, and whether it is a whole one."""
    if samples.about.board.mig:
        yield Check("whole card", FAIL, "MIG is on: the counter is the whole card's", "no MIG")
    bare = samples.named("bare")
    before = [v for v in samples.line.vitals if bare and v.at_ns <= bare[0].t1_ns]
    if not before:
        yield Check("other processes", ABSENT_WORD, "the driver does not tell", "none")
        return
    others = sorted({p for v in before for p in v.processes})
    text = f"{len(others)} on the board: {', '.join(map(str, others[:5]))}" if others else "none"
    yield Check("other processes", WARN if others else PASS, text, "none", {"processes": len(others)})


def periods(samples: Samples) -> Iterator[Check]:
    """How often each sensor takes a new value, from asking it as fast as it answers."""
    found = {p.sensor: p for p in samples.polled}
    for sensor, title in POLLED.items():
        name, bar = f"period: {title}", f"median ≤ {PERIOD_MS:.0f} ms"
        polled = found.get(sensor)
        if polled is None or not polled.looks:
            yield Check(name, ABSENT_WORD, "not checked: no answer", bar)
            continue
        gaps = np.diff(polled.changed_ns) / 1e6
        if len(gaps) < LEAST:
            yield Check(name, WARN, f"{len(polled.changed_ns)} new values in {polled.looks} looks", bar)
            continue
        low, middle, high = (float(v) for v in np.percentile(gaps, (10, 50, 90)))
        text = f"{middle:.1f} ms (p10 to p90: {low:.1f} to {high:.1f})"
        slow = middle > PERIOD_MS and sensor != "average"
        figures: dict[str, float | None] = {"median_ms": middle, "p10_ms": low, "p90_ms": high, "updates": len(gaps)}
        yield Check(name, WARN if slow else PASS, text, bar if sensor != "average" else "", figures)


def costs(samples: Samples) -> Iterator[Check]:
    """How long the sampler's calls take; those made once, as the board is opened, are no cost of sampling."""
    for cost in (c for c in samples.costs if len(c.took_ns) > 1):
        took = np.array(cost.took_ns) / 1e6
        middle, high, most = float(np.median(took)), float(np.percentile(took, 99)), float(took.max())
        text = f"{middle:.3f} ms, p99 {high:.3f}, max {most:.3f} ({len(took)} calls)"
        slow = middle > MEDIAN_MS or high > P99_MS
        figures: dict[str, float | None] = {"median_ms": middle, "p99_ms": high, "max_ms": most, "calls": len(took)}
        bar = f"median ≤ {MEDIAN_MS:.0f}, p99 ≤ {P99_MS:.0f} ms"
        yield Check(f"call: {cost.call}", WARN if slow else PASS, text, bar, figures)


def stamps(samples: Samples) -> Iterator[Check]:
    """How far the counter's ticks may be stamped off: at rest and under a steady load, as in a session's windows.

    While a load is switched on and off the counter itself answers later, on an H100 after up to 20 ms.
    """
    name, bar = "stamp of a tick", f"p95 ≤ {STAMP_MS:.0f} ms"
    at, widths = samples.line.ticks.at_ns, samples.line.ticks.column("half_width_ns") / 1e6
    switching = np.zeros(len(at), dtype=bool)
    for stretch in (s for name in SWITCHING for s in samples.named(name)):
        switching |= (at > stretch.t0_ns) & (at < stretch.t1_ns)
    if switching.all():
        yield Check(name, ABSENT_WORD, "not checked: no answer", bar)
        return
    check = _stamped(name, widths[~switching])
    yield replace(check, verdict=PASS if (check.figures["p95_ms"] or 0) <= STAMP_MS else WARN, bar=bar)
    if switching.any():
        yield _stamped("stamp of a tick, load switching", widths[switching])


def _stamped(name: str, widths_ms: Values) -> Check:
    middle, high, most = (float(v) for v in np.percentile(widths_ms, (50, 95, 100)))
    text = f"± {middle:.1f} ms, p95 {high:.1f}, max {most:.1f} ({len(widths_ms)} ticks)"
    figures: dict[str, float | None] = {"median_ms": middle, "p95_ms": high, "max_ms": most, "ticks": len(widths_ms)}
    return Check(name, INFO, text, figures=figures)


def gaps(samples: Samples) -> Iterator[Check]:
    """How even the readings come, all through the test."""
    at = samples.line.readings.at_ns
    bar = f"p99 ≤ {GAP_WARN_MS:.0f}, max ≤ {GAP_MS:.0f} ms"
    if len(at) < 2:
        yield Check("gap between readings", FAIL, "no readings", bar)
        return
    found = np.diff(at) / 1e6
    middle, high, most = (float(v) for v in np.percentile(found, (50, 99, 100)))
    verdict = FAIL if most > GAP_MS else WARN if high > GAP_WARN_MS else PASS
    text = f"{middle:.1f} ms, p99 {high:.1f}, max {most:.1f}"
    yield Check("gap between readings", verdict, text, bar, {"median_ms": middle, "p99_ms": high, "max_ms": most})


def ring(samples: Samples) -> Iterator[Check]:
    """The driver's own samples: how fine, and whether any were lost between two drains."""
    at = samples.line.samples.at_ns
    if len(at) < LEAST:
        yield Check("driver's ring", ABSENT_WORD, "this board has none", RING_BAR)
        return
    found = np.diff(at) / 1e6
    middle = float(np.median(found))
    holes = int(np.count_nonzero(found > HOLE * middle)) + _ended_early(samples)
    unanswered = int(np.count_nonzero(~np.isfinite(samples.line.samples.column("power_w"))))
    mute = 100 * unanswered / len(at)
    text = f"a sample each {middle:.1f} ms, {holes} holes, {unanswered} without an answer ({len(at)} samples)"
    figures: dict[str, float | None] = {"period_ms": middle, "holes": holes, "unanswered": unanswered}
    verdict = FAIL if mute > UNANSWERED_PCT else WARN if holes else PASS
    yield Check("driver's ring", verdict, text, RING_BAR, figures)


def _ended_early(samples: Samples) -> bool:
    """Whether the ring went silent while the board was still being read."""
    at, read = samples.line.samples.at_ns, samples.line.readings.at_ns
    return len(read) > 0 and int(read[-1]) - int(at[-1]) > DRAINS_S * NS
