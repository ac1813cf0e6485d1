"""A contrast as JSON values."""

from __future__ import annotations

from typing import Any

from ecotui.analysis.accounting import BAND_PCT, Accounted
from ecotui.analysis.contrast import Contrast, Detail
from ecotui.analysis.paired import Ratio
from ecotui.analysis.quality_pairs import known_dict
from ecotui.analysis.sessions import Sessions


def ratio_dict(it: Ratio | None) -> dict[str, Any] | None:
    """A ratio with its 95 % interval; null where there is none.

    The interval of a net one holds the windows' scatter and what the idle baselines may put it off; `bounded` is false
    where a net figure may be 0.
    """
    if it is None:
        return None
    low, high = it.ends
    return {
        "ratio": it.value,
        "low": low,
        "high": high,
        "bounded": it.bounded,
        "n": it.blocks,
        "evidence": it.evidence,
        "df": it.df,
        "p": it.p,
    }


def contrast_dict(it: Contrast) -> dict[str, Any]:
    """The contrast, its numbers as they are computed."""
    return {
        "run_id": it.candidate.run_id,
        "against": it.baseline.run_id,
        "primary": it.primary,
        "factor": list(it.factor),
        "band_pct": BAND_PCT,
        "verdict": it.verdict.word,
        "verdict_text": it.verdict.text,
        "reasons": list(it.verdict.reasons),
        "drift": it.verdict.drift,
        "evidence": it.evidence,
        "energy": {one.label: _accounted(one) for one in it.accounts.each},
        "blocks": [{"block": block, "ratio": value} for block, value in it.blocks],
        "sessions": [{"session": session, "ratio": value} for session, value in it.sessions],
        "depends_on_accounting": it.accounts.depends,
        "break_even_idle_w": it.accounts.break_even_w,
        "idle_measured_w": list(it.accounts.idle_w) if it.accounts.idle_w else None,
        "throughput": ratio_dict(it.throughput),
        "power": ratio_dict(it.power),
        "p_holm": it.p_holm,
        "quality": known_dict(it.quality[1]),
        "quality_baseline": known_dict(it.quality[0]),
        "quality_sentence": it.quality_sentence,
        "red_list": [
            {"name": f.name, "effect": f.effect, "text": f.text, "values": [_plain(v) for v in f.values]}
            for f in it.red
        ],
        "detail": _detail(it.detail),
        "sentence": it.sentence,
    }


def _accounted(one: Accounted) -> dict[str, Any]:
    return {"j_per_1k_tokens": list(one.values)} | {"ratio": ratio_dict(one.ratio)}


def _detail(it: Detail) -> dict[str, Any]:
    cross = it.fieller
    bounded = None if cross is None else cross.bounded
    return {
        "hedges_g": it.hedges_g,
        "fieller": None
        if cross is None
        else {
            "ratio": cross.value,
            "low": cross.low if bounded else None,
            "high": cross.high if bounded else None,
            "bounded": bounded,
        },
        "detectable_before_pct": it.detectable_before_pct,
        "detectable_pct": it.detectable_pct,
        "blocks_needed": it.blocks_needed,
        "sessions_needed": it.sessions_needed,
        "effective_n": list(it.effective_n),
        "sessions": [_sessions(one) for one in it.sessions],
    }


def _sessions(it: Sessions) -> dict[str, Any]:
    return {"ids": list(it.ids), "spread_pct": it.spread_pct}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
