"""The worker with torch on the CPU: one process for all quantizations, and for a checkpoint of its own making."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.events import Examined, Resident, Steps
from ecotui.core.messages import Examine, Failed, Load, Measure, Measured, Quit, Ready, WarmUp
from tests.worker.checks import Heard, check, put_together, run_arm
from tests.worker.models import make_noisy, save_tiny
from tests.worker.talk import Worker, arm

LINEAR = {
    "fp16": {"Linear": 29},
    "bf16": {"Linear": 29},
    "nf4": {"Linear4bit": 28, "Linear": 1},
    "nf4-dq": {"Linear4bit": 28, "Linear": 1},
    "int8": {"Linear8bitLt": 28, "Linear": 1},
    "int8-pure": {"Linear8bitLt": 28, "Linear": 1},
}
IN_BLOCKS = 2_949_120
"""Weights of the tiny shape's 28 quantized layers: 4 · (256·256·2 + 2·256·128 + 3·256·704)."""
OTHERS_B = 2 * (5_048_576 - IN_BLOCKS) + 2 * 32 * 4
"""Embeddings and norms in 16 bits, and two 32-bit rotary tables."""
ROWS_B = 4 * 4 * (256 + 2 * 128 + 256 + 2 * 704 + 256)
"""A 32-bit scale for every output row of the 28 layers."""
WEIGHTS_B = {
    "fp16": 2 * IN_BLOCKS,
    "bf16": 2 * IN_BLOCKS,
    "nf4": IN_BLOCKS // 2 + 4 * IN_BLOCKS // 64 + 28 * 16 * 4,
    "int8": IN_BLOCKS + ROWS_B,
    "int8-pure": IN_BLOCKS + ROWS_B,
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Worker, Ready, dict[str, Heard]]]:
    """A worker that has run every quantization and a checkpoint in turn."""
    folder = tmp_path_factory.mktemp("worker")
    saved = save_tiny(folder / "saved")
    with Worker(folder) as worker:
        ready = worker.ready()
        heard = {label: run_arm(worker, arm(quantization=label), i) for i, label in enumerate(QUANTIZATIONS)}
        heard["checkpoint"] = run_arm(worker, arm(str(saved), "nf4"), 6)
        yield worker, ready, heard


Session = tuple[Worker, Ready, dict[str, Heard]]


def test_ready_names_the_versions(session: Session) -> None:
    assert {"python", "torch", "transformers", "bitsandbytes"} <= set(session[1].versions)


@pytest.mark.parametrize("label", [*QUANTIZATIONS, "checkpoint"])
def test_tokens_and_stamps_are_exact(session: Session, label: str) -> None:
    check(session[2][label])


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_what_lies_on_the_device_is_counted(session: Session, label: str) -> None:
    resident = session[2][label].resident
    assert resident.parameters == 5_048_576
    assert resident.layers == LINEAR[label]
    assert (resident.weights, resident.device) == ("random", "cpu")
    assert session[2][label].measured.memory_peak_b is None
    if label in WEIGHTS_B:
        assert resident.weights_b == WEIGHTS_B[label] + OTHERS_B


def test_double_quantization_makes_the_weights_smaller(session: Session) -> None:
    heard = session[2]
    assert heard["nf4-dq"].resident.weights_b < heard["nf4"].resident.weights_b


@pytest.mark.parametrize("label", list(QUANTIZATIONS))
def test_facts_say_what_ran(session: Session, label: str) -> None:
    facts = session[2][label].resident.facts
    assert facts["dtype"] == QUANTIZATIONS[label].dtype
    assert facts["architecture"] == "LlamaForCausalLM"
    assert (facts["compiled"], facts["cache"], facts["attention"]) == ("no", "dynamic", "sdpa")
    assert (facts["seed"], facts["vocabulary"], facts["shape"]) == ("7", "4096", "tiny")
    assert facts["weights_on"] == "cpu"
    assert ("bitsandbytes" in facts) == (QUANTIZATIONS[label].bitsandbytes is not None)


def test_all_arms_got_the_same_prompt(session: Session) -> None:
    hashes = {h.resident.facts["input_ids_sha256"] for h in session[2].values()}
    assert len(hashes) == 1
    assert len(hashes.pop()) == len(hashlib.sha256().hexdigest())


def test_a_saved_checkpoint_is_quantized_as_a_synthetic_one(session: Session) -> None:
    checkpoint, synthetic = session[2]["checkpoint"].resident, session[2]["nf4"].resident
    assert checkpoint.weights == "checkpoint"
    assert (checkpoint.layers, checkpoint.weights_b) == (synthetic.layers, synthetic.weights_b)
    assert checkpoint.parameters == synthetic.parameters


def test_outlier_columns_are_counted_and_recorded(session: Session) -> None:
    for label, heard in session[2].items():
        found = heard.resident.outliers
        assert found and found.layers == 28, label
        assert (found.decode_mean > 3) == (found.without_pct == 0.0), label


