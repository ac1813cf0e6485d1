"""Memory that an arm will need, told before anything is loaded: `ecotui forecast`, and the first word of a run."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from ecotui.cli.arguments import plan_from
from ecotui.cli.parts import board_of, check_model
from ecotui.core.arm import Arm
from ecotui.core.errors import BoardError, EcotuiError
from ecotui.core.forecast import REFUSE_SHARE, ForecastParts, largest_batch
from ecotui.core.forecast import forecast as foretold
from ecotui.core.plan import Plan
from ecotui.core.quality import Quality
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.room import room_of
from ecotui.core.units import gigabytes, percent
from ecotui.recorder.dimensions import dimensions_of
from ecotui.recorder.foresight import foresee, free_b
from ecotui.recorder.host_memory import room_b
from ecotui.recorder.together import together_b

Seen = tuple[BoardInfo, Reading]
"""A board, and one look at it."""
HOSTED = " in this host's memory"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an arm will need, and whether the board has it."""

    arm: Arm
    parts: ForecastParts
    largest_batch: int | None
    """Rows that would fit; None where nobody knows the free memory, or not even one does."""
    refusal: EcotuiError | None = None
    """Why the recorder would not load it; None where it fits."""
    simulated: bool = False
    on_host: bool = False
    """Whether it is the host's memory that is free, and not the board's."""

    @property
    def line(self) -> str:
        """The parts, their sum, and what is free."""
        it = self.parts
        sums = " + ".join(
            f"{name} {gigabytes(size)}"
            for name, size in (
                ("weights", it.weights_b),
                ("cache", it.cache_b),
                ("activations", it.activations_b),
                ("graph", it.graph_pool_b),
                ("scoring", it.scoring_b),
                ("CUDA", it.overhead_b),
            )
            if size or name not in ("graph", "scoring")
        )
        where = HOSTED if self.on_host else " on the SIMULATED board" if self.simulated else ""
        free = (
            "free memory not known"
            if it.share is None
            else f"{percent(100 * it.share)} of {gigabytes(it.free_b)} free{where}"
        )
        return f"memory: {sums} = {gigabytes(it.total_b)} · {free}"


def outlook(
    arm: Arm,
    seen: Seen | None,
    simulated: bool = False,
    quality: Quality | None = None,
    host_b: int | None = None,
) -> Outlook | None:
    """The arm's outlook on a board that was `seen`, if one was; None where its dimensions are not on this machine.

    host_b: bytes that the host has, where the arm is to be loaded there.
    """
    dimensions = dimensions_of(arm)
    if dimensions is None:
        return None
    room = room_of(free_b(*seen) if seen else None, host_b)
    free, captured = room.free_b, room.captured
    alone = quality is not None and quality.alone  # whose memory has nothing to do with the batch
    most = None if free is None or alone else largest_batch(dimensions, arm, free, quality, captured)
    failed = foresee(arm, 0, *seen, at_ns=0, quality=quality, host_b=host_b).refusal if seen else None
    refusal = EcotuiError(failed.what, failed.advice) if failed else None
    parts = foretold(dimensions, arm, free_b=free, quality=quality, captured=captured)
    return Outlook(arm, parts, most, refusal, simulated, room.on_host)


def look(plan: Plan) -> Seen:
    """What the plan's board is, and a reading of it.

    Raises:
        BoardError: it does not answer.
    """
    board = board_of(plan)
    try:
        return board.info, board.read()
    finally:
        board.close()


def announce(plan: Plan, host_b: int | None = None) -> None:
    """Say what each arm will need, on stderr.

    Raises:
        EcotuiError: the board has not enough of it, or the host, which has `host_b` bytes for a load on the CPU.
    """
    seen = look(plan)
    for arm in plan.arms:
        found = outlook(arm, seen, plan.simulated, plan.quality, host_b)
        if found is None:  # the recorder says so
            continue
        sys.stderr.write(f"{found.line}\n")
        if (refusal := found.refusal) is not None:
            raise refusal


