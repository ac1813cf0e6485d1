"""The environment of a report: every fact once, and all its values where runs differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecotui.core.rows import RunRow
from ecotui.core.units import duration, number, watts

MOST = 8
"""Values of a fact that are told one by one."""
FACTS: tuple[tuple[str, Callable[[RunRow], object]], ...] = (
    ("Session", lambda r: r.session_id),
    ("Started, UTC", lambda r: f"{r.started_at:%Y-%m-%d %H:%M}" if r.started_at else None),
    ("Label", lambda r: r.label),
    ("Outcome", lambda r: r.outcome),
    ("Board", lambda r: r.gpu_name),
    ("Board's UUID", lambda r: r.gpu_uuid),
    ("Sensor", lambda r: r.sensor),
    ("Power limit", lambda r: None if r.power_limit_w is None else watts(r.power_limit_w)),
    ("Driver", lambda r: r.driver_version),
    ("Host", lambda r: r.host),
    ("Model", lambda r: r.model),
    ("Weights", lambda r: r.weights),
    ("Prompt, new tokens", lambda r: f"{number(r.prompt_tokens, 0)}, {number(r.new_tokens, 0)}"),
    ("Idle, bare", lambda r: None if r.idle_bare_w is None else watts(r.idle_bare_w)),
    ("Idle, context", lambda r: None if r.idle_context_w is None else watts(r.idle_context_w)),
    ("Stability gate watched", lambda r: None if r.stability_s is None else duration(r.stability_s)),
    ("ecotui", lambda r: r.ecotui_version),
    ("Python", lambda r: r.python_version),
    ("torch", lambda r: r.torch_version),
    ("transformers", lambda r: r.transformers_version),
    ("bitsandbytes", lambda r: r.bitsandbytes_version),
)


def facts(runs: Sequence[RunRow], whence: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """Names and values; what no run knows is left out. whence: where each run was measured, in words."""
    where = (("Measured on", _joined(list(dict.fromkeys(whence)))),) if whence else ()
    told = ((name, dict.fromkeys(str(v) for run in runs if (v := say(run)) is not None)) for name, say in FACTS)
    return where + tuple((name, _joined(list(values))) for name, values in told if values)


def _joined(values: list[str]) -> str:
    more = f" and {len(values) - MOST} more" if len(values) > MOST else ""
    return f"{' · '.join(values[:MOST])}{more}"
