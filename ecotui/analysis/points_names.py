"""What a model's name tells: its published shape, and how many parameters it has."""

from __future__ import annotations

import re
from functools import cache

from ecotui.core.shapes import SHAPES, Shape

SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[bB](?![a-zA-Z0-9])")
"""Billions of parameters in a model's name, as in "Llama-2-7B"."""


@cache
def shape_of(model: str) -> Shape | None:
    """The published shape that a model's name means: synthetic, a hub id, or as tables write it."""
    name = model.lower().removeprefix("synthetic:").strip()
    for one in SHAPES.values():
        if name in (
            one.name,
            one.title.lower(),
            (one.hub_id or "").lower(),
            (one.hub_id or "").rpartition("/")[2].lower(),
        ):
            return one
    return None


@cache
def parameters_of(model: str) -> int | None:
    """Parameters by the table of shapes, else by what the name says ("7B"); None where neither tells."""
    known = shape_of(model)
    if known is not None:
        return known.published_parameters
    told = SIZE.findall(model.replace("_", "-"))
    return round(float(told[-1]) * 1e9) if told else None
