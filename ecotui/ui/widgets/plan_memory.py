"""What the edited plan would need of the board's memory, told as it is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.events import Forecast
from ecotui.core.plan import Plan
from ecotui.core.room import room_of
from ecotui.core.timeline import Timeline
from ecotui.core.units import gigabytes, number
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
    beside: ForecastParts | None = None
    """Of all arms of a paired session beside each other; None of a single run."""
    on_host: bool = False
    """Whether it is the host's memory that is free, and not a board's."""

    @property
    def refusal(self) -> str:
        """Why the arm is not started, as a sentence; empty where it is."""
        if not self.parts.refused:
            return ""
        more = f"The largest batch size that fits is {self.largest:,}." if self.largest else "No batch size does."
        where = " in this host's memory" if self.on_host else ""
        return f"Does not fit in {REFUSED_PCT} % of the {gigabytes(self.parts.free_b)} free{where}. {more}"


def outlook(
    plan: Plan, known: Mapping[str, Dimensions | None], free_b: int | None, host_b: int | None = None
) -> Outlook | None:
    """The forecast of a plan; None where the dimensions of no arm's model are known.

    `known`: dimensions by model. `host_b`: bytes that the host has, where the arms are loaded there; the board's own
    count where they are fewer.
    """
    from ecotui.core.forecast import forecast, largest_batch

    room = room_of(free_b, host_b)
    made = [
        (arm, d, forecast(d, arm, free_b=room.free_b, quality=plan.quality, captured=room.captured))
        for arm in plan.arms
        if (d := known.get(arm.model))
    ]
    if not made:
        return None
    arm, dimensions, parts = max(made, key=lambda it: it[2].total_b)
    largest = largest_batch(dimensions, arm, room.free_b, plan.quality, room.captured) if room.free_b else None
    paired = len(plan.arms) > 1 and _beside_each_other(plan) and len(made) == len(plan.arms)
    return Outlook(arm, parts, largest, _beside(plan, [it[2] for it in made]) if paired else None, room.on_host)


def _beside_each_other(plan: Plan) -> bool:
    """Whether its arms should be resident at once."""
    return bool(plan.protocol.blocks or (plan.quality is not None and plan.quality.alone))


def _beside(plan: Plan, each: Sequence[ForecastParts]) -> ForecastParts:
    """All arms resident at once."""
    from ecotui.core.forecast import ForecastParts

    it = _all_at_once(
        plan.arms,
        [
            Forecast(
                *(0, i, p.weights_b, p.cache_b, p.activations_b + p.graph_pool_b, p.overhead_b, p.total_b, p.free_b),
                scoring_b=p.scoring_b,
            )
            for i, p in enumerate(each)
        ],
    )
    sizes = (it.weights_b, it.cache_b, it.activations_b, it.overhead_b, it.total_b)
    return ForecastParts(*sizes, it.free_b, each[0].basis, scoring_b=it.scoring_b)


def _all_at_once(arms: Sequence[Arm], told: Sequence[Forecast]) -> Forecast:
    """Forecasts of arms as one, by the recorder's own arithmetic; free is what was free before the first."""
    from ecotui.recorder.together import shared_weights, together_b

    weights = {shared_weights(arm): it.weights_b for arm, it in zip(arms, told, strict=True)}
    most = max(it.activations_b for it in told)
    return replace(
        told[0],
        weights_b=sum(weights.values()),
        cache_b=sum(it.cache_b for it in told),
        activations_b=most,
        overhead_b=max(it.overhead_b for it in told),
        total_b=together_b(arms, told),
        scoring_b=max(it.activations_b + it.scoring_b for it in told) - most,
    )


def forecast_of(line: Timeline, arm: int) -> Forecast | None:
    """What was forecast for an arm that was started, or for all of them where they are resident together."""
    if line.plan is None or not line.together or len(line.forecasts) < len(line.plan.arms):
        return line.forecasts.get(arm)
    return _all_at_once(line.plan.arms, [line.forecasts[n] for n in range(len(line.plan.arms))])


def dimensions_at_once(arm: Arm) -> Dimensions | None:
    """Dimensions that cost no look at the disk: those of a synthetic model."""
    if not arm.synthetic:
        return None
    from ecotui.recorder.dimensions import dimensions_of

    return dimensions_of(arm)


def memory_rows(seen: Outlook | None, width: int, looking: bool = False) -> list[Row]:
    """The bar with its total, and what it is made of; or why the arm does not fit."""
    if seen is None:
        text = "reading its config …" if looking else "not known: no forecast"
        return [_labelled([Ink(text, "muted")])]
    together = seen.beside is not None and not seen.beside.refused and not seen.refusal
    it = seen.beside if seen.beside is not None and together else seen.parts
    role, word = _verdict(it)
    rows = [_labelled([*_bar(it, role), *_total(it, role), Ink(word, role, bold=True)])]
    if seen.refusal:
        return [*rows, *_indented(wrap(seen.refusal, width - 2, "bad"))]
    made = (("weights", it.weights_b), ("cache", it.cache_b), ("activ.", it.activations_b))
    lines = [" ".join(f"{name} {_short(size)}" for name, size in made)]
    lines += [_arms_words(seen.beside, together)] if seen.beside is not None else []
    lines += [f"scoring {_short(it.scoring_b)}"] if it.scoring_b else []
    lines += [f"captured graph's pool {_short(it.graph_pool_b)}"] if it.graph_pool_b and seen.beside is None else []
    if seen.largest and len(lines) == 1:
        lines.append(f"largest batch that fits: {seen.largest:,}")
    return [*rows, *_indented([[Ink(line, "muted")] for line in lines])]


def _arms_words(beside: ForecastParts, together: bool) -> str:
    """Whether the arms stay beside each other; where they do not, what that would need."""
    return "all arms beside each other" if together else f"by turns; together {gigabytes(beside.total_b)}"


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
    return [Ink("▇" * full, "bar" if role == "good" else role), Ink("▁" * (BAR - full) + " ", "grid")]


def _total(it: ForecastParts, role: str) -> Row:
    tone = "text" if role == "good" else role
    if it.free_b is None:
        return [Ink(gigabytes(it.total_b)), Ink(" forecast", "muted")]
    return [
        Ink(number(it.total_b / 1e9, 1 if it.total_b < 1e12 else 0), tone, bold=True),
        Ink(f"/{gigabytes(it.free_b)}", tone),
    ]


def _short(size: int) -> str:
    return f"{size / 1e6:.0f}M" if size < 0.1e9 else gigabytes(size).removesuffix(" GB")


def _labelled(value: Row) -> Row:
    return [Ink("  memory   ", "muted"), *value]


def _indented(rows: list[Row]) -> list[Row]:
    return [[Ink("  "), *row] for row in rows]
