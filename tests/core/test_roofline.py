"""Peaks of boards by NVML's name, what a step achieves of them, and the verdict in words."""

from dataclasses import replace

import pytest

from ecotui.core.arm import Arm
from ecotui.core.events import Resident
from ecotui.core.roofline import Achieved, Verdict, _table, achieved, peak_of, step_bytes, step_flops, verdict
from ecotui.core.rows import RunRow
from ecotui.core.summary import summarize
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
            {"busy_pct": 38.0, "waits": 225.0},
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
