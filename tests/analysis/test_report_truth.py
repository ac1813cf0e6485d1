"""What a report says of itself: which of it is simulated, what differs, and where its own figures disagree."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.analysis.contrast import contrasts
from ecotui.analysis.export.data import document_json
from ecotui.analysis.export.drawing import LABEL, _drawn
from ecotui.analysis.export.html import document_html
from ecotui.analysis.export.latex import document_latex
from ecotui.analysis.export.markdown import document_markdown
from ecotui.analysis.export.reports import report, sheets
from ecotui.analysis.finding import Finding
from ecotui.analysis.findings_document import findings_document
from ecotui.analysis.report import comparison_document, session_document
from ecotui.analysis.report_words import opposed
from ecotui.core.document import BOARD_ENERGY, SIMULATED, SIMULATED_ENERGY, Document, Sheet
from ecotui.core.errors import UsageError
from ecotui.core.figure import Axis, Figure, Series
from ecotui.core.rows import RunRow
from ecotui.store.files import write_whole
from ecotui.store.home import Home
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, WINDOWS, to_frame
from ecotui.store.store import Store, default_samples
from tests.analysis.made import SWAY, run, windows

FIGURE = Figure("f", "F", Axis("x"), Axis("energy a token, gross, over its arm's mean, SIMULATED"), ())


def finding(kind: str, board: str) -> Finding:
    """A finding of one row."""
    return Finding("batch-law", board, "It falls.", Sheet(f"law-{kind}", ("x",), ("x",), ((1.0,),)), FIGURE, kind=kind)


REAL, MADE_UP = finding("measured", "H100"), finding("simulated", "Simulated board · SIMULATED")


def stored(place: Path, *runs: RunRow) -> Store:
    """A store with these runs and their windows."""
    for session in {one.session_id for one in runs}:
        mine = [one for one in runs if one.session_id == session]
        every = [w for one in mine for w in windows(one, SWAY)]
        for table, rows in ((RUNS, mine), (WINDOWS, every)):
            write_whole(place / "store" / table.name / f"{session}.parquet", to_bytes(to_frame(rows, table)))
    return Store(Home(place))


def texts(document: Document) -> list[str]:
    """The report in every format for people."""
    return [document_html(document), document_markdown(document), document_latex(document)]


def test_a_report_of_both_names_what_is_simulated_and_calls_nothing_else_so() -> None:
    both = findings_document([REAL, MADE_UP])
    assert both.warning.startswith("Some of the watts in this report are SIMULATED")
    assert "Energy a request against batch size: Simulated board · SIMULATED. No others are." in both.warning
    assert "H100" not in both.warning and both.joules == BOARD_ENERGY
    assert [section.simulated for section in both.sections] == [False, True, None]
    for text in texts(both):
        assert "Some of the watts in this report are SIMULATED" in text and SIMULATED not in text
    alone = findings_document([MADE_UP])
    assert alone.warning == SIMULATED and alone.joules == SIMULATED_ENERGY
    assert all("as NVML reports" not in text for text in texts(alone))
    assert findings_document([REAL]).warning == "" == findings_document([]).warning


def test_every_row_for_machines_says_whether_it_is_simulated_and_of_what_report() -> None:
    both = findings_document([REAL, MADE_UP])
    rows = [next(csv.DictReader(io.StringIO(data.decode()))) for data in sheets(both, "csv").values()]
    assert [row["simulated"] for row in rows] == ["false", "true"]
    assert rows[1]["report"] == "Findings" and rows[1]["section"] == both.sections[1].heading
    told = json.loads(document_json(both))
    assert [s["sheets"][0]["rows"][0]["simulated"] for s in told["sections"][:2]] == [False, True]
    assert told["warning"] == both.warning


def test_a_refused_comparison_lists_all_that_differs_and_names_the_simulated_run(tmp_path: Path) -> None:
    real = run("0", batch_size=8, model="large")
    other = run("0", 50.0, session_id="t", run_id="t.0", simulated=True, quantization="nf4", sensor="simulated")
    it = comparison_document(stored(tmp_path, real, other), ["s.0", "t.0"])
    assert "Some of the watts in this report are SIMULATED" in it.warning and "(t.0)" in it.warning
    section = next(one for one in it.sections if one.heading == "What else differs")
    assert "Nothing else differs" not in " ".join(section.paragraphs) and "quantization" in section.paragraphs[0]
    told = " ".join(str(row) for row in section.sheets[0].rows)
    assert section.sheets[0].rows[0][1] == "refused"
    assert all(what in told for what in ("models differ", "batch sizes differ", "sensors differ"))
    accounting = next(one for one in it.sections if one.heading == "Accounting")
    assert accounting.sheets[0].simulated == (False, True)


def test_means_and_ratios_that_point_in_opposite_directions_are_told(tmp_path: Path) -> None:
    a, b = run("0", blocks=5), run("1", 100.0, 200.5, quantization="nf4", blocks=5)
    joules = a.energy_gross_j_per_1k_tokens
    assert joules is not None
    shown = replace(b, energy_gross_j_per_1k_tokens=0.999 * joules)
    made = contrasts((a, shown), {"s.0": windows(a, SWAY), "s.1": windows(b, SWAY)})
    said = list(opposed(made, {"s.1": "nf4"}))
    assert len(said) == 1 and "gross energy" in said[0] and "opposite directions" in said[0]
    assert "×0.9990" in said[0] and "×1.0025" in said[0] and "by block" in said[0]
    assert not list(opposed(contrasts((a, b), {"s.0": windows(a, SWAY), "s.1": windows(b, SWAY)}), {"s.1": "nf4"}))
    document = session_document(stored(tmp_path, replace(a, blocks=1), replace(b, blocks=1)), "s")
    assert "1 planned block." in document.summary


def test_a_long_label_of_the_upright_axis_stays_within_the_picture() -> None:
    drawn = _drawn(replace(FIGURE, series=(Series("a", "candidate", (1.0,), (1.0,)),)))
    label = drawn.axes[0].get_ylabel()
    assert label.count("\n") == 1 and all(len(line) <= LABEL for line in label.splitlines())
    drawn.draw_without_rendering()
    box = drawn.axes[0].yaxis.label.get_window_extent()
    assert box.y0 >= 0 and box.y1 <= drawn.bbox.height


def test_figures_lie_in_a_folder_of_the_very_name_that_was_given() -> None:
    whole = replace(REAL, figure=replace(FIGURE, series=(Series("a", "candidate", (1.0,), (1.0,)),)))
    document = findings_document([whole])
    assert list(report(document, "latex", "o_s-figures")) == ["", "o_s-figures/f.png"]
    with pytest.raises(UsageError, match="LaTeX reads no figures from a folder named 'a b'"):
        report(document, "latex", "a b")


def test_a_comparison_of_both_engines_says_what_waiting_costs(tmp_path: Path) -> None:
    store = Store(Home(tmp_path), default_samples())
    told = comparison_document(store, ["20261121-111232-5881.0", "20261121-111232-5881.1"])
    (time,) = (one for one in told.sections if one.heading == "Where the time goes")
    assert any("147.0 waiting for the host, 24.6 % [21.5, 27.6]" in text for text in time.paragraphs)
    alone = comparison_document(store, ["20261121-111232-5881.0", "20261121-111232-5881.2"])
    assert all(one.paragraphs == () for one in alone.sections if one.heading == "Where the time goes")
