"""Rotary positions whose frequencies follow the length: a step that asks for the length waits for the device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecotui.core.against import MEASURE_EAGER
from ecotui.core.errors import WorkerError


def check(model: Any, length: int) -> None:
    """Refuse a length at which the frequencies would change within a call.

    Raises:
        WorkerError: so many positions are more than the frequencies that a call begins with hold for.
    """
    for module in _following(model):
        most = _most(module)
        if most is None or length > most:
            raise WorkerError(
                f"The model changes the frequencies of its positions beyond {most or 'an unknown number of'} positions,"
                f" and {length} are asked for: no captured step can follow that.",
                f"Lower --new-tokens or --prompt-tokens. {MEASURE_EAGER}",
            )


@contextmanager
def steady(model: Any) -> Iterator[None]:
    """Within it no module asks for the length; its frequencies stay those of the prefill."""
    changed = [(module, module.rope_type) for module in _following(model)]
    try:
        for module, kind in changed:
            module.rope_type = dict.fromkeys(kind, "default") if isinstance(kind, dict) else "default"
        yield
    finally:
        for module, kind in changed:
            module.rope_type = kind


def _following(model: Any) -> list[Any]:
    return [m for m in model.modules() if any("dynamic" in k or k == "longrope" for k in _kinds(m))]


def _kinds(module: Any) -> list[str]:
    kind = getattr(module, "rope_type", None)
    found = list(kind.values()) if isinstance(kind, dict) else [kind]
    return [k for k in found if isinstance(k, str)]


def _most(module: Any) -> int | None:
    """Positions up to which the original frequencies hold."""
    parameters = getattr(module.config, "rope_parameters", None) or {}
    nested = [p for p in parameters.values() if isinstance(p, dict)] or [parameters]
    published = [p["original_max_position_embeddings"] for p in nested if "original_max_position_embeddings" in p]
    found = min(published) if published else getattr(module, "original_max_seq_len", None)
    return int(found) if found is not None else None
