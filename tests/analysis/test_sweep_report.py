"""A sweep's report: figures, ratios to the session's own baseline, what is missing, and published rows as context."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.analysis.sweep_report import sweep_document, sweep_json
from ecotui.analysis.sweep_report_published import same_family
from ecotui.core.document import Document, Section
from ecotui.core.errors import LogError
from ecotui.core.sweep import SweepPlan
from ecotui.core.sweep_events import (
    VERSION,
    Driven,
    GroupEnded,
    GroupStarted,
    PointSkipped,
    SweepEnded,
    SweepEvent,
    SweepHeader,
)
from ecotui.core.wire import encode
from ecotui.store.files import SUFFIX, write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from tests.analysis.made import SWAY, run, windows

ID = "20261121-120000-beef"
MODEL = "synthetic:mistral-7b"
PLAN = SweepPlan("ecocompute", (MODEL,), ("fp16", "nf4", "int8"), batch_sizes=(1, 8))
ONE, EIGHT = (group.key for group in PLAN.groups())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    return Home.open()


def begun(home: Home, plan: SweepPlan, *events: SweepEvent) -> None:
    folder = home.sweeps / ID
    folder.mkdir(parents=True)
    lines = (SweepHeader(VERSION, ID, 1_795_000_000.0, plan.to_dict()), *events)
    (folder / "sweep.jsonl").write_text("".join(f"{encode(line)}\n" for line in lines))


def stored(home: Home, session: str, batch: int, rates: dict[str, float], simulated: bool = False) -> None:
    """A session whose arms go at these rates and draw 200 W, in five blocks."""
    runs = [
        replace(
            run(str(n), rate, 200.0, quantization=word, model=MODEL, batch_size=batch, energy_gross_j_per_request=5.0),
            run_id=f"{session}.{n}",
            session_id=session,
            simulated=simulated,
            blocks=5,
        )
        for n, (word, rate) in enumerate(rates.items())
    ]
    made = [window for one in runs for window in windows(one, SWAY)]
    for table, rows in ((RUNS, runs), (WINDOWS, made)):
        write_whole(home.store / table.name / f"{session}{SUFFIX}", to_bytes(to_frame(rows, table)))


def two_groups(home: Home, plan: SweepPlan = PLAN) -> None:
    """Batch 1 is done; at batch 8 int8 failed, and nf4 does not fit."""
    begun(
        home,
        plan,
        Driven(0.0, [0]),
        GroupStarted(1.0, ONE, "a", 0, ["fp16", "nf4", "int8"]),
        GroupEnded(2.0, ONE, "a", "completed"),
        PointSkipped(3.0, EIGHT, "nf4", "it does not fit"),
        GroupStarted(4.0, EIGHT, "b", 0, ["fp16", "int8"]),
        GroupEnded(5.0, EIGHT, "b", "failed", "out of memory", "int8"),
        GroupStarted(6.0, EIGHT, "c", 0, ["fp16"]),
        GroupEnded(7.0, EIGHT, "c", "completed"),
        SweepEnded(8.0, "completed"),
    )
    stored(home, "a", 1, {"fp16": 100.0, "nf4": 50.0, "int8": 25.0}, plan.simulated)
    stored(home, "c", 8, {"fp16": 800.0}, plan.simulated)


def section(document: Document, heading: str) -> Section:
    return next(s for s in document.sections if s.heading == heading)


def test_every_point_has_its_figures_and_its_paired_ratio_to_the_baseline_of_its_session(home: Home) -> None:
    two_groups(home)
    document = sweep_document(home, ID)
    (figures,) = section(document, "Measured").sheets
    assert [row[:4] for row in figures.rows] == [
        (MODEL, 1, "fp16", 100.0),
        (MODEL, 1, "nf4", 50.0),
        (MODEL, 1, "int8", 25.0),
        (MODEL, 8, "fp16", 800.0),
    ]
    (ratios,) = section(document, "Against the baseline").sheets
    assert [row[2] for row in ratios.rows] == ["nf4", "int8"]
    assert [row[3] for row in ratios.rows] == pytest.approx([2.0, 4.0])
    assert [row[-1] for row in ratios.rows] == ["more", "more"]
    low, high = ratios.rows[0][4], ratios.rows[0][5]
    assert isinstance(low, float) and isinstance(high, float) and low <= 2.0 <= high
    assert all(len(row) == len(sheet.columns) == len(sheet.titles) for sheet in (figures, ratios) for row in sheet.rows)
    assert document.summary.startswith("6 points: 4 done, 1 failed, 1 skipped.")


def test_what_was_not_measured_is_told_with_its_reason(home: Home) -> None:
    two_groups(home)
    (sheet,) = section(sweep_document(home, ID), "Not measured").sheets
    assert [row[1:] for row in sheet.rows] == [
        ("nf4", "skipped", "it does not fit"),
        ("int8", "failed", "out of memory"),
    ]


def test_the_study_s_sweep_lies_beside_the_published_rows_gross_on_both_sides(home: Home) -> None:
    two_groups(home)
    (sheet,) = section(sweep_document(home, ID), "Beside the published rows").sheets
    nf4 = [row for row in sheet.rows if row[1:3] == ("nf4", 1)]
    assert [row[3:5] for row in nf4] == [("H100", "here"), ("RTX 4090D", "published")]
    assert nf4[0][7:9] == pytest.approx((4000.0, 2.0))
    gross, fp16 = 1000 * 81.49 / 17.37, 1000 * 181.91 / 29.06
    assert nf4[1][7:9] == pytest.approx((gross, gross / fp16))
    assert nf4[1][9:] == (None, None)


def test_another_plan_has_no_published_rows_and_a_simulated_one_says_so(home: Home) -> None:
    two_groups(home, replace(PLAN, name="mine", sensor="simulated", device="cpu"))
    document = sweep_document(home, ID)
    assert document.simulated
    assert [s.heading for s in document.sections] == ["Measured", "Against the baseline", "Not measured"]
    (figure,) = section(document, "Measured").figures
    assert figure.title.startswith("SIMULATED")
    assert figure.series[0].x == (1.0, 8.0)


def test_json_has_the_columns_of_the_store_and_a_session_that_was_killed_is_to_come(home: Home) -> None:
    begun(home, PLAN, Driven(0.0, [0]), GroupStarted(1.0, ONE, "a", 0, ["fp16", "nf4", "int8"]))
    told = sweep_json(home, ID)
    assert told["counts"]["to come"] == 6
    assert json.loads(json.dumps(told))["points"][0]["state"] == "to come"


@pytest.mark.parametrize("name", ["nothing", "../../etc"])
def test_a_sweep_that_is_not_there_is_refused(home: Home, name: str) -> None:
    with pytest.raises(LogError):
        sweep_document(home, name)


@pytest.mark.parametrize(
    ("ours", "published", "same"),
    [
        ("synthetic:mistral-7b", "Mistral-7B", True),
        ("mistralai/Mistral-7B-v0.1", "Mistral-7B", True),
        ("Qwen/Qwen2.5-7B-Instruct", "Qwen2-7B", False),
        ("/models/qwen2-7b/", "Qwen2-7B", True),
        ("synthetic:phi-3-mini", "Phi-3-mini", True),
        ("microsoft/phi-3-mini-4k-instruct", "Phi-3-mini", True),
        ("m", "", False),
    ],
)
def test_model_families_are_told_by_their_names(ours: str, published: str, same: bool) -> None:
    assert same_family(ours, published) is same
