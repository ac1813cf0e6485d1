"""Runs and windows of comparisons, with figures that a test can work out by hand."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.summary import per_1k

NS = 1_000_000_000


def run(name: str, rate: float = 100.0, power: float = 200.0, **facts: object) -> RunRow:
    """A run of 1,000 s with the figures that follow from its rate and power; idle 70 W bare, 120 W with a context."""
    given = dict[str, object]() | {"idle_bare_w": 70.0, "idle_context_w": 120.0} | facts
    tokens, joules = round(rate * 1000), power * 1000.0
    bare, context = given["idle_bare_w"], given["idle_context_w"]
    base: dict[str, object] = {
        "run_id": f"s.{name}",
        "session_id": "s",
        "simulated": False,
        "outcome": "completed",
        "model": "m",
        "quantization": "fp16",
        "dtype": "float16",
        "batch_size": 1,
        "prompt_tokens": 16,
        "new_tokens": 256,
        "engine": "eager",
        "weights": "checkpoint",
        "gpu_name": "H100",
        "gpu_uuid": "GPU-1",
        "stability": "stable",
        "windows": 10,
        "windows_invalid": 0,
        "throughput_tok_s": rate,
        "power_mean_w": power,
        "energy_gross_j_per_1k_tokens": per_1k(joules, tokens, 1000.0, 0.0),
        "energy_net_context_j_per_1k_tokens": per_1k(joules, tokens, 1000.0, context),  # type: ignore[arg-type]
        "energy_net_bare_j_per_1k_tokens": per_1k(joules, tokens, 1000.0, bare),  # type: ignore[arg-type]
    }
    return RunRow(**base | given)  # type: ignore[arg-type]


def windows(of: RunRow, sway: Sequence[float], *, per_block: int | None = 2) -> list[WindowRow]:
    """A window for each factor of `sway` on the run's power, two a block unless told; None is no paired session."""
    return [_window(of, i, factor, None if per_block is None else 1 + i // per_block) for i, factor in enumerate(sway)]


def _window(of: RunRow, i: int, factor: float, block: int | None) -> WindowRow:
    rate, power = of.throughput_tok_s or 0.0, (of.power_mean_w or 0.0) * factor
    context, bare = of.idle_context_w, of.idle_bare_w
    return WindowRow(
        run_id=of.run_id,
        session_id=of.session_id,
        window=i + 1,
        simulated=of.simulated,
        block=block,
        t0_ns=i * 10 * NS,
        valid=True,
        throughput_tok_s=rate,
        power_mean_w=power,
        energy_gross_j_per_1k_tokens=1000 * power / rate,
        energy_net_context_j_per_1k_tokens=None if context is None else 1000 * (power - context) / rate,
        energy_net_bare_j_per_1k_tokens=None if bare is None else 1000 * (power - bare) / rate,
    )


SWAY = (1.0, 1.002, 0.998, 1.001, 0.999, 1.0, 1.002, 0.999, 1.001, 0.998)
