"""Memory is foretold from dimensions: weights by the published counts, totals by what a board was seen to hold."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.forecast import (
    GRAPH_WORKSPACE_B,
    OVERHEAD_B,
    REFUSE_SHARE,
    Dimensions,
    activations_b,
    dimensions_of_config,
    dimensions_of_shape,
    forecast,
    graph_pool_b,
    largest_batch,
    weights_b,
)
from ecotui.core.reading import BoardInfo, Reading
from ecotui.core.shapes import SHAPES, shape
from ecotui.recorder.dimensions import dimensions_of
from ecotui.recorder.foresight import foresee

BILLIONS = {
    "tinyllama-1.1b": 1.10,
    "qwen2-1.5b": 1.54,
    "qwen2.5-3b": 3.09,
    "phi-3-mini": 3.82,
    "yi-1.5-6b": 6.06,
    "mistral-7b": 7.25,
    "qwen2-7b": 7.62,
    "qwen2.5-7b": 7.62,
    "llama-3.1-8b": 8.03,
    "yi-1.5-9b": 8.83,
    "qwen2.5-14b": 14.77,
}
"""Parameters that the model cards give."""

GIGABYTES = {
    "llama-3.1-8b": (16.06, 9.09, 6.03, 5.70),
    "mistral-7b": (14.50, 7.52, 4.46, 4.14),
    "qwen2.5-7b": (15.23, 8.71, 5.85, 5.55),
    "qwen2.5-3b": (6.17, 3.40, 2.18, 2.05),
}
"""Weights as fp16, int8, nf4, nf4-dq: docs/measuring.md."""

PEAKS = {
    ("fp16", 1): 14.541,
    ("nf4", 1): 4.630,
    ("int8", 1): 7.589,
    ("int8-pure", 1): 7.567,
    ("fp16", 8): 14.628,
    ("nf4", 8): 4.727,
    ("int8", 8): 7.770,
    ("int8-pure", 8): 7.662,
}
"""Most GB that torch's allocator held on an H100: mistral-7b, 16 prompt and 64 new tokens."""

MISTRAL = dimensions_of_shape(shape("mistral-7b"))
LLAMA_CONFIG = {
    "model_type": "llama",
    "max_position_embeddings": 2048,
    "num_hidden_layers": 22,
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "vocab_size": 32000,
    "tie_word_embeddings": False,
}


def counted(dimensions: Dimensions) -> int:
    return dimensions.linear_weights + dimensions.other_weights


@pytest.mark.parametrize("name", list(SHAPES))
def test_every_shape_has_the_parameters_of_its_published_checkpoint(name: str) -> None:
    assert counted(dimensions_of_shape(SHAPES[name])) == SHAPES[name].published_parameters


@pytest.mark.parametrize("name", list(BILLIONS))
def test_the_counts_are_those_of_the_model_cards(name: str) -> None:
    assert counted(dimensions_of_shape(shape(name))) / 1e9 == pytest.approx(BILLIONS[name], abs=0.006)


@pytest.mark.parametrize("name", list(GIGABYTES))
def test_weights_shrink_by_what_the_quantization_says(name: str) -> None:
    dimensions = dimensions_of_shape(shape(name))
    found = [weights_b(dimensions, label) / 1e9 for label in ("fp16", "int8", "nf4", "nf4-dq")]
    assert found == pytest.approx(GIGABYTES[name], abs=0.006)


@pytest.mark.parametrize("name", list(SHAPES))
def test_only_the_linear_layers_shrink(name: str) -> None:
    dimensions = dimensions_of_shape(SHAPES[name])
    linear, rest = dimensions.linear_weights, 2 * dimensions.other_weights
    assert weights_b(dimensions, "bf16") == weights_b(dimensions, "fp16") == 2 * linear + rest
    assert (
        weights_b(dimensions, "int8")
        == weights_b(dimensions, "int8-pure")
        == linear + 4 * dimensions.output_rows + rest
    )
    assert weights_b(dimensions, "nf4") == pytest.approx(linear * 4.5 / 8 + rest, abs=1)
    assert weights_b(dimensions, "nf4-dq") == pytest.approx(linear * 4.127 / 8 + rest, rel=1e-4)


@pytest.mark.parametrize(("label", "batch"), list(PEAKS))
def test_the_peak_that_an_h100_saw_is_met_within_eight_percent(label: str, batch: int) -> None:
    arm = Arm("synthetic:mistral-7b", label, batch, 16, 64)
    assert forecast(MISTRAL, arm, free_b=None).allocated_b / 1e9 == pytest.approx(PEAKS[label, batch], rel=0.08)


def test_the_cache_is_128_kib_a_position_of_llama_8b() -> None:
    dimensions = dimensions_of_shape(shape("llama-3.1-8b"))
    arm = Arm("synthetic:llama-3.1-8b", "int8", 3, 100, 156)
    assert forecast(dimensions, arm, free_b=None).cache_b == 3 * 256 * 128 * 1024


