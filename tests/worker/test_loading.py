"""Checkpoints in every state that they are found in, loaded in this process."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import torch
from transformers import AutoConfig, LlamaConfig, LlamaForCausalLM

from ecotui.core import shapes
from ecotui.core.arm import Arm
from ecotui.core.errors import EcotuiError
from ecotui.core.messages import Load
from ecotui.worker import census, prompt, synthetic
from ecotui.worker.failures import translate
from ecotui.worker.stamps import Stamps
from ecotui.worker.torch_engine import TorchEngine
from tests.worker.models import edit, make_noisy, save_tiny
from tests.worker.talk import arm

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound checkpoint."""
    return save_tiny(tmp_path_factory.mktemp("loading") / "tiny")


@pytest.fixture
def saved(original: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may damage."""
    return shutil.copytree(original, tmp_path / "tiny")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here asks the network, and torch keeps its threads."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)


def refused(wanted: Arm) -> EcotuiError:
    """What the operator is told when the arm is loaded."""
    with pytest.raises(Exception) as caught:
        TorchEngine().load(Load(wanted, 0, "cpu", 0, 7))
    told = translate(caught.value, "loading")
    assert told.advice
    return told


def generated(wanted: Arm) -> torch.Tensor:
    """The tokens of one call."""
    loaded = TorchEngine().load(Load(wanted, 0, "cpu", 0, 7))
    out: torch.Tensor = loaded.weights.model.generate(loaded.input_ids)
    return out


def test_a_checkpoints_sampling_settings_change_nothing(original: Path, saved: Path) -> None:
    path = saved / "generation_config.json"
    edit(
        path,
        do_sample=True,
        temperature=5.0,
        top_k=3,
        repetition_penalty=9.0,
        no_repeat_ngram_size=2,
        max_length=5,
        max_new_tokens=3,
        num_beams=4,
        cache_implementation="static",
        suppress_tokens=list(range(2000)),
    )
    assert torch.equal(generated(arm(str(saved))), generated(arm(str(original))))


@pytest.mark.parametrize("eos", [None, 5, [5, 6]])
def test_end_tokens_of_any_form_yield_exactly_n_tokens(saved: Path, eos: int | list[int] | None) -> None:
    edit(saved / "generation_config.json", eos_token_id=eos, pad_token_id=None)
    edit(saved / "config.json", eos_token_id=eos, pad_token_id=None)
    loaded = TorchEngine().load(Load(arm(str(saved)), 0, "cpu", 0, 7))
    assert loaded.generate(Stamps(lambda _: None, 0, 0)) == 2 * 16


def test_a_folder_without_a_config_is_named(tmp_path: Path) -> None:
    assert refused(arm(str(tmp_path))).what == f"The folder {tmp_path} holds no config.json."


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "There is no folder" in refused(arm(str(tmp_path / "none"))).what


def test_missing_weights(saved: Path) -> None:
    (saved / "model.safetensors").unlink()
    assert "missing" in refused(arm(str(saved))).what


@pytest.mark.parametrize("kept", [0, 5, 100_000])
def test_damaged_weights(saved: Path, kept: int) -> None:
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    assert "cannot be read" in refused(arm(str(saved))).what


def test_a_checkpoint_with_gaps_is_refused_rather_than_filled_with_random_numbers(saved: Path) -> None:
    edit(saved / "config.json", num_hidden_layers=5)
    told = refused(arm(str(saved)))
    assert told.what.startswith("The checkpoint lacks 9 of the model's weights, among them model.layers.4.")


def test_a_config_that_is_no_json(saved: Path) -> None:
    (saved / "config.json").write_text("{")
    assert "is not JSON" in refused(arm(str(saved))).what


def test_a_model_that_is_no_language_model(saved: Path) -> None:
    (saved / "config.json").write_text('{"model_type": "vit"}')
    assert "causal language model" in refused(arm(str(saved))).what


def test_an_architecture_that_nobody_knows(saved: Path) -> None:
    edit(saved / "config.json", model_type="llama-99")
    assert "does not know this model's architecture" in refused(arm(str(saved))).what


def test_code_of_a_models_author_needs_the_flag(saved: Path) -> None:
    told = refused(arm(str(make_noisy(saved))))
    assert "brings its own Python code" in told.what
    assert "--trust-remote-code" in told.advice


@pytest.mark.parametrize("label", ["nf4", "fp16"])
def test_a_checkpoint_that_is_quantized_already_is_refused(saved: Path, label: str) -> None:
    edit(saved / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    assert refused(arm(str(saved), label)).what == (
        f"The checkpoint is quantized already (gptq), so it cannot be measured as {label}."
    )


def test_an_arm_longer_than_the_models_positions_is_refused() -> None:
    told = refused(arm(new_tokens=4096))
    assert told.what == "8 prompt and 4096 new tokens are 4104 positions; the model has 4096."


def test_a_misspelt_synthetic_model_gives_near_matches() -> None:
    assert "Did you mean synthetic:tiny" in refused(arm("synthetic:tinyy")).advice


def test_cuda_without_a_card_is_one_sentence() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    with pytest.raises(EcotuiError, match="cannot use a GPU"):
        TorchEngine().load(Load(arm(), 0, "cuda", 0, 7))


@pytest.mark.parametrize("label", ["fp16", "nf4", "int8"])
def test_tied_embeddings_stay_tied_and_count_once(label: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = shapes.shape("tiny")
    tied = replace(tiny, name="tied", fields=MappingProxyType({**tiny.fields, "tie_word_embeddings": True}))
    monkeypatch.setattr(shapes, "SHAPES", {"tied": tied})
    loaded = TorchEngine().load(Load(arm("synthetic:tied", label), 0, "cpu", 0, 7))
    resident, model = loaded.resident, loaded.weights.model
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert resident.parameters == tied.parameters() == tiny.parameters() - 4096 * 256


@pytest.mark.parametrize("name", ["qwen2", "llama"])
def test_a_source_in_the_hosts_memory_is_of_the_same_kind(name: str) -> None:
    small = {"vocab_size": 512, "hidden_size": 256, "intermediate_size": 256, "num_hidden_layers": 1}
    config = AutoConfig.for_model(name, **small, num_attention_heads=2, num_key_value_heads=2, tie_word_embeddings=True)
    model = synthetic.random_on_host(config, torch.float16, CPU, 1)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    for key, parameter in model.named_parameters():
        values = parameter.float()
        if parameter.ndim == 2:
            assert values.std().item() == pytest.approx(0.02, rel=0.05)
        else:
            assert torch.all(values == (0.0 if key.endswith("bias") else 1.0))


def test_the_same_seed_gives_the_same_weights_and_prompt() -> None:
    assert torch.equal(generated(arm()), generated(arm("SYNTHETIC:Tiny")))


def test_a_prompt_avoids_special_ids() -> None:
    ids = prompt.input_ids(50, 50, 8, [0, 1, 2, 99], 1)
    assert ids.shape == (50, 50)
    assert set(ids.flatten().tolist()) == {3, 4, 5, 6, 7}


def test_bytes_of_shared_memory_count_once() -> None:
    config = LlamaConfig(
        vocab_size=64, hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1
    )
    config.tie_word_embeddings = True
    model = LlamaForCausalLM(config)
    buffers = sum(b.numel() * b.element_size() for b in model.buffers())
    assert census.weights_b(model) == 4 * census.parameters(model) + buffers