def forecast(chosen: argparse.Namespace) -> int:
    """Print the forecast of each arm, and of all of them side by side; 1 where one would be refused."""
    plan = plan_from(chosen).checked()
    check_model(plan.arms[0])
    try:
        seen, why = look(plan), ""
    except BoardError as error:
        seen, why = None, error.what
    host_b = room_b(plan.device)  # as a run with these words has it, which a simulated board puts on the CPU
    each = [_known(arm, seen, plan, host_b) for arm in plan.arms]
    beside = side_by_side(each)
    if chosen.json:
        told = [_as_json(found) for found in each]
        sys.stdout.write(json.dumps(told[0] if beside is None else {"arms": told} | asdict(beside)) + "\n")
    else:
        for found in each:
            _print(found, why)
        if beside is not None:
            _print_beside(beside)
    return 1 if any(found.refusal for found in each) else 0


def _known(arm: Arm, seen: Seen | None, plan: Plan, host_b: int | None) -> Outlook:
    found = outlook(arm, seen, plan.simulated, plan.quality, host_b)
    if found is None:
        raise EcotuiError(
            f"No forecast knows {arm.model}: its config is not on this machine, or it is not a plain decoder.",
            "Name a synthetic model, a folder with a config.json, or download the model first.",
        )
    return found


@dataclass(frozen=True, slots=True)
class Beside:
    """All arms of a paired session at once."""

    together_b: int
    """Bytes of all of them resident: weights that they share count once."""
    free_b: int | None
    together: bool | None
    """Whether they fit; if not, each is loaded again whenever its turn comes. None where nobody knows what is free."""


def side_by_side(each: Sequence[Outlook]) -> Beside | None:
    """What the arms need resident together; None of one alone."""
    if len(each) < 2:
        return None
    parts = [replace(it.parts, activations_b=it.parts.activations_b + it.parts.graph_pool_b) for it in each]
    needed = together_b([found.arm for found in each], parts)
    free = each[0].parts.free_b
    return Beside(needed, free, None if free is None else needed <= REFUSE_SHARE * free)


def _as_json(found: Outlook) -> dict[str, object]:
    sizes = {k: v for k, v in asdict(found.parts).items() if k != "free_b"}
    return {
        "arm": asdict(found.arm),
        "simulated": found.simulated,
        **sizes,
        "allocated_b": found.parts.allocated_b,
        "free_b": found.parts.free_b,
        "share": found.parts.share,
        "on_host": found.on_host,
        "refused": found.refusal is not None,
        "largest_batch": found.largest_batch,
    }


def _print(found: Outlook, why: str) -> None:
    from ecotui.cli.tables import cell, console

    out, it = console(), found.parts
    out.print(cell(f"{found.arm.label}, {found.arm.prompt_tokens} + {found.arm.new_tokens} tokens a row", "bold"))
    for name, size in (
        ("weights", it.weights_b),
        ("keys and values", it.cache_b),
        ("activations", it.activations_b),
        *([("captured graph's pool", it.graph_pool_b)] if it.graph_pool_b else []),
        *([("scoring beyond", it.scoring_b)] if it.scoring_b else []),
        ("CUDA and libraries", it.overhead_b),
        ("total", it.total_b),
        ("free", it.free_b),
    ):
        out.print(cell(f"  {name:<22}{gigabytes(size):>10}"))
    if it.share is None:
        out.print(cell(f"Whether it fits is not known. {why}".strip()))
    elif found.refusal is not None:
        over = (
            f"{percent(100 * it.share)} of the free memory{HOSTED * found.on_host} is over {100 * REFUSE_SHARE:.0f} %."
        )
        why = over if it.refused else found.refusal.what
        out.print(cell(f"Refused: {why} {found.refusal.advice}", "bold yellow"))
    else:
        tight = " Little room is left." if it.tight else ""
        out.print(cell(f"It fits: {percent(100 * it.share)} of the free memory{HOSTED * found.on_host}.{tight}"))
        out.print(cell(f"The largest batch that fits is {found.largest_batch}."))


def _print_beside(beside: Beside) -> None:
    from ecotui.cli.tables import cell, console

    free = "" if beside.free_b is None else f" of the {gigabytes(beside.free_b)} that are free"
    told = {
        None: "Whether they fit is not known.",
        True: "They stay resident and take turns.",
        False: "They do not fit: each is loaded again whenever its turn comes.",
    }
    console().print(cell(f"Side by side {gigabytes(beside.together_b)}{free}. {told[beside.together]}", "bold"))
