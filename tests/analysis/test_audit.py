"""Published figures: their accounting, their units, and the pairs whose sign depends on it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ecotui.analysis.audit import audit
from ecotui.analysis.audit_json import to_dict
from ecotui.analysis.audit_report import audit_document
from ecotui.analysis.audit_values import Audit, AuditedRow
from ecotui.core.published import PublishedRow
from ecotui.store.published import shipped_rows

IDLE_W = {"RTX 5090": 22.0, "RTX 4090D": 17.0, "A800": 65.0}
FLIPS = {
    ("RTX 4090D", "Yi-1.5-6B", 1, "INT8_pure"): (9.2, -2.7, 13.4),
    ("RTX 4090D", "Mistral-7B", 1, "INT8_pure"): (3.1, -7.5, 5.3),
    ("RTX 4090D", "Phi-3-mini", 1, "NF4"): (0.6, -8.0, 1.3),
    ("A800", "Mistral-7B", 1, "INT8_pure"): (33.3, -13.8, 52.3),
    ("A800", "Mistral-7B", 8, "INT8_pure"): (31.7, -6.9, 57.0),
}
"""Gross and net differences (%), and the idle power (W) at which the sign turns: P/T of both rows, by hand."""
STEADY = {
    ("RTX 5090", "TinyLlama-1.1B", 1, "NF4"): (26.4, 19.3),
    ("RTX 5090", "Qwen2-7B", 1, "NF4"): (-11.5, -16.4),
    ("RTX 4090D", "Qwen2.5-7B", 1, "INT8_default"): (40.1, 18.1),
    ("A800", "Mistral-7B", 4, "INT8_pure"): (43.6, 5.5),
    ("A800", "Mistral-7B", 4, "INT8_default"): (147.0, 39.0),
}


def published() -> list[PublishedRow]:
    """The study's 31 rows as they were published: no idle power in them."""
    return [replace(r, idle_power_w=None) for r in shipped_rows() if r.row_id.startswith("published:ecocompute:")]


def row(rate: float = 100.0, power: float = 200.0, energy: float | None = None, **facts: object) -> PublishedRow:
    """A row of one table and board, gross unless an energy is given."""
    given = {
        "row_id": "imported:t:1",
        "source": "s",
        "gpu": "G",
        "model": "m",
        "config": "NF4",
        "batch_size": 1,
    } | facts
    gross = 1000 * power / rate
    return PublishedRow(
        **given,  # type: ignore[arg-type]
        throughput_tok_s=rate,
        power_w=power,
        energy_j_per_1k_tokens=gross if energy is None else energy,
    )


def one(of: PublishedRow, *others: PublishedRow, idle: dict[str, float] | None = None) -> AuditedRow:
    return audit([of, *others], idle or {}).rows[0]


def seems(of: PublishedRow, **idle: float) -> list[str]:
    return [reading for doubt in one(of, idle=idle).doubts for reading in doubt.seems]


def by_key(it: Audit) -> dict[tuple[str, str, int, str], tuple[float, float, float]]:
    return {
        (r.gpu, r.model, r.batch_size, r.config): (p.gross_pct or 0, p.net_pct or 0, p.break_even_w or 0)
        for p in it.pairs
        for r in [p.candidate.row]
    }


def test_every_row_of_the_study_is_classified_and_five_of_its_twenty_pairs_depend_on_the_accounting() -> None:
    it = audit(published(), IDLE_W, "fp16")
    assert it.classified == len(it.rows) == 31 and not it.doubted and not it.remarks
    assert [(b.gpu, b.counts) for b in it.boards] == [
        ("RTX 5090", (8, 0, 0)),
        ("RTX 4090D", (0, 14, 0)),
        ("A800", (9, 0, 0)),
    ]
    assert len(it.pairs) == 20
    found = by_key(it)
    assert {k for p in it.depending for r in [p.candidate.row] for k in [(r.gpu, r.model, r.batch_size, r.config)]} == {
        *FLIPS
    }
    for key, figures in (FLIPS | STEADY).items():
        assert found[key][: len(figures)] == pytest.approx(figures, abs=0.1)


