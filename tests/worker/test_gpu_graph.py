"""The graph engine on a card: captured steps choose the tokens of generate(), and the host does not wait for them.

In this process, since tokens and traces are looked at; the worker of test_gpu.py speaks of figures alone.
"""

from __future__ import annotations

import gc
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Examined, Resident, Steps
from ecotui.core.messages import Examine, Failed, Load, Measure, Measured, WarmUp
from ecotui.core.shapes import SHAPES
from tests.worker.checks import check, put_together, run_arm
from tests.worker.models import ARCHITECTURES, save_architecture
from tests.worker.talk import Worker, arm

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="needs an NVIDIA GPU"),
]
STEPS = 64
LONG: dict[str, Any] = {"batch_size": 2, "prompt_tokens": 16, "new_tokens": STEPS + 1}
CAPTURED = [label for label, it in QUANTIZATIONS.items() if not it.threshold]
WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy")


@pytest.fixture
def engine() -> Iterator[Any]:
    """An engine in this process, whose arms are gone after the test."""
    from ecotui.worker.device import release
    from ecotui.worker.torch_engine import TorchEngine

    yield TorchEngine()
    release()


def silent() -> Any:
    """Stamps that nobody hears."""
    from ecotui.worker.stamps import Stamps

    return Stamps(lambda _: None, 0, 0)


def both(engine: Any, model: str, label: str = "fp16", **more: Any) -> tuple[Any, Any]:
    """An eager arm and a graph arm of the same weights."""
    kept = []
    for number, name in enumerate(("eager", "graph")):
        wanted = arm(model, label, engine=name, **(LONG | more))
        kept.append(engine.load(Load(wanted, number, "cuda", 0, 7, keep=bool(number))))
    assert kept[0].weights is kept[1].weights
    return kept[0], kept[1]


def agree(eager: Any, graph: Any) -> None:
    """Equal tokens; or, where a row first differs, logits that lie within what 16 bits round away."""
    import torch

    theirs = eager.loop.call(silent(), STEPS + 1).cpu()
    ours = graph.loop.call(silent(), STEPS + 1)
    assert len(set(theirs.flatten().tolist())) > 8, "a model that repeats itself shows nothing"
    # The step between neighbours among the numbers that the linear layers compute with.
    eps = 1 / 127 if "int8" in eager.arm.quantization else torch.finfo(eager.weights.model.dtype).eps
    for row in range(len(theirs)):
        different = (theirs[row] != ours[row]).nonzero().flatten().tolist()
        if not different:
            continue
        at = different[0]
        read = torch.cat([eager.input_ids[row].cpu(), theirs[row, :at]])[None].to(eager.input_ids.device)
        with torch.no_grad():
            logits = eager.weights.model(input_ids=read).logits[0, -1].float()
        gap = abs(float(logits[theirs[row, at]] - logits[ours[row, at]]))
        # Every layer rounds: that adds up to some steps, of a number as large as a logit.
        most = (8 if "int8" in eager.arm.quantization else 16) * eps * float(logits.abs().max())
        assert gap <= most, (row, at, gap, most)


def uncaptured(graph: Any) -> Any:
    """The tokens of the same step without its graph, kernel by kernel."""
    import torch

    step = graph.loop.step
    step.prefill()
    with torch.no_grad():
        for _ in range(step.new_tokens - 1):
            step._step()
    return step.chosen.cpu()


@pytest.mark.parametrize("label", CAPTURED)
def test_a_captured_step_chooses_the_tokens_of_generate_in_every_quantization(engine: Any, label: str) -> None:
    import torch

    eager, graph = both(engine, "synthetic:tinyllama-1.1b", label)
    assert graph.resident.facts["captured"] == "yes"
    agree(eager, graph)
    assert torch.equal(uncaptured(graph), graph.loop.call(silent(), STEPS + 1))


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_a_captured_step_chooses_the_tokens_of_generate_in_every_architecture(
    engine: Any, name: str, tmp_path: Path
) -> None:
    agree(*both(engine, str(save_architecture(name, tmp_path))))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_captured_step_chooses_the_tokens_of_generate_in_every_synthetic_shape(engine: Any, shape: str) -> None:
    rows = 8 if shape == "tiny" else 1  # one row of the smallest soon repeats itself
    eager, graph = both(engine, f"synthetic:{shape}", batch_size=rows)
    assert graph.resident.facts["captured"] == "yes"
    agree(eager, graph)


def test_a_7b_step_is_captured_at_batch_8(engine: Any) -> None:
    agree(*both(engine, "synthetic:mistral-7b", batch_size=8))


