"""Memory that an arm needs while its quality is scored: a window's activations, and its logits.

The worker takes more windows at a time where more fit; what is told here is the least, one window.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ecotui.core.arm import Arm
from ecotui.core.quality import Quality

if TYPE_CHECKING:
    from ecotui.core.forecast import Dimensions

PART = 2**24
"""Logits that are looked at in float32 at a time, and COPIES of them: probabilities, their logarithms, what compares
them."""
COPIES = 6


def window_of(dimensions: Dimensions, quality: Quality) -> int:
    """Tokens of a window that the model holds."""
    return min(quality.window, dimensions.positions or quality.window)


def scoring_b(dimensions: Dimensions, arm: Arm, quality: Quality) -> int:
    """Bytes beside the weights while one window of L tokens is scored, or B of them by the decoding path.

    Prefill: activations of L positions; logits L·V·2, and the second half of the reference's, L/2·V·2, to compare them
    with. Decoding: keys and values of B·L positions, activations and logits of B, and one reference's half window.
    Both: 6·4 bytes of each of the logits that are looked at in float32, 2^24 at a time.
    """
    from ecotui.core.forecast import activations_b

    d, length = dimensions, window_of(dimensions, quality)
    rows = arm.batch_size if quality.decode_path else 1
    together = replace(arm, batch_size=rows, prompt_tokens=1 if quality.decode_path else length)
    logits = rows * together.prompt_tokens * d.vocabulary
    cache = 4 * d.layers * d.kv_width * rows * length if quality.decode_path else 0
    reference = length // 2 * d.vocabulary * 2
    return cache + activations_b(d, together) + 2 * logits + reference + COPIES * 4 * min(logits, PART)
