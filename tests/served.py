"""A watched session whose figures can be worked out by hand: 300 W, 100 tokens a second made, 25 read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecotui.core.arm import WATCHED, Arm
from ecotui.core.clock import NS
from ecotui.core.events import End, Event, Header, Notice, Scrape, Vitals, Watched, Window
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import BoardInfo, Reading, Tick
from ecotui.log.format import VERSION
from tests import factory
from tests.factory import at

POWER_W, OUT_TOK_S, IN_TOK_S = 300.0, 100.0, 25.0
VLLM = Watched(
    "vllm", "http://localhost:8000/metrics", ["mistralai/Mistral-7B-v0.1"], 2, bare_w=70.0, bare_run="20261120-1.0"
)


def counted(s: float, per_s: float, quiet_s: float, again_s: float | None) -> float:
    """A counter that stands from `quiet_s` on, and begins anew at `again_s`."""
    if again_s is not None and s >= again_s:
        return per_s * (s - again_s)
    return 1000 + per_s * min(s, quiet_s)


def events(
    windows: int = 3,
    watched: Watched = VLLM,
    *,
    session: str = "20261121-130000-a1b2",
    outcome: str | None = "completed",
    quiet_s: float = 1e9,
    again_s: float | None = None,
    board: BoardInfo | None = None,
) -> Iterator[Event]:
    """Windows of 10 s from 0 s on; an answer a second, a reading and a tick every 100 ms."""
    plan = Plan(
        (Arm(" + ".join(watched.models), engine=f"{WATCHED}{watched.server}"),),
        Protocol(idle_s=0.0, warmups=0, windows=0),
        sensor="simulated",
    )
    yield Header(VERSION, session, factory.START, factory.WALL, plan.to_dict(), board or factory.board(), {}, watched)
    joules = 5000.0
    for i in range(windows * 100 + 6):
        s = i / 10
        yield Reading(at(s), POWER_W, POWER_W, joules, 55.0, 1755.0, 90.0, 40_000_000_000, 0)
        joules += POWER_W / 10
        yield Tick(at(s + 0.05), joules, 2_000_000)
        if i % 10 == 0:
            yield Vitals(at(s), 0, 0, [4242], [])
            made, read = (counted(s, rate, quiet_s, again_s) for rate in (OUT_TOK_S, IN_TOK_S))
            yield Scrape(at(s), 2_000_000, made, read, 4.0, 1.0)
        if i % 100 == 5 and i > 5:
            n = i // 100
            made = counted(10 * n, OUT_TOK_S, quiet_s, None) - counted(10 * (n - 1), OUT_TOK_S, quiet_s, None)
            yield Window(0, n, at(10 * (n - 1)), at(10 * n), 0, 0, round(made), round(made))
    if again_s is not None:
        yield Notice(at(again_s), "The server's counters began anew: it was started again.", "warning")
    if outcome:
        yield End(at(windows * 10 + 0.6), outcome)


def late(watched: Watched = VLLM) -> Watched:
    """The same server, if it counted whole requests."""
    return replace(watched, server="sglang", counts="requests", bare_w=None, bare_run=None)


def ns(seconds: float) -> int:
    """Nanoseconds."""
    return round(seconds * NS)