def test_the_idle_power_of_a_net_board_is_read_from_its_rows_and_that_of_a_gross_board_is_not_known() -> None:
    it = audit(published(), {})
    idle = {b.gpu: b.idle_w for b in it.boards}
    assert idle["RTX 5090"] is idle["A800"] is None
    assert idle["RTX 4090D"] == pytest.approx((17.3, 17.3), abs=0.05)
    assert sum(p.net_pct is None for p in it.pairs) == 10
    assert all(p.depends is None and p.gross_pct is not None for p in it.pairs if p.net_pct is None)
    assert "No idle power is known" in it.boards[0].sentence


def test_the_shipped_tables_carry_the_idle_power_that_their_source_states() -> None:
    it = audit(shipped_rows(), {})
    assert (it.classified, len(it.rows), len(it.pairs), len(it.depending)) == (38, 38, 20, 5)
    assert "It was not subtracted from the published energy." in it.boards[0].sentence
    assert it.remarks == ("7 rows have no FP16 row of the same table, board, model and batch size to be held against.",)


@pytest.mark.parametrize(("off", "edge"), [(1.004, False), (0.996, False), (1.049, True), (0.951, True)])
def test_energy_within_five_percent_is_gross_and_beyond_rounding_it_has_an_edge_error(off: float, edge: bool) -> None:
    it = one(row(energy=2000 * off))
    assert it.accounting == "gross" and it.edge_error is edge
    assert ("edge error" in it.words) is edge


def test_net_needs_rows_of_the_board_that_agree() -> None:
    rows = [row(rate, power, 1000 * (power - 40) / rate) for rate, power in ((50, 200), (60, 180), (70, 160))]
    assert {r.accounting for r in audit(rows, {}).rows} == {"net"}
    assert one(rows[0]).accounting == "neither" and "40.0 W" in one(rows[0]).words
    assert one(rows[0], idle={"g": 39.0}).accounting == "net"
    assert one(replace(rows[0], idle_power_w=41.0)).accounting == "net"
    scattered = [row(rate, 200, 1000 * (200 - idle) / rate) for rate, idle in ((50, 20), (60, 60), (70, 120))]
    assert {r.accounting for r in audit(scattered, {}).rows} == {"neither"}


def test_a_row_that_could_be_both_counts_as_gross_and_says_so() -> None:
    rows = [row(rate, power, 1000 * (power - 20) / rate) for rate, power in ((50, 200), (60, 180), (40, 600))]
    it = audit(rows, {}).rows[2]
    assert it.accounting == "gross" and it.edge_error
    assert it.notes == ("it would as well be net of 20.0 W, as other rows of its board are",)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (row(energy=2.0), "kJ a thousand tokens"),
        (row(energy=2.0), "J a token"),
        (row(energy=2e6), "mJ a thousand tokens"),
        (row(energy=2000 / 3600), "Wh a thousand tokens"),
        (row(energy=10.0), "seconds a thousand tokens"),
        (row(energy=512.0, new_tokens=256), "J a request of 256 tokens"),
        (row(power=200e3, energy=2000.0), "mW"),
        (row(power=0.2, energy=2000.0), "kW"),
        (row(power=0.2, energy=2.0), "kW"),
        (row(rate=100 / 8, energy=2000.0, batch_size=8), "tokens a second of one row, not of the batch"),
        (row(rate=6000.0, energy=2000.0), "tokens a minute"),
        (row(rate=10.0, energy=2000.0), "ms a token"),
        (row(rate=100 / 256, energy=2000.0, new_tokens=256), "requests a second"),
    ],
)
def test_a_unit_that_cannot_be_right_is_named(of: PublishedRow, words: str) -> None:
    assert words in seems(of)


def test_a_wrong_unit_is_seen_in_net_energy_too() -> None:
    assert "J a token" in seems(row(energy=1.3), G=70.0)
    assert one(row(energy=1.3)).doubts[0].seems == ()


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (row(18.09, 104.55, energy_j_per_request=14.16, new_tokens=256), "seconds, new_tokens / throughput"),
        (
            row(144.32, 119.32, energy_j_per_request=1.77, new_tokens=256, batch_size=8),
            "seconds, new_tokens / throughput",
        ),
        (row(18.09, 104.55, energy_j_per_request=14.16), "seconds, tokens / throughput with 256 tokens"),
        (row(energy_j_per_request=512.0 * 8, new_tokens=256, batch_size=8), "joules of the whole batch"),
        (row(energy_j_per_request=0.512, new_tokens=256), "kJ a request"),
        (row(energy_j_per_request=2.0, new_tokens=256), "J a token"),
    ],
)
def test_joules_a_request_that_are_something_else_are_named(of: PublishedRow, words: str) -> None:
    assert any(reading.startswith(words) for reading in seems(of))


