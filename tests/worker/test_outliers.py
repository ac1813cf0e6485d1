"""Outlier channels of synthetic models: there, counted, and without effect on what the model computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
import torch
from transformers import AutoConfig

from ecotui.core.arm import quantization
from ecotui.core.events import Outliers, Resident
from ecotui.core.messages import Load
from ecotui.core.shapes import Shape, shape
from ecotui.worker import census, columns, outliers, synthetic
from ecotui.worker.torch_engine import TorchEngine
from tests.worker.talk import arm

CPU = torch.device("cpu")
SMALL = {"vocab_size": 2048, "num_hidden_layers": 4, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
FAMILIES: Mapping[str, dict[str, int]] = {
    "tiny": {},
    "mistral-7b": {"hidden_size": 512, "intermediate_size": 1792, "num_attention_heads": 8, "num_key_value_heads": 2}
    | {"head_dim": 64},
    "qwen2.5-7b": {"hidden_size": 448, "intermediate_size": 1216, "num_attention_heads": 7, "num_key_value_heads": 1},
    "qwen2-1.5b": {"hidden_size": 384, "intermediate_size": 1024, "num_attention_heads": 6, "num_key_value_heads": 1},
    "phi-3-mini": {"hidden_size": 384, "intermediate_size": 1024, "num_attention_heads": 4, "num_key_value_heads": 4},
}
"""Each family of shapes.json, cut down; Qwen2 1.5B ties its embeddings."""
IDS = torch.randint(3, 2048, (4, 24), generator=torch.Generator().manual_seed(5))


@pytest.fixture(autouse=True)
def threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch keeps its threads."""
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)


def small(name: str) -> Shape:
    """A shape of that family, small enough for a test."""
    whole = shape(name)
    return replace(whole, fields=MappingProxyType({**whole.fields, **SMALL, **FAMILIES[name]}))


def built(name: str, label: str = "fp16", *, carry: bool = True) -> Any:
    """A model of that family."""
    return synthetic.build(small(name), quantization(label), CPU, 3, carry=carry).eval()


def raw(name: str) -> Any:
    """The same weights, drawn at random and left alone."""
    it = small(name)
    return synthetic._random(AutoConfig.for_model(it.model_type, **synthetic.fields(it)), torch.float16, CPU, 3).eval()


def difference(one: Any, other: Any) -> float:
    """Largest difference of two models' logits, relative to the largest logit."""
    with torch.inference_mode():
        a, b = one(IDS).logits.double(), other(IDS).logits.double()
    return float((a - b).abs().max() / a.abs().max())


def counted(model: Any) -> Outliers:
    """Columns of a prefill of 4 · 24 positions and a decoding step."""
    counter = columns.Columns()
    with counter.attached(model):
        model.generate(IDS, max_new_tokens=2, min_new_tokens=2, do_sample=False)
    found = counter.outliers()
    assert found
    return found


def loaded(model: str = "synthetic:tiny", label: str = "fp16", **more: Any) -> Resident:
    """What is said of an arm that was loaded."""
    return TorchEngine().load(Load(arm(model, label, **more), 0, "cpu", 0, 7)).resident


@pytest.mark.parametrize("name", list(FAMILIES))
@pytest.mark.parametrize("label", ["fp16", "bf16"])
def test_logits_with_outlier_channels_are_those_without(name: str, label: str) -> None:
    assert difference(built(name, label), built(name, label, carry=False)) <= 1e-3


@pytest.mark.parametrize("name", list(FAMILIES))
def test_logits_are_those_of_the_weights_as_they_were_drawn(name: str) -> None:
    # In 32 bits: what 16-bit arithmetic makes of a weight's last bit is as large as the bar.
    assert difference(built(name).float(), raw(name).float()) <= 1e-3


@pytest.mark.parametrize("name", list(FAMILIES))
def test_a_decode_row_meets_3_to_8_outlier_columns_a_linear_layer(name: str) -> None:
    found = counted(built(name))
    assert found.layers == 4 * (4 if name == "phi-3-mini" else 7)
    assert 3 <= found.decode_mean <= 8
    assert 6 <= found.prefill_mean <= 8
    assert found.without_pct < 10


