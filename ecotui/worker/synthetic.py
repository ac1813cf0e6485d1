"""Models of a published shape with random weights: the work of the real one, without its download.

Random weights are fit for time and energy, not for quality; and LLM.int8's outlier columns do not occur in them
as they do in trained ones.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from ecotui.core.arm import Quantization
from ecotui.core.shapes import Shape
from ecotui.worker import quantize

_ROOM = 1.05
"""Allocators lose some of the memory between blocks."""


def build(shape: Shape, quantization: Quantization, device: torch.device, seed: int) -> Any:
    """The model on the device, quantized by transformers' own loading path where the arm asks for it."""
    config = AutoConfig.for_model(shape.model_type, **_fields(shape))
    dtype = quantize.dtype(quantization)
    bitsandbytes = quantize.config(quantization)
    if bitsandbytes is None:
        return _random(config, dtype, device, seed)
    source = _random(config, dtype, device if _both_fit(shape, quantization, device) else torch.device("cpu"), seed)
    # Through the class rather than AutoModel, which insists on a name to look up.
    return type(source).from_pretrained(
        None,
        config=config,
        state_dict=source.state_dict(),
        quantization_config=bitsandbytes,
        dtype=dtype,
        device_map={"": device},
    )


def _fields(shape: Shape) -> dict[str, Any]:
    """A copy, since transformers completes the nested dictionaries in place."""
    return {k: dict(v) if isinstance(v, dict) else v for k, v in shape.fields.items()}


def _random(config: Any, dtype: torch.dtype, device: torch.device, seed: int) -> Any:
    torch.manual_seed(seed)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=dtype)


def _both_fit(shape: Shape, quantization: Quantization, device: torch.device) -> bool:
    """Whether the 16-bit source and the quantized copy of its linear layers fit beside each other."""
    if device.type != "cuda":
        return True
    quantized_b = shape.linear_parameters() * (1.0 if quantization.threshold is not None else 0.6)
    free_b, _ = torch.cuda.mem_get_info(device)
    return bool((2 * shape.parameters() + quantized_b) * _ROOM < free_b)
