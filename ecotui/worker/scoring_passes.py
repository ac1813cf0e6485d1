"""How a batch of windows goes through a model: all at once, or token by token as generation goes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import torch
from transformers import DynamicCache

Piece = tuple[int, torch.Tensor]
"""Place of the first target that is predicted, and the logits, (windows, positions, vocabulary)."""


def prefill(model: Any, ids: torch.Tensor, scored: int) -> Iterator[Piece]:
    """Predictions of each window's last `scored` tokens from one forward pass. ids: (windows, length)."""
    few = scored + 1 < ids.shape[1] and _takes(model, "logits_to_keep")
    last = {"logits_to_keep": scored + 1} if few else {}
    yield 0, model(input_ids=ids, use_cache=False, **last).logits[:, -scored - 1 : -1]


def decode(model: Any, ids: torch.Tensor) -> Iterator[Piece]:
    """Predictions of all tokens but the first, one step a token through a cache that grows, as generate() goes."""
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    mask = torch.ones_like(ids)
    last: dict[str, Any] = {"logits_to_keep": 1} if _takes(model, "logits_to_keep") else {}
    placed = _takes(model, "position_ids")
    for step in range(ids.shape[1] - 1):
        at = {"position_ids": torch.full_like(ids[:, :1], step)} if placed else {}
        out = model(
            input_ids=ids[:, step : step + 1].contiguous(),
            attention_mask=mask[:, : step + 1],
            past_key_values=cache,
            use_cache=True,
            **at,
            **last,
        )
        yield step, out.logits[:, -1:]


def _takes(model: Any, name: str) -> bool:
    return name in inspect.signature(model.forward).parameters
