"""What a model's config.json tells of it before anything is loaded; a field that makes no sense is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ecotui.core.forecast import Dimensions, dimensions_of_config, dimensions_of_shape
from ecotui.core.shapes import Shape
from ecotui.core.units import clean

LARGEST = 10**8
"""No width, depth or vocabulary is larger: beyond it a file is broken, or a joke on whoever multiplies."""
ATTENTION = {"full_attention", "sliding_attention", "chunked_attention"}
"""Layers that remember keys and values, and nothing else."""
RECURRENT = ("mamba_d_state", "ssm_cfg", "state_size")
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_intermediate_size")
CAN, CANNOT, OPEN = "yes", "no", "not known"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model before it is loaded."""

    architecture: str = ""
    """The class of its code, "MistralForCausalLM"."""
    kind: str = ""
    """transformers' name of the architecture, "mistral"."""
    layers: int | None = None
    hidden: int | None = None
    """Width between the layers."""
    context: int | None = None
    """Positions that it was made for."""
    dtype: str = ""
    """Of the weights in the files."""
    parameters: int | None = None
    dimensions: Dimensions | None = None
    """What its memory is forecast from; None where it is more than a plain decoder."""
    quantized: str = ""
    """The method of a checkpoint that is quantized already; empty of others."""
    own_code: bool = False
    """Whether its repository brings code of its own."""
    graph: str = OPEN
    """Whether one decoding step can be captured, as far as the config tells: "yes", "no" or "not known"."""
    graph_why: str = ""


def facts_of_config(config: Mapping[str, Any]) -> ModelFacts:
    """The facts of a config.json."""
    inner = config.get("text_config")
    text = inner if isinstance(inner, Mapping) else config
    dimensions = _dimensions(config)
    graph, why = _graph(config, text)
    return ModelFacts(
        architecture=_first(config.get("architectures")),
        kind=_word(config.get("model_type")),
        layers=_whole(text, "num_hidden_layers", "n_layer", "num_layers"),
        hidden=_whole(text, "hidden_size", "n_embd", "d_model"),
        context=_whole(text, "max_position_embeddings", "n_positions", "seq_length"),
        dtype=_word(config.get("dtype") or config.get("torch_dtype") or text.get("dtype") or text.get("torch_dtype")),
        parameters=_parameters(dimensions),
        dimensions=dimensions,
        quantized=_quantized(config.get("quantization_config")),
        own_code=isinstance(config.get("auto_map"), Mapping),
        graph=graph,
        graph_why=why,
    )


def facts_of_shape(shape: Shape) -> ModelFacts:
    """The facts of a published shape with random weights."""
    found = facts_of_config({**shape.fields, "model_type": shape.model_type})
    return replace(found, parameters=shape.parameters(), dimensions=dimensions_of_shape(shape))


def _dimensions(config: Mapping[str, Any]) -> Dimensions | None:
    try:
        found = dimensions_of_config(config)
    except (TypeError, ValueError, AttributeError, RecursionError):  # fields of another kind than they should be
        return None
    if found is None or max(found.layers, found.hidden, found.inner, found.vocabulary, found.heads) > LARGEST:
        return None
    return found if max(found.kv_heads, found.head_dim) <= LARGEST else None


def _parameters(dimensions: Dimensions | None) -> int | None:
    return None if dimensions is None else dimensions.linear_weights + dimensions.other_weights


def _graph(config: Mapping[str, Any], text: Mapping[str, Any]) -> tuple[str, str]:
    """Whether a step can be captured, and why; the capture itself has the last word."""
    if why := _cannot(config, text):
        return CANNOT, why
    if any(text.get(name) for name in EXPERTS):
        return OPEN, "a mixture of experts may read back to the host which rows go where"
    if isinstance(config.get("auto_map"), Mapping):
        return OPEN, "its own code decides"
    if not text.get("num_attention_heads"):
        return OPEN, "its config does not tell its attention"
    return CAN, "as far as its config tells"


def _cannot(config: Mapping[str, Any], text: Mapping[str, Any]) -> str:
    """Why no step can be captured; empty where the config tells nothing against it."""
    kinds = text.get("layer_types")
    strange = {str(k) for k in kinds} - ATTENTION if isinstance(kinds, list) else set()
    if config.get("is_encoder_decoder"):
        return "it is no decoder alone"
    if strange or any(text.get(name) for name in RECURRENT):
        told = clean(sorted(strange)[0], 40).replace("_", " ") if strange else "recurrent"
        return f"its {told} layers remember more than keys and values"
    if text.get("model_type") == "bloom" or text.get("alibi"):
        return "its position biases (ALiBi) are not made for a static cache"
    return ""


def _quantized(made: object) -> str:
    if not isinstance(made, Mapping):
        return ""
    return _word(made.get("quant_method")) or "unknown method"


def _whole(text: Mapping[str, Any], *names: str) -> int | None:
    values = (text.get(name) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 < v <= LARGEST), None)


def _first(value: object) -> str:
    return _word(value[0]) if isinstance(value, list) and value else ""


def _word(value: object) -> str:
    return clean(value, 60) if isinstance(value, str) else ""
