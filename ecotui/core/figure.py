"""A figure as values: what is drawn on the screen, in a report and in a picture is one and the same description."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("baseline", "candidate", "candidate-2", "candidate-3", "published", "fit", "reference")
"""What a series is to its reader; colour and glyph follow from it. "fit" is a fitted law with its band, "reference" a
line that is held up against the data (a claim, no difference), "published" is somebody else's measurement."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis."""

    label: str
    """What it counts, with its unit: "batch size", "energy a request, gross (J)"."""
    log: bool = False
    ticks: tuple[float, ...] = ()
    """Where to mark it; empty leaves that to whoever draws."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points or a line; `x` and `y` are equally long, in the units of their axes."""

    name: str
    role: str
    """A word of ROLES."""
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float | None, ...] = ()
    """Lower ends of the 95 % intervals of `y`, None where there is none; empty where none has any."""
    high: tuple[float | None, ...] = ()
    line: bool = False
    """Joined, in order of `x`; otherwise points."""
    labels: tuple[str, ...] = ()
    """A name for each point; empty where they have none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart, and the sentence under it."""

    name: str
    """Letters, digits and dashes: becomes a file's name."""
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    caption: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(one.x for one in self.series)
