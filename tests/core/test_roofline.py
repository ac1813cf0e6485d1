"""Peaks of boards by NVML's name, what a step achieves of them, and the verdict in words."""

from dataclasses import replace

import pytest

from ecotui.core.arm import Arm
from ecotui.core.events import Resident
from ecotui.core.roofline import Achieved, Step, Verdict, _table, achieved, peak_of, step_bytes, step_flops, verdict
from ecotui.core.rows import RunRow
from ecotui.core.summary import summarize
from tests.analysis import profiled
from tests.factory import EVERYTHING, EXAMINED, board, events, everything, fold, measured_plan, plan

MISTRAL_FP16 = Resident(0, 0, 1.0, 7_241_732_096, 14_483_464_192, {}, "random", "cuda")


def run_of(**facts: object) -> RunRow:
    (run,), _ = summarize(fold(everything(**facts)))
    return run


@pytest.mark.parametrize(
    ("name", "bandwidth"),
    [
        ("NVIDIA H100 80GB HBM3", 3350),
        ("NVIDIA H100 PCIe", 2039),
        ("NVIDIA H100 NVL", 3938),
        ("NVIDIA H200", 4800),
        ("NVIDIA GH200 480GB", 4000),
        ("NVIDIA B200", 8000),
        ("NVIDIA A100-SXM4-40GB", 1555),
        ("A100-SXM4-80GB", 2039),
        ("NVIDIA A100 80GB PCIe", 1935),
        ("NVIDIA A800 80GB PCIe", 1935),
        ("NVIDIA L4", 300),
        ("NVIDIA L40S", 864),
        ("NVIDIA A10", 600),
        ("NVIDIA A10G", 600),
        ("Tesla T4", 320),
        ("Tesla V100-SXM2-16GB", 900),
        ("NVIDIA GeForce RTX 3090", 936.2),
        ("NVIDIA GeForce RTX 4090", 1008),
        ("NVIDIA GeForce RTX 5090", 1792),
        ("Quadro RTX 6000", 672),
        ("NVIDIA RTX 6000 Ada Generation", 960),
        ("NVIDIA RTX A6000", 768),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 1792),
    ],
)
def test_a_board_is_found_by_the_name_that_nvml_gives_it(name: str, bandwidth: float) -> None:
    peak = peak_of(name)
    assert peak is not None and peak.bandwidth_gb_s == bandwidth


@pytest.mark.parametrize(
    "name",
    [
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 3090 Max-Q",
        "NVIDIA A40-48Q",
        "NVIDIA H100",
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        "Simulated board",
        "NVIDIA Graphics Device",
        "",
        None,
    ],
)
def test_a_board_that_may_be_another_one_is_not_guessed(name: str | None) -> None:
    assert peak_of(name) is None


def test_every_board_has_a_source_and_a_figure_that_can_be() -> None:
    peaks = [peak for _, peak in _table()]
    assert len({words for words, _ in _table()}) == len(peaks) > 40
    for peak in peaks:
        assert peak.source and 100 < peak.bandwidth_gb_s <= 8000
        assert peak.fp16_tflops is None or 10 < peak.fp16_tflops <= 2500
        assert peak_of(f"NVIDIA {peak.board}") == peak


def test_a_step_reads_weights_without_the_input_embedding_and_half_the_output_of_cache() -> None:
    arm = Arm("m", batch_size=8, prompt_tokens=16, new_tokens=64)
    resident = replace(MISTRAL_FP16, step_weights_b=14_221_320_192, step_cache_b=131_072)
    assert step_bytes(arm, resident) == 14_221_320_192 + 8 * (16 + 32) * 131_072
    # 32000 x 4096 weights of the input embedding are looked up, not multiplied.
    assert step_flops(arm, resident) == 2 * 8 * (7_241_732_096 - 32_000 * 4096)


def test_where_the_embeddings_are_tied_all_weights_multiply() -> None:
    resident = replace(MISTRAL_FP16, step_weights_b=MISTRAL_FP16.weights_b, step_cache_b=1)
    assert step_flops(Arm("m"), resident) == 2 * 7_241_732_096


def test_a_loader_that_does_not_tell_leaves_the_step_unknown() -> None:
    assert (step_bytes(Arm("m"), MISTRAL_FP16), step_flops(Arm("m"), MISTRAL_FP16)) == (None, None)


def test_shares_are_of_the_boards_peaks() -> None:
    # 14.2 GB in 10 ms are 1420 GB/s; 14.2 GFLOP in 10 ms are 1.42 TFLOP/s.
    got = achieved(14.2e9, 14.2e9, 10.0, 3350.0, 989.5)
    assert got.bandwidth_gb_s == pytest.approx(1420)
    assert got.bandwidth_share_pct == pytest.approx(100 * 1420 / 3350)
    assert got.compute_share_pct == pytest.approx(100 * 1.42 / 989.5)
    assert achieved(14.2e9, 14.2e9, None, 3350.0, 989.5) == Achieved()
    assert achieved(14.2e9, None, 10.0, None, None) == Achieved(pytest.approx(1420))


