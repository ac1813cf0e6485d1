"""A sweep: a plan over models, quantizations, engines, batch sizes and lengths, and the paired sessions it comes to."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import product
from typing import Any

from ecotui.core.against import JOIN
from ecotui.core.arm import Arm, quantization, whole
from ecotui.core.errors import UsageError
from ecotui.core.plan import BLOCKS, MOST_ARMS, Plan, Protocol
from ecotui.core.quality import Quality, alike

NOTHING_LEFT = "no other arm is left to hold against it"
UNCAPTURED = "a threshold of LLM.int8 cannot be captured in a CUDA graph"
ASKED = "the plan leaves it out"
MOST_POINTS = 5_000


def sweep_protocol(sensor: str) -> Protocol:
    """The protocol of a sweep that names nothing else: the sensor's own, in blocks."""
    return replace(Protocol.for_sensor(sensor), blocks=BLOCKS)


@dataclass(frozen=True, slots=True)
class Skip:
    """Points that the plan leaves out: those that fit every one of its lists; an empty list fits all."""

    reason: str = ""
    models: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    engines: tuple[str, ...] = ()
    prompt_tokens: tuple[int, ...] = ()
    new_tokens: tuple[int, ...] = ()

    def fits(self, arm: Arm) -> bool:
        """Whether an arm is one of them."""
        facts: tuple[tuple[Sequence[object], object], ...] = (
            (self.models, arm.model),
            (self.quantizations, arm.quantization),
            (self.batch_sizes, arm.batch_size),
            (self.engines, arm.engine),
            (self.prompt_tokens, arm.prompt_tokens),
            (self.new_tokens, arm.new_tokens),
        )
        return all(not listed or value in listed for listed, value in facts)


