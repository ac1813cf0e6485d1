"""A sweep's report: figures, ratios to the session's own baseline, what is missing, and published rows as context."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.analysis.export.data import document_json
from ecotui.analysis.export.html import document_html
from ecotui.analysis.export.markdown import document_markdown
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
    assert [row[ratios.columns.index("verdict")] for row in ratios.rows] == ["more", "more"]
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
    headings = ["Measured", "Against the baseline", "Not measured", "Method", "Limits"]
    assert [s.heading for s in document.sections] == headings
    (figure,) = section(document, "Measured").figures
    assert figure.title.startswith("SIMULATED: Energy a token against batch size")
    assert figure.x.log and figure.y.log and figure.y.label.endswith("SIMULATED")
    assert figure.series[0].x == (1.0, 8.0)
    assert figure.series[0].y == pytest.approx((2000.0, 250.0))
    assert any("watts are a model's" in text for text in section(document, "Limits").paragraphs)


def test_every_row_says_whose_it_is_and_the_environment_names_board_limit_and_idle_power(home: Home) -> None:
    two_groups(home)
    document = sweep_document(home, ID)
    for name in ("Measured", "Against the baseline"):
        sheet = section(document, name).sheets[0]
        told = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
        assert {(r["prompt_tokens"], r["new_tokens"], r["gpu_name"], r["simulated"], r["sweep"]) for r in told} == {
            (16, 256, "H100", False, ID)
        }
    facts = dict(document.facts)
    assert facts["Board's UUID"] == "GPU-1"
    assert facts["Idle, bare"].startswith("70") and facts["Idle, context"].startswith("120")
    assert any("context idle takes off" in text for text in section(document, "Method").paragraphs)
    assert any("±5 %" in text for text in section(document, "Limits").paragraphs)


def test_a_page_tells_once_what_all_rows_share_and_a_data_format_in_each(home: Home) -> None:
    two_groups(home)
    document = sweep_document(home, ID)
    page = document_html(document)
    told = f"The same in every row: prompt 16, new 256, board H100, simulated no, sweep {ID}."
    assert page.count(f"{told}</caption>") == 2
    for title in ("simulated", "sweep", "prompt"):
        assert not re.search(rf"<th[^>]*>{title}</th>", page)
    assert document_markdown(document).count("The same in every row") == 2
    rows = json.loads(document_json(document))["sections"][0]["sheets"][0]["rows"]
    assert [row["gpu_name"] for row in rows] == ["H100"] * 4


def test_ratios_are_drawn_with_their_whiskers_against_batch_size_or_side_by_side(home: Home) -> None:
    two_groups(home)
    (alone,) = section(sweep_document(home, ID), "Against the baseline").figures
    ratios = alone.series[0]
    assert (ratios.labels, ratios.y) == (("mistral-7b b1 nf4", "mistral-7b b1 int8"), pytest.approx((2.0, 4.0)))
    assert all(low is not None and low <= y for low, y in zip(ratios.low, ratios.y, strict=True))


def test_several_batch_sizes_have_one_figure_of_ratios(home: Home) -> None:
    begun(
        home,
        PLAN,
        GroupStarted(1.0, ONE, "a", 0, ["fp16", "nf4"]),
        GroupEnded(2.0, ONE, "a", "completed"),
        GroupStarted(3.0, EIGHT, "b", 0, ["fp16", "nf4"]),
        GroupEnded(4.0, EIGHT, "b", "completed"),
    )
    stored(home, "a", 1, {"fp16": 100.0, "nf4": 50.0})
    stored(home, "b", 8, {"fp16": 800.0, "nf4": 100.0})
    (figure,) = section(sweep_document(home, ID), "Against the baseline").figures
    assert figure.series[0].x == (1.0, 8.0)
    assert figure.series[0].y == pytest.approx((2.0, 8.0))


def test_a_point_without_a_ratio_says_why(home: Home) -> None:
    begun(
        home,
        PLAN,
        PointSkipped(0.0, ONE, "fp16", "it does not fit"),
        GroupStarted(1.0, ONE, "a", 0, ["nf4"]),
        GroupEnded(2.0, ONE, "a", "completed"),
    )
    stored(home, "a", 1, {"nf4": 50.0})
    against = section(sweep_document(home, ID), "Against the baseline")
    (sheet,) = against.sheets
    assert sheet.rows == ((ONE, "nf4", "none", "No baseline took turns with it, so it has no ratio."),)
    assert not against.figures


def test_means_and_ratio_that_point_in_opposite_directions_are_said(home: Home) -> None:
    begun(home, PLAN, GroupStarted(1.0, ONE, "a", 0, ["fp16", "nf4"]), GroupEnded(2.0, ONE, "a", "completed"))
    runs = [
        replace(run(str(n), 100.0, watts, quantization=word, model=MODEL), run_id=f"a.{n}", session_id="a", blocks=5)
        for n, (word, watts) in enumerate({"fp16": 200.0, "nf4": 201.0}.items())
    ]
    runs[1] = replace(runs[1], energy_gross_j_per_1k_tokens=1990.0)
    made = [window for one in runs for window in windows(one, SWAY)]
    for table, rows in ((RUNS, runs), (WINDOWS, made)):
        write_whole(home.store / table.name / f"a{SUFFIX}", to_bytes(to_frame(rows, table)))
    told = section(sweep_document(home, ID), "Against the baseline").paragraphs
    assert any(text.startswith(f"{ONE} nf4: ") and "opposite directions" in text for text in told)


def test_a_study_whose_models_nobody_published_has_no_section_of_published_rows(home: Home) -> None:
    plan = replace(PLAN, models=("synthetic:tiny",))
    begun(home, plan, GroupStarted(1.0, plan.groups()[0].key, "a", 0, ["fp16", "nf4", "int8"]))
    document = sweep_document(home, ID)
    assert not document.sections


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