@pytest.mark.parametrize(
    ("shares", "facts", "said"),
    [
        (
            Achieved(400, 12.0, 0.4),
            {"busy_pct": 38.0, "step": Step(waits=225.0)},
            Verdict(
                "host-bound",
                "the GPU works for 38 % of a step and memory is read at 12 % of its peak, "
                "and the host waits for it 225 times a step",
            ),
        ),
        (
            Achieved(400, 12.0, 0.4),
            {"busy_pct": None, "utilization_pct": 45.0},
            Verdict("host-bound", "NVML's utilization is 45 % and memory is read at 12 % of its peak"),
        ),
        (
            Achieved(2600, 78.0, 1.2),
            {"busy_pct": 97.0},
            Verdict(
                "memory-bound",
                "the GPU works for 97 % of a step, memory is read at 78 % of its peak, "
                "computing runs at 1 % of its peak",
            ),
        ),
        (
            Achieved(1300, 38.0, 55.0),
            {"busy_pct": 97.0},
            Verdict(
                "compute-bound",
                "the GPU works for 97 % of a step, memory is read at 38 % of its peak, "
                "computing runs at 55 % of its peak",
            ),
        ),
        (
            Achieved(2600, 78.0, 1.2),
            {"busy_pct": 97.0, "idle_readings_pct": 6.0},
            Verdict("host-bound", "the board called itself idle in 6 % of the readings"),
        ),
        (
            Achieved(400),
            {"busy_pct": 38.0},
            Verdict(
                None,
                "the board's peak memory bandwidth is not known (--peak-bandwidth tells it); "
                "the GPU works for 38 % of a step",
            ),
        ),
        (
            Achieved(400, 12.0, 0.4),
            {"busy_pct": None},
            Verdict(
                None,
                "memory is read at 12 % of its peak; without a profile it cannot be told what the rest of a step "
                "waits for",
            ),
        ),
        (Achieved(), {"busy_pct": None}, Verdict(None, "how many bytes a step reads is not known")),
        (
            Achieved(400, 12.0),
            {"busy_pct": 90.0},
            Verdict(
                None,
                "the GPU works for 90 % of a step and memory is read at 12 % of its peak; "
                "the board's peak of computing is not known",
            ),
        ),
        (
            Achieved(2600, 78.0),
            {"busy_pct": None},
            Verdict("memory-bound", "memory is read at 78 % of its peak"),
        ),
    ],
)
def test_the_verdict_says_what_bounds_a_step_and_why(
    shares: Achieved, facts: dict[str, float | None], said: Verdict
) -> None:
    assert verdict(shares, **facts) == said  # type: ignore[arg-type]


def test_a_run_knows_what_it_achieved_and_what_bounded_it() -> None:
    run = run_of()
    # 9 MB of weights and 4 rows of 26 positions of 1 kB, in 10 ms.
    assert run.bandwidth_gb_s == pytest.approx(0.9104)
    assert run.peak_bandwidth_gb_s == 3350 and run.bandwidth_share_pct == pytest.approx(0.9104 / 33.5)
    assert (run.kernel_ms, run.kernels_per_step, run.waits_per_step) == (4.0, 310.0, 29.0)
    assert run.gpu_busy_pct == pytest.approx(40)
    assert run.bound == "host-bound" and "29 times a step" in (run.bound_reason or "")


def test_the_operators_bandwidth_goes_before_the_tables() -> None:
    run = run_of(the_plan=replace(measured_plan(), peak_bandwidth_gb_s=1.0))
    assert run.peak_bandwidth_gb_s == 1.0 and run.bandwidth_share_pct == pytest.approx(91.04)
    assert run.bound == "memory-bound"


def test_a_simulated_board_has_no_peak_but_the_operators() -> None:
    named = {"the_board": board("NVIDIA H100 80GB HBM3"), "extras": EVERYTHING}
    (run,), _ = summarize(fold(list(events(the_plan=plan(), **named))))  # type: ignore[arg-type]
    assert (run.peak_bandwidth_gb_s, run.bandwidth_share_pct, run.compute_share_pct, run.bound) == (None,) * 4
    assert run.bandwidth_gb_s is not None and "not known" in (run.bound_reason or "")
    given = replace(plan(), peak_bandwidth_gb_s=2.0)
    (run,), _ = summarize(fold(list(events(the_plan=given, **named))))  # type: ignore[arg-type]
    assert run.bandwidth_share_pct == pytest.approx(45.52)


def test_a_device_without_a_profiler_leaves_its_figures_null() -> None:
    run = run_of(extras=replace(EVERYTHING, examined=replace(EXAMINED, kernel_ms=None, kernels=None, waits=None)))
    assert (run.kernel_ms, run.gpu_busy_pct, run.waits_per_step) == (None, None, None)
    assert "NVML's utilization is 90 %" in (run.bound_reason or "")


def test_a_profile_that_is_slower_than_the_run_is_busy_for_all_of_a_step() -> None:
    assert run_of(extras=replace(EVERYTHING, examined=replace(EXAMINED, kernel_ms=11.0))).gpu_busy_pct == 100


