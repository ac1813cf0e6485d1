"""Models of a published shape with random weights: the work of the real one, without its download.

Random weights are fit for time and energy, not for quality. LLM.int8's outlier columns do not occur in them as they
do in trained ones, unless they are put there (see `ecotui.worker.outliers`).
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.initialization import no_init_weights

from ecotui.core.arm import Quantization
from ecotui.core.shapes import Shape
from ecotui.worker import outliers, quantize

_ROOM = 1.05
"""Allocators lose some of the memory between blocks."""


def build(shape: Shape, quantization: Quantization, device: torch.device, seed: int, *, carry: bool = True) -> Any:
    """The model on the device, quantized by transformers' own loading path where the arm asks for it.

    It carries outlier channels where `carry` says so.
    """
    config = AutoConfig.for_model(shape.model_type, **fields(shape))
    dtype = quantize.dtype(quantization)
    bitsandbytes = quantize.config(quantization)
    room = bitsandbytes is None or both_fit(shape, quantization, device)
    source = (_random if room else random_on_host)(config, dtype, device, seed)
    outliers.fold(source, seed, carry=carry)
    if bitsandbytes is None:
        return source
    # Through the class rather than AutoModel, which insists on a name to look up.
    return type(source).from_pretrained(
        None,
        config=config,
        state_dict=source.state_dict(),
        quantization_config=bitsandbytes,
        dtype=dtype,
        device_map={"": device},
    )


def fields(shape: Shape) -> dict[str, Any]:
    """A copy, since transformers completes the nested dictionaries in place."""
    return {k: dict(v) if isinstance(v, dict) else v for k, v in shape.fields.items()}


def _random(config: Any, dtype: torch.dtype, device: torch.device, seed: int) -> Any:
    torch.manual_seed(seed)
    with torch.device(device):
        return AutoModelForCausalLM.from_config(config, dtype=dtype)


def random_on_host(config: Any, dtype: torch.dtype, device: torch.device, seed: int) -> Any:
    """The same in the host's memory, its numbers drawn on the device: a CPU takes minutes for a 7B model's."""
    with no_init_weights(), torch.device("cpu"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model.tie_weights()
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2:
            drawn = torch.empty(parameter.shape, dtype=dtype, device=device).normal_(0.0, config.initializer_range)
            parameter.data.copy_(drawn)
        elif name.endswith("bias"):
            parameter.data.zero_()
    return model


def both_fit(shape: Shape, quantization: Quantization, device: torch.device) -> bool:
    """Whether the 16-bit source and the quantized copy of its linear layers fit beside each other."""
    if device.type != "cuda":
        return True
    quantized_b = shape.linear_parameters() * (1.0 if quantization.threshold is not None else 0.6)
    free_b, _ = torch.cuda.mem_get_info(device)
    return bool((2 * shape.parameters() + quantized_b) * _ROOM < free_b)
