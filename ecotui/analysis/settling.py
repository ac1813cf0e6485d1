"""How far a ratio of blocks is from being known, in the same words in the Monitor, after a run and in a comparison.

A ratio of sessions in which both took turns counts sessions where another counts blocks.
"""

from __future__ import annotations

import math

from ecotui.analysis.accounting import BAND_PCT
from ecotui.analysis.effects import MOST_BLOCKS, blocks_needed
from ecotui.analysis.paired import Ratio
from ecotui.analysis.verdict import EQUIVALENT, LESS, MORE, word_of

TOO_FEW = "too few blocks yet to tell"
"""Said in place of a half width beyond 100 %, and of all that would follow from it."""
BANDS = {LESS: "beyond the band already", MORE: "beyond the band already", EQUIVALENT: "within the band already"}


def to_go(ratio: Ratio, until_pct: float | None = None) -> str:
    """Blocks that are left until half of the interval is `until_pct` of a declared precision; else of the band.

    Without a declared precision an interval that the band has decided needs no more blocks.
    """
    if ratio.too_few or ratio.spread is None:
        return TOO_FEW.replace("block", ratio.unit)
    if until_pct is None and (decided := BANDS.get(word_of(ratio))):
        return decided
    wanted = until_pct or BAND_PCT
    left = blocks_needed(ratio.spread, wanted, 2 if until_pct is None else 3) - ratio.blocks
    return blocks_words(left, wanted, ratio.unit)


def blocks_words(left: int, wanted_pct: float, unit: str = "block") -> str:
    """ "about 2 blocks to ±2 %"; "known to ±2 %" where none are left."""
    target = f"±{wanted_pct:g} %"
    if left <= 0:
        return f"known to {target}"
    return f"about {left} {unit}{'' if left == 1 else 's'} to {target}"


def to_settle(ratio: Ratio) -> str:
    """Blocks in all at which an undecided interval would lie beyond the band or within it, as its middle does."""
    if ratio.spread is None:
        return "a single block has no spread"
    if ratio.too_few:
        return TOO_FEW.replace("block", ratio.unit)
    off = abs(abs(math.log(ratio.value)) - math.log1p(BAND_PCT / 100))
    needed = blocks_needed(ratio.spread, 100 * math.expm1(off)) if off else MOST_BLOCKS
    if not ratio.blocks < needed < MOST_BLOCKS:
        return ""
    return f"about {needed} {ratio.unit}s in all at this spread would settle the verdict"
