"""How many windows go through a model at once."""

from __future__ import annotations

from typing import Any

import torch

from ecotui.worker.scoring_sums import PART
from ecotui.worker.shelf import free_b

CARD_TOKENS, HOST_TOKENS = 16_384, 1024
"""Of a batch: more would hardly be quicker, and a stop would lose more."""
_SHARE = 0.6
"""Of the free memory; the rest is for what is not counted here."""


def rows(model: Any, window: int, kept: int, device: torch.device) -> int:
    """Windows at a time that fit, one at least; `kept` of each window's positions have logits."""
    if device.type != "cuda":
        return max(1, HOST_TOKENS // window)
    room_b = _SHARE * free_b(device) - 6 * 4 * PART
    return max(1, min(CARD_TOKENS // window, int(room_b / bytes_a_row(model, window, kept))))


def bytes_a_row(model: Any, window: int, kept: int) -> int:
    """Logits of a window with those of another arm to compare them with, and the widest layer's activations."""
    config = model.config.get_text_config()
    hidden = int(config.hidden_size)
    inner = int(getattr(config, "intermediate_size", None) or 4 * hidden)
    logits = kept * int(model.get_input_embeddings().num_embeddings) * int(model.dtype.itemsize) * 3 // 2
    # Inputs, outputs, gates and their products in 16 bits; 8-bit products come out in 32.
    activations = window * (12 * hidden + 8 * inner) * 2
    heads = int(config.num_attention_heads)
    eager = getattr(config, "_attn_implementation", "") == "eager"
    return logits + activations + (6 * heads * window * window if eager else 0)


def out_of_memory(error: BaseException) -> bool:
    """Whether fewer rows might help."""
    signs = ("out of memory", "cublas_status_alloc_failed", "can't allocate memory")
    return isinstance(error, torch.OutOfMemoryError) or any(s in str(error).lower() for s in signs)
