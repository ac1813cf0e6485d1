"""What the edited plan would need of the board's memory, told as it is edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.plan import Plan
from ecotui.core.units import ABSENT, gigabytes, number
from ecotui.ui.widgets.canvas import Ink, Row, wrap

if TYPE_CHECKING:
    from ecotui.core.forecast import Dimensions, ForecastParts

BAR = 8
REFUSED_PCT = 95
"""Of the free memory, as `core.forecast` refuses."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast of the plan's most demanding arm."""

    arm: Arm
    parts: ForecastParts
    largest: int | None = None
    """Most rows at once that fit; None where not even one does, or nobody has looked at the board."""

    @property
    def refusal(self) -> str:
        """Why the arm is not started, as a sentence; empty where it is."""
        if not self.parts.refused:
            return ""
        more = f"The largest batch size that fits is {self.largest:,}." if self.largest else "No batch size does."
        return f"Does not fit in {REFUSED_PCT} % of the {gigabytes(self.parts.free_b)} free. {more}"


def outlook(plan: Plan, known: Mapping[str, Dimensions | None], free_b: int | None) -> Outlook | None:
    """The forecast of a plan; None where the dimensions of no arm's model are known.

    `known`: dimensions by model.
    """
    from ecotui.core.forecast import forecast, largest_batch

    made = [(arm, d, forecast(d, arm, free_b=free_b)) for arm in plan.arms if (d := known.get(arm.model))]
    if not made:
        return None
    arm, dimensions, parts = max(made, key=lambda it: it[2].total_b)
    largest = largest_batch(dimensions, arm, free_b) if parts.refused and free_b else None
    return Outlook(arm, parts, largest)


def dimensions_at_once(arm: Arm) -> Dimensions | None:
    """Dimensions that cost no look at the disk: those of a synthetic model."""
    if not arm.synthetic:
        return None
    from ecotui.recorder.dimensions import dimensions_of

    return dimensions_of(arm)


def memory_rows(seen: Outlook | None, width: int, looking: bool = False) -> list[Row]:
    """The bar with its total, and what it is made of; or why the arm does not fit."""
    if seen is None:
        text = "reading its config …" if looking else f"{ABSENT}  the model's dimensions are not known"
        return [_labelled([Ink(text, "muted")])]
    it = seen.parts
    role, word = _verdict(it)
    rows = [_labelled([*_bar(it, role), *_total(it, role), Ink(word, role, bold=True)])]
    if seen.refusal:
        return [*rows, *_indented(wrap(seen.refusal, width - 2, "bad"))]
    made = (("weights", it.weights_b), ("cache", it.cache_b), ("activ.", it.activations_b))
    lines = [" ".join(f"{name} {_short(size)}" for name, size in made)]
    lines += [f"captured graph's pool {_short(it.graph_pool_b)}"] if it.graph_pool_b else []
    return [*rows, *_indented([[Ink(line, "muted")] for line in lines])]


def recorded_rows(made: Forecast | None) -> list[Row]:
    """What was forecast for an arm that was started."""
    if made is None:
        return []
    from ecotui.core.forecast import ForecastParts

    sizes = (made.weights_b, made.cache_b, made.activations_b, made.overhead_b, made.total_b)
    parts = ForecastParts(*sizes, made.free_b, made.basis)
    role, word = _verdict(parts)
    return [_labelled([*_bar(parts, role), *_total(parts, role), Ink(word, role, bold=True)])]


def _verdict(it: ForecastParts) -> tuple[str, str]:
    if it.share is None:
        return "text", ""
    if it.refused:
        return "bad", " ✘"
    return ("warn", " ▲ tight") if it.tight else ("good", " ✔")


def _bar(it: ForecastParts, role: str) -> Row:
    if it.share is None:
        return []
    full = min(max(round(it.share * BAR), 1), BAR)
    return [Ink("▇" * full, "bar" if role == "good" else role), Ink("▇" * (BAR - full) + " ", "grid")]


def _total(it: ForecastParts, role: str) -> Row:
    tone = "text" if role == "good" else role
    if it.free_b is None:
        return [Ink(gigabytes(it.total_b)), Ink(" forecast", "muted")]
    return [
        Ink(number(it.total_b / 1e9, 1 if it.total_b < 1e12 else 0), tone, bold=True),
        Ink(f"/{gigabytes(it.free_b)}", tone),
    ]


def _short(size: int) -> str:
    return gigabytes(size).replace(" GB", "").replace(" MB", "M")


def _labelled(value: Row) -> Row:
    return [Ink("  memory   ", "muted"), *value]


def _indented(rows: list[Row]) -> list[Row]:
    return [[Ink("  "), *row] for row in rows]
