"""Ranges that a source tells without rows, in words: context beside runs, and never an arm of a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ecotui.core.published import quantization_of
from ecotui.core.units import clean
from ecotui.store.published import Range

HEAD = "ranges of a forum post, no rows behind them"
NO_VERDICT = (
    "A range without rows and accounting bears no verdict: nobody can tell which runs it spans, or whether an idle "
    "power was subtracted."
)
PARAMETERS = "1e9"
"""The unit of a size."""
SEVERAL = "several boards"
THAT_SIZE = "that size"


def label(it: Range) -> str:
    """Our label for its configuration, or the configuration as published."""
    return quantization_of(it.config) or clean(it.config, 24)


def board(it: Range) -> str:
    """The board as published."""
    return clean(it.gpu, 40) or SEVERAL


def claim(it: Range, colon: str = ":") -> str:
    """ "energy a request against FP16: +80 to +162 %", "begins to save energy at 3.2·10⁹ parameters"."""
    if it.unit == PARAMETERS:
        what = it.quantity.removeprefix("parameters at which ").removeprefix(it.config)
        return f"{clean(what, 80).strip()} at {_size(it)} parameters"
    return f"{clean(it.quantity, 80)}{colon} {span(it)}"


def span(it: Range) -> str:
    """ "+80 to +162 %"."""
    return f"{it.low:+g} to {it.high:+g} {it.unit}".replace("-", "−")


def whole(it: Range, every: Sequence[Range]) -> str:
    """The claim with its configuration and board; of one that speaks of a size, with the sizes that are told."""
    told = sizes(it, every)
    return f"{label(it)} on {board(it)}: {claim(it, '')}{f'; {told}' if told else ''}"


def sizes(it: Range, every: Sequence[Range]) -> str:
    """ "that size, in parameters: 3.2·10⁹ on T4, …"; empty of a claim that speaks of none."""
    if THAT_SIZE not in it.quantity:
        return ""
    each = [f"{_size(r)} on {board(r)}" for r in every if r.config == it.config and r.unit == PARAMETERS]
    return f"{THAT_SIZE}, in parameters: {', '.join(each)}" if each else ""


def _size(it: Range) -> str:
    return f"{it.low:g}·10⁹" if it.low == it.high else f"{it.low:g} to {it.high:g}·10⁹"


def to_dict(it: Range, every: Sequence[Range]) -> dict[str, Any]:
    """As JSON values: as published, with our label and the claim as a sentence; it has no accounting."""
    return asdict(it) | {"quantization": quantization_of(it.config), "accounting": None, "text": whole(it, every)}


def has_words(it: Range, words: Sequence[str]) -> bool:
    """Whether every word, in lower case, is in its haystack."""
    hay = haystack(it)
    return all(word in hay for word in words)


def haystack(it: Range) -> str:
    """What a filter's words are looked for in, casefolded."""
    parts = (it.quantity, it.config, label(it), board(it), it.source, it.row_id, "published", "range")
    return "\n".join(clean(part, 240) for part in parts).casefold()