AXES = ("models", "quantizations", "batch_sizes", "engines", "prompt_tokens", "new_tokens")
"""Fields of a plan, and of a Skip, that are lists."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is swept, under which protocol, and where; every list is in the order in which it is measured."""

    name: str
    models: tuple[str, ...]
    quantizations: tuple[str, ...]
    batch_sizes: tuple[int, ...] = (1,)
    engines: tuple[str, ...] = ("eager",)
    prompt_tokens: tuple[int, ...] = (16,)
    new_tokens: tuple[int, ...] = (256,)
    baseline: str = "fp16"
    """The quantization that every group has, with the plan's first engine, and that the others are held against; with
    another engine where the group has an arm of that."""
    protocol: Protocol = field(default_factory=lambda: sweep_protocol("nvml"))
    sensor: str = "nvml"
    device: str = "cuda"
    gpus: tuple[int, ...] = (0,)
    """Boards that groups are spread over; a group stays on one of them."""
    label: str = ""
    outliers: bool = True
    """Whether synthetic models carry outlier channels as trained ones do."""
    trust_remote_code: bool = False
    skips: tuple[Skip, ...] = ()
    quality: Quality | None = None
    """How the arms are scored, each model and quantization once: with the first of its arms. None leaves it out."""

    @property
    def simulated(self) -> bool:
        """Whether the watts come from a model instead of a board."""
        return self.sensor == "simulated"

    @property
    def digest(self) -> str:
        """What tells one plan from another, 64 hex digits; on which boards it runs is no part of it."""
        left_out = {"gpus"} | ({"quality"} if self.quality is None else set())
        told = {k: v for k, v in self.to_dict().items() if k not in left_out}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def checked(self) -> SweepPlan:
        """The same plan, or a UsageError that says which part cannot be meant."""
        for name in AXES:
            values = getattr(self, name)
            if not values:
                raise UsageError(f"The sweep's {name} hold nothing.", "Name at least one.")
            if twice := next((v for v in values if values.count(v) > 1), None):
                raise UsageError(f"The sweep's {name} hold {twice!r} twice.", "Name each once.")
        quantization(self.baseline)
        if (points := math.prod(len(getattr(self, name)) for name in AXES)) > MOST_POINTS:
            raise UsageError(f"The sweep has {points:,} points; it takes {MOST_POINTS:,} at most.", "Split the plan.")
        if not self.gpus or len(set(self.gpus)) < len(self.gpus):
            raise UsageError("The sweep's gpus must name at least one board, and each once.")
        whole(self.protocol.blocks, "--blocks", 1)
        if self.quality is not None:
            self.quality.checked()
        if self.protocol.split_prefill:
            raise UsageError("A sweep does not split the prefill.", "Leave split_prefill out.")
        for group in self.groups():
            for point in group.points:
                if not point.reason:
                    point.arm.checked()
            self.session([p.arm for p in group.points if not p.reason], self.gpus[0])
        return self

    def session(self, arms: Sequence[Arm], gpu: int) -> Plan | None:
        """The plan of one session of these arms, checked; a single arm is a run by itself. None of none."""
        if not arms:
            return None
        it = self.protocol
        if len(arms) == 1:
            it = replace(it, blocks=0, until_pct=None, windows=2 * it.blocks)
        label, quality = self.label or f"sweep {self.name}", self.quality if self._scored(arms) else None
        return Plan(tuple(arms), it, self.sensor, gpu, self.device, label, quality=quality).checked()

    def _scored(self, arms: Sequence[Arm]) -> bool:
        """Whether a session of these arms scores them: it has an arm that no earlier one computes the same as."""
        return self.quality is not None and not _first_of_their_kind(self).isdisjoint(arms)

    def groups(self) -> tuple[Group, ...]:
        """The paired sessions of the plan, model by model, the smallest batch as the plan has it."""
        made = []
        for model, prompt, new, batch in product(self.models, self.prompt_tokens, self.new_tokens, self.batch_sizes):
            first = Arm(
                model, self.baseline, batch, prompt, new, self.engines[0], self.trust_remote_code, self.outliers
            )
            made += _split(first, tuple(_points(self, first)))
        return tuple(made)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()} | {
            "skips": [{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(s).items()} for s in self.skips]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SweepPlan:
        """A plan from JSON; fields that this version does not know are left out."""
        known = {f.name for f in fields(cls)}
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
        protocol = {k: v for k, v in values["protocol"].items() if k in {f.name for f in fields(Protocol)}}
        skips = tuple(_skip(one) for one in values.get("skips", ()))
        quality = Quality.from_dict(it) if (it := values.get("quality")) else None
        return cls(**plain | {"protocol": Protocol(**protocol), "skips": skips, "quality": quality})


@dataclass(frozen=True, slots=True)
class Point:
    """An arm in a group: one figure of the sweep."""

    arm: Arm
    baseline: bool = False
    """Whether the others of its group are held against it."""
    added: bool = False
    """The baseline's quantization, with whatever engine, that the plan did not name."""
    reason: str = ""
    """Why the plan alone leaves it out; empty where it is to be measured."""

    @property
    def word(self) -> str:
        """Its name within the group: "nf4", "int8-pure+graph"."""
        return self.arm.quantization + ("" if self.arm.engine == "eager" else JOIN + self.arm.engine)


@dataclass(frozen=True, slots=True)
class Group:
    """Arms that take turns in one session on one board: one model, batch size, prompt and output length."""

    points: tuple[Point, ...]
    """The baseline first; those that are left out stay in their place."""
    part: int = 1
    """From 1, where more arms than a session holds are split into several, each with a baseline of its own."""
    parts: int = 1

    @property
    def model(self) -> str:
        return self.points[0].arm.model

    @property
    def batch_size(self) -> int:
        """Rows generated at once."""
        return self.points[0].arm.batch_size

    @property
    def prompt_tokens(self) -> int:
        """Length of each row's prompt."""
        return self.points[0].arm.prompt_tokens

    @property
    def new_tokens(self) -> int:
        """Tokens generated a row."""
        return self.points[0].arm.new_tokens

    @property
    def key(self) -> str:
        """Its name within the sweep: "synthetic:mistral-7b b8 16+256", and its part where it has several."""
        part = f" part {self.part}" if self.parts > 1 else ""
        return f"{self.model} b{self.batch_size} {self.prompt_tokens}+{self.new_tokens}{part}"

    def point(self, word: str) -> Point | None:
        """The point of that name."""
        return next((p for p in self.points if p.word == word), None)


@functools.lru_cache(maxsize=8)
def _first_of_their_kind(plan: SweepPlan) -> frozenset[Arm]:
    """Of all arms that compute the same the one that is measured first."""
    assert plan.quality is not None
    found: list[Arm] = []
    for arm in (p.arm for group in plan.groups() for p in group.points if not p.reason):
        if not any(alike(arm, earlier, plan.quality) for earlier in found):
            found.append(arm)
    return frozenset(found)


def _points(plan: SweepPlan, first: Arm) -> Iterator[Point]:
    asked = [
        replace(first, quantization=label, engine=engine) for engine in plan.engines for label in plan.quantizations
    ]
    others = [
        point
        for engine in plan.engines
        for point in _of_engine(plan, replace(first, engine=engine), [arm for arm in asked if arm.engine == engine])
        if point.arm != first
    ]
    why, added = _left_out(plan, first), first not in asked
    if not why and added and all(p.reason for p in others):
        why = NOTHING_LEFT
    yield Point(first, True, added, why)
    yield from others


def _of_engine(plan: SweepPlan, twin: Arm, asked: Sequence[Arm]) -> Iterator[Point]:
    """The points of one engine, and first the baseline's twin, where the plan does not name it and can measure both."""
    points = [Point(arm, reason=_left_out(plan, arm)) for arm in asked]
    if twin not in asked and not _left_out(plan, twin) and not all(p.reason for p in points):
        yield Point(twin, added=True)
    yield from points


def _left_out(plan: SweepPlan, arm: Arm) -> str:
    skip = next((s for s in plan.skips if s.fits(arm)), None)
    if skip is not None:
        return skip.reason or ASKED
    return UNCAPTURED if arm.engine == "graph" and quantization(arm.quantization).threshold else ""


def _split(first: Arm, points: tuple[Point, ...]) -> list[Group]:
    """One group, or several of at most MOST_ARMS arms that are measured, each with the baseline.

    All engines of a quantization stay together, with the baseline's twin of each of them: what a quantization costs and
    what waiting costs are told apart in one session.
    """
    if _measured(points) <= MOST_ARMS:
        return [Group(points)]
    baseline, *others = points
    twins = [p for p in others if p.arm.quantization == first.quantization]
    chunks: list[list[Point]] = [[*twins]]
    for label in dict.fromkeys(p.arm.quantization for p in others if p not in twins):
        family = [p for p in others if p.arm.quantization == label]
        room = (chunk for chunk in chunks if _measured(_with(twins, chunk, family)) < MOST_ARMS)
        into = next(room, None)
        if into is None:
            chunks.append(into := [])
        into[:] = _with(twins, into, family)
    ordered = [sorted(chunk, key=others.index) for chunk in chunks]
    return [Group((baseline, *chunk), number, len(chunks)) for number, chunk in enumerate(ordered, 1)]


def _with(twins: Sequence[Point], chunk: Sequence[Point], family: Sequence[Point]) -> list[Point]:
    """The arms beside the baseline once a quantization is added: the twins of its engines come with it."""
    engines = {p.arm.engine for p in family if not p.reason}
    return [*chunk, *(p for p in twins if p.arm.engine in engines and p not in chunk), *family]


def _measured(points: Sequence[Point]) -> int:
    return sum(not p.reason for p in points)


def _skip(values: Mapping[str, Any]) -> Skip:
    known = {f.name for f in fields(Skip)}
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known}
    return Skip(**plain)
