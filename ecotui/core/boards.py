"""Names of boards: the driver's, a table's and an operator's are of one board where all that tells boards apart agrees.

"NVIDIA A800 80GB PCIe", "A800-SXM4-80GB" and "A800" share a model; "RTX 4090 D" and "RTX4090D" do, "RTX 4090" does not.
"""

from __future__ import annotations

import re
from functools import cache

from ecotui.core.roofline import PLAIN

SIZE = re.compile(r"\b(\d+)[ -]?g(?:i?b)?\b")
"""How much memory: tells cards of one model apart where both names say it."""
FORMS = {"pcie": "pcie", "sxm": "sxm", "sxm2": "sxm", "sxm3": "sxm", "sxm4": "sxm", "sxm5": "sxm", "nvl": "nvl"}
"""How a card is built; the same."""
MEMORY = {"hbm2": "", "hbm2e": "", "hbm3": "sxm", "hbm3e": "", "gddr6": "", "gddr6x": "", "gddr7": ""}
"""Kinds of memory, and the form that it gives away: the driver writes HBM3 of an H100 on SXM alone."""
SERIES = re.compile(r"^(?:nvidia|geforce|rtx|gtx)+(?=.)")


@cache
def board_model(name: str) -> str:
    """What is left of a name that tells boards apart, "4090d"; empty where it names none, such as "GeForce RTX"."""
    words = [w for w in re.findall(r"[a-z0-9]+", SIZE.sub(" ", name.casefold())) if w not in PLAIN]
    left = "".join(w for w in words if w not in FORMS and w not in MEMORY and w not in ("rtx", "gtx"))
    return SERIES.sub("", left)


def same_board(name: str, asked: str) -> bool:
    """Whether two names may be of one board: one model, and memory and form as far as both tell."""
    a, b = board_model(name), board_model(asked)
    if not (a and b):
        return _folded(name) == _folded(asked) != ""
    return a == b and all(_agree(one, other) for one, other in zip(_build(name), _build(asked), strict=True))


@cache
def _build(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Memory sizes and forms that a name tells."""
    words = re.findall(r"[a-z0-9]+", name.casefold())
    forms = {form for w in words if (form := FORMS.get(w) or MEMORY.get(w))}
    return frozenset(SIZE.findall(name.casefold())), frozenset(forms)


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    return not (one and other) or one == other


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
