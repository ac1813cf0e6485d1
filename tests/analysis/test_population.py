"""Every figure of a contrast comes from one population; sessions that hold both arms by turns speak by their ratios."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ecotui.analysis.accounting import ACCOUNTINGS
from ecotui.analysis.baselines import BARE, CONTEXT
from ecotui.analysis.compare_rows import FIRST, block_words
from ecotui.analysis.comparison import Comparison, compare
from ecotui.analysis.contrast import POWER, TOKENS
from ecotui.analysis.paired import Ratio
from ecotui.analysis.report_comparison import comparison_document
from ecotui.analysis.sessions import RATIOS, sessions_of, stored_with
from ecotui.analysis.verdict import times
from ecotui.cli import main
from ecotui.core.pairs import JOULES
from ecotui.core.rows import RunRow, WindowRow
from ecotui.store.home import Home, default_samples
from ecotui.store.store import Store
from ecotui.ui.widgets.compare_grid import ratio_table
from ecotui.ui.widgets.compare_look import look
from ecotui.ui.widgets.compare_words import it_is
from tests.analysis.made import SWAY, run, windows

DAYS = {
    "20261121-100000-000a": (1.0, 300.0, 0.85, 310.0),
    "20261121-110000-000b": (1.25, 301.0, 0.86, 312.0),
    "20261121-120000-000c": (1.6, 299.0, 0.84, 306.0),
}
"""Sessions: the host's pace, fp16's watts, nf4's share of its throughput, nf4's watts. Days differ more than arms."""
A, B, C = DAYS
LOOK: dict[str, object] = {
    "simulated": True,
    "sensor": "simulated",
    "blocks": 5,
    "idle_bare_sd_w": 1.0,
    "idle_context_s": 16.0,
    "idle_context_sd_w": 1.2,
    "idle_context_before_w": 119.0,
    "idle_context_after_w": 121.0,
}
OTHER = tuple(reversed(SWAY))
Windows = dict[str, Sequence[WindowRow]]


def session(name: str, pace: float, plain: float, share: float, watts: float) -> tuple[RunRow, RunRow]:
    """fp16 and nf4 by turns: in every session nf4 is slower and takes more energy gross and net of either idle."""
    at: dict[str, object] = LOOK | {"session_id": name}
    first = run("a", 100.0 * pace, plain, **at | {"run_id": f"{name}.0"})
    return first, run("b", 100.0 * share * pace, watts, **at | {"run_id": f"{name}.1", "quantization": "nf4"})


def days() -> list[RunRow]:
    return [row for name, day in DAYS.items() for row in session(name, *day)]


def windows_of(rows: Sequence[RunRow], per_block: int | None = 2) -> Windows:
    return {it.run_id: windows(it, OTHER if it.quantization == "nf4" else SWAY, per_block=per_block) for it in rows}


def held(rows: Sequence[RunRow], a: str, b: str, per_block: int | None = 2) -> Comparison:
    by_id = {it.run_id: it for it in rows}
    return compare([by_id[a], by_id[b]], windows_of(rows, per_block), stored=rows)


def ratio_of(it: Comparison, column: str) -> Ratio:
    (one,) = it.contrasts
    each = {TOKENS: one.throughput, POWER: one.power} | {each.name: each.ratio for each in one.accounts.each}
    found = each[column]
    assert found is not None
    return found


def own_logs(column: str) -> list[float]:
    """Of each session by itself."""
    return [math.log(ratio_of(held(days(), f"{day}.0", f"{day}.1"), column).value) for day in DAYS]


def off(runs: Sequence[RunRow], column: str) -> list[float]:
    """s·ΔP/net of each run: a context idle that moved by 2 W, and bare readings that spread by 1 W."""
    return [1000 / (it.throughput_tok_s or 0) / getattr(it, column) for it in runs]


def half(ratio: Ratio) -> float:
    assert ratio.low is not None and ratio.high is not None
    return math.log(ratio.high / ratio.low) / 2


def same(ratio: Ratio, centre: float, wide: float) -> None:
    assert math.log(ratio.value) == pytest.approx(centre, abs=1e-6)
    assert half(ratio) == pytest.approx(wide, abs=1e-6)


@pytest.mark.parametrize("column", RATIOS)
def test_sessions_of_both_by_turns_have_scipys_interval_of_their_own_ratios(column: str) -> None:
    it = ratio_of(held(days(), f"{A}.0", f"{B}.1"), column)
    logs = own_logs(column)
    test = stats.ttest_1samp(logs, 0)
    low, high = test.confidence_interval(0.95)
    shared = [second - first for first, second in zip(*(off(days()[i::2], column) for i in (0, 1)), strict=True)]
    error = math.hypot(*shared) / len(DAYS) if column in (CONTEXT, BARE) else 0.0
    same(it, float(np.mean(logs)), math.hypot((high - low) / 2, error))
    assert (it.evidence, it.blocks, it.df) == ("paired sessions", 3, 2)
    if not error:
        assert it.p == pytest.approx(test.pvalue, abs=1e-6)


@pytest.mark.parametrize("column", RATIOS)
def test_sessions_of_one_arm_each_have_scipys_welch_of_their_means_in_every_column(column: str) -> None:
    rows = [replace(row, session_id=f"{row.session_id}{row.quantization}") for row in days()]
    it = ratio_of(held(rows, f"{A}.0", f"{B}.1"), column)
    first, second = (np.log([getattr(row, column) for row in rows[i::2]]) for i in (0, 1))
    test = stats.ttest_ind(second, first, equal_var=False)
    low, high = test.confidence_interval(0.95)
    error = math.hypot(*off(rows, column)) / len(DAYS) if column in (CONTEXT, BARE) else 0.0
    same(it, float(second.mean() - first.mean()), math.hypot((high - low) / 2, error))
    assert (it.evidence, it.df) == ("sessions", pytest.approx(test.df, abs=1e-6))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A home with the three sessions."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    made = Store(Home(tmp_path), default_samples())
    for name in DAYS:
        rows = [row for row in days() if row.session_id == name]
        made.keep(name, rows, [w for some in windows_of(rows).values() for w in some], [])
    return made


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    main(["compare", *words])
    return capsys.readouterr().out


@pytest.mark.parametrize(("a", "b"), [(A, B), (A, C), (C, A), (B, C)])
def test_the_sign_of_every_accounting_is_that_of_each_sessions_own(
    store: Store, capsys: pytest.CaptureFixture[str], a: str, b: str
) -> None:
    (one,) = json.loads(told(capsys, f"{a}.0", f"{b}.1", "--json"))["contrasts"]
    own = [json.loads(told(capsys, f"{day}.0", f"{day}.1", "--json"))["contrasts"][0] for day in DAYS]
    for _, label in ACCOUNTINGS:
        assert [it["energy"][label]["ratio"]["ratio"] > 1 for it in (one, *own)] == [True] * 4, label
    assert all(it["throughput"]["ratio"] < 1 for it in (one, *own))
    assert one["verdict"] == "more" and not one["depends_on_accounting"]
    ratios = [one["throughput"], one["power"], *(it["ratio"] for it in one["energy"].values())]
    assert {it["evidence"] for it in ratios} == {one["evidence"]} == {"paired sessions"}
    assert [it["ratio"] for it in one["sessions"]] == [it["energy"]["gross"]["ratio"]["ratio"] for it in own]
    evens = [it["break_even_idle_w"] for it in own]
    assert min(evens) < one["break_even_idle_w"] < max(evens), "no idle power of a board that draws 120 W"
    assert one["idle_measured_w"] == [70.0, 120.0]


def test_json_markdown_text_and_screen_tell_the_same_ratios_and_what_they_are_made_of(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = f"{A}.0", f"{C}.1"
    whole = json.loads(told(capsys, *ids, "--json"))
    (one,) = whole["contrasts"]
    at = look(Store(store.home), ids)
    assert at.comparison is not None
    shown = [times(ratio_of(at.comparison, column)) for column, _ in FIRST]
    ratios = [one["throughput"], one["power"], *(it["ratio"] for it in one["energy"].values())]
    assert [ratio_of(at.comparison, name).value for name, _ in FIRST] == [it["ratio"] for it in ratios]
    screen = "\n".join(line.plain for line in ratio_table(at, 160))
    for page in (told(capsys, *ids), told(capsys, *ids, "--markdown").replace("\\", ""), screen):
        assert all(ratio in page for ratio in shown)
        assert f"{one['break_even_idle_w']:.1f}" in page
    assert whole["runs"][1]["break_even_idle_w"] == one["break_even_idle_w"]
    made = "the mean of the own ratios of 3 sessions, in each of which both took turns"
    assert made in one["sentence"] and made in " ".join(told(capsys, *ids).split())
    assert "These are runs of different sessions" not in json.dumps(whole)
    (contrast,) = at.comparison.contrasts
    assert it_is(contrast) == "paired sessions, 3" and at.held[0].unit == "session"
    assert block_words(contrast) == "gross, session by session: ×1.216 · ×1.205 · ×1.218"
    assert [round(it, 3) for it in at.held[0].each] == [1.216, 1.205, 1.218]


def test_a_report_has_the_populations_means_beside_its_ratios(store: Store) -> None:
    it = comparison_document(store, [f"{A}.0", f"{C}.1"])
    sheet = next(sheet for section in it.sections for sheet in section.sheets if sheet.name == "ratios")
    for _, label, first, second, ratio, *_, evidence in sheet.rows[:5]:
        assert evidence == "paired sessions", label
        assert isinstance(first, float) and isinstance(second, float) and isinstance(ratio, float)
        assert (second > first) == (ratio > 1)


def test_sessions_that_did_not_take_turns_fall_back_to_their_means_in_every_column() -> None:
    it = held(days(), f"{A}.0", f"{B}.1", per_block=None)
    assert {ratio_of(it, column).evidence for column in RATIOS} == {"sessions"}
    (one,) = it.contrasts
    assert one.blocks == one.sessions == () and it_is(one) == "sessions, 3"
    assert one.accounts.gross.values[0] == pytest.approx(
        np.mean([row.energy_gross_j_per_1k_tokens for row in days()[::2]])
    )


def test_where_a_run_is_of_a_session_without_the_other_arm_no_session_speaks_by_its_ratio() -> None:
    alone = replace(session(A, 1.1, *DAYS[A][1:])[0], run_id="t.0", session_id="t")
    it = held([alone, *days()], "t.0", f"{B}.1")
    assert {ratio_of(it, column).evidence for column in RATIOS} == {"sessions"}
    (one,) = it.contrasts
    assert [each.ids for each in one.detail.sessions] == [(A, B, C, "t"), (A, B, C)]


def test_a_session_without_a_figure_that_the_run_has_is_none_of_its_population() -> None:
    rows = days()
    rows[4] = replace(rows[4], energy_net_context_j_per_1k_tokens=None)
    assert sessions_of(rows[0], rows).ids == (A, B)
    assert {ratio_of(held(rows, f"{A}.0", f"{B}.1"), column).evidence for column in RATIOS} == {"unpaired"}


def test_one_configuration_is_no_population_against_itself() -> None:
    (one,) = held(days(), f"{A}.0", f"{C}.0").contrasts
    assert one.evidence == "unpaired" and one.verdict.word == "not comparable"
    assert one.energy is not None and one.energy.value == pytest.approx(299 / 300 / 1.6)


def test_the_store_brings_the_windows_of_every_session_that_holds_both(store: Store) -> None:
    found = store.get([f"{A}.0", f"{A}.1", f"{C}.1"])
    stored, known = stored_with(store, [found[f"{A}.0"].row, found[f"{C}.1"].row])
    assert sorted(known) == sorted(row.run_id for row in days()) and len(stored) == 6
    assert [w.block for w in known[f"{B}.1"]] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert sorted(stored_with(store, [found[f"{A}.0"].row, found[f"{A}.1"].row])[1]) == [f"{A}.0", f"{A}.1"]
    assert getattr(known[f"{B}.1"][0], JOULES) == windows_of(days())[f"{B}.1"][0].energy_gross_j_per_1k_tokens
