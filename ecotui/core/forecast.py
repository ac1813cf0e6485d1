"""Memory that an arm will need on the board, told from its dimensions before anything is loaded.

Formulas and their sources are in docs/measuring.md; all sizes are bytes, GB is 1e9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecotui.core.arm import Arm
from ecotui.core.forecast_scoring import scoring_b
from ecotui.core.quality import Quality
from ecotui.core.shapes import Shape

OVERHEAD_B = 700_000_000
"""CUDA context and library workspaces: outside the allocator, so outside its peak too."""
GRAPH_WORKSPACE_B = 2 * 32 * 2**20
"""cuBLAS holds a workspace for each stream, 32 MiB on the newest boards: one for the steps that warm up beside the
capture, one for the captured step."""
MOST_ROWS = 2**20
"""Looked no further than that for the largest batch: of scoring alone the forecast hangs on no batch."""
WARN_SHARE, REFUSE_SHARE = 0.85, 0.95
"""Of the free memory: a forecast above the first is worth a word, above the second the arm is not started."""

SIXTEEN_BIT_B = 2.0
NF4_B, NF4_BLOCK_B = 0.5, 4 / 64
"""A weight, and its share in the 32-bit constant of its block of 64."""
NF4_DOUBLE_B = 1 / 64 + 4 / (64 * 256)
"""The same with the constants held in 8 bits, and one 32-bit constant for 256 of them."""

UNGATED = ("gpt_neox", "nemotron", "opt", "phi", "starcoder2", "stablelm_epoch")
"""Architectures whose MLP has two matrices; all others that are known here have a third, the gate."""
TIED = ("cohere", "gemma", "opt")
"""Beginnings of architectures that share input and output embedding unless their config says otherwise."""
FUSED = ("phi3",)
"""Architectures that hold gate and up projection as one matrix."""
STRANGE = (
    "is_encoder_decoder",
    "kv_lora_rank",
    "mamba_d_state",
    "moe_intermediate_size",
    "n_routed_experts",
    "num_experts",
    "num_local_experts",
    "ssm_cfg",
    "state_size",
)
"""Fields of a config.json that speak of weights or caches which the formulas here do not know."""


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What memory follows from: a decoder's widths and depths."""

    layers: int
    hidden: int
    inner: int
    """Width inside the MLP."""
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool
    """Whether input and output embedding are one matrix."""
    mlp_matrices: int = 3
    fused_gate: bool = False
    qkv_bias: bool = False
    norms: int = 2
    """Norms of full width a block."""
    basis: str = "shape"
    """Where the numbers come from: "shape" or "config"."""
    positions: int | None = None
    """Most that a text may have; None where its config does not say."""

    @property
    def kv_width(self) -> int:
        """Numbers that one layer keeps for a position's keys; its values are as many."""
        return self.kv_heads * self.head_dim

    @property
    def linear_weights(self) -> int:
        """Weights of the blocks' linear layers: those that are quantized."""
        attention = 2 * self.hidden * (self.heads * self.head_dim + self.kv_width)
        return self.layers * (attention + self.mlp_matrices * self.hidden * self.inner)

    @property
    def output_rows(self) -> int:
        """Rows of all those layers' matrices: an 8-bit one has a scale for each."""
        attention = self.heads * self.head_dim + 2 * self.kv_width + self.hidden
        return self.layers * (attention + (self.mlp_matrices - 1) * self.inner + self.hidden)

    @property
    def widest(self) -> int:
        """Most columns that a linear layer of a block puts out."""
        return max(self.inner * (2 if self.fused_gate else 1), self.heads * self.head_dim, self.hidden)

    @property
    def other_weights(self) -> int:
        """Weights that stay 16-bit in every quantization: embeddings, norms and biases."""
        embeddings = (1 if self.tied else 2) * self.vocabulary * self.hidden
        biases = self.heads * self.head_dim + 2 * self.kv_width if self.qkv_bias else 0
        return embeddings + self.layers * (biases + self.norms * self.hidden) + self.hidden