EAGER = Step(tpot_ms=19.9, launches=1012.0, launch_us=5.1, waits=3.0)
GRAPH = Step(tpot_ms=8.6, launches=1.0, launch_us=5.1, waits=1.0)


@pytest.mark.parametrize(
    ("shares", "busy_pct", "step", "bound", "reason"),
    [
        (
            Achieved(700, 21.0, 0.4),
            38.0,
            replace(EAGER, waits=None),
            "host-bound",
            "1,012 launches a step at 5.1 µs take 5.2 of 19.9 ms, the GPU works for 38 % of a step, "
            "memory is read at 21 % of its peak",
        ),
        (
            Achieved(700),
            38.0,
            EAGER,
            "host-bound",
            "1,012 launches a step at 5.1 µs take 5.2 of 19.9 ms, the GPU works for 38 % of a step, "
            "and the host waits for it 3 times a step",
        ),
        (
            Achieved(1900, 56.0, 0.4),
            70.0,
            replace(EAGER, tpot_ms=6.0, waits=None),
            "host-bound",
            "1,012 launches a step at 5.1 µs take 5.2 of 6.0 ms, the GPU works for 70 % of a step, "
            "memory is read at 56 % of its peak",
        ),
        (
            Achieved(1900, 56.0, 0.4),
            70.0,
            EAGER,
            "memory-bound",
            "the GPU works for 70 % of a step, memory is read at 56 % of its peak, "
            "computing runs at under 1 % of its peak",
        ),
        (
            Achieved(700, 21.0, 0.4),
            93.0,
            replace(EAGER, tpot_ms=6.0),
            "kernel-bound",
            "the GPU works for 93 % of a step, memory is read at 21 % of its peak, "
            "computing runs at under 1 % of its peak: the kernels come near neither",
        ),
    ],
)
def test_launches_that_are_known_take_part_in_the_verdict(
    shares: Achieved, busy_pct: float, step: Step, bound: str, reason: str
) -> None:
    assert verdict(shares, busy_pct=busy_pct, step=step) == Verdict(bound, reason)


@pytest.mark.parametrize("busy_pct", [12.0, 60.0, 97.0])
@pytest.mark.parametrize("share", [3.0, 30.0, 62.0])
def test_a_step_that_is_one_launch_never_waits_for_launches(busy_pct: float, share: float) -> None:
    slow = replace(GRAPH, tpot_ms=0.008)  # not even where the launch is most of the step
    for step in (GRAPH, slow):
        assert verdict(Achieved(1000, share, 0.4), busy_pct=busy_pct, step=step).bound != "host-bound"


def test_a_graph_that_reads_much_is_memory_bound_and_one_that_idles_says_that_launches_are_not_why() -> None:
    assert verdict(Achieved(1600, 48.0, 0.4), busy_pct=97.0, step=GRAPH).bound == "memory-bound"
    idling = verdict(Achieved(300, 9.0, 0.4), busy_pct=60.0, step=GRAPH)
    assert idling.bound is None and idling.reason is not None
    assert idling.reason.endswith("a step is 1 launch, so it does not wait for launches")


def test_a_graph_whose_host_waits_in_every_layer_is_host_bound_all_the_same() -> None:
    found = verdict(Achieved(300, 9.0, 0.4), busy_pct=60.0, step=replace(GRAPH, waits=224.0))
    assert found.bound == "host-bound" and "224 times a step" in (found.reason or "")


@pytest.mark.parametrize("step", [replace(EAGER, launches=None), replace(EAGER, launch_us=None), None])
def test_without_launches_or_their_cost_the_verdict_is_as_it_was(step: Step | None) -> None:
    assert verdict(Achieved(400), busy_pct=38.0, step=step).bound is None
    assert verdict(Achieved(400, 12.0, 0.4), busy_pct=38.0, step=step).bound == "host-bound"
    assert "launches" not in (verdict(Achieved(400, 12.0, 0.4), busy_pct=38.0, step=step).reason or "")


def test_a_runs_row_holds_launches_their_cost_and_the_gaps() -> None:
    (run,), _ = summarize(fold(profiled.session()))
    assert (run.launches_per_step, run.launch_us, run.gap_ms, run.gap_max_ms) == (1012.0, 5.1, 17.5, 0.412)
    assert run.launch_share_pct == pytest.approx(100 * 1012 * 5.1 / 1000 / 10)
    assert run.bound == "host-bound" and (run.bound_reason or "").startswith("1,012 launches a step at 5.1 µs take 5.2")
    (run,), _ = summarize(fold(profiled.captured()))
    assert run.engine == "graph" and run.launch_share_pct == pytest.approx(0.051)
    assert run.gpu_busy_pct == pytest.approx(90) and run.bound != "host-bound"


def test_a_profile_of_an_older_log_leaves_the_launches_null() -> None:
    run = run_of()
    assert (run.launches_per_step, run.launch_us, run.launch_share_pct, run.gap_ms, run.gap_max_ms) == (None,) * 5
