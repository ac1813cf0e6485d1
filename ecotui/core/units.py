"""Numbers to text, in one place: fixed widths, thin units, and a dash for what is not known."""

from __future__ import annotations

import unicodedata
from decimal import ROUND_HALF_UP, Decimal

LARGEST = 1e14
"""Beyond it fifteen digits hold no fraction."""
ABSENT = "–"
"""Stands for None: unknown is never written as 0."""


UNBOUNDED = "[unbounded]"
"""An interval that excludes no ratio: what is divided, or divides, cannot be told from 0."""


def number(value: float | None, digits: int = 1) -> str:
    """A number with thousands apart; the dash where it is None."""
    return ABSENT if value is None else _rounded(value, digits)


def significant(value: float | None, digits: int = 4) -> str:
    """About `digits` significant digits without an exponent: 3 294, 218.2, 1.204."""
    if value is None:
        return ABSENT
    size = abs(float(f"{value:.{digits}g}"))
    places = 0 if size >= 10 ** (digits - 1) else 1 if size >= 100 else 2 if size >= 10 else 3
    return _rounded(value, max(min(places, digits - 1), 0))


def _rounded(value: float, places: int) -> str:
    """Half up by the digits that a person reads: 145.35 is 145.4, though no float is, whatever it was reckoned from."""
    if not abs(value) < LARGEST:  # nor a number that is none
        return f"{value:z,.{places}f}"
    return f"{Decimal(f'{value:.15g}').quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0:,}"  # + 0: no "-0.0"


def signed(value: float | None, digits: int = 1) -> str:
    """A difference with its sign, "+12.3"; what rounds to nothing is "+0.0", from either side."""
    return ABSENT if value is None else f"{value:+z,.{digits}f}"


def figure(value: float) -> str:
    """A cell of a table, of any size: a whole number in full, four digits of another, two below 0.01; "−0.910"."""
    if isinstance(value, int):
        told = f"{value:,}"
    else:
        told = f"{value:.2g}" if value and abs(value) < 0.01 else significant(value)
    return told.replace("-", "−")


def watts(value: float | None) -> str:
    """Power, "223.9 W"."""
    return f"{number(value)} W"


def spread(power_w: float | None, sd_w: float | None, seconds: float | None) -> str:
    """Power that was watched for a while, "117.6 ± 1.2 W over 8.0 s": the deviation of its readings."""
    return f"{number(power_w)} ± {number(sd_w)} W over {duration(seconds)}"


def joules_per_1k(value: float | None, error: float | None = None) -> str:
    """Energy a thousand tokens, "880.7 J/1k", or with how far it may be off, "880.7 ± 3.2 J/1k"."""
    return f"{with_error(value, error)} J/1k"


def with_error(value: float | None, error: float | None) -> str:
    """A figure and how far it may be off, "880.7 ± 3.21"; without an error the figure alone."""
    return significant(value) + (f" ± {significant(error, 3)}" if error is not None else "")


def percent(value: float | None, digits: int = 1) -> str:
    """A share, "0.4 %"."""
    return f"{number(value, digits)} %"


def chance(p: float) -> str:
    """A p value, "p 0.012"; below a thousandth nobody needs to know how far, "p < 0.001"."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"


def difference(value: float | None) -> str:
    """A difference in percent with its sign, "+12.3 %"."""
    return f"{signed(value)} %"


def gigabytes(value: float | None) -> str:
    """Bytes as GB of 1e9, "14.2 GB"; what would read as nothing as MB of 1e6, "6.4 MB"."""
    if value is not None and 0 < abs(value) < 0.1e9:
        return f"{number(value / 1e6)} MB"
    return f"{number(None if value is None else value / 1e9)} GB"


def counted(count: int, thing: str) -> str:
    """ "1 run", "2,048 runs"."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """Time for people: "0.4 s", "52 s", "4 min 10 s", "2 h 05 min"."""
    if seconds is None:
        return f"{ABSENT} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def clean(text: object, limit: int = 400) -> str:
    """Text from outside, safe for a terminal: no control or formatting characters, cut at `limit`."""
    kept = sentence(text)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def sentence(text: object) -> str:
    """A sentence of our own, of any length, in which a name from outside may stand: as `clean`, and never cut."""
    kept = "".join(c if c.isprintable() or c == " " else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
