"""The prompt: random token ids, the same for every arm of a seed and vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import torch
from transformers import GenerationConfig

from ecotui.core.arm import Arm
from ecotui.core.errors import WorkerError


def input_ids(rows: int, length: int, vocabulary: int, special: Iterable[int], seed: int) -> torch.Tensor:
    """Ids of shape (rows, length), drawn on the CPU so that every device sees the same; no special ones."""
    ordinary = torch.ones(vocabulary, dtype=torch.bool)
    ordinary[[i for i in special if 0 <= i < vocabulary]] = False
    allowed = ordinary.nonzero().flatten()
    draw = torch.randint(len(allowed), (rows, length), generator=torch.Generator().manual_seed(seed))
    return allowed[draw]


def sha256(ids: torch.Tensor) -> str:
    """Hash of the ids as little-endian 64-bit numbers, row after row."""
    return hashlib.sha256(ids.cpu().contiguous().numpy().astype("<i8").tobytes()).hexdigest()


def special_ids(model: Any) -> dict[str, list[int]]:
    """Ids of bos, eos and pad as lists; empty where the model has none."""
    configs = [model.generation_config, model.config.get_text_config()]
    found: dict[str, list[int]] = {}
    for name in ("bos", "eos", "pad"):
        values = [v for c in configs if (v := getattr(c, f"{name}_token_id", None)) is not None]
        first = values[0] if values else []
        found[name] = list(first) if isinstance(first, list | tuple) else [int(first)]
    return found


def greedy(new_tokens: int, special: dict[str, list[int]]) -> GenerationConfig:
    """Exactly so many greedy tokens with a growing cache, which transformers neither compiles nor captures."""
    eos = special["eos"]
    pad = (special["pad"] or eos or [0])[0]
    return GenerationConfig(
        max_new_tokens=new_tokens,
        min_new_tokens=new_tokens,
        do_sample=False,
        num_beams=1,
        use_cache=True,
        bos_token_id=special["bos"][0] if special["bos"] else None,
        eos_token_id=eos or None,
        pad_token_id=pad,
    )


def check_length(model: Any, arm: Arm, new_tokens: int) -> None:
    """Refuse a prompt and new tokens that are more than the model's positions.

    Raises:
        WorkerError: P + N is too long.
    """
    most = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    asked = arm.prompt_tokens + new_tokens
    if isinstance(most, int) and asked > most:
        raise WorkerError(
            f"{arm.prompt_tokens} prompt and {new_tokens} new tokens are {asked} positions; the model has {most}.",
            "Lower --new-tokens or --prompt-tokens.",
        )
