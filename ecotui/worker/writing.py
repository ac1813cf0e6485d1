"""What a sample model writes: a line to look at, outside of every window and measured by nobody."""

from __future__ import annotations

import sys
from typing import Any

import torch
from transformers import AutoTokenizer, DynamicCache

from ecotui.core.sample_models import is_sample, place
from ecotui.worker.failures import clean

PROMPT, NEW, TEMPERATURE, SEED = "The whale", 90, 0.6, 1851
"""Drawn: the likeliest token each time soon repeats itself. The seed is fixed, so that arms differ by themselves."""


def written(model: Any, name: str) -> str:
    """A line that a sample model goes on with after PROMPT; empty of other models, and where it fails."""
    if not is_sample(name):
        return ""
    try:
        with torch.inference_mode():
            return _line(model, AutoTokenizer.from_pretrained(place(name)))
    except Exception as error:  # nothing is measured of it, so nothing is lost
        sys.stderr.write(f"The sample model wrote nothing: {error!r}\n")
        return ""


def _line(model: Any, coder: Any) -> str:
    ids = coder(PROMPT)["input_ids"]
    draw, cache = torch.Generator().manual_seed(SEED), DynamicCache(config=model.config)
    step = ids
    for _ in range(NEW):
        inputs = torch.tensor([step], device=model.device)
        logits = model(input_ids=inputs, past_key_values=cache, use_cache=True).logits[0, -1].float().cpu()
        step = [int(torch.multinomial((logits / TEMPERATURE).softmax(-1), 1, generator=draw))]
        ids = ids + step
    # A character may be several tokens, and the last one may have got no further than half of its own.
    text = str(coder.decode(ids, skip_special_tokens=True)).rstrip("\N{REPLACEMENT CHARACTER}")
    return str(clean(" ".join(text.split()), 160))
