"""The checks in one screen: what fails comes first, what works stands together in few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ecotui.doctor.check import BAD, GOOD, WARN, Check

TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("host", ("host", "python", "clock")),
    ("terminal", ("terminal", "link")),
    ("home", ("home", "disk", "locks", "sessions", "store")),
    ("libraries", ("torch", "transformers", "accelerate", "bitsandbytes")),
    ("cuda", ("cuda", "fit", "kernels")),
)
"""Checks that are one line where nothing is amiss with them, by the first word of their names."""
FIRST = (BAD, WARN)


def failing_first(found: Sequence[Check]) -> list[Check]:
    """What is broken, what wants care, then the rest; each in its order."""
    return sorted(found, key=lambda check: FIRST.index(check.state) if check.state in FIRST else len(FIRST))


def brief(found: Sequence[Check]) -> list[Check]:
    """The same in few words, what works joined, without the advice of what works and has few words."""
    out: list[Check] = []
    places: dict[str, int] = {}
    for check in failing_first(found):
        works = check.state == GOOD and bool(check.short)
        few = replace(check, text=check.short or check.text, advice="" if works else check.advice)
        group = _group(few)
        if group and group in places:
            before = out[places[group]]
            out[places[group]] = replace(before, name=group, text=f"{before.text} · {few.text}")
            continue
        if group:
            places[group] = len(out)
        out.append(few)
    return out


def _group(check: Check) -> str:
    """The line that a check is joined to; empty of one that stands alone."""
    if check.state != GOOD or check.advice:
        return ""
    word = check.name.partition(" ")[0]
    return next((name for name, words in TOGETHER if word in words), "")