def test_a_window_of_another_length_yields_exactly_its_tokens(session: Session) -> None:
    worker = session[0]
    for window, new_tokens in enumerate((1, 5, 40), 2):
        worker.send(Measure(window, 0.1, new_tokens))
        during, measured = worker.until(Measured)
        stamps = put_together([r for r in during if isinstance(r, Steps)])
        assert {len(s) for s in stamps.values()} == {new_tokens + 1}
        assert measured.calls == len(stamps)
        assert measured.tokens == measured.tokens_expected == measured.calls * 2 * new_tokens


def test_decoding_steps_are_examined_without_figures_on_a_cpu(session: Session) -> None:
    worker = session[0]
    worker.send(Examine())
    before, examined = worker.until(Examined)
    assert before == []
    assert replace(examined, at_ns=0) == Examined(0, 6, steps=6)


def test_nothing_was_logged_and_quit_ends_in_order(session: Session) -> None:
    worker = session[0]
    worker.send(Quit())
    assert worker.reply() is None
    assert worker.exit_code() == 0
    assert worker.stderr.read_text() == ""


def test_a_window_longer_than_the_models_positions_is_refused(tmp_path: Path) -> None:
    with Worker(tmp_path) as worker:
        worker.load(arm())
        worker.send(Measure(1, 0.1, 5000))
        while not isinstance(said := worker.reply(), Failed):
            assert said is not None
        assert said.what == "8 prompt and 5000 new tokens are 5008 positions; the model has 4096."


def test_closing_stdin_ends_the_process_in_the_middle_of_generate(tmp_path: Path) -> None:
    with Worker(tmp_path) as worker:
        worker.load(arm(new_tokens=4000))
        worker.send(WarmUp())
        worker.until(Steps)
        worker.hang_up()
        assert worker.exit_code() == 0


def test_a_broken_bitsandbytes_stops_the_arms_that_need_it_alone(tmp_path: Path) -> None:
    broken = tmp_path / "path" / "bitsandbytes"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError('libcudart.so.13: cannot open\\x1b[0m shared object file')")
    with Worker(tmp_path, env={"PYTHONPATH": str(broken.parent)}) as worker:
        worker.ready()
        check(run_arm(worker, arm(quantization="fp16")))
        worker.load(arm(quantization="nf4"))
        said = worker.reply()
        assert isinstance(said, Failed)
        assert said.what == "bitsandbytes cannot be imported: libcudart.so.13: cannot open [0m shared object file."
        assert "measure fp16 or bf16" in said.advice
        assert worker.exit_code() == 1
        assert "Traceback" in worker.stderr.read_text()


def test_a_model_that_is_nowhere_is_one_sentence_and_no_traceback_on_the_pipe(tmp_path: Path) -> None:
    with Worker(tmp_path) as worker:
        worker.ready()
        worker.load(arm("TinyLama/1.1B"))
        said = worker.reply()
        assert isinstance(said, Failed)
        assert said.what == (
            "The model is not in the local cache and the hub cannot be reached (loading TinyLama/1.1B as fp16)."
        )
        assert "spelling" in said.advice
        assert worker.reply() is None
        assert worker.exit_code() == 1


def test_prints_of_a_library_never_reach_the_pipe(tmp_path: Path) -> None:
    noisy = make_noisy(save_tiny(tmp_path / "noisy"))
    with Worker(tmp_path) as worker:
        worker.ready()
        check(run_arm(worker, arm(str(noisy), trust_remote_code=True)))
        log = worker.stderr.read_text()
        assert "a library prints on import" in log
        assert "past Python's own stdout" in log


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker that holds one arm twice: in generate(), and as the graph's."""
    with Worker(tmp_path_factory.mktemp("both")) as worker:
        for number, engine in enumerate(("eager", "graph")):
            worker.send(Load(arm(engine=engine), number, "cpu", 0, 7, keep=True))
            resident = worker.until(Resident)[1]
            assert (resident.arm, resident.facts["engine"]) == (number, engine)
        yield worker


def test_both_engines_of_one_arm_are_kept_and_measured_by_turns(both: Worker) -> None:
    steps: list[Steps] = []
    for window, number in enumerate((0, 1, 1, 0), 1):
        both.send(WarmUp(arm=number))
        both.send(Measure(window, 0.05, arm=number))
        before, measured = both.until(Measured)
        assert measured.tokens == measured.tokens_expected
        steps += [s for s in before if isinstance(s, Steps)]
    assert len(steps) == len({(s.arm, s.call, s.first) for s in steps})
    for number in (0, 1):
        stamps = put_together([s for s in steps if s.arm == number])
        assert sorted(stamps) == list(range(len(stamps))) and len(stamps) >= 4
        assert {len(s) for s in stamps.values()} == {17}
    assert both.stderr.read_text() == ""


def test_what_cannot_be_captured_is_one_sentence(both: Worker) -> None:
    both.load(arm(quantization="int8", engine="graph"))
    said = both.reply()
    assert isinstance(said, Failed)
    assert said.what.startswith("int8 cannot be captured in a CUDA graph: with a threshold, LLM.int8 reads a flag")
    assert "--engine eager" in said.advice