@dataclass(frozen=True, slots=True)
class ForecastParts:
    """Memory of an arm by what it is for, bytes."""

    weights_b: int
    cache_b: int
    """Keys and values of B rows of P + N positions."""
    activations_b: int
    """Most that is held beside weights and cache, in the prefill."""
    overhead_b: int
    total_b: int
    free_b: int | None
    """Free on the board; None where nobody has looked."""
    basis: str
    graph_pool_b: int = 0
    """A captured step's private pool, which nothing else may use while the graph lives; 0 for eager."""
    scoring_b: int = 0
    """What scoring holds beyond all that, once energy is measured: no reason to refuse an arm. 0 where it needs no more
    or is not asked for, and in a session of nothing else, where it is the activations."""

    @property
    def allocated_b(self) -> int:
        """What torch's allocator should hold at its peak: all but the overhead, the scoring included."""
        return self.total_b - self.overhead_b

    @property
    def share(self) -> float | None:
        """Of the free memory, 1 for all of it; None where that is not known."""
        if self.free_b is None:
            return None
        return self.total_b / self.free_b if self.free_b > 0 else float("inf")

    @property
    def refused(self) -> bool:
        """Whether the arm would not fit with room to spare."""
        return self.free_b is not None and self.total_b - self.scoring_b > REFUSE_SHARE * self.free_b

    @property
    def hard_to_score(self) -> bool:
        """Whether it fits, but not while it is scored."""
        return self.share is not None and not self.refused and self.share > REFUSE_SHARE

    @property
    def tight(self) -> bool:
        """Whether it fits, but with little room."""
        return self.share is not None and self.share > WARN_SHARE and not self.refused


def dimensions_of_shape(shape: Shape) -> Dimensions:
    """Dimensions of a published shape."""
    found = dimensions_of_config({**shape.fields, "model_type": shape.model_type})
    assert found is not None, "every shape is a decoder"
    return replace(found, qkv_bias=shape.qkv_bias, basis="shape")


def dimensions_of_config(config: Mapping[str, Any]) -> Dimensions | None:
    """Dimensions of a config.json; None where fields are missing, or tell of more than a plain decoder."""
    if isinstance(inner := config.get("text_config"), Mapping):
        return dimensions_of_config(inner)
    if any(config.get(name) for name in STRANGE) or "vision_config" in config:
        return None
    if set(config.get("layer_types") or ()) - {"full_attention", "sliding_attention"}:
        return None
    kind = str(config.get("model_type", ""))
    names = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")
    sizes = [_size(config.get(name)) for name in names]
    if not all(sizes):
        return None
    layers, hidden, wide, heads, vocabulary = (size for size in sizes if size)
    tied = config.get("tie_word_embeddings")
    return Dimensions(
        layers=layers,
        hidden=hidden,
        inner=wide,
        heads=heads,
        kv_heads=_size(config.get("num_key_value_heads")) or heads,
        head_dim=_size(config.get("head_dim")) or hidden // heads,
        vocabulary=vocabulary,
        tied=kind.startswith(TIED) if tied is None else bool(tied),
        mlp_matrices=2 if kind in UNGATED else 3,
        fused_gate=kind in FUSED,
        qkv_bias=kind.startswith("qwen2") or bool(config.get("attention_bias")),
        norms=4 if kind.startswith(("gemma2", "gemma3")) else 2,
        basis="config",
        positions=_size(config.get("max_position_embeddings")),
    )


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def forecast(
    dimensions: Dimensions, arm: Arm, *, free_b: int | None, quality: Quality | None = None, captured: bool = True
) -> ForecastParts:
    """The arm's memory on a board with `free_b` bytes free, and what its scoring needs beyond, if that is asked for.

    Cache: 2·L·n_kv·d_h·2·B·(P + N); a dynamic cache has grown to that at the last step, a static one takes all of it
    from the first. The rest: `weights_b`, `activations_b` and, for the graph engine, `graph_pool_b` here.
    captured: whether that engine's step is captured, which it is not on the CPU, where there is no pool either.
    """
    positions = arm.batch_size * (arm.prompt_tokens + arm.new_tokens)
    weights = weights_b(dimensions, arm.quantization)
    cache = 4 * dimensions.layers * dimensions.kv_width * positions
    activations = activations_b(dimensions, arm)
    pool = graph_pool_b(dimensions, arm) if arm.engine == "graph" and captured else 0
    scoring = scoring_b(dimensions, arm, quality) if quality is not None else 0
    if quality is not None and quality.alone:
        cache, activations, pool = 0, scoring, 0
    stays = cache + pool if arm.engine == "graph" else 0  # an eager cache is gone with its call
    beyond = max(stays + scoring - (cache + activations + pool), 0)
    total = weights + cache + activations + pool + OVERHEAD_B + beyond
    return ForecastParts(weights, cache, activations, OVERHEAD_B, total, free_b, dimensions.basis, pool, beyond)