def test_calls_repeat_themselves_and_shorter_ones_begin_like_the_whole(engine: Any) -> None:
    import torch

    _, graph = both(engine, "synthetic:tinyllama-1.1b")
    whole = graph.loop.call(silent(), STEPS + 1)
    for new_tokens in (STEPS + 1, 8, 1, STEPS + 1):
        assert torch.equal(graph.loop.call(silent(), new_tokens), whole[:, :new_tokens])


def test_graphs_of_several_lengths_and_batches_stay_right_beside_each_other(engine: Any) -> None:
    import torch

    small = {"batch_size": 1, "new_tokens": 24, "engine": "graph"}
    one = engine.load(Load(arm("synthetic:tinyllama-1.1b", **small), 0, "cuda", 0, 7))
    before = one.loop.call(silent(), 24)
    other = engine.load(
        Load(arm("synthetic:tinyllama-1.1b", **(small | {"batch_size": 4})), 1, "cuda", 0, 7, keep=True)
    )
    third = engine.load(Load(arm("synthetic:tinyllama-1.1b", "nf4", **small), 2, "cuda", 0, 7, keep=True))
    after = other.loop.call(silent(), 24), third.loop.call(silent(), 24)
    for _ in range(2):
        assert torch.equal(one.loop.call(silent(), 24), before)
        assert torch.equal(other.loop.call(silent(), 24), after[0])
        assert torch.equal(third.loop.call(silent(), 24), after[1])


def calls_of(run: Callable[[], Any]) -> list[str]:
    """Names of the runtime calls that happen meanwhile, the profiler's own last wait left out."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    from ecotui.worker.examine import _trace

    torch.cuda.synchronize()
    profiler = profile(activities=[ProfilerActivity.CUDA])
    profiler.start()
    run()
    profiler.stop()
    found = sorted((float(e["ts"]), str(e["name"])) for e in _trace(profiler) if e.get("cat") == "cuda_runtime")
    names = [name for _, name in found]
    if "cudaDeviceSynchronize" in names:
        del names[len(names) - 1 - names[::-1].index("cudaDeviceSynchronize")]
    return names


@pytest.mark.parametrize("label", ["fp16", "nf4"])
def test_the_host_waits_at_most_once_in_a_call(engine: Any, label: str) -> None:
    _, graph = both(engine, "synthetic:tinyllama-1.1b", label)
    graph.loop.call(silent(), STEPS + 1)
    names = calls_of(lambda: graph.loop.call(silent(), STEPS + 1))
    assert sum(name.startswith("cudaGraphLaunch") for name in names) == STEPS
    waits = [number for number, name in enumerate(names) if name.split("_v")[0] in WAITS]
    last = max(number for number, name in enumerate(names) if name.startswith("cudaGraphLaunch"))
    assert len(waits) <= 1 and all(number > last for number in waits), names


def test_stamps_are_those_of_the_tokens_and_lie_within_the_call(engine: Any) -> None:
    from ecotui.worker.stamps import Stamps

    _, graph = both(engine, "synthetic:tinyllama-1.1b", new_tokens=1024)
    graph.generate(silent())
    heard: list[Steps] = []
    stamps = Stamps(heard.append, 0, 0)
    before = time.monotonic_ns()
    graph.generate(stamps)
    after = time.monotonic_ns()
    stamps.end()
    times = [at for batch in heard for at in accumulate(batch.delta_ns, initial=batch.base_ns)]
    assert len(times) == 1025 and before <= times[0] and times[-1] <= after
    assert all(a < b for a, b in pairwise(times))
    ttft, itl = times[1] - times[0], [b - a for a, b in pairwise(times[1:])]
    assert ttft + sum(itl) == times[-1] - times[0]
    assert times[-1] - times[0] == pytest.approx(after - before, rel=0.001)
    # Every replay is the same work: stamps of a host that looks once a millisecond would scatter by that much.
    assert statistics.quantiles(itl, n=4)[2] < 1.2 * statistics.quantiles(itl, n=4)[0]


def test_what_was_loaded_leaves_the_card(engine: Any) -> None:
    import torch

    from ecotui.worker.device import release

    # A capture gives back the workspaces of the graphs before it: what they hold is not to hide what stays behind.
    torch._C._cuda_clearCublasWorkspaces()
    release()
    before = torch.cuda.memory_reserved()
    kept = both(engine, "synthetic:tinyllama-1.1b")
    assert kept[1].loop.pool_b > 0 and int(kept[1].resident.facts["graph_pool_b"]) == kept[1].loop.pool_b
    assert torch.cuda.memory_reserved() > before + 2_000_000_000
    del kept
    gc.collect()
    release()
    # A matrix library's workspace may stay.
    assert torch.cuda.memory_reserved() < before + 100_000_000


def test_a_step_that_waits_for_the_device_is_refused_in_a_sentence_and_leaves_nothing(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.models.llama import modeling_llama

    whole = modeling_llama.LlamaMLP.forward

    def asking(self: Any, x: Any) -> Any:
        return whole(self, x) if bool((x.abs() >= 0).any()) else x

    monkeypatch.setattr(modeling_llama.LlamaMLP, "forward", asking)
    with pytest.raises(WorkerError) as caught:
        engine.load(Load(arm("synthetic:tiny", engine="graph"), 0, "cuda", 0, 7))
    assert caught.value.what == (
        "LlamaForCausalLM cannot be captured in a CUDA graph: it waits for the device, or reads from it, within a "
        "decoding step."
    )
    assert caught.value.advice == "Measure it with --engine eager."


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker in a process of its own."""
    with Worker(tmp_path_factory.mktemp("gpu-graph")) as started:
        started.ready()
        yield started


