"""The graph engine's step on the CPU, where it runs uncaptured: the tokens of generate(), whatever the model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Steps
from ecotui.core.messages import Load
from ecotui.worker.eager import EagerLoop
from ecotui.worker.engine import profiled
from ecotui.worker.failures import translate
from ecotui.worker.graph import _CAPTURE, GraphLoop, _refusal
from ecotui.worker.loaded import LoadedArm
from ecotui.worker.stamps import Stamps
from ecotui.worker.torch_engine import TorchEngine
from ecotui.worker.weights import identity
from tests.worker.models import ARCHITECTURES, save_architecture
from tests.worker.talk import arm

STEPS = 64
LONG: dict[str, Any] = {"batch_size": 2, "prompt_tokens": 12, "new_tokens": STEPS + 1}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here asks the network; one thread, since small products lose time by being shared out."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    yield
    monkeypatch.undo()
    torch.set_num_threads(threads)


def silent() -> Stamps:
    """Stamps that nobody hears."""
    return Stamps(lambda _: None, 0, 0)


def in_64_bits(loaded: LoadedArm) -> LoadedArm:
    """The same with everything that is not quantized in 64 bits.

    Attention over more slots sums in another order. Of 16 bits that is a last bit, which decides every hundredth
    choice of a random model's; of 32 it is none, but LLM.int8 rounds its inputs to 16 bits, then to 8, and on some
    processors one of millions falls on the other side; of 64 none does.
    """
    for held in [*loaded.weights.model.parameters(), *loaded.weights.model.buffers()]:
        if held.is_floating_point():
            held.data = held.data.double()
    return loaded


def both(loaded: LoadedArm) -> tuple[EagerLoop, GraphLoop]:
    """Both loops over what is loaded."""
    those = loaded.weights.model, loaded.arm, loaded.input_ids, loaded.weights.special
    return EagerLoop(*those), GraphLoop(*those)


def load(model: str = "synthetic:tiny", label: str = "fp16", **more: Any) -> LoadedArm:
    """An eager arm on the CPU."""
    return TorchEngine().load(Load(arm(model, label, **(LONG | more)), 0, "cpu", 0, 7))


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_a_static_cache_yields_the_tokens_of_generate_in_every_quantization(label: str) -> None:
    eager, graph = both(in_64_bits(load(label=label)))
    assert torch.equal(eager.call(silent(), STEPS + 1), graph.call(silent(), STEPS + 1))


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_a_static_cache_yields_the_tokens_of_generate_in_every_architecture(name: str, tmp_path: Path) -> None:
    eager, graph = both(in_64_bits(load(str(save_architecture(name, tmp_path)))))
    expected = eager.call(silent(), STEPS + 1)
    assert len(set(expected.flatten().tolist())) > 8, "a model that repeats itself shows nothing"
    assert torch.equal(expected, graph.call(silent(), STEPS + 1))


def test_a_prompt_longer_than_the_window_is_read_as_ever(tmp_path: Path) -> None:
    saved = str(save_architecture("gemma2-window", tmp_path))
    eager, graph = both(in_64_bits(load(saved, prompt_tokens=40)))
    assert torch.equal(eager.call(silent(), STEPS + 1), graph.call(silent(), STEPS + 1))


def test_a_prompt_of_one_token_is_read_as_ever() -> None:
    eager, graph = both(in_64_bits(load(prompt_tokens=1)))
    assert torch.equal(eager.call(silent(), STEPS + 1), graph.call(silent(), STEPS + 1))


def test_calls_of_other_lengths_go_on_from_the_prompt_as_the_first_did() -> None:
    eager, graph = both(in_64_bits(load(new_tokens=32)))
    whole = eager.call(silent(), 48)
    for new_tokens in (32, 1, 8, 32, 48, 16):
        assert torch.equal(graph.call(silent(), new_tokens), whole[:, :new_tokens])


def test_shorter_calls_use_the_arms_own_slots_and_longer_ones_take_more() -> None:
    _, graph = both(load(new_tokens=32))
    graph.prepare(32)
    own = graph.step
    graph.prepare(8)
    assert graph.step is own
    graph.prepare(40)
    assert graph.step.length == 12 + 40


@pytest.mark.parametrize("eos", [None, 5, [5, 6], [5, 50256]])
def test_end_tokens_are_chosen_by_neither(eos: int | list[int] | None, tmp_path: Path) -> None:
    loaded = in_64_bits(load(str(save_architecture("llama", tmp_path, eos_token_id=eos))))
    # Such a model would end at once.
    loaded.weights.model.lm_head.weight.data[5] += loaded.weights.model.lm_head.weight.data.mean(0) * 4
    eager, graph = both(loaded)
    tokens = graph.call(silent(), STEPS + 1)
    assert torch.equal(eager.call(silent(), STEPS + 1), tokens)
    if eos is not None:
        assert not (tokens == 5).any()


@pytest.mark.parametrize("eos", [50256, 512, -1])
def test_an_end_token_that_the_vocabulary_does_not_have_is_none_to_either_engine(eos: int, tmp_path: Path) -> None:
    eager, graph = both(in_64_bits(load(str(save_architecture("llama", tmp_path, eos_token_id=eos)))))
    assert torch.equal(eager.call(silent(), STEPS + 1), graph.call(silent(), STEPS + 1))


def test_every_token_has_a_stamp_and_none_is_after_the_call() -> None:
    heard: list[Steps] = []
    loaded = load(engine="graph", new_tokens=16)
    stamps = Stamps(heard.append, 3, 4)
    before = time.monotonic_ns()
    assert loaded.generate(stamps) == 2 * 16
    stamps.end()
    after = time.monotonic_ns()
    times = [s.base_ns + sum(s.delta_ns[:i]) for s in heard for i in range(len(s.delta_ns) + 1)]
    assert len(times) == 17 and before <= times[0] and times[-1] <= after
    assert all(a < b for a, b in pairwise(times))
    assert (times[1] - times[0]) + sum(b - a for a, b in pairwise(times[1:])) == times[-1] - times[0]


def test_facts_say_that_a_cpu_captures_nothing() -> None:
    facts = load(engine="graph").resident.facts
    assert (facts["engine"], facts["cache"], facts["cache_length"]) == ("graph", "static", "77")
    assert facts["captured"] == "no: the CPU has no CUDA graphs"
    assert float(facts["static_against_dynamic_pct"]) < 1


def test_decoding_steps_of_a_graph_arm_are_examined() -> None:
    assert load(engine="graph", new_tokens=8).examine() == profiled(6)


def test_arms_that_differ_in_batch_length_and_engine_share_weights() -> None:
    engine = TorchEngine()
    one = engine.load(Load(arm(), 0, "cpu", 0, 7))
    more = {"engine": "graph", "batch_size": 1, "new_tokens": 8}
    other = engine.load(Load(arm(**more), 1, "cpu", 0, 7, keep=True))
    assert other.weights is one.weights
    assert (other.resident.parameters, other.resident.weights_b) == (one.resident.parameters, one.resident.weights_b)


def test_arms_of_another_quantization_seed_or_recipe_have_weights_of_their_own() -> None:
    said = [Load(arm(**own), 0, "cpu", 0, seed) for own, seed in (({}, 7), ({}, 8), ({"outliers": False}, 7))]
    said.append(Load(arm(quantization="bf16"), 0, "cpu", 0, 7))
    assert len({identity(command) for command in said}) == 4


def refused(model: str, **more: Any) -> str:
    """What the operator is told of a graph arm."""
    with pytest.raises(WorkerError) as caught:
        load(model, engine="graph", **more)
    told = translate(caught.value, "loading")
    assert "--engine eager" in told.advice
    return told.what


def test_frequencies_that_change_within_a_call_are_refused(tmp_path: Path) -> None:
    what = refused(str(save_architecture("phi3-long", tmp_path)), new_tokens=200)
    assert what == (
        "The model changes the frequencies of its positions beyond 128 positions, and 212 are asked for: "
        "no captured step can follow that."
    )


@pytest.mark.parametrize("kind", ["bloom", "falcon"])
def test_code_that_is_not_made_for_a_static_cache_is_refused_in_words_and_runs_eager(kind: str, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    own: dict[str, Any] = {"bloom": {"n_layer": 2, "n_head": 4}}.get(kind, {"num_attention_heads": 4, "alibi": True})
    config = AutoConfig.for_model(kind, vocab_size=512, hidden_size=64, num_hidden_layers=2, **own)
    AutoModelForCausalLM.from_config(config, dtype=torch.float16).save_pretrained(tmp_path)
    assert refused(str(tmp_path), new_tokens=8).startswith(
        f"{kind.title()}ForCausalLM cannot decode with a static cache, which a captured step needs: its code is not "
        "made for one (ValueError: "
    )
    assert load(str(tmp_path), new_tokens=8).generate(silent()) == 2 * 8


def test_layers_that_remember_something_else_are_refused(tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    small = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    config = AutoConfig.for_model("lfm2", **small, num_attention_heads=4, num_key_value_heads=2)
    config.layer_types = ["conv", "full_attention"]
    AutoModelForCausalLM.from_config(config, dtype=torch.float16).save_pretrained(tmp_path)
    assert refused(str(tmp_path)).startswith("The model's lfm2 layers remember more than keys and values (Linear")


def test_a_model_that_pays_no_heed_to_the_mask_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecotui.worker import slots

    monkeypatch.setattr(slots.Masks, "_mask", lambda self, _: torch.zeros(1, 1, 1, self._length, dtype=self._dtype))
    what = refused("synthetic:tiny")
    assert what.startswith("LlamaForCausalLM computes something else with a static cache than with one that grows")


def test_int8_with_a_threshold_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(Exception, match="reads a flag back to the host in every linear layer") as caught:
        load(label="int8", engine="graph")
    assert "--engine eager" in translate(caught.value, "loading").advice


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RuntimeError("CUDA error: operation not permitted when stream is capturing"), "it waits for the device, or"),
        (RuntimeError("cudaErrorStreamCaptureInvalidated"), "it waits for the device, or reads from it, within"),
        (TypeError("forward() got an unexpected\nkeyword"), "its code fails while a step is recorded (TypeError: f"),
    ],
)
def test_a_capture_that_fails_is_one_sentence(error: Exception, why: str) -> None:
    told = _refusal(torch.nn.Linear(1, 1), error, _CAPTURE)
    assert told.what.startswith(f"Linear cannot be captured in a CUDA graph: {why}")
    assert told.advice == "Measure it with --engine eager."


def test_a_model_whose_forward_fails_is_refused_and_its_step_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecotui.worker import graph as module

    def failing(*_: Any) -> None:
        raise TypeError("forward() takes no mask of four dimensions")

    monkeypatch.setattr(module, "_difference", failing)
    _, graph = both(load())
    with pytest.raises(WorkerError, match=r"its code is not made for one \(TypeError: forward"):
        graph.prepare(8)
    assert graph.pool_b == 0 and graph._step is None
