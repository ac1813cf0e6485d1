"""What a session does, step by step, as it follows from its plan: the recorder walks along it.

One arm after the other: idle bare (once) · loading · idle with the weights resident · warm-up and gate · windows ·
windows of other output lengths · idle again · quality · profile of a few steps.
In a paired session the arms take turns, block by block, with all of them resident where memory allows; else each is
loaded again whenever its turn comes, and once more at the end where its quality is compared with another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ecotui.core.plan import Plan
from ecotui.core.quality import groups, held_against, scored
from ecotui.core.schedule import LEAST_BLOCKS, TURN_TOKENS, Visit, cool_s, gated_arm, settle_s, split_lengths, visits


@dataclass(frozen=True, slots=True)
class Idle:
    """A phase that nothing but time ends."""

    name: str
    arm: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Settle:
    """Time after a load that belongs to no baseline."""

    arm: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Bring:
    """An arm comes onto the device: beside those that are there, or with a worker of its own."""

    arm: int
    beside: bool = False
    to_score: bool = False
    """Whether nothing but its quality is left to measure."""


@dataclass(frozen=True, slots=True)
class Warm:
    """Generations that are discarded; a gated one goes on until the stability gate has said something final."""

    arm: int
    calls: int
    gated: bool = False
    new_tokens: int | None = None
    """Tokens a row where they are not the arm's."""
    judged: int | None = None
    """The block after which the windows so far decide whether the session goes on: the load goes on until they are
    known."""


@dataclass(frozen=True, slots=True)
class Take:
    """A window."""

    arm: int
    window: int
    """From 1; those of other output lengths are counted on."""
    block: int | None = None
    new_tokens: int | None = None
    """Its output length where that is not the arm's."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A few decoding steps under the profiler."""

    arm: int


@dataclass(frozen=True, slots=True)
class Rate:
    """The quality of arms that are there, window by window, all of them in each."""

    arms: tuple[int, ...]
    """That which the others are compared with first."""
    reference: int | None = None
    """It, or one that was there before and has left its logits on the shelf; None compares with none."""
    shelf: bool = False

    @property
    def arm(self) -> int:
        """The first."""
        return self.arms[0]


Step = Idle | Settle | Bring | Warm | Take | Profile | Rate


def program(plan: Plan, *, together: bool = True) -> tuple[Step, ...]:
    """The steps of a session. together: whether the arms of a paired session are resident at the same time."""
    if plan.quality is not None and plan.quality.alone:
        return tuple(_load_all(plan) if together else _rates_by_turns(plan))
    if not plan.protocol.blocks:
        apart = (step for number in range(len(plan.arms)) for step in _alone(plan, number))
        return (_bare(plan), *apart, *_rates_at_the_end(plan))
    if together:
        return (_bare(plan), *_together(plan))
    return (_bare(plan), *_by_turns(plan), *_rates_at_the_end(plan))


def _bare(plan: Plan) -> Idle:
    return Idle("bare", 0, plan.protocol.idle_s)


def _arrive(plan: Plan, arm: int, *, baseline: bool = True, beside: bool = False) -> Iterator[Step]:
    """From the load to the end of the idle baseline."""
    protocol = plan.protocol
    yield Bring(arm, beside)
    yield Settle(arm, settle_s(protocol))
    if baseline:
        yield Idle("context", arm, protocol.idle_s)


def _leave(plan: Plan, arm: int) -> Iterator[Step]:
    """From the last window to the profile."""
    protocol = plan.protocol
    if protocol.idle_after:
        yield Idle("cooling", arm, cool_s(protocol))
        yield Idle("context-after", arm, protocol.idle_s)
    yield from _rate_here(plan, arm)
    if protocol.examine:
        yield Profile(arm)


def _alone(plan: Plan, arm: int) -> Iterator[Step]:
    protocol = plan.protocol
    yield from _arrive(plan, arm)
    yield Warm(arm, protocol.warmups, gated=True)
    for window in range(1, protocol.windows + 1):
        yield Take(arm, window)
    for beyond, length in enumerate(split_lengths(plan.arms[arm], protocol), 1):
        yield Take(arm, protocol.windows + beyond, new_tokens=length)
    yield from _leave(plan, arm)


def _together(plan: Plan) -> Iterator[Step]:
    """Every arm resident: one baseline with all of them, and one gate under the load of the steadiest."""
    protocol, turns = plan.protocol, visits(plan)
    order = list(dict.fromkeys(turn.arm for turn in turns))
    first, here = order[0], gated_arm(plan)
    for arm in order:
        yield Bring(arm, beside=arm != first)
    yield Settle(first, settle_s(protocol))
    yield Idle("context", first, protocol.idle_s)
    for arm in order:
        if arm != here:
            yield Warm(arm, protocol.warmups)
    yield Warm(here, protocol.warmups, gated=True)
    for number, (turn, window) in enumerate(_numbered(turns)):
        if turn.arm != here:
            yield Warm(turn.arm, 1, new_tokens=_turn_tokens(plan, turn.arm))
        here = turn.arm
        yield Take(turn.arm, window, turn.block)
        yield from _judge(plan, turns, number)
    yield from _leave_together(plan, here, order)