@pytest.mark.parametrize("label", CAPTURED)
def test_a_graph_arm_goes_through_a_window_and_tells_its_memory(worker: Worker, label: str) -> None:
    heard = run_arm(worker, arm("synthetic:tinyllama-1.1b", label, engine="graph"), 0, "cuda", 0.5)
    check(heard)
    resident, peak_b = heard.resident, heard.measured.memory_peak_b
    assert (resident.facts["captured"], resident.facts["cache_length"]) == ("yes", "24")
    assert peak_b and resident.weights_b + int(resident.facts["graph_pool_b"]) <= peak_b
    assert peak_b < resident.weights_b + 700_000_000


def test_engines_are_measured_by_turns_and_their_launches_told(worker: Worker) -> None:
    tokens = {"batch_size": 1, "prompt_tokens": 16, "new_tokens": 64}
    for number, name in enumerate(("eager", "graph")):
        wanted = arm("synthetic:tinyllama-1.1b", engine=name, **tokens)
        worker.send(Load(wanted, number, "cuda", 0, 7, keep=bool(number)))
        worker.until(Resident)
        worker.send(WarmUp(arm=number))
    rates: dict[int, list[float]] = {0: [], 1: []}
    steps: list[Steps] = []
    for window, number in enumerate((0, 1, 1, 0), 1):
        worker.send(Measure(window, 1.0, arm=number))
        before, measured = worker.until(Measured)
        assert measured.tokens == measured.tokens_expected
        steps += [s for s in before if isinstance(s, Steps)]
        rates[number].append(measured.tokens / (measured.t1_ns - measured.t0_ns) * 1e9)
    assert {len(s) for number in (0, 1) for s in put_together([s for s in steps if s.arm == number]).values()} == {65}
    assert min(rates[1]) > max(rates[0])
    found = {}
    for number in (0, 1):
        worker.send(Examine(arm=number))
        found[number] = worker.until(Examined)[1]
        it = found[number]
        assert it.arm == number and it.launch_us and it.step_ms and it.kernel_ms and it.gap_ms is not None
        assert it.kernel_ms + it.gap_ms == pytest.approx(it.step_ms)
        assert 1 <= len(it.kernel_names) == len(it.kernel_top_ms) == len(it.kernel_top_calls) <= 10
        assert it.kernels and it.kernels > 154
    assert found[0].launches and found[0].launches > 100
    assert found[1].launches and found[1].launches < 5
    assert found[1].waits is not None and found[1].waits < 1
    assert found[0].gap_ms and found[1].gap_ms is not None and found[1].gap_ms < found[0].gap_ms


def test_steps_are_told_while_a_long_call_runs(worker: Worker) -> None:
    worker.load(arm("synthetic:tinyllama-1.1b", engine="graph", batch_size=1, new_tokens=2000), device="cuda")
    worker.send(Measure(1, 0.1))
    before, measured = worker.until(Measured)
    batches = [b for b in before if isinstance(b, Steps)]
    seconds = (measured.t1_ns - measured.t0_ns) / 1e9
    assert 6 * seconds <= len(batches) <= 11 * seconds + measured.calls + 1


def test_int8_with_a_threshold_says_its_sentence(worker: Worker) -> None:
    assert worker.stderr.read_text() == ""
    worker.load(arm(quantization="int8", engine="graph"), device="cuda")
    while not isinstance(said := worker.reply(), Failed):
        assert said is not None
    assert said.what.startswith("int8 cannot be captured in a CUDA graph: with a threshold, LLM.int8 reads a flag")
    assert "--engine eager" in said.advice
