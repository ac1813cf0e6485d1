"""The shipped shapes against transformers' own models and the published counts."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from ecotui.core.errors import UsageError
from ecotui.core.shapes import SHAPES, Shape, shape
from ecotui.worker.synthetic import fields


@pytest.mark.parametrize("it", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_has_the_published_parameters_to_the_last_one(it: Shape) -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(it.model_type, **fields(it)))
    linear = sum(
        m.weight.numel() for n, m in model.named_modules() if isinstance(m, torch.nn.Linear) and n != "lm_head"
    )
    assert it.parameters() == model.num_parameters() == it.published_parameters
    assert it.linear_parameters() == linear


@pytest.mark.parametrize("it", SHAPES.values(), ids=list(SHAPES))
def test_every_field_is_one_that_the_config_class_knows(it: Shape) -> None:
    plain = AutoConfig.for_model(it.model_type)
    assert [name for name in it.fields if not hasattr(plain, name)] == []


def test_the_tiny_shape_is_a_multiple_of_64_everywhere() -> None:
    fields = shape("tiny").fields
    for name in ("hidden_size", "intermediate_size", "vocab_size", "head_dim"):
        assert fields[name] % 64 == 0


def test_names_are_found_whatever_their_case() -> None:
    assert shape("Synthetic:Mistral-7B").title == "Mistral-7B v0.3"


def test_a_misspelt_shape_gives_near_matches() -> None:
    with pytest.raises(UsageError) as caught:
        shape("synthetic:mistral7b")
    assert "Did you mean synthetic:mistral-7b" in caught.value.advice
    assert "llama-3.1-8b" in caught.value.advice
