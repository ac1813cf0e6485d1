"""Outlier channels for random weights, folded in so that the function stays what it was.

Trained models of a few billion weights keep some six hidden channels at 6 and more in about three positions of four,
in every layer (Dettmers et al. 2022, LLM.int8(), section 3); random ones have none there, and thousands of stray ones
before the down projection. A factor on what feeds a linear layer and its inverse on the layer's columns bring them in.

All factors are powers of two, so a model with its channels computes what the same one without them does, nearly
always to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch

COLUMNS = 6
"""Columns that stand out in every linear layer's input, or as near to it as grouped heads allow."""
LARGE = 6.0
"""LLM.int8's threshold."""
SHRINK = 4.0
"""Keeps the heavy tail of silu(gate) * up under the threshold: about one number in a million passes it."""
MIXED = 2.0
"""Attention averages over positions: its output spreads about half as wide as the values that went in."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many columns of each kind of input, and by what factor they stand out."""

    channels: int
    """Hidden channels, the same in all blocks: inputs of the query, key, value, gate and up projections."""
    channel_scale: float
    value_rows: int
    """Rows of the value projection; each feeds a column of every query head of its group."""
    mixed_columns: int
    """Columns of the output projection's input that follow from them."""
    value_scale: float
    inner: int
    """Rows of the up projection, and columns of the down projection."""
    inner_scale: float

    def __str__(self) -> str:
        return (
            f"{self.channels} channels ×{self.channel_scale:.0f}, {self.mixed_columns} o_proj columns "
            f"×{self.value_scale:.0f}, {self.inner} down_proj columns ×{self.inner_scale:.0f}"
        )

    def inverse(self) -> Recipe:
        """What takes the channels out again."""
        return replace(
            self,
            channel_scale=1.0 / self.channel_scale,
            value_scale=1.0 / self.value_scale,
            inner_scale=1.0 / self.inner_scale,
        )


def recipe(config: Any) -> Recipe:
    """The recipe for a config: three of four numbers in the chosen columns come to 6 or more."""
    spread = config.initializer_range * math.sqrt(config.hidden_size)
    group = config.num_attention_heads // config.num_key_value_heads
    rows = max(1, round(COLUMNS / group))
    normal, gate, up = torch.randn((3, 100_000), generator=torch.Generator().manual_seed(0))
    gated = torch.nn.functional.silu(gate * spread) * up * spread / SHRINK
    values = normal * spread / MIXED
    return Recipe(COLUMNS, _scale(normal), rows, rows * group, _scale(values), COLUMNS, _scale(gated))


def _scale(sample: torch.Tensor) -> float:
    """The power of two that brings nearest to three quarters of a sample's numbers to 6."""
    quarter = sample.abs().quantile(0.25).item()
    return float(2.0 ** round(math.log2(LARGE / quarter)))


def fold(model: Any, seed: int, *, carry: bool) -> Recipe:
    """Rid a random model of the Llama kind of its stray outliers, and give it channels where `carry` says so; in place.

    Its logits stay what they were.
    """
    chosen = recipe(model.config)
    with torch.no_grad():
        for block in model.model.layers:
            _scale_rows(_up(block.mlp), slice(-model.config.intermediate_size, None), 1.0 / SHRINK)
            block.mlp.down_proj.weight.mul_(SHRINK)
        _apply(model, seed, chosen)
        if not carry:
            # Leaves the weights rounded to what the channels' smaller ones can hold: with and without, a seed's model
            # computes the same.
            _apply(model, seed, chosen.inverse())
    return chosen


def _apply(model: Any, seed: int, chosen: Recipe) -> None:
    config, draw = model.config, torch.Generator().manual_seed(seed)
    channels = torch.randperm(config.hidden_size, generator=draw)[: chosen.channels]
    for block in model.model.layers:
        attention, mlp = block.self_attn, block.mlp
        behind = _there(attention, "qkv_proj", "q_proj", "k_proj", "v_proj")
        _fold_norm(block.input_layernorm, behind, channels, chosen.channel_scale)
        behind = _there(mlp, "gate_up_proj", "gate_proj", "up_proj")
        _fold_norm(block.post_attention_layernorm, behind, channels, chosen.channel_scale)
        _fold_values(attention, config, chosen, draw)
        rows = torch.randperm(config.intermediate_size, generator=draw)[: chosen.inner]
        _scale_rows(_up(mlp), rows - config.intermediate_size, chosen.inner_scale)
        mlp.down_proj.weight[:, rows] /= chosen.inner_scale


def _there(owner: Any, *names: str) -> list[Any]:
    """The layers that exist: Phi-3 fuses several into one."""
    return [layer for name in names if (layer := getattr(owner, name, None)) is not None]


def _up(mlp: Any) -> Any:
    """The layer whose last rows are the up projection's."""
    return _there(mlp, "gate_up_proj", "up_proj")[0]


def _fold_norm(norm: Any, behind: list[Any], channels: torch.Tensor, scale: float) -> None:
    norm.weight[channels] *= scale
    for layer in behind:
        layer.weight[:, channels] /= scale


def _fold_values(attention: Any, config: Any, chosen: Recipe, draw: torch.Generator) -> None:
    head, group = attention.head_dim, config.num_attention_heads // config.num_key_value_heads
    width = config.num_key_value_heads * head
    rows = torch.randperm(width, generator=draw)[: chosen.value_rows]
    heads = (rows // head)[:, None] * group + torch.arange(group)
    columns = (heads * head + (rows % head)[:, None]).flatten()
    # Counted from the end, where a fused layer keeps its values.
    _scale_rows(_there(attention, "qkv_proj", "v_proj")[0], rows - width, chosen.value_scale)
    attention.o_proj.weight[:, columns] /= chosen.value_scale


def _scale_rows(layer: Any, rows: torch.Tensor | slice, factor: float) -> None:
    layer.weight[rows] *= factor
    if layer.bias is not None:
        layer.bias[rows] *= factor