def test_the_parts_add_up_and_the_overhead_is_outside_the_allocator() -> None:
    parts = forecast(MISTRAL, Arm("synthetic:mistral-7b", "nf4", 8), free_b=80_000_000_000)
    assert parts.total_b == parts.weights_b + parts.cache_b + parts.activations_b + parts.overhead_b
    assert parts.allocated_b == parts.total_b - OVERHEAD_B
    assert parts.basis == "shape"


def test_quantized_layers_hold_more_beside_the_weights_than_plain_ones() -> None:
    plain, eight, four = (activations_b(MISTRAL, Arm("m", label, 4, 512)) for label in ("fp16", "int8", "nf4"))
    assert plain == 4 * 512 * (4 * 4096 + 3 * 14336) * 2 + 4 * 32768 * 4
    assert eight - plain == 4 * 512 * (4 * 14336 + 14336)
    assert four - plain == 2 * 14336 * 4096


def test_above_95_percent_is_refused_and_above_85_is_tight() -> None:
    arm = Arm("synthetic:mistral-7b")
    need = forecast(MISTRAL, arm, free_b=None)
    assert need.share is None
    assert not need.refused
    assert not need.tight
    shares = {s: replace(need, free_b=round(need.total_b / s)) for s in (0.84, 0.86, 0.94, 0.96)}
    assert [shares[s].refused for s in shares] == [False, False, False, True]
    assert [shares[s].tight for s in shares] == [False, True, True, False]


def test_a_full_board_refuses_everything() -> None:
    assert forecast(MISTRAL, Arm("m"), free_b=0).refused


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
@pytest.mark.parametrize("free_b", [16_000_000_000, 24_000_000_000, 80_000_000_000])
def test_the_largest_batch_fits_and_one_more_does_not(label: str, free_b: int) -> None:
    arm = Arm("synthetic:mistral-7b", label)
    most = largest_batch(MISTRAL, arm, free_b)
    if most is None:
        assert forecast(MISTRAL, arm, free_b=free_b).refused
        return
    here, above = (forecast(MISTRAL, replace(arm, batch_size=b), free_b=free_b) for b in (most, most + 1))
    assert here.share is not None
    assert here.share <= REFUSE_SHARE
    assert above.refused


def test_a_model_that_does_not_fit_at_all_has_no_largest_batch() -> None:
    assert largest_batch(MISTRAL, Arm("m"), 14_000_000_000) is None
    assert largest_batch(MISTRAL, Arm("m", "nf4"), 14_000_000_000) is not None


def test_a_config_tells_the_same_as_the_shape_made_of_it() -> None:
    found = dimensions_of_config(LLAMA_CONFIG)
    assert found is not None
    assert replace(found, basis="shape") == dimensions_of_shape(shape("tinyllama-1.1b"))
    assert found.basis == "config"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"num_key_value_heads": None}, {"kv_heads": 32}),
        ({"head_dim": 128}, {"head_dim": 128}),
        ({"head_dim": None}, {"head_dim": 64}),
        ({"tie_word_embeddings": True}, {"tied": True}),
        ({"tie_word_embeddings": None}, {"tied": False}),
        ({"model_type": "gemma2", "tie_word_embeddings": None}, {"tied": True, "norms": 4}),
        ({"model_type": "qwen2"}, {"qkv_bias": True}),
        ({"attention_bias": True}, {"qkv_bias": True}),
        ({"model_type": "phi3"}, {"fused_gate": True, "mlp_matrices": 3, "widest": 11264}),
        ({"model_type": "gpt_neox"}, {"mlp_matrices": 2}),
    ],
)
def test_what_a_config_leaves_out_follows_from_its_architecture(
    changed: dict[str, object], expected: dict[str, object]
) -> None:
    found = dimensions_of_config(LLAMA_CONFIG | changed)
    assert found is not None
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_text_config_inside_another_is_the_decoder() -> None:
    assert dimensions_of_config({"model_type": "mllama", "text_config": LLAMA_CONFIG}) == dimensions_of_config(
        LLAMA_CONFIG
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"num_local_experts": 8},
        {"n_routed_experts": 64},
        {"kv_lora_rank": 512},
        {"state_size": 16},
        {"is_encoder_decoder": True},
        {"vision_config": {}},
        {"layer_types": ["full_attention", "linear_attention"]},
        {"hidden_size": None},
        {"hidden_size": "2048"},
        {"num_hidden_layers": 0},
        {"vocab_size": True},
    ],
)
def test_what_the_formulas_do_not_know_gets_no_forecast(changed: dict[str, object]) -> None:
    assert dimensions_of_config(LLAMA_CONFIG | changed) is None