def _leave_together(plan: Plan, here: int, order: Iterable[int]) -> Iterator[Step]:
    """One baseline after the windows with every arm resident, and the profiles."""
    protocol = plan.protocol
    if protocol.idle_after:
        yield Idle("cooling", here, cool_s(protocol))
        yield Idle("context-after", here, protocol.idle_s)
    yield from _rates(plan)
    if protocol.examine:
        yield from (Profile(arm) for arm in order)


def _judge(plan: Plan, turns: Sequence[Visit], number: int) -> Iterator[Step]:
    """After the last window of a block that may be the session's last: a load during which it is decided."""
    turn, later = turns[number], turns[number + 1 : number + 2]
    if plan.protocol.until_pct is None or turn.block < LEAST_BLOCKS or not later or later[0].block == turn.block:
        return
    yield Warm(turn.arm, 1, new_tokens=_turn_tokens(plan, turn.arm), judged=turn.block)


def _turn_tokens(plan: Plan, arm: int) -> int:
    return min(TURN_TOKENS, plan.arms[arm].new_tokens)


def closing(plan: Plan, here: int, *, together: bool = True) -> tuple[Step, ...]:
    """What is left to do once no block follows; `here` is the arm whose turn was last.

    Arms that are not resident any more are loaded once more for their second baseline and their profile.
    """
    if together:
        return tuple(_leave_together(plan, here, dict.fromkeys(turn.arm for turn in visits(plan))))
    others = (step for arm in range(len(plan.arms)) if arm != here for step in _again(plan, arm))
    return (*_leave(plan, here), *others, *_rates_at_the_end(plan))


def _again(plan: Plan, arm: int) -> Iterator[Step]:
    protocol, rate = plan.protocol, tuple(_rate_here(plan, arm))
    if not (protocol.idle_after or protocol.examine or rate):
        return
    yield Bring(arm)
    yield Settle(arm, settle_s(protocol))
    if protocol.idle_after:
        yield Idle("context-after", arm, protocol.idle_s)
    yield from rate
    if protocol.examine:
        yield Profile(arm)


def _by_turns(plan: Plan) -> Iterator[Step]:
    """One arm resident at a time: loaded, warmed up and gated again whenever its turn comes."""
    protocol, every = plan.protocol, visits(plan)
    turns = enumerate(_numbered(every))
    stays = [(arm, list(stay)) for arm, stay in groupby(turns, key=lambda it: it[1][0].arm)]
    last = {arm: number for number, (arm, _) in enumerate(stays)}
    seen: set[int] = set()
    for number, (arm, stay) in enumerate(stays):
        yield from _arrive(plan, arm, baseline=arm not in seen)
        seen.add(arm)
        yield Warm(arm, protocol.warmups, gated=True)
        for place, (turn, window) in stay:
            yield Take(arm, window, turn.block)
            yield from _judge(plan, every, place)
        if number == last[arm]:
            yield from _leave(plan, arm)


def _numbered(turns: Sequence[Visit]) -> list[tuple[Visit, int]]:
    """Each turn with the number of its window among its arm's."""
    counts: dict[int, int] = {}
    out = []
    for turn in turns:
        counts[turn.arm] = counts.get(turn.arm, 0) + 1
        out.append((turn, counts[turn.arm]))
    return out


def _rates(plan: Plan) -> Iterator[Step]:
    """The quality of arms that are all there."""
    if plan.quality is not None:
        for group in groups(plan.arms, plan.quality):
            yield Rate(group, held_against(plan.arms, group))


def _rate_here(plan: Plan, arm: int) -> Iterator[Step]:
    """The quality of the only arm that is scored, while it is there."""
    if plan.quality is not None and scored(plan.arms, plan.quality) == (arm,):
        yield Rate((arm,))


def _rates_at_the_end(plan: Plan) -> Iterator[Step]:
    """The quality of several arms that are not there at the same time."""
    if plan.quality is not None and len(scored(plan.arms, plan.quality)) > 1:
        yield from _rates_by_turns(plan)


def _rates_by_turns(plan: Plan) -> Iterator[Step]:
    """Each is loaded by itself; that which the others are compared with comes first, and leaves its logits behind."""
    assert plan.quality is not None
    for group in groups(plan.arms, plan.quality):
        against = held_against(plan.arms, group)
        for arm in group:
            yield Bring(arm, to_score=True)
            yield Rate((arm,), against, shelf=against is not None)


def _load_all(plan: Plan) -> Iterator[Step]:
    """A session of nothing but quality, with every arm resident."""
    assert plan.quality is not None
    order = [arm for group in groups(plan.arms, plan.quality) for arm in group]
    for arm in order:
        yield Bring(arm, beside=arm != order[0], to_score=True)
    yield from _rates(plan)
