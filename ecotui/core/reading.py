"""A reading is one look at the board's sensors; a tick is one step of its energy counter."""

from __future__ import annotations

from dataclasses import dataclass

INVALIDATING = 0xE8
"""Clock event bits that spoil a window: hardware slowdown, thermal slowdowns, power brake."""

REASONS: tuple[tuple[int, str], ...] = (
    (0x1, "idle"),
    (0x2, "application clocks"),
    (0x4, "power cap"),
    (0x8, "hardware slowdown"),
    (0x10, "sync boost"),
    (0x20, "software thermal slowdown"),
    (0x40, "hardware thermal slowdown"),
    (0x80, "power brake"),
    (0x100, "display clocks"),
    (0x200, "board limit"),
    (0x400, "reliability"),
)
"""Clock event reasons of NVML (nvmlClocksEventReasons), bit and words."""


def reason_words(bits: int | None) -> tuple[str, ...]:
    """The clock event reasons in words, most telling bit last; unknown bits are named by number."""
    if not bits:
        return ()
    words = [word for bit, word in REASONS if bits & bit]
    rest = bits & ~sum(bit for bit, _ in REASONS)
    return (*words, f"unknown {rest:#x}") if rest else tuple(words)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the board. A sensor that the board lacks, or that did not answer, is None."""

    at_ns: int
    """time.monotonic_ns() when the look was over."""
    power_w: float | None = None
    """Instant board power (NVML field 186)."""
    power_average_w: float | None = None
    """The board's own mean of about the last second; shown, never part of energy."""
    energy_j: float | None = None
    """Energy counter, joules since the driver was loaded."""
    temperature_c: float | None = None
    sm_clock_mhz: float | None = None
    utilization_pct: float | None = None
    """Share of the sample period in which a kernel ran."""
    memory_used_b: int | None = None
    clock_event_reasons: int | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """The energy counter took a new value."""

    at_ns: int
    """Middle of the interval in which it happened."""
    energy_j: float
    """The new value."""
    half_width_ns: int
    """The stamp is off by at most this much."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What the driver's ring of power samples has gained since it was drained last; one sample at least."""

    at_ns: int
    """time.monotonic_ns() when it was drained."""
    sample_ns: tuple[int, ...]
    """(samples,) stamps on the same clock, ascending."""
    power_mw: tuple[int, ...]
    """(samples,) milliwatts; 0 where the sensor did not answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    """What a board tells that changes slowly or costs a slow call; None where it does not tell."""

    at_ns: int
    throttle_ns: int | None = None
    """Cumulative time of hardware, thermal and power brake slowdowns."""
    power_cap_ns: int | None = None
    """Cumulative time of the power limit."""
    processes: tuple[tuple[int, str], ...] = ()
    """Number and name of every process with a context on the board, in the driver's numbering."""


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """What a board is, as it does not change within a session."""

    name: str
    uuid: str
    index: int
    sensor: str
    """ "nvml" or "simulated"."""
    power_limit_w: float | None = None
    memory_total_b: int | None = None
    driver: str | None = None
    cuda: str | None = None
    """CUDA version that the driver supports."""
    mig: bool = False