def test_dimensions_come_from_a_shape_or_a_folders_config(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_CONFIG))
    assert dimensions_of(Arm("synthetic:TinyLlama-1.1b")) == dimensions_of_shape(shape("tinyllama-1.1b"))
    assert dimensions_of(Arm(str(tmp_path))) == dimensions_of_config(LLAMA_CONFIG)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"hidden_size": 1', "\udcff"])
def test_a_config_that_cannot_be_read_gives_no_forecast(text: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(text.encode(errors="surrogateescape"))
    assert dimensions_of(Arm(str(tmp_path))) is None


@pytest.mark.parametrize(
    "model", ["synthetic:none", "no-such-org/no-such-model", "/nowhere", "~nobody/x", "a//b", "x\0y"]
)
def test_a_model_that_is_not_here_gives_no_forecast(model: str) -> None:
    assert dimensions_of(Arm(model)) is None


def test_the_hubs_cache_is_read_and_the_network_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("huggingface_hub")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    assert dimensions_of(Arm("org/model")) is None
    snapshot = tmp_path / "models--org--model" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text(json.dumps(LLAMA_CONFIG))
    (refs := tmp_path / "models--org--model" / "refs").mkdir()
    (refs / "main").write_text("abc")
    assert dimensions_of(Arm("org/model")) == dimensions_of_config(LLAMA_CONFIG)


GRAPHS = [label for label in QUANTIZATIONS if label != "int8"]


@pytest.mark.parametrize("label", GRAPHS)
def test_a_captured_step_needs_its_pool_beside_what_eager_needs(label: str) -> None:
    eager = forecast(MISTRAL, Arm("m", label, 8), free_b=None)
    graph = forecast(MISTRAL, Arm("m", label, 8, engine="graph"), free_b=None)
    assert eager.graph_pool_b == 0 and graph.graph_pool_b > GRAPH_WORKSPACE_B
    assert graph.total_b == eager.total_b + graph.graph_pool_b
    assert (graph.weights_b, graph.cache_b, graph.activations_b) == (
        eager.weights_b,
        eager.cache_b,
        eager.activations_b,
    )


def test_the_static_cache_has_every_slot_of_prompt_and_output() -> None:
    graph = forecast(MISTRAL, Arm("m", "fp16", 2, 100, 156, "graph"), free_b=None)
    assert graph.cache_b == 2 * 32 * 8 * 128 * 2 * 2 * 256


def test_the_pool_is_one_step_of_every_row_with_its_logits_twice_and_one_layers_repeated_cache() -> None:
    arm = Arm("m", "fp16", 4, 16, 48, "graph")
    step = 4 * (4 * 4096 + 3 * 14336) * 2
    logits, attention = 4 * 32768 * (2 + 4), 4 * 64 * (2 * 32 * 128 + 1) * 2
    assert graph_pool_b(MISTRAL, arm) == step + logits + attention + GRAPH_WORKSPACE_B
    lone = replace(MISTRAL, kv_heads=MISTRAL.heads)
    assert graph_pool_b(lone, arm) == step + logits + 4 * 64 * 2 + GRAPH_WORKSPACE_B


def test_the_pool_grows_with_batch_and_length_but_not_with_the_prompt_for_itself() -> None:
    arm = Arm("m", "fp16", 8, 100, 156, "graph")
    assert graph_pool_b(MISTRAL, arm) == graph_pool_b(MISTRAL, replace(arm, prompt_tokens=156, new_tokens=100))
    assert graph_pool_b(MISTRAL, arm) < graph_pool_b(MISTRAL, replace(arm, new_tokens=400))
    assert graph_pool_b(MISTRAL, arm) < graph_pool_b(MISTRAL, replace(arm, batch_size=16))


@pytest.mark.parametrize("label", GRAPHS)
def test_the_largest_batch_of_a_graph_is_smaller_and_fits(label: str) -> None:
    arm = Arm("synthetic:mistral-7b", label, engine="graph")
    most, plain = (largest_batch(MISTRAL, it, 24_000_000_000) for it in (arm, replace(arm, engine="eager")))
    assert most is not None and plain is not None and most < plain
    here, above = (forecast(MISTRAL, replace(arm, batch_size=b), free_b=24_000_000_000) for b in (most, most + 1))
    assert not here.refused and above.refused


def test_the_event_holds_the_pool_among_the_activations_so_that_its_parts_add_up() -> None:
    info = BoardInfo("b", "u", 0, "nvml", 700.0, 80_000_000_000, None, None)
    found = foresee(Arm("synthetic:mistral-7b", "nf4", 8, engine="graph"), 0, info, Reading(0, memory_used_b=0), 5)
    it = found.forecast
    assert it is not None and found.refusal is None
    assert it.total_b == it.weights_b + it.cache_b + it.activations_b + it.overhead_b