@pytest.mark.parametrize("name", list(FAMILIES))
def test_every_kind_of_linear_layer_has_columns_that_stand_out(name: str) -> None:
    model = built(name)
    seen: dict[str, int] = {}
    for path, layer in model.model.layers.named_modules():
        if isinstance(layer, torch.nn.Linear):
            kind = path.rpartition(".")[2]
            layer.register_forward_pre_hook(
                lambda _, x, kind=kind: seen.update({kind: int((x[0].abs() >= 6).any(1).any(0).sum())})
            )
    with torch.inference_mode():
        model(IDS)
    assert seen and all(4 <= n <= 9 for n in seen.values()), seen


def test_without_the_recipe_nothing_stands_out() -> None:
    assert counted(built("tiny", carry=False)) == Outliers(28, 0.0, 0.0, 100.0)


def test_a_wide_random_model_loses_its_stray_outliers() -> None:
    wide = {**shape("tiny").fields, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 1}
    config = AutoConfig.for_model("llama", **wide)
    model = synthetic._random(config, torch.float32, CPU, 3).eval()
    before = counted(model)
    outliers.fold(model, 3, carry=False)
    assert before.prefill_mean > 1
    assert counted(model).prefill_mean == 0


def test_no_hook_stays_behind_even_after_a_failure() -> None:
    model = built("tiny")
    with pytest.raises(IndexError), columns.Columns().attached(model):
        model(IDS + 4096)
    assert not model._forward_pre_hooks
    assert not any(m._forward_pre_hooks or m._forward_hooks for m in model.modules())


@pytest.mark.parametrize("label", ["fp16", "nf4", "int8", "int8-pure"])
def test_an_arm_is_counted_whatever_its_quantization(label: str) -> None:
    found = loaded(label=label)
    assert found.outliers and 3 <= found.outliers.decode_mean <= 8
    assert found.facts["outlier_recipe"] == "6 channels ×16, 6 o_proj columns ×128, 6 down_proj columns ×4096"
    assert found.facts.get("decomposition") == ("exercised" if label == "int8" else None)


def test_an_arm_without_outliers_does_not_exercise_the_decomposition() -> None:
    found = loaded(label="int8", outliers=False)
    assert (found.facts["outlier_recipe"], found.facts["decomposition"]) == ("none", "not exercised")


def test_a_source_in_the_hosts_memory_carries_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "both_fit", lambda *_: False)
    found = loaded(label="int8").outliers
    assert found and 3 <= found.decode_mean <= 8


def test_an_arm_that_cannot_be_counted_is_loaded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_memory(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(columns.Columns, "_count_prefill", out_of_memory)
    found = loaded()
    assert (found.outliers, found.step_cache_b) == (None, None)
    assert found.facts["outliers_not_counted"] == "OutOfMemoryError: CUDA out of memory"


@pytest.mark.parametrize(
    ("without_pct", "threshold", "word"),
    [(50.0, 6.0, "exercised"), (51.0, 6.0, "not exercised"), (0.0, 0.0, None), (0.0, None, None)],
)
def test_a_decomposition_is_exercised_unless_most_layers_have_no_column(
    without_pct: float, threshold: float | None, word: str | None
) -> None:
    assert columns.decomposition(Outliers(28, 1.0, 1.0, without_pct), threshold) == word


def test_a_decoding_step_reads_all_weights_but_the_input_embedding() -> None:
    found = loaded()
    assert found.step_weights_b == found.weights_b - 2 * 4096 * 256
    assert found.step_cache_b == 4 * 2 * 2 * 64 * 2, "layers, keys and values, heads, width, bytes"
    assert loaded(label="bf16").step_cache_b == found.step_cache_b


def test_a_tied_output_layer_is_read_once() -> None:
    model = built("qwen2-1.5b")
    assert census.step_weights_b(model) == census.weights_b(model)
