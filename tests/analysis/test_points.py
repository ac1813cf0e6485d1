"""Runs and published rows as points: what may stand together, and what is left out."""

from __future__ import annotations

from dataclasses import replace

from ecotui.analysis.findings import findings
from ecotui.analysis.points import LeftOut, Point, gathered, point_of
from ecotui.analysis.points_names import parameters_of
from ecotui.core.published import PublishedRow
from ecotui.core.rows import RunRow
from ecotui.store.finding import StoredRun
from tests.analysis.made import run

PUBLISHED = PublishedRow(
    row_id="published:t:1",
    source="a table",
    gpu="H100",
    model="Mistral-7B",
    config="INT8_pure",
    batch_size=1,
    throughput_tok_s=100.0,
    power_w=200.0,
    energy_j_per_1k_tokens=1830.0,
    idle_power_w=17.0,
)


def point(row: RunRow, origin: str = "here") -> Point:
    """The point that a run is."""
    made = point_of(row, origin)
    assert isinstance(made, Point)
    return made


def stored(*rows: RunRow) -> list[StoredRun]:
    """Runs as the store tells them."""
    return [StoredRun(row, "here") for row in rows]


def test_a_run_and_a_published_row_become_points_with_their_accountings() -> None:
    mine, theirs = gathered(stored(run("0", parameters=7_000_000_000)), [PUBLISHED]).points

    assert (mine.kind, mine.energy(), mine.energy("net-context"), mine.energy("net-bare")) == (
        *("measured", 2000.0),
        *(800.0, 1300.0),
    )
    assert (theirs.kind, theirs.quantization, theirs.parameters) == ("published", "int8-pure", 7_248_023_552)
    assert (theirs.energy(), theirs.energy("net-bare")) == (2000.0, 1830.0)
    assert theirs.accounted("net-bare") == "net of the 17 W of idle power that the source states"
    assert theirs.accounting == "published net of about 17 W"


def test_parameters_come_from_the_table_of_shapes_or_the_name() -> None:
    named = ["Qwen2.5-3B", "mistralai/Mistral-7B-v0.3", "synthetic:tinyllama-1.1b", "org/Some-13B-chat", "gpt2"]

    assert [parameters_of(name) for name in named] == [
        *(3_085_938_688, 7_248_023_552, 1_100_048_384, 13_000_000_000),
        None,
    ]


def test_runs_that_failed_or_are_invalid_are_left_out_with_the_reason() -> None:
    good = run("0")
    bad = [
        replace(good, run_id="a.0", outcome="failed"),
        replace(good, run_id="b.0", outcome="stopped"),
        replace(good, run_id="c.0", valid=False),
        replace(good, run_id="d.0", windows=0),
    ]
    found = gathered(stored(good, *bad))

    assert [p.point_id for p in found.points] == ["s.0"]
    assert [it.reason for it in found.left_out] == [
        *("the session is failed", "the session is stopped"),
        *("a window is INVALID", "no window was measured"),
    ]
    assert isinstance(point_of(bad[0]), LeftOut)


def test_what_was_left_out_is_told_where_it_would_have_stood() -> None:
    rows = [run(f"{q}{b}", 100.0 * b, 200.0, batch_size=b, quantization=q) for q in ("fp16", "nf4") for b in (1, 8, 64)]
    broken = run("x", 100.0, 200.0, quantization="nf4", outcome="unfinished")
    found = gathered(stored(*rows, broken))
    laws = findings(found.points, ["batch-law"], left_out=found.left_out)

    assert [(it.subject.split(" · ")[2], it.left_out) for it in laws] == [
        ("fp16", ()),
        ("nf4", (("the session is unfinished", 1),)),
    ]


def test_simulated_points_never_meet_measured_ones() -> None:
    rows = [run(str(b), 100.0 * b, 200.0, batch_size=b, simulated=b > 4) for b in (1, 2, 4, 8, 16, 32)]
    mixed = run("6", 90.0, 150.0, quantization="nf4", simulated=True)
    found = findings(gathered(stored(*rows, mixed)).points)

    laws = {f.kind: [row[0] for row in f.sheet.rows] for f in found if f.key == "batch-law"}
    assert laws == {"measured": [1, 2, 4], "simulated": [8, 16, 32]}
    assert not [f for f in found if f.key == "dequantization"], "its fp16 baseline is measured, and it is not"
    assert all("SIMULATED" in f.subject and "SIMULATED" in f.caveats[0] for f in found if f.kind == "simulated")


def test_boards_engines_and_lengths_stay_apart() -> None:
    base = [run(str(b), 100.0 * b, 200.0, batch_size=b) for b in (1, 2)]
    others = [
        replace(row, run_id=f"{row.run_id}{i}", **changed)
        for row in base
        for i, changed in enumerate(({"gpu_name": "A100"}, {"engine": "graph"}, {"new_tokens": 64}))
    ]
    found = findings(gathered(stored(*base, *others)).points, ["batch-law"])

    assert len(found) == 4
    assert {len(f.sheet.rows) for f in found} == {2}
