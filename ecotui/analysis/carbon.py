"""What a workload's board energy costs: kilowatt-hours, money, and gCO2e of a named grid."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from ecotui.analysis.points import Point
from ecotui.core.errors import UsageError

J_PER_KWH = 3.6e6
TABLE = Path(__file__).with_name("grid_intensity.json")


@dataclass(frozen=True, slots=True)
class Grid:
    """How much carbon a kilowatt-hour brings."""

    name: str
    g_per_kwh: float
    source: str

    @property
    def words(self) -> str:
        """With its source, "world average, 475 gCO2e/kWh (IEA 2019, CodeCarbon's fallback)"."""
        return f"{self.name}, {self.g_per_kwh:g} gCO2e/kWh ({self.source})"


@dataclass(frozen=True, slots=True)
class Workload:
    """What an operator wants to serve; each request yields as many tokens as those of the runs."""

    requests_a_day: float = 10_000.0
    price_gpu_hour: float | None = None
    price_kwh: float | None = None
    grid: str = "world"
    """A region of the table, or a number of gCO2e a kWh."""
    pue: float = 1.0
    """Energy of the whole site over that of its machines."""

    def checked(self) -> Workload:
        """The same, or a UsageError that says which figure cannot be meant."""
        _within(self.requests_a_day, "--requests-per-day", 0.0, 1e15, above=True)
        _within(self.pue, "--pue", 1.0, 10.0)
        for price, name in ((self.price_gpu_hour, "--price-gpu-hour"), (self.price_kwh, "--price-kwh")):
            if price is not None:
                _within(price, name, 0.0, 1e9)
        grid(self.grid)
        return self


@dataclass(frozen=True, slots=True)
class Bill:
    """A day of a workload on one configuration; None where a price or the request's length is unknown."""

    kwh: float | None
    """Gross board energy, without PUE."""
    gpu_hours: float | None
    boards: int | None
    """As many as it takes to be done within the day."""
    money: float | None
    """GPU-hours and kWh times PUE at their prices; in the prices' currency."""
    kg_co2e: float | None


def bill(point: Point, work: Workload) -> Bill:
    """E = requests·J/3.6e6, hours = requests·tokens/throughput/3600, money = hours·p + E·PUE·q, gCO2e = E·PUE·I.

    Always gross: whoever serves pays for the whole board. Idle time between requests is in none of them.
    """
    joules = point.energy_a_request_j("gross")
    if joules is None or not point.new_tokens:
        return Bill(None, None, None, None, None)
    kwh = work.requests_a_day * joules / J_PER_KWH
    hours = work.requests_a_day * point.new_tokens / point.throughput_tok_s / 3600
    prices = work.price_gpu_hour, work.price_kwh
    money = None if prices == (None, None) else hours * (prices[0] or 0) + kwh * work.pue * (prices[1] or 0)
    boards = max(math.ceil(hours / 24), 1) if math.isfinite(hours) else None
    return Bill(kwh, hours, boards, money, kwh * work.pue * grid(work.grid).g_per_kwh / 1000)


@cache
def regions() -> dict[str, Grid]:
    """The packaged table by region."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))["regions"]
    return {code: Grid(it["name"], float(it["g_per_kwh"]), it["source"]) for code, it in table.items()}


def grid(text: str) -> Grid:
    """The grid that an operator names: a region of the table, or a number of gCO2e a kWh.

    Raises:
        UsageError: it is neither.
    """
    spelt = {n.lower(): (n, it) for code, it in regions().items() for n in (code, it.name)}
    wanted = text.strip().lower()
    if wanted in spelt:
        return spelt[wanted][1]
    try:
        value = float(wanted)
    except ValueError:
        near = get_close_matches(wanted, spelt, n=1, cutoff=0.6)
        hint = f"Did you mean {spelt[near[0]][0]}? " if near else ""
        raise UsageError(
            f"There is no grid {text!r} in the table.", f"{hint}Name one of {', '.join(regions())}, or gCO2e a kWh."
        ) from None
    _within(value, "--grid", 0.0, 5000.0)
    return Grid("as given", value, "the operator's number")


def _within(value: float, name: str, least: float, most: float, above: bool = False) -> None:
    if not least <= value <= most or (above and value == least):
        raise UsageError(
            f"{name} must be {'above' if above else 'at least'} {least:g} and at most {most:g}, not {value:g}."
        )
