"""What is read out of a profiler's trace, on traces that are made up."""

from __future__ import annotations

from typing import Any

import pytest

from ecotui.worker.engine import profiled
from ecotui.worker.trace import NAME, TOP, gaps_us, summarize, union_us


def event(cat: str, name: str, ts: float, dur: float = 1.0) -> dict[str, Any]:
    """As torch.profiler exports it; microseconds."""
    return {"ph": "X", "cat": cat, "name": name, "ts": ts, "dur": dur}


EAGER = [
    event("kernel", "gemm", 0.0, 2000.0),
    event("kernel", "add", 1000.0, 2000.0),
    event("kernel", "gemm", 5000.0, 1000.0),
    event("gpu_memcpy", "Memcpy DtoH (Device -> Pageable)", 7000.0, 500.0),
    event("gpu_user_annotation", "step", 0.0, 9000.0),
    event("cuda_runtime", "cudaLaunchKernel", -20.0),
    event("cuda_runtime", "cudaLaunchKernelExC", 0.0),
    event("cuda_driver", "cuLaunchKernelEx", 10.0),
    event("cuda_runtime", "cudaMemcpyAsync", 100.0),
    event("cuda_runtime", "cudaStreamSynchronize_v3020", 200.0),
    event("cuda_runtime", "cudaMemcpy", 300.0),
    event("cuda_runtime", "cudaDeviceSynchronize", 9000.0, 5000.0),
    {"ph": "f", "cat": "ac2g", "name": "ac2g", "ts": 1.0},
]
"""Two steps from -20 to 7500, of which 0 to 3000 and 5000 to 6000 are kernels; then the profiler waits."""


def test_what_overlaps_counts_once() -> None:
    assert union_us([(5.0, 2.0), (0.0, 3.0), (1.0, 1.0), (2.5, 1.5)]) == pytest.approx(6.0)
    assert union_us([]) == 0.0


def test_what_is_left_free_is_told_apart() -> None:
    assert gaps_us([(5.0, 2.0), (1.0, 3.0), (2.0, 1.0)], 0.0, 10.0) == [1.0, 1.0, 3.0]
    assert gaps_us([(0.0, 10.0)], 0.0, 10.0) == []


def test_figures_are_per_step_and_leave_out_copies_and_the_profilers_own_wait() -> None:
    found = summarize(EAGER, 2)
    assert (found.steps, found.kernel_ms, found.kernels, found.waits) == (2, pytest.approx(2.0), 1.5, 1.0)


def test_calls_of_runtime_and_driver_that_launch_are_counted() -> None:
    assert summarize(EAGER, 2).launches == 1.5


def test_a_step_is_its_kernels_and_its_gaps() -> None:
    found = summarize(EAGER, 2)
    assert found.step_ms == pytest.approx(3.76)
    assert found.gap_ms == pytest.approx((20 + 2000 + 1500) / 2000)
    assert found.gap_max_ms == pytest.approx(2.0)
    assert found.kernel_ms is not None and found.gap_ms is not None
    assert found.kernel_ms + found.gap_ms == pytest.approx(found.step_ms)


def test_kernels_are_named_by_their_time_the_largest_first() -> None:
    found = summarize(EAGER, 2)
    assert found.kernel_names == ["gemm", "add"]
    assert found.kernel_top_ms == pytest.approx([1.5, 1.0])
    assert found.kernel_top_calls == [1.0, 0.5]


def test_ten_kernels_are_named_and_their_names_are_fit_for_a_terminal() -> None:
    many = [event("kernel", f"\x1b[2Jkernel<{i}, {'int, ' * 60}>", 10.0 * i, float(i + 1)) for i in range(15)]
    found = summarize(many, 1)
    assert len(found.kernel_names) == len(found.kernel_top_ms) == len(found.kernel_top_calls) == TOP
    assert all(len(name) <= NAME and name.isprintable() for name in found.kernel_names)
    assert found.kernel_top_ms[0] == pytest.approx(0.015)


def test_a_graph_is_one_launch_a_step_and_its_kernels_are_told_apart() -> None:
    steps = [
        it
        for i in range(3)
        for it in (
            event("cuda_runtime", "cudaGraphLaunch", 100.0 * i, 5.0),
            event("cuda_runtime", "cudaEventRecord", 100.0 * i + 6, 1.0),
            event("cuda_runtime", "cudaEventQuery", 100.0 * i + 900, 1.0),
            event("kernel", "gemm", 100.0 * i + 10, 60.0),
            event("kernel", "norm", 100.0 * i + 70, 40.0),
        )
    ]
    found = summarize(steps, 3)
    assert (found.launches, found.waits, found.kernels) == (1.0, 0.0, 2.0)
    assert found.gap_ms == pytest.approx(0.010 / 3)


def test_the_longest_gap_is_of_all_steps_and_may_exceed_their_mean_sum() -> None:
    found = summarize([event("kernel", "gemm", at, 10.0) for at in (0.0, 10.0, 20.0, 130.0)], 4)
    assert (found.gap_ms, found.gap_max_ms) == (pytest.approx(0.025), pytest.approx(0.1))


def test_a_trace_without_kernels_has_no_figures() -> None:
    assert summarize([event("cuda_runtime", "cudaLaunchKernel", 0.0)], 4) == profiled(4)
