"""An audit as one object for scripts; what is missing is null."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ecotui.analysis.audit_values import NO_INTERVALS, Audit, AuditedPair, AuditedRow, Board


def to_dict(it: Audit) -> dict[str, Any]:
    """Counts, boards, rows and pairs, with units in their names.

    What is a list of two in a pair is the baseline's and the candidate's, of repetitions their mean; `baseline_row` and
    `candidate_row` are the first of them.
    """
    return {
        "baseline": it.baseline,
        "rows_total": len(it.rows),
        "rows_classified": it.classified,
        "rows_doubted": len(it.doubted),
        "pairs_total": len(it.pairs),
        "pairs_of_means": it.repeated,
        "pairs_depending_on_accounting": len(it.depending),
        "intervals": None,
        "intervals_note": NO_INTERVALS,
        "boards": [_board(board) for board in it.boards],
        "rows": [_row(one) for one in it.rows],
        "pairs": [_pair(pair) for pair in it.pairs],
        "remarks": list(it.remarks),
    }


def _board(board: Board) -> dict[str, Any]:
    return {
        "gpu": board.gpu,
        "rows": board.rows,
        "rows_gross": board.counts[0],
        "rows_net": board.counts[1],
        "rows_neither": board.counts[2],
        "idle_w": board.idle_w,
        "idle_from": board.idle_from if board.idle_w else None,
        "implied_idle_w": board.implied_w,
        "sentence": board.sentence,
        "idle_refuted": bool(board.refuted),
        "warning": board.refuted or None,
    }


def _row(one: AuditedRow) -> dict[str, Any]:
    return asdict(one.row) | {
        "row": one.number,
        "accounting": one.accounting,
        "accounting_words": one.words,
        "off_gross_pct": one.off_gross_pct,
        "edge_error": one.edge_error,
        "ambiguous": one.ambiguous,
        "implied_idle_w": one.implied_idle_w,
        "idle_w": one.idle_w,
        "gross_j_per_1k_tokens": one.gross_j_per_1k_tokens,
        "net_j_per_1k_tokens": one.net_j_per_1k_tokens,
        "doubts": [{"columns": d.columns, "seems": d.seems, "text": d.text} for d in one.doubts],
        "notes": one.notes,
    }


def _pair(pair: AuditedPair) -> dict[str, Any]:
    base, other = pair.baseline, pair.candidate
    return {
        "gpu": other.row.gpu,
        "model": other.row.model,
        "batch_size": other.row.batch_size,
        "baseline": base.row.config,
        "candidate": other.row.config,
        "baseline_row": base.row.row_id,
        "candidate_row": other.row.row_id,
        "baseline_rows": [one.row.row_id for one in base.rows],
        "candidate_rows": [one.row.row_id for one in other.rows],
        "baseline_repetitions": len(base.rows),
        "candidate_repetitions": len(other.rows),
        "means": pair.means or None,
        "throughput_tok_s": [base.row.throughput_tok_s, other.row.throughput_tok_s],
        "power_w": [base.row.power_w, other.row.power_w],
        "energy_j_per_1k_tokens": [base.row.energy_j_per_1k_tokens, other.row.energy_j_per_1k_tokens],
        "published_pct": pair.published_pct,
        "published_unit_doubted": pair.doubted,
        "gross_pct": pair.gross_pct,
        "net_pct": pair.net_pct,
        "idle_w": [base.idle_w, other.idle_w],
        "break_even_idle_w": pair.break_even_w,
        "depends_on_accounting": pair.depends,
        "mixed_accounting": pair.mixed,
        "may_be_mixed_accounting": pair.may_be_mixed,
    }
