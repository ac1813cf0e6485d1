"""How much of its windows a run spent at the power limit, in words beside its clock events."""

from __future__ import annotations

from ecotui.core.reading import reason_words
from ecotui.core.rows import RunRow

POWER_CAP = 0x4
"""The clock event bit of the power limit."""


def capped_pct(run: RunRow) -> float | None:
    """Share of the windows' time at the power limit, at most, by the board's own counter; None where it has none."""
    seconds = (run.window_s or 0.0) * (run.windows or 0)
    return None if run.power_cap_ms is None or not seconds else min(run.power_cap_ms / 10 / seconds, 100.0)


def event_words(run: RunRow, bits: int) -> list[str]:
    """Clock events in words, the power limit with its share of the windows' time."""
    share = capped_pct(run)
    words = reason_words(bits)
    if not bits & POWER_CAP or not share:
        return list(words)
    (cap,) = reason_words(POWER_CAP)
    told = f"{cap} for at most {share:.1f} % of its windows' time"
    return [told if word == cap else word for word in words]
