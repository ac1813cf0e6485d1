"""What a run was, before anything is weighed: columns of session, arm and board as they were told."""

from __future__ import annotations

from typing import Any

from ecotui.core.arm import Arm, quantization
from ecotui.core.events import Resident
from ecotui.core.stopping import BY_PRECISION, stopped_by
from ecotui.core.timeline import Timeline

Columns = dict[str, Any]
INT8_LAYER = "Linear8bitLt"
NOT_EXERCISED_PCT = 50.0
"""Where more of the layers have less than one outlier column a step, the decomposition was not exercised."""


def of_session(line: Timeline) -> Columns:
    """How the session went, and with which software."""
    assert line.header is not None and line.plan is not None
    plan, header, environment = line.plan, line.header, line.header.environment
    outcome = line.end.outcome if line.end else "unfinished"
    precise = any(notice.text.startswith(BY_PRECISION) for notice in line.notices)
    return {
        "session_id": header.session,
        "simulated": plan.simulated,
        "started_at": line.tie.wall(header.at_ns),
        "outcome": outcome,
        "reason": (line.end.reason if line.end else "the log has no end") or None,
        "label": plan.label or None,
        "device": plan.device,
        "sensor": plan.sensor,
        "warmups": plan.protocol.warmups,
        "blocks": plan.protocol.blocks or None,
        "stopped_by": stopped_by(plan, line.windows.most_block, outcome, precise=precise),
        "windows_planned": plan.windows,
        "host": environment.get("host"),
        "python_version": environment.get("python"),
        **{f"{name}_version": environment.get(name) for name in ("ecotui", "torch", "transformers", "bitsandbytes")},
    }


def of_board(line: Timeline) -> Columns:
    """The board that was watched."""
    board = line.board
    if board is None:
        return {}
    return {
        "gpu_name": board.name,
        "gpu_uuid": board.uuid,
        "gpu_index": board.index,
        "power_limit_w": board.power_limit_w,
        "driver_version": board.driver,
    }


def of_arm(line: Timeline, number: int) -> Columns:
    """The configuration, and what of it the loader saw."""
    arm, forecast, resident = line.arm(number), line.forecasts.get(number), line.residents.get(number)
    quant = quantization(arm.quantization)
    return {
        "model": arm.model,
        "quantization": arm.quantization,
        "llm_int8_threshold": quant.threshold,
        "dtype": quant.dtype,
        "engine": engine(arm, resident),
        "batch_size": arm.batch_size,
        "prompt_tokens": arm.prompt_tokens,
        "new_tokens": arm.new_tokens,
        "memory_forecast_b": forecast.total_b if forecast else None,
        "memory_free_b": forecast.free_b if forecast else None,
        **(_of_resident(arm, resident) if resident else {}),
    }


def engine(arm: Arm, resident: Resident | None) -> str:
    """Whose loop decodes: the loader's word where it told one, else the plan's."""
    return (resident.facts.get("engine") if resident else None) or arm.engine


def _of_resident(arm: Arm, resident: Resident) -> Columns:
    outliers = resident.outliers
    return {
        "weights": resident.weights,
        "parameters": resident.parameters,
        "weights_b": resident.weights_b,
        "load_s": resident.load_s,
        "int8_layers": resident.layers.get(INT8_LAYER, 0),
        "outlier_recipe": outlier_recipe(arm, resident),
        "outlier_columns_decode": outliers.decode_mean if outliers else None,
        "outlier_columns_prefill": outliers.prefill_mean if outliers else None,
        "decomposition": decomposition(arm, resident),
    }


def outlier_recipe(arm: Arm, resident: Resident) -> str | None:
    """What the loader put into random weights, in its words; "none", or None of a checkpoint, which brings its own."""
    if resident.weights != "random":
        return None
    return resident.facts.get("outlier_recipe") or ("none" if not arm.outliers or not arm.synthetic else None)


def decomposition(arm: Arm, resident: Resident) -> str | None:
    """Whether LLM.int8 had columns to take out of its product; None without a threshold or a count."""
    if not quantization(arm.quantization).threshold or resident.outliers is None:
        return None
    return "not exercised" if resident.outliers.without_pct > NOT_EXERCISED_PCT else "exercised"
