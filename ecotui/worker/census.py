"""What lies on the device once a model is loaded: counted, not assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch


def parameters(model: Any) -> int:
    """Logical weights, tied ones once; a weight packed into 4 bits counts as the matrix that it stands for."""
    total = 0
    for parameter in model.parameters():
        state = getattr(parameter, "quant_state", None)
        shape = parameter.shape if state is None else state.shape
        total += int(torch.Size(shape).numel())
    return total


def weights_b(model: Any) -> int:
    """Bytes of all parameters, buffers and quantization statistics, memory that is shared once."""
    return sum(_places(model).values())


def linear_layers(model: Any) -> dict[str, int]:
    """Linear layers by class."""
    return dict(Counter(type(m).__name__ for m in linear_modules(model)))


def linear_modules(model: Any) -> Iterator[torch.nn.Module]:
    """Every linear layer, the output layer included."""
    return (m for m in model.modules() if isinstance(m, torch.nn.Linear) or type(m).__name__ == "Conv1D")


def step_weights_b(model: Any) -> int:
    """Bytes that a decoding step reads: all but embeddings, of which it takes single rows; a tied one is read whole."""
    output = model.get_output_embeddings()
    looked_up = {m.weight.data_ptr() for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    if output is not None:
        looked_up.discard(output.weight.data_ptr())
    return sum(size for place, size in _places(model).items() if place not in looked_up)


def devices(model: Any) -> set[str]:
    """Where the weights and their statistics lie."""
    return {str(t.device) for t in _tensors(model)}


def _places(model: Any) -> dict[int, int]:
    return {t.data_ptr(): t.numel() * t.element_size() for t in _tensors(model) if t.numel()}


def _tensors(model: Any) -> Iterator[torch.Tensor]:
    for parameter in model.parameters():
        yield parameter
        yield from _held(getattr(parameter, "quant_state", None), ("absmax", "code", "offset"))
        yield from _held(getattr(getattr(parameter, "quant_state", None), "state2", None), ("absmax", "code"))
        yield from _held(parameter, ("CB", "SCB"))
    yield from model.buffers()
    for module in model.modules():
        # LLM.int8 moves a weight's row scales here at the layer's first call.
        yield from _held(getattr(module, "state", None), ("CB", "SCB"))


def _held(owner: Any, names: tuple[str, ...]) -> Iterator[torch.Tensor]:
    for name in names:
        value = getattr(owner, name, None)
        if isinstance(value, torch.Tensor):
            yield value
