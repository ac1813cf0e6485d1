"""The worker on a card: weights and statistics lie there, and the allocator agrees with the count.

One process serves all tests in their order, since importing torch costs more than any of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.events import Examined, Resident
from ecotui.core.messages import Examine, Failed, Measure, Measured, WarmUp
from ecotui.core.shapes import shape
from tests.worker.checks import Heard, check, run_arm
from tests.worker.talk import Worker, arm

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="needs an NVIDIA GPU"),
]
TINYLLAMA = shape("tinyllama-1.1b")
BYTES_A_WEIGHT = {"fp16": 2.0, "bf16": 2.0, "nf4": 0.5625, "nf4-dq": 0.516, "int8": 1.001, "int8-pure": 1.001}


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that runs."""
    with Worker(tmp_path_factory.mktemp("gpu")) as started:
        started.ready()
        yield started


@pytest.fixture(scope="module")
def heard(worker: Worker) -> dict[str, Heard]:
    """Every quantization of TinyLlama in turn."""
    wanted = {label: arm("synthetic:tinyllama-1.1b", label) for label in QUANTIZATIONS}
    return {label: run_arm(worker, wanted[label], i, "cuda", 0.5) for i, label in enumerate(wanted)}


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_tokens_and_stamps_are_exact_on_a_card(heard: dict[str, Heard], label: str) -> None:
    check(heard[label])


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_all_weights_lie_on_the_card_and_no_source_stays_behind(heard: dict[str, Heard], label: str) -> None:
    resident, measured = heard[label].resident, heard[label].measured
    linear = TINYLLAMA.linear_parameters()
    assert resident.parameters == TINYLLAMA.published_parameters
    assert resident.facts["weights_on"] == "cuda:0" == resident.device.split()[0]
    expected_b = linear * BYTES_A_WEIGHT[label] + 2 * (resident.parameters - linear)
    assert resident.weights_b == pytest.approx(expected_b, rel=0.01)
    # The matrix library's workspace of 32 MiB stays from the arm before.
    assert int(resident.facts["allocated_b"]) == pytest.approx(resident.weights_b, abs=64_000_000)
    assert measured.memory_peak_b is not None
    assert resident.weights_b < measured.memory_peak_b < resident.weights_b + 500_000_000


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_the_linear_layers_are_of_the_class_that_the_label_says(heard: dict[str, Heard], label: str) -> None:
    layers = heard[label].resident.layers
    kind = {"nf4": "Linear4bit", "nf4-dq": "Linear4bit", "int8": "Linear8bitLt", "int8-pure": "Linear8bitLt"}
    expected = {kind[label]: 154, "Linear": 1} if label in kind else {"Linear": 155}
    assert layers == expected


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_a_decode_row_meets_3_to_8_outlier_columns_a_linear_layer(heard: dict[str, Heard], label: str) -> None:
    resident = heard[label].resident
    assert resident.outliers and resident.outliers.layers == 154
    assert 3 <= resident.outliers.decode_mean <= 8
    assert resident.facts.get("decomposition") == ("exercised" if label == "int8" else None)


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_bytes_of_a_step_are_weights_without_the_input_embedding_and_cache(heard: dict[str, Heard], label: str) -> None:
    resident = heard[label].resident
    assert resident.step_weights_b == resident.weights_b - 2 * 32_000 * 2048
    assert resident.step_cache_b == 22 * 2 * 4 * 64 * 2


def test_fp16_logits_with_outlier_channels_are_those_without() -> None:
    import torch

    from ecotui.core.arm import quantization
    from ecotui.worker import synthetic

    def logits(carry: bool) -> torch.Tensor:
        model = synthetic.build(TINYLLAMA, quantization("fp16"), torch.device("cuda"), 7, carry=carry).eval()
        ids = torch.arange(3, 3 + 4 * 16, device="cuda").reshape(4, 16)
        with torch.inference_mode():
            return torch.Tensor(model(ids, logits_to_keep=1).logits.double().cpu())

    without, carrying = logits(False), logits(True)
    torch.cuda.empty_cache()
    assert (without - carrying).norm() <= 1e-3 * without.norm()


@pytest.mark.parametrize("label", ["fp16", "nf4", "int8"])
def test_decoding_steps_are_examined(worker: Worker, label: str) -> None:
    worker.load(arm("synthetic:tinyllama-1.1b", label), device="cuda")
    worker.until(Resident)
    worker.send(Examine())
    examined = worker.until(Examined)[1]
    assert examined.steps == 6
    assert examined.kernel_ms and examined.kernel_ms > 0
    assert examined.kernels and examined.kernels > 154
    # Each step's tokens are copied to the host; LLM.int8 with a threshold asks every layer whether it has outliers.
    assert examined.waits and examined.waits >= (154 if label == "int8" else 1)


def test_a_window_of_another_length_yields_exactly_its_tokens(worker: Worker) -> None:
    worker.load(arm("synthetic:tinyllama-1.1b"), device="cuda")
    for window, new_tokens in enumerate((4, 32), 1):
        worker.send(Measure(window, 0.2, new_tokens))
        measured = worker.until(Measured)[1]
        assert measured.tokens == measured.tokens_expected == measured.calls * 2 * new_tokens


@pytest.mark.parametrize("label", ["fp16", "nf4"])
def test_a_7b_model_is_built_and_quantized_in_seconds(worker: Worker, label: str) -> None:
    one = run_arm(worker, arm("synthetic:mistral-7b", label), 0, "cuda", 0.5)
    check(one)
    assert one.resident.load_s < 30


def test_out_of_memory_is_one_sentence_that_names_a_way_out(worker: Worker) -> None:
    assert worker.stderr.read_text() == ""
    worker.load(arm(batch_size=100_000, prompt_tokens=4000), device="cuda")
    worker.send(WarmUp())
    while not isinstance(said := worker.reply(), Failed):
        assert said is not None
    assert said.what == "The GPU ran out of memory while warming up."
    assert "--batch-size" in said.advice
    assert worker.exit_code() == 1