def weights_b(dimensions: Dimensions, label: str) -> int:
    """Bytes of the weights in a quantization: linear layers by it, everything else 16-bit."""
    a_weight = {"nf4": NF4_B + NF4_BLOCK_B, "nf4-dq": NF4_B + NF4_DOUBLE_B, "int8": 1.0, "int8-pure": 1.0}
    linear = dimensions.linear_weights * a_weight.get(label, SIXTEEN_BIT_B)
    scales = 4 * dimensions.output_rows if label.startswith("int8") else 0
    return round(linear + scales + SIXTEEN_BIT_B * dimensions.other_weights)


def activations_b(dimensions: Dimensions, arm: Arm) -> int:
    """Bytes held beside weights and cache in an eager prefill, at most: B·P·(4·d + 3·d_ff)·2 + B·V·4.

    8-bit layers also hold the widest output as 32-bit sums and their input as 8-bit numbers, B·P·(4·N + K);
    4-bit layers one matrix of 16-bit weights, 2·N·K.
    """
    rows, d = arm.batch_size * arm.prompt_tokens, dimensions
    plain = rows * (4 * d.hidden + 3 * d.inner) * 2 + arm.batch_size * d.vocabulary * 4
    if arm.quantization.startswith("int8"):
        return plain + rows * (4 * d.widest + max(d.inner, d.hidden))
    if arm.quantization.startswith("nf4"):
        return plain + 2 * d.widest * d.hidden
    return plain


def graph_pool_b(dimensions: Dimensions, arm: Arm) -> int:
    """Bytes of the private pool of one captured decoding step, and of cuBLAS' workspaces beside it.

    The step's activations, as of a prefill of one position a row: B·(4·d + 3·d_ff)·2, with what 8-bit and 4-bit layers
    hold beside them; logits in 16 bits and in float32, B·V·(2 + 4); one layer's keys and values, repeated for every
    head and with their mask over all slots, B·(P + N)·(2·n_h·d_h + 1)·2. Assumed: a layer's memory is used again by the
    next, as the allocator does within one capture; and attention over masked slots repeats grouped heads.
    """
    d, slots = dimensions, arm.batch_size * (arm.prompt_tokens + arm.new_tokens)
    one = replace(arm, prompt_tokens=1)
    repeated = 2 * d.heads * d.head_dim if d.heads > d.kv_heads else 0
    attention = slots * (repeated + 1) * 2
    return activations_b(d, one) + 2 * arm.batch_size * d.vocabulary + attention + GRAPH_WORKSPACE_B


def largest_batch(
    dimensions: Dimensions, arm: Arm, free_b: int, quality: Quality | None = None, captured: bool = True
) -> int | None:
    """The most rows at once that are not refused; None where not even one is, and MOST_ROWS where nothing refuses."""

    def fits(batch: int) -> bool:
        it = replace(arm, batch_size=batch)
        return not forecast(dimensions, it, free_b=free_b, quality=quality, captured=captured).refused

    if not fits(1):
        return None
    low, high = 1, 2
    while high < MOST_ROWS and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
