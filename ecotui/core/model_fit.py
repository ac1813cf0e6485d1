"""Whether a model fits in each quantization, told from its dimensions before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.forecast import forecast, largest_batch
from ecotui.core.model_facts import ModelFacts
from ecotui.core.room import Room

FITS, TIGHT, NO, UNKNOWN = "fits", "tight", "no", "not known"
NOT_FORESEEN = "no forecast: not a plain decoder"
"""Said of a model whose config is known and its memory is not: a mixture of experts, an encoder, latent heads."""
GLYPHS = {FITS: "✔", TIGHT: "▲", NO: "✘", UNKNOWN: "·"}


@dataclass(frozen=True, slots=True)
class Fit:
    """A quantization's forecast."""

    quantization: str
    word: str
    """ "fits", "tight", "no", or "not known" where dimensions or free memory are not known."""
    total_b: int | None = None
    """Bytes needed; None where nobody can tell."""
    free_b: int | None = None

    @property
    def glyph(self) -> str:
        """Stands beside the word."""
        return GLYPHS[self.word]


def not_foreseen(facts: ModelFacts | None) -> bool:
    """Whether its config is read, and no forecast knows such a model."""
    return facts is not None and facts.dimensions is None and not facts.quantized


def fit(facts: ModelFacts | None, arm: Arm, room: Room) -> Fit:
    """The arm in the room that there is; its own model's name plays no part."""
    if facts is None or facts.dimensions is None or facts.quantized:
        return Fit(arm.quantization, UNKNOWN, None, room.free_b)
    it = forecast(facts.dimensions, arm, free_b=room.free_b, captured=room.captured)
    word = UNKNOWN if it.share is None else NO if it.refused else TIGHT if it.tight else FITS
    return Fit(arm.quantization, word, it.total_b, room.free_b)


def fits(facts: ModelFacts | None, arm: Arm, room: Room) -> list[Fit]:
    """The same of every quantization, in their order."""
    return [fit(facts, replace(arm, quantization=label), room) for label in QUANTIZATIONS]


def most_rows(facts: ModelFacts | None, arm: Arm, room: Room) -> int | None:
    """The largest batch that fits; None where not even one row does, or nobody can tell."""
    if facts is None or facts.dimensions is None or facts.quantized or room.free_b is None:
        return None
    return largest_batch(facts.dimensions, arm, room.free_b, captured=room.captured)
