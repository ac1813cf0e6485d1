"""Made-up scorings: what any session's arms come to by the text, with ratios that a test can know about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Header, Phase, Resident
from ecotui.core.plan import Plan
from ecotui.core.quality import SLIDING, Quality, conventions, reference, scored
from ecotui.core.score_events import Scores, Scoring

COSTS = {"fp16": 0.0, "bf16": 0.001, "nf4": 0.023, "nf4-dq": 0.026, "int8": 0.002, "int8-pure": 0.12}
"""Nats a token that a quantization costs; its perplexity ratio is exp of that."""
WINDOWS = {"sliding": 30, "blocks": 12}
SHA = "9f2c" * 16


def with_quality(
    made: Iterable[Event],
    quality: Quality | None = None,
    costs: Mapping[str, float] = COSTS,
    upto: float = 1.0,
    sha: str = SHA,
) -> Iterator[Event]:
    """The session with its arms scored before its end; `upto` of all windows, and then no end where that is below 1."""
    asked, plan = quality or Quality(), None
    for event in trained(made):
        match event:
            case Header():
                plan = replace(Plan.from_dict(event.plan), quality=asked)
                yield replace(event, plan=plan.to_dict())
            case End() if plan is not None:
                yield from scorings(plan, asked, costs, event.at_ns, upto=upto, sha=sha)
                if upto >= 1:
                    yield replace(event, at_ns=event.at_ns + 60 * NS)
            case _:
                yield event


def trained(made: Iterable[Event]) -> Iterator[Event]:
    """The same with weights of a checkpoint where the model is not synthetic."""
    plan = None
    for event in made:
        plan = Plan.from_dict(event.plan) if isinstance(event, Header) else plan
        if isinstance(event, Resident) and plan is not None:
            yield replace(event, weights="random" if plan.arms[event.arm].synthetic else "checkpoint")
        else:
            yield event


def scorings(
    plan: Plan, quality: Quality, costs: Mapping[str, float], at_ns: int, *, upto: float = 1.0, sha: str = SHA
) -> Iterator[Event]:
    """A phase of scoring: every arm's heads, then window by window all of them."""
    numbers = scored(plan.arms, quality)
    yield Phase(at_ns, "scoring", numbers[0])
    heads = [head for n in numbers for head in _heads(plan, quality, n, at_ns, sha)]
    yield from heads
    total, done = sum(head.windows for head in heads), 0
    for convention, windows in WINDOWS.items():
        for window in range(windows):
            for head in heads:
                if head.convention == convention and done < upto * total:
                    done += 1
                    cost = costs[plan.arms[head.arm].quantization]
                    yield _scores(head, window, cost, at_ns + round(40 * NS * done / total))


def _heads(plan: Plan, quality: Quality, number: int, at_ns: int, sha: str) -> Iterator[Scoring]:
    arm = plan.arms[number]
    against = reference(plan.arms, number, quality)
    text = "random ids" if arm.synthetic else quality.text
    for convention in conventions(arm, quality):
        windows, compares = WINDOWS[convention], against is not None and convention != SLIDING
        shape = quality.window, quality.stride, windows, 1
        held = (against, windows) if compares else (None, None)
        facts = quality.path, text, sha, 24_681, *shape, False, 32_000, *held
        yield Scoring(at_ns, number, convention, *facts)


def _scores(head: Scoring, window: int, cost: float, at_ns: int) -> Scores:
    tokens = head.stride if head.convention == SLIDING else head.window - 1
    text, arm = np.random.default_rng([tokens, window]), np.random.default_rng([window, round(1e6 * cost)])
    nll = tokens * (2.5 + 0.3 * text.normal() + cost * (1 + 0.2 * arm.normal()))
    if head.against is None:
        return Scores(at_ns, head.arm, head.convention, window, [nll], [tokens])
    half = head.window // 2
    kl = half * cost * 0.8 * (1 + 0.2 * arm.random())
    agreed = round(half * (1 - min(cost * 1.5 * (1 + 0.2 * arm.random()), 0.9)))
    return Scores(at_ns, head.arm, head.convention, window, [nll], [tokens], [kl], [agreed], [half])
