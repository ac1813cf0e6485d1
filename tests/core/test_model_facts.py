"""What a config.json tells, and what of it is not believed."""

import pytest

from ecotui.core.arm import Arm
from ecotui.core.forecast import forecast
from ecotui.core.model_facts import facts_of_config, facts_of_shape
from ecotui.core.model_fit import fits, most_rows
from ecotui.core.room import Room
from ecotui.core.shapes import SHAPES, shape
from tests.hub import LLAMA


@pytest.mark.parametrize("name", SHAPES)
def test_a_shapes_parameters_are_those_that_its_dimensions_come_to(name: str) -> None:
    facts = facts_of_shape(shape(name))
    assert facts.dimensions is not None
    assert facts.parameters == facts.dimensions.linear_weights + facts.dimensions.other_weights
    assert facts.graph == "yes"


@pytest.mark.parametrize(
    ("changes", "graph", "word"),
    [
        ({}, "yes", "as far as"),
        ({"layer_types": ["full_attention", "sliding_attention"]}, "yes", "as far as"),
        ({"layer_types": ["full_attention", "linear_attention"]}, "no", "linear attention"),
        ({"state_size": 16}, "no", "recurrent"),
        ({"model_type": "bloom"}, "no", "ALiBi"),
        ({"model_type": "falcon", "alibi": True}, "no", "ALiBi"),
        ({"model_type": "falcon", "alibi": False}, "yes", "as far as its config tells"),
        ({"is_encoder_decoder": True}, "no", "decoder"),
        ({"num_local_experts": 8}, "not known", "experts"),
        ({"auto_map": {"AutoModelForCausalLM": "x.Y"}}, "not known", "own code"),
    ],
)
def test_whether_a_step_can_be_captured_is_said_with_its_reason(
    changes: dict[str, object], graph: str, word: str
) -> None:
    facts = facts_of_config(LLAMA | changes)
    assert facts.graph == graph and word in facts.graph_why


def test_fields_that_make_no_sense_are_not_known() -> None:
    facts = facts_of_config(LLAMA | {"hidden_size": 10**400, "num_hidden_layers": "many", "architectures": 3})
    assert (facts.hidden, facts.layers, facts.architecture, facts.dimensions) == (None, None, "", None)
    assert facts_of_config(LLAMA | {"vocab_size": 10**400}).dimensions is None
    assert facts_of_config({"layer_types": [[1], {}], "text_config": []}).dimensions is None


def test_the_inner_config_of_a_wrapped_decoder_is_read() -> None:
    facts = facts_of_config({"model_type": "wrapped", "text_config": LLAMA, "vision_config": {}})
    assert (facts.layers, facts.context) == (32, 131072)


def test_every_quantization_is_weighed_by_the_forecast() -> None:
    facts, arm = facts_of_config(LLAMA), Arm("org/x", batch_size=4)
    found = {it.quantization: it for it in fits(facts, arm, Room(17_000_000_000))}
    assert (found["fp16"].word, found["nf4"].word) == ("no", "fits")
    assert facts.dimensions is not None
    assert found["fp16"].total_b == forecast(facts.dimensions, arm, free_b=None).total_b
    assert most_rows(facts, arm, Room(10**9)) is None and (most_rows(facts, arm, Room(40 * 10**9)) or 0) > 4


def test_nothing_is_said_of_a_checkpoint_that_is_refused_or_a_board_nobody_sees() -> None:
    quantized = facts_of_config(LLAMA | {"quantization_config": {"quant_method": "gptq"}})
    assert {it.word for it in fits(quantized, Arm("x"), Room(10**12))} == {"not known"}
    unseen = fits(facts_of_config(LLAMA), Arm("x"), Room())
    assert all(it.word == "not known" and it.total_b for it in unseen)
