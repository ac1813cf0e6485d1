"""The way to the operator's terminal: what holds its bytes, and whether it tells what it takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ecotui.doctor.check import GOOD, WARN, Check
from ecotui.doctor.terminals import between

SILENT_KBPS = 8
"""What a terminal that answers no question gets of moving figures, kB/s."""
SET = '`ecotui --budget 16kB/s`, or `budget = "16kB/s"` in `[ui]` of the settings (`ecotui config --init`).'


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of it; None is not known, or not set."""

    budget_bps: int | None = None
    """Bytes a second at most, as the operator set them."""
    answers: bool | None = None
    """Whether the terminal answers the question behind each piece of a frame; None where no application asks."""
    capacity_bps: float | None = None
    """What the link takes, as far as its answers tell, while frames wait; None while none does."""


def link(it: Link, told: Mapping[str, str] | None = None) -> Check:
    """The budget in force, and where one should be set; `told` is the environment."""
    env = os.environ if told is None else told
    takes = f"about {_rate(it.capacity_bps)} by its answers" if it.capacity_bps else ""
    full = f"; it is full now: it takes {takes}" if takes else ""
    if it.budget_bps is not None:
        by = "budget" if (it.capacity_bps or 0) > it.budget_bps else "link"
        held = f"; frames wait for the {by} now: the link takes {takes}" if takes else ""
        return Check("link", GOOD, f"budget {_rate(it.budget_bps)}{held}")
    if it.answers is False:
        text = f"no budget, and the terminal answers no question: {SILENT_KBPS} kB/s at most of moving figures"
        return Check("link", WARN, text, f"Say what it takes: {SET}")
    text = "no budget: as much as the link takes" + full
    muxes = [name for name in between(env) if name != "SSH"]
    if muxes and "SSH" in between(env):
        few = f"no budget; {muxes[0]} answers for it"
        return Check("link", GOOD, f"{text}; {muxes[0]} answers for it", f"On a thin line give one: {SET}", few)
    return Check("link", GOOD, text, short=f"no budget{full}")


def _rate(bytes_a_second: float) -> str:
    return f"{bytes_a_second / 1000:,.0f} kB/s"
