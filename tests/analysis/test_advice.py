"""Advice: every line with what it rests on, and the words for where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ecotui.analysis.advice import EXACT, OTHER_BATCH, OTHER_BOARD, OTHER_MODEL, advise
from ecotui.analysis.advice_json import advice_dict
from ecotui.analysis.points import Point, gathered
from ecotui.core.errors import UsageError
from ecotui.store.published import published_rows
from tests.analysis.made import SWAY, run, windows
from tests.analysis.test_points import point

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FACTS = {
    "model": "synthetic:mistral-7b",
    "gpu_name": "NVIDIA H100 80GB HBM3",
    "started_at": datetime(2026, 11, 21, tzinfo=UTC),
    "blocks": 5,
}
ROWS = [
    run("0", **FACTS),
    run("1", 180.0, 190.0, quantization="nf4", **FACTS),
    run("2", 80.0, 190.0, quantization="int8-pure", **FACTS),
    run("3", 300.0, 350.0, engine="graph", **FACTS),
]
TOLD = {row.run_id: windows(row, SWAY) for row in ROWS}


def points() -> list[Point]:
    """The paired session."""
    return [point(row, "sample") for row in ROWS]


def test_a_line_names_its_runs_accountings_intervals_and_age() -> None:
    found = advise(points(), "mistralai/Mistral-7B-v0.3", "H100", windows=lambda run_id: TOLD[run_id], now=NOW)
    (line,) = [it for it in found.lines if it.topic == "nf4 against fp16"]

    assert found.evidence
    assert line.near == EXACT
    assert "less energy by its interval: energy a token ×0.5" in line.text
    assert all(name in line.text for name in ("gross", "net of context idle", "net of bare idle", "s.1 against s.0"))
    assert "paired: they took turns in one session, 3 days old" in line.text
    assert dict(line.ratios)["gross"].low is not None


def test_threshold_zero_never_comes_without_its_accuracy_risk() -> None:
    found = advise(points(), "mistral-7b", "H100", now=NOW)
    pure = [it for it in found.lines if it.pair and "int8-pure" in it.text]

    assert pure
    assert all("not measured here" in it.risk and "+2.5 to +22.7 %" in it.risk for it in pure)


def test_graph_against_eager_is_evidence_too() -> None:
    (line,) = [it for it in advise(points(), "mistral-7b", "H100").lines if it.topic == "graph against eager"]

    assert line.pair is not None
    assert line.pair.candidate.point_id == "s.3"


def test_without_evidence_it_says_so_and_shows_the_nearest_as_weaker() -> None:
    def near(model: str, gpu: str, batch: int | None = None) -> list[str]:
        lines = advise(points(), model, gpu, batch).lines
        return [it.near for it in lines if it.topic == "nf4 against fp16" and it.pair]

    assert near("mistral-7b", "H100", 8) == [OTHER_BATCH]
    assert near("mistral-7b", "A800") == [OTHER_BOARD]
    assert near("qwen2-7b", "H100") == [OTHER_MODEL]
    nothing = advise(points(), "qwen2-7b", "L40S")
    assert not nothing.evidence
    assert all("no evidence for qwen2-7b on L40S" in it.text for it in nothing.lines)
    assert advice_dict(nothing)["evidence"] is False


def test_simulated_runs_are_no_evidence() -> None:
    made = [point(run(str(i), simulated=True, quantization=q, **FACTS)) for i, q in enumerate(("fp16", "nf4"))]

    assert not advise(made, "mistral-7b", "H100").evidence


def test_published_rows_come_with_source_and_accounting_and_claims_with_that_of_the_rows() -> None:
    rows = gathered([], published_rows(None)).points
    lines = [it for it in advise(rows, "Qwen2-7B", "RTX 5090").lines if it.topic == "nf4 against fp16"]

    assert "net of the 22 W of idle power that the source states" in lines[0].text
    assert "without intervals (EcoCompute" in lines[0].text
    assert "published gross" in lines[0].text
    assert "5.2·10⁹" in lines[1].text
    assert "does not say in which accounting; the rows published for this board are: published gross" in lines[1].text
    assert lines[1].pair is None


def test_a_board_that_is_no_name_is_refused() -> None:
    with pytest.raises(UsageError, match="Name the board as the driver does"):
        advise([], "mistral-7b", "0")
    with pytest.raises(UsageError, match="Name both"):
        advise([], "", "H100")
