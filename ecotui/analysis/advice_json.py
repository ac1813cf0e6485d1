"""Advice as JSON values."""

from __future__ import annotations

from typing import Any

from ecotui.analysis.advice import NO_EVIDENCE, Advice, Line
from ecotui.analysis.quality_pairs import known_dict


def advice_dict(it: Advice) -> dict[str, Any]:
    """The advice as JSON values."""
    return {
        "model": it.model,
        "gpu": it.gpu,
        "batch_size": it.batch_size,
        "evidence": it.evidence,
        "lines": [_line_dict(line) for line in it.lines],
    }


def _line_dict(line: Line) -> dict[str, Any]:
    pair = line.pair
    if pair is None:
        return {"topic": line.topic, "evidence": NO_EVIDENCE, "text": line.text}
    return {
        "topic": line.topic,
        "evidence": pair.evidence,
        "near": line.near,
        "text": line.text,
        "run_id": pair.candidate.point_id,
        "baseline_run_id": pair.baseline.point_id,
        "origin": pair.candidate.origin,
        "gpu": pair.candidate.gpu,
        "model": pair.candidate.model,
        "batch_size": pair.candidate.batch_size,
        "engine": pair.candidate.engine,
        "accounting": pair.candidate.accounting,
        "source": pair.candidate.source or None,
        "started_at": pair.candidate.started_at.isoformat() if pair.candidate.started_at else None,
        "age_days": line.age_days,
        "ratios": {
            name: {"value": r.value, "low": r.ends[0], "high": r.ends[1], "bounded": r.bounded}
            for name, r in line.ratios
        },
        "risk": line.risk or None,
        "quality": known_dict(line.pair.candidate.quality) if line.pair is not None else None,
    }
