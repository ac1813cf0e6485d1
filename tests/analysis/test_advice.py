"""Advice: every line with what it rests on, and the words for where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecotui.analysis.advice import EXACT, FAMILY, OTHER_BATCH, OTHER_BOARD, OTHER_MODEL, advise
from ecotui.analysis.advice_json import advice_dict
from ecotui.analysis.advice_text import says
from ecotui.analysis.guard import red_list
from ecotui.analysis.paired import Ratio
from ecotui.analysis.points import Point, gathered
from ecotui.analysis.taxes_pairs import Pair
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
    sentence = "less energy gross, net of context idle and net of bare idle by their intervals: energy a token ×0.5"
    assert sentence in line.text
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


def told(energies: dict[str, tuple[float, float, float]]) -> str:
    """What is said of a pair whose ratios by accounting have these values and intervals."""
    made = {name: Ratio(value, low, high, 5) for name, (value, low, high) in energies.items()}
    fp16, nf4 = (point(row) for row in ROWS[:2])
    return says("nf4 against fp16", Pair(fp16, nf4), made)


def test_a_sign_depends_on_the_accounting_only_where_intervals_show_both_signs() -> None:
    shown = told({"gross": (0.7, 0.6, 0.8), "net-context": (1.1, 1.05, 1.15)})
    assert "whether it takes more or less depends on the accounting" in shown
    unsure = told({"gross": (1.05, 0.91, 1.21), "net-context": (0.78, 0.72, 0.83), "net-bare": (0.95, 0.85, 1.06)})
    assert "depends" not in unsure
    assert "less energy net of context idle by its interval; gross and net of bare idle undecided" in unsure


def test_what_one_accounting_alone_shows_is_said_of_that_one() -> None:
    assert ": less energy gross by its interval: " in told({"gross": (0.7, 0.6, 0.8)})
    mixed = told({"gross": (1.0, 0.99, 1.01), "net-bare": (1.2, 1.1, 1.3)})
    assert "more energy net of bare idle; the same energy within ±2 % gross by their intervals" in mixed


def test_a_pair_that_compare_refuses_says_so_in_the_same_words() -> None:
    rows = [replace(ROWS[0], stability="UNSTABLE"), replace(ROWS[1], session_id="t", run_id="t.1")]
    (line,) = [it for it in advise(map(point, rows), "mistral-7b", "H100").lines if it.pair]
    assert line.notes.count("Compare would not judge it") == 1
    for it in red_list(*rows):
        assert it.text in line.notes
    (settled,) = [it for it in advise(map(point, ROWS[:2]), "mistral-7b", "H100").lines if it.pair]
    assert "Compare would not" not in settled.notes


@pytest.mark.parametrize(
    "name", ["NVIDIA A800 80GB PCIe", "A800-SXM4-80GB", "NVIDIA GeForce RTX 4090 D", "RTX4090D", "RTX5090", "5090"]
)
def test_published_boards_are_found_by_their_drivers_names(name: str) -> None:
    model = "Qwen2-7B" if "5090" in name else "Mistral-7B"
    assert advise(gathered([], published_rows(None)).points, model, name).evidence
    assert not advise(gathered([], published_rows(None)).points, model, "RTX 4090").evidence


@pytest.mark.parametrize("model", ["mistralai/Mistral-7B-v0.1", "mistralai/Mistral-7B-Instruct-v0.2"])
def test_another_version_of_a_published_family_is_near_and_labelled(model: str) -> None:
    found = advise(gathered([], published_rows(None)).points, model, "A800", 1)
    (line,) = [
        it for it in found.lines if it.pair and it.topic == "int8 against fp16" and it.pair.candidate.batch_size == 1
    ]
    assert not found.evidence and line.near == FAMILY
    assert line.says.startswith("another version of the model on the same board (Mistral-7B on A800; weaker): ")


def test_a_name_without_a_version_tells_whose_shape_it_is_taken_as_and_how_old_its_source_is() -> None:
    rows = gathered([], published_rows(None)).points
    of = [it for it in advise(rows, "mistralai/Mistral-7B-v0.3", "A800", 1, now=NOW).lines if it.pair]
    exact = [it for it in of if it.near == EXACT]
    assert exact and all("Mistral-7B: its shape taken as Mistral-7B-v0.3's" in it.rests for it in exact)
    assert all("9 months old" in it.rests and it.age_days == pytest.approx(284, abs=1) for it in exact)
    assert "taken as" not in advise(rows, "Qwen2-7B", "RTX 5090").lines[1].rests


def test_ranges_over_several_boards_say_so() -> None:
    (line,) = [
        it
        for it in advise(gathered([], published_rows(None)).points, "m", "T4").lines
        if "5.2" not in it.says and it.says.startswith("nf4 against fp16: Published")
    ]
    assert "over several boards, energy against FP16 below that size +25 to +55 %" in line.says


def test_a_simulated_pair_is_told_of_where_there_is_no_evidence() -> None:
    made = [point(run(str(i), simulated=True, quantization=q, **FACTS)) for i, q in enumerate(("fp16", "nf4"))]
    lines = {it.topic: it for it in advise(made, "mistral-7b", "H100").lines}
    assert "simulated runs do not count as evidence for a measured board" in lines["nf4 against fp16"].text
    assert "simulated" not in lines["int8 against fp16"].text
