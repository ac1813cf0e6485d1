"""A session whose profiled step has launches, gaps and kernels, for the tests of all who show them."""

from __future__ import annotations

from dataclasses import replace

from ecotui.core.events import Event, Examined
from tests.factory import EVERYTHING, EXAMINED, everything, measured_plan

LONG = (
    "void at::native::vectorized_elementwise_kernel<4, at::native::BinaryFunctor<c10::Half, c10::Half, c10::Half, "
    "at::native::binary_internal::MulFunctor<float> >, std::array<char*, 3ul> >(int, at::native::BinaryFunctor"
    "<c10::Half, c10::Half, c10::Half, at::native::binary_internal::MulFunctor<float> >, std::array<char*, 3ul>)"
)
MARKUP = "nvjet_[bold red]hsh[/bold red]_\x1b[31m_64x8"
SHORT = "fmha_cutlassF_f16_aligned_64x64_rf_sm80"
PROFILED = replace(
    EXAMINED,
    launches=1012.0,
    launch_us=5.1,
    step_ms=21.5,
    gap_ms=17.5,
    gap_max_ms=0.412,
    kernel_names=[SHORT, LONG, MARKUP],
    kernel_top_ms=[2.0, 1.0, 0.25],
    kernel_top_calls=[32.0, 64.0, 0.5],
)
"""4 ms of kernels in a step."""
CAPTURED = replace(PROFILED, kernel_ms=9.0, launches=1.0, waits=1.0, gap_ms=0.6)
"""The same step as one launch."""
FACTS = {
    "engine": "graph",
    "cache": "static",
    "cache_length": "36",
    "captured": "yes",
    "graph_pool_b": "95000000",
}


def session(examined: Examined = PROFILED, facts: dict[str, str] | None = None, **arm: object) -> list[Event]:
    """A session under the full protocol with that profile, its loader's `facts`, and an arm of other facts."""
    resident = EVERYTHING.resident | ({"facts": facts} if facts else {})
    extras = replace(EVERYTHING, examined=examined, resident=resident)
    return everything(the_plan=measured_plan(**arm), extras=extras)


def captured(**arm: object) -> list[Event]:
    """The session of an arm whose step was captured."""
    return session(CAPTURED, FACTS, engine="graph", **arm)
