"""Repetitions of one configuration stand in a pair by their means; what differs in what it is does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecotui.analysis.audit import audit
from ecotui.analysis.audit_json import to_dict
from ecotui.analysis.audit_report import audit_document
from ecotui.analysis.audit_values import AuditedPair
from tests.analysis.test_audit import IDLE_W, published, row

BASES = [row(100, 200, config="FP16"), row(98, 204, config="FP16 (baseline)")]
OTHERS = [row(60, 100), row(62, 106)]


def figures(pair: AuditedPair) -> tuple[object, ...]:
    return pair.published_pct, pair.gross_pct, pair.net_pct, pair.break_even_w, pair.depends


def test_repetitions_are_one_pair_by_the_means_of_throughput_power_and_energy() -> None:
    it = audit([BASES[0], OTHERS[0], BASES[1], OTHERS[1]], {"G": 40.0})
    (pair,) = it.pairs
    assert pair.means == "mean of 2 rows and of 2" and pair.counts == (2, 2)
    energy = 1000 * (200 / 100 + 204 / 98) / 2, 1000 * (100 / 60 + 106 / 62) / 2
    (by_hand,) = audit([row(99, 202, energy[0], config="FP16"), row(61, 103, energy[1])], {"G": 40.0}).pairs
    assert figures(pair) == pytest.approx(figures(by_hand))
    assert by_hand.means == "" and by_hand.gross_pct == pytest.approx(100 * (103 / 61 / (202 / 99) - 1))
    assert len(it.rows) == 4 and [one.accounting for one in it.rows] == ["gross"] * 4 and not it.remarks


def test_the_sign_that_depends_on_the_accounting_is_that_of_the_means() -> None:
    rows = [row(100, 200, config="FP16"), row(100, 210, config="fp16"), row(50, 104), row(50, 112)]
    (pair,) = audit(rows, {"G": 30.0}).pairs
    assert pair.gross_pct == pytest.approx(100 * (108 / 50 / (205 / 100) - 1))
    assert pair.net_pct is not None and pair.net_pct < 0 and pair.depends
    assert pair.break_even_w == pytest.approx((108 / 50 - 205 / 100) / (1 / 50 - 1 / 100))


def test_rows_of_the_study_written_twice_over_give_the_studys_pairs_as_means() -> None:
    once = audit(published(), IDLE_W)
    twice = audit([one for one in published() for _ in range(2)], IDLE_W)
    assert [figures(pair) for pair in twice.pairs] == [figures(pair) for pair in once.pairs]
    assert (len(twice.rows), len(twice.pairs), len(twice.depending), twice.repeated) == (62, 20, 5, 20)
    assert once.repeated == 0


def test_rows_of_another_length_board_or_configuration_are_no_repetitions() -> None:
    others = [row(61, 100, new_tokens=64), row(62, 100, gpu="H"), row(63, 100, config="NF4+dq")]
    it = audit([*BASES, OTHERS[0], *others], {})
    assert [(p.candidate.row.config, p.counts) for p in it.pairs] == [("NF4", (1, 2)), ("NF4+dq", (1, 2))]
    assert it.remarks == (
        "1 row has no FP16 row of the same table, board, model, batch size and length (new_tokens) to be held against.",
        "1 row has no FP16 row of the same table, board, model and batch size to be held against.",
    )


def test_where_several_sources_have_a_baseline_each_is_held_against_its_own() -> None:
    bases = [row(100, 200, config="FP16", source="Doe"), row(50, 200, config="FP16", source="Roe")]
    others = [row(60, 100, source="Doe"), row(60, 100, source="Roe"), row(60, 100, source="Poe")]
    it = audit([*bases, *others], {})
    assert [(p.baseline.row.source, p.candidate.row.source, p.counts) for p in it.pairs] == [
        ("Doe", "Doe", (1, 1)),
        ("Roe", "Roe", (1, 1)),
    ]
    assert "1 row has no FP16 row of the same table, board, model, batch size and source" in it.remarks[0]


def test_two_names_of_a_baseline_that_may_be_two_things_make_no_pair() -> None:
    it = audit([row(config="NF4"), row(90, config="4bit"), row(80, config="FP16")], {}, "nf4")
    assert not it.pairs
    assert it.remarks == (
        "2 rows are nf4 of m at batch 1 on G (rows 1, 1), called NF4 and 4bit: nobody can tell which is the baseline.",
    )


def test_where_every_row_is_the_baseline_it_is_said_why_there_is_no_pair() -> None:
    it = audit([row(config="INT8_pure"), row(90, config="int8-pure")], {}, "int8-pure")
    assert not it.pairs
    assert it.remarks == ("Every row is int8-pure: there is no other configuration to hold against it.",)


def test_one_doubtful_repetition_keeps_gross_and_net_from_being_computed() -> None:
    (pair,) = audit([*BASES, OTHERS[0], replace(OTHERS[1], power_w=106e3)], {"G": 40.0}).pairs
    assert pair.counts == (2, 2) and pair.gross_pct is None and pair.depends is None


def test_repetitions_in_two_accountings_are_said_to_set_one_against_another() -> None:
    net = [row(rate, power, 1000 * (power - 40) / rate) for rate, power in ((50, 200), (60, 180))]
    it = audit([*BASES, OTHERS[0], *net], {"G": 40.0})
    assert it.pairs[0].counts == (3, 2) and it.pairs[0].mixed
    assert it.remarks == ("1 published difference sets one accounting against another.",)


def test_json_and_sheet_count_the_repetitions() -> None:
    rows = [replace(one, row_id=f"imported:t:{n}") for n, one in enumerate([*BASES, *OTHERS], 1)]
    it = audit(rows, {"G": 40.0})
    told = to_dict(it)
    (pair,) = told["pairs"]
    assert told["pairs_of_means"] == 1 and pair["means"] == "mean of 2 rows and of 2"
    assert (pair["baseline_repetitions"], pair["candidate_repetitions"]) == (2, 2)
    assert (pair["baseline_rows"], pair["candidate_rows"]) == (
        ["imported:t:1", "imported:t:2"],
        ["imported:t:3", "imported:t:4"],
    )
    assert (pair["throughput_tok_s"], pair["power_w"]) == ([99, 61], [202, 103])
    document = audit_document(it, "t")
    sheet = document.sections[0].sheets[0]
    place = sheet.columns.index("candidate_repetitions")
    assert sheet.columns[place + 1] == "baseline_repetitions" and sheet.rows[0][place : place + 2] == (2, 2)
    assert "1 of them is of means over repetitions." in document.summary
    assert any("are repetitions" in text for text in document.sections[0].paragraphs)
