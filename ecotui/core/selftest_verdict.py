"""What a table comes to: its worst line, and the sentence for it; what could not be checked is never a bar kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecotui.core.selftest import ABSENT_WORD, FAIL, FULL_S, PASS, RANK, WARN, Check

COUNTER, POWER, IDLE, LOAD = "energy counter", "power", "counter checked, idle", "counter checked, load"
ESSENTIAL = {
    COUNTER: "This board has no energy counter: energy comes from the integral of power alone, and nothing checks it.",
    POWER: "No second source: neither the driver's ring nor readings tell power, so nothing checks the counter.",
    IDLE: "The counter could not be held against power at idle.",
    LOAD: "The counter could not be held against power under load.",
}
"""Lines that the best verdict needs, and what it means where they are absent; the first two explain the others."""
NEITHER = "Neither an energy counter nor power was told."
ALIAS = "alias"
"""What the names of the lines begin with that tell of a load in step with the sensor."""


def verdict_of(checks: Sequence[Check]) -> str:
    """The worst of the lines, "warn" at best without an essential one; "fail" where nothing could be told."""
    words = {c.verdict for c in checks} | ({WARN} if absent(checks) else set())
    return next((word for word in RANK if word in words), FAIL)


def words_of(checks: Sequence[Check], seconds: float) -> str:
    """The verdict as sentences: what it is, what could not be checked, and what that means for an operator."""
    short = f"Shortened to {seconds:g} s, so the bars are wide." if seconds < FULL_S else ""
    return " ".join(part for part in (_told(checks), _unchecked(checks), _aliased(checks), short) if part)


def absent(checks: Iterable[Check]) -> list[str]:
    """The essential lines that could not be told, in their order."""
    there = {c.name for c in checks if c.verdict != ABSENT_WORD}
    return [name for name in ESSENTIAL if name not in there]


def _told(checks: Sequence[Check]) -> str:
    bad = {word: ", ".join(c.name for c in checks if c.verdict == word) for word in (FAIL, WARN)}
    if verdict_of(checks) == FAIL:
        return f"This board's energy cannot be trusted: {bad[FAIL] or 'nothing was told'}."
    if bad[WARN]:
        return f"This board can be measured, with care: {bad[WARN]}."
    if absent(checks):
        return "This board can be measured, with care: not all could be checked."
    more = sum(c.verdict == ABSENT_WORD for c in checks)
    if more:
        return f"This board can be measured: every bar that could be checked was kept, {more} could not."
    return "This board can be measured: every bar was kept."


def _unchecked(checks: Sequence[Check]) -> str:
    missing = absent(checks)
    if {COUNTER, POWER} <= set(missing):
        return NEITHER
    causes = [name for name in missing if name in (COUNTER, POWER)]
    return " ".join(ESSENTIAL[name] for name in causes or missing)


def _aliased(checks: Iterable[Check]) -> str:
    spreads = [c.figures.get("spread_pct") or 0.0 for c in checks if c.name.startswith(ALIAS) and c.verdict == WARN]
    if not spreads:
        return ""
    return (
        "Loads that repeat with the counter's own period of 100 ms are weighed wrongly by up to "
        f"{max(spreads):.0f} %; decoding steps near 100/k ms may be touched (LLM.int8 at 100 ms a step)."
    )


def held(name: str, checks: Iterable[Check], titles: tuple[str, ...]) -> Check:
    """Whether the counter was held against power in one of these stretches at least, and against what."""
    there = [c for c in checks if c.verdict != ABSENT_WORD and c.name.startswith(titles)]
    found = list(dict.fromkeys(c.name.rpartition(" ")[2] for c in there))
    return Check(name, PASS if found else ABSENT_WORD, f"against {', '.join(found)}" if found else "not checked")