def test_joules_a_request_that_are_right_raise_no_doubt() -> None:
    assert not seems(row(energy_j_per_request=512.0, new_tokens=256))
    assert not seems(row(energy_j_per_request=512.0))
    it = one(row(energy_j_per_request=0.61, new_tokens=256, batch_size=64))
    assert it.doubts[0].seems == () and "no other unit fits" in it.doubts[0].text


def test_no_gross_or_net_is_computed_from_watts_that_are_none() -> None:
    base, other = row(config="half"), row(power=150e3, energy=1500.0)
    (pair,) = audit([base, other], {"G": 50.0}).pairs
    assert pair.published_pct == pytest.approx(-25.0)
    assert pair.gross_pct is pair.net_pct is pair.depends is None


def test_pairs_stay_within_table_board_model_and_batch_size() -> None:
    base = row(config="FP16")
    others = [
        row(gpu="other"),
        row(model="n"),
        row(batch_size=2),
        row(row_id="imported:u:1"),
    ]
    assert not audit([base, *others], {}).pairs
    assert len(audit([row(config="my own"), row()], {}, "MY_OWN").pairs) == 1


def test_a_difference_between_accountings_is_said() -> None:
    base, other = row(config="FP16"), row(60, 180, 1000 * (180 - 40) / 60)
    it = audit([base, other, row(50, 200, 3200, model="n")], {})
    assert it.pairs[0].mixed and it.remarks[-1] == "1 published difference sets one accounting against another."


@pytest.mark.parametrize("stated", [False, True])
def test_a_row_that_the_idle_power_makes_net_is_said_and_no_pair_of_it_is_counted_as_mixed(stated: bool) -> None:
    base, other = row(10, 200, 19200, config="FP16"), row(5, 100, 18400)
    rows = [replace(r, idle_power_w=8.0 if stated else None) for r in (base, other)]
    it = audit(rows, {} if stated else {"G": 8.0})
    assert it.rows[0].accounting == "gross" and it.rows[0].edge_error and it.rows[0].ambiguous
    whose = "that it states" if stated else "given"
    assert it.rows[0].notes == (f"it would as well be net of 8.0 W, the idle power {whose}",)
    (pair,) = it.pairs
    assert it.rows[1].accounting == "net" and not pair.mixed and pair.may_be_mixed
    assert it.remarks == (
        "1 published difference may set one accounting against another: a row of it could be gross or net.",
    )


def test_a_row_that_states_another_idle_power_than_it_leaves_out_is_said() -> None:
    rows = [row(rate, power, 1000 * (power - 17) / rate, idle_power_w=60.0) for rate, power in ((50, 200), (60, 180))]
    it = audit(rows, {})
    assert it.rows[0].notes == ("it states an idle power of 60.0 W, but its energy leaves out 17.0 W",)
    assert it.remarks[0].startswith(
        "G: the idle power stated by its rows, 60.0 W, is not what its rows leave out, 17.0 W"
    )
    agreeing = audit([replace(r, idle_power_w=17.5) for r in rows], {})
    assert not agreeing.rows[0].notes and not agreeing.boards[0].refuted


def test_an_idle_power_above_a_rows_power_is_said() -> None:
    base, other = row(50, 40, config="FP16"), row(60, 200)
    it = audit([base, other], {"G": 50.0})
    assert it.pairs[0].net_pct is None and "not above the idle power" in it.rows[0].notes[0]


def test_an_audit_is_json_and_a_document() -> None:
    it = audit(published(), IDLE_W)
    told = json.loads(json.dumps(to_dict(it), allow_nan=False))
    assert (told["rows_classified"], told["pairs_depending_on_accounting"]) == (31, 5)
    assert told["rows"][8]["accounting"] == "net" and told["rows"][8]["implied_idle_w"] == pytest.approx(17.0, abs=0.1)
    document = audit_document(it, "EcoCompute")
    for sheet in document.sections[0].sheets:
        assert {len(r) for r in sheet.rows} == {len(sheet.columns)} == {len(sheet.titles)}
    assert "change their sign" in document.summary and len(document.facts) == 3
