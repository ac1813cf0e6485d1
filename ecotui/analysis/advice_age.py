"""How old evidence is, in words; of published rows by the date in their source."""

from __future__ import annotations

import re
from datetime import UTC, datetime

DATE = re.compile(r"\b(20\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?\b")
"""A day, or a month alone."""
MONTH_DAYS = 30.44


def today() -> datetime:
    """What ages are counted to."""
    return datetime.now(UTC)


def source_age_days(source: str, now: datetime) -> float | None:
    """Days since the date that a source tells, a month's from its middle; None where it tells none."""
    found = DATE.search(source)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        at = datetime(int(year), int(month), int(day or 15), tzinfo=UTC)
    except ValueError:  # no such day in that month
        return None
    return max((now - at).total_seconds() / 86_400, 0.0)


def age(days: float) -> str:
    """ "3 days old", "9 months old"."""
    if days < 1:
        return "less than a day old"
    if days < 2 * MONTH_DAYS:
        return f"{days:.0f} day{'s' * (round(days) != 1)} old"
    return f"{days / MONTH_DAYS:.0f} months old"
