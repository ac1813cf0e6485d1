"""Published shapes of language models, so that a synthetic one can be built without downloading any weights.

The data lie in shapes.json: each entry holds the fields of one `config.json` on the Hugging Face hub.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ecotui.core.errors import UsageError

PREFIX = "synthetic:"
"""What the name of a synthetic model begins with."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoder's dimensions, as its config.json publishes them."""

    name: str
    """What follows `synthetic:`."""
    title: str
    hub_id: str | None
    """The model whose config.json the fields are; None for a shape made up for tests."""
    model_type: str
    """transformers' name of the architecture."""
    published_parameters: int
    """Weights of the published checkpoint; a tied output layer counts once."""
    qkv_bias: bool
    """Whether the query, key and value layers have a bias; Qwen2's code has, its config does not say so."""
    fields: Mapping[str, Any]
    """Arguments of transformers' config class."""

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return int(self.fields.get("head_dim") or self.fields["hidden_size"] // self.fields["num_attention_heads"])

    @property
    def kv_width(self) -> int:
        """Numbers that one layer keeps for a token's keys; its values are as many."""
        return int(self.fields["num_key_value_heads"]) * self.head_dim

    def linear_parameters(self) -> int:
        """Weights of the blocks' linear layers: those that bitsandbytes quantizes."""
        hidden, inner = self.fields["hidden_size"], self.fields["intermediate_size"]
        queries = self.fields["num_attention_heads"] * self.head_dim
        attention = hidden * queries + 2 * hidden * self.kv_width + queries * hidden
        gated_mlp = 3 * hidden * inner
        return int(self.fields["num_hidden_layers"] * (attention + gated_mlp))

    def embedding_parameters(self) -> int:
        """Weights of the input embedding, and of the output layer where it is not the same matrix."""
        matrices = 1 if self.fields["tie_word_embeddings"] else 2
        return int(matrices * self.fields["vocab_size"] * self.fields["hidden_size"])

    def parameters(self) -> int:
        """All weights: the linear layers, their biases, two norms a block and a last one, the embeddings."""
        layers, hidden = self.fields["num_hidden_layers"], self.fields["hidden_size"]
        biases = self.fields["num_attention_heads"] * self.head_dim + 2 * self.kv_width if self.qkv_bias else 0
        norms = 2 * hidden
        return int(self.linear_parameters() + layers * (biases + norms) + hidden + self.embedding_parameters())


def _read() -> Mapping[str, Shape]:
    raw = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: Shape(name=name, **(values | {"fields": MappingProxyType(values["fields"])}))
            for name, values in raw.items()
        }
    )


SHAPES: Mapping[str, Shape] = _read()


def shape(name: str) -> Shape:
    """The shape of that name; case does not matter, and a leading `synthetic:` is passed over.

    Raises:
        UsageError: no shape has that name.
    """
    wanted = name.strip().lower().removeprefix(PREFIX)
    if wanted in SHAPES:
        return SHAPES[wanted]
    near = get_close_matches(wanted, SHAPES, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(PREFIX + n for n in near)}? " if near else ""
    raise UsageError(f"There is no synthetic model {wanted!r}.", f"{hint}Choose one of: {', '.join(SHAPES)}.")
