"""The workload that cost and carbon are reckoned for, as it is typed: each field checked by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecotui.analysis.carbon import Workload, grid
from ecotui.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form."""

    name: str
    """Of the workload's field."""
    label: str
    hint: str
    """What it may be, and its unit."""
    least: float = 0.0
    most: float = 0.0
    empty: bool = False
    """Whether it may be left out."""


ASKED = (
    Asked("requests_a_day", "requests a day", "a number", 1.0, 1e12),
    Asked("price_gpu_hour", "price a GPU-hour", "in your currency, or empty", 0.0, 1e6, empty=True),
    Asked("price_kwh", "price a kWh", "in the same currency, or empty", 0.0, 1e6, empty=True),
    Asked("grid", "grid", "region (DEU, France) or gCO2e a kWh"),
    Asked("pue", "PUE", "the site's energy over its machines'", 1.0, 10.0),
)
"""The fields in order."""


def text_of(work: Workload, name: str) -> str:
    """What a field holds at first."""
    value = getattr(work, name)
    return "" if value is None else value if isinstance(value, str) else f"{value:.15g}"


def number_of(asked: Asked, text: str) -> float | None:
    """The number in a field; thousands may be set apart by commas or blanks.

    Raises:
        UsageError: it is none, or one that cannot be meant.
    """
    bare = text.strip()
    if not bare:
        if asked.empty:
            return None
        raise UsageError(f"{asked.label} is empty.", f"Type {asked.hint}.")
    try:
        value = float(_thousands(bare))
    except ValueError:
        hint = "Write decimals with a point." if "," in bare else f"Type {asked.hint}."
        raise UsageError(f"{asked.label} must be a number, not {bare!r}.", hint) from None
    if not asked.least <= value <= asked.most:  # NaN is in no range
        raise UsageError(f"{asked.label} must be {asked.least:g} to {asked.most:,.12g}, not {bare}.")
    return value


def _thousands(text: str) -> str:
    """Without the marks between thousands; a comma that may be a decimal one stays, and is no number."""
    head, *rest = text.replace(" ", ",").split(",")
    apart = all(len(part.partition(".")[0]) == 3 for part in rest) and not any("." in part for part in rest[:-1])
    return "".join([head, *rest]) if apart and 0 < len(head) <= 3 and head.isdecimal() and head != "0" else text


def problems(texts: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each field that cannot be meant, by its name."""
    found: dict[str, str] = {}
    for asked in ASKED:
        try:
            _value(asked, texts.get(asked.name, ""))
        except UsageError as error:
            found[asked.name] = str(error)
    return found


def _value(asked: Asked, text: str) -> float | str | None:
    if asked.name != "grid":
        return number_of(asked, text)
    grid(text)
    return text.strip()


def wanted(texts: Mapping[str, str]) -> Workload:
    """The workload that is typed.

    Raises:
        UsageError: a field cannot be meant.
    """
    values = {asked.name: _value(asked, texts.get(asked.name, "")) for asked in ASKED}
    return Workload(**values).checked()  # type: ignore[arg-type]
