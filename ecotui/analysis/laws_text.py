"""A batch law in words: as far as its interval goes, and no further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ecotui.analysis.finding import sessions_words
from ecotui.core.units import number, significant

if TYPE_CHECKING:
    from ecotui.analysis.laws import Law, Size

ENOUGH = 3
"""Batch sizes from which an exponent has an interval."""
TELLING = 4
"""Batch sizes from which the interval may exclude an exponent."""
CLAIM = -1.0
"""The published claim: energy a request is inverse to the batch size."""
A800 = -0.76
"""What the published means of the A800 sweep give themselves."""


def exponent_sentence(it: Law, accounted: str) -> str:
    """The fitted exponent beside the −1 of the claim, as far as its interval goes."""
    assert it.fit is not None
    sizes = [s.batch for s in it.sizes]
    of = sessions_words(it.points)
    base = f"{it.what[:1].upper()}{it.what[1:]}, {accounted}, goes as batch^{signed(it.fit.slope)}"
    runs = "" if len(it.points) == len(sizes) else f"{len(it.points)} runs at "
    span = f"{runs}{len(sizes)} batch sizes from {sizes[0]} to {sizes[-1]}{of and f', {of}'}"
    if len(sizes) < ENOUGH:
        between = f"{base} between batch {sizes[0]} and {sizes[1]}"
        return f"{between}; two sizes give no interval, so the exponent is not determined by these points."
    ends = it.fit.slope_interval
    assert ends is not None
    told = f"{base} (95 % interval {signed(ends[0])} to {signed(ends[1])}; {span})"
    if len(sizes) < TELLING:
        return f"{told}; whether it is {signed(CLAIM)} is not determined: three sizes leave one degree of freedom."
    holds_claim, holds_a800 = _holds(ends, CLAIM), _holds(ends, A800)
    if holds_claim and holds_a800:
        return f"{told}: too wide to tell {signed(CLAIM)} from {signed(A800)}."
    if holds_claim:
        return f"{told}: the interval holds the {signed(CLAIM)} of the published claim."
    return f"{told}: not the {signed(CLAIM)} of the published claim, which the interval excludes."


def tells(it: Law) -> bool:
    """Whether its points are enough for a word on the claim: sizes enough, and an interval that is narrow enough."""
    ends = it.fit.slope_interval if it.fit else None
    return ends is not None and len(it.sizes) >= TELLING and not (_holds(ends, CLAIM) and _holds(ends, A800))


def _holds(ends: tuple[float, float], value: float) -> bool:
    return ends[0] <= value <= ends[1]


def step_sentence(it: Law) -> str:
    """How long a step takes, and up to which size its time does not depend on the batch."""
    first, last = it.sizes[0], it.sizes[-1]
    took = f"A step takes {_ms(first)} at batch {first.batch}"
    held = [s for s in it.sizes if s.flat]
    if not held:
        grown = number(100 * ((it.sizes[1].doubling or 1) - 1))
        to = it.sizes[1].batch
        told = f"{took} and {_ms(last)} at {last.batch}: already on the way to {to} a doubling costs {grown} % of time"
        return f"{told}{_leaves(it.sizes)}."
    most = held[-1]
    flat = f"{took} and {_ms(most)} at {most.batch}: a doubling costs at most 5 % of time up to there, {_why(held)}"
    if most is last:
        return f"{flat}."
    after = it.sizes[it.sizes.index(most) + 1]
    return f"{flat}; on the way to {after.batch} a doubling costs {number(100 * ((after.doubling or 1) - 1))} %."


def _why(held: Sequence[Size]) -> str:
    """What flat steps wait for, which time alone does not say."""
    bounds = " and ".join(dict.fromkeys(bound for s in held for bound in s.bounds))
    if not bounds:
        return "so it does not grow with batch: host or weights, these figures cannot tell"
    return f"by the runs' own account {bounds}"


def _leaves(sizes: Sequence[Size]) -> str:
    """Up to which size the runs call themselves host-bound, where the steps' own time does not tell."""
    bound = [s.bounds == ["host-bound"] for s in sizes]
    if all(bound):
        return "; by the runs' own account it is host-bound at every size"
    if not bound[0]:
        return ""
    return f"; by the runs' own account it is host-bound up to {sizes[bound.index(False) - 1].batch}"


def accounts_sentence(it: Law, others: Sequence[tuple[str, Law]]) -> str:
    """Where another accounting says another thing of the claim: (accounting in words, its law)."""
    here = tells(it) and _claim(it)
    other = [(name, law) for name, law in others if tells(law) and _claim(law) != here] if tells(it) else []
    if not other:
        return ""
    words = " and ".join(
        f"{name} the interval {'holds' if _claim(law) else 'excludes'} {signed(CLAIM)} ({_told(law)})"
        for name, law in other
    )
    return f"That depends on the accounting: {words}."


def _claim(it: Law) -> bool:
    """Whether its interval holds the claim."""
    ends = it.fit.slope_interval if it.fit else None
    return ends is not None and _holds(ends, CLAIM)


def _told(it: Law) -> str:
    assert it.fit is not None
    ends = it.fit.slope_interval
    assert ends is not None
    return f"{signed(it.fit.slope)}, {signed(ends[0])} to {signed(ends[1])}"


def _ms(size: Size) -> str:
    return f"{significant(size.step_ms, 3)} ms"


def signed(value: float) -> str:
    """An exponent with a minus that is one: −0.76, −1."""
    return (f"{value:z.0f}" if value == round(value) else f"{value:z.2f}").replace("-", "−")
