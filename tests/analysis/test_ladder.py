"""Paired ratios against an independent judge, and the ladder that separates work from waiting."""

import json
import math
from dataclasses import replace

import pytest
from scipy import stats

from ecotui.analysis.ladder import UNCAPTURED, ladder, to_dict
from ecotui.analysis.paired import paired_ratio
from ecotui.core.rows import RunRow, WindowRow

JOULES = "energy_gross_j_per_1k_tokens"


def windows(run_id: str, joules: list[float], *, per_block: int = 2, tok_s: float = 10.0) -> list[WindowRow]:
    return [
        WindowRow(
            run_id=run_id,
            session_id="s",
            window=i + 1,
            simulated=False,
            block=1 + i // per_block,
            energy_gross_j_per_1k_tokens=value,
            throughput_tok_s=tok_s,
            valid=True,
        )
        for i, value in enumerate(joules)
    ]


def run(name: str, quantization: str, engine: str, joules: float) -> RunRow:
    return RunRow(
        run_id=f"s.{name}",
        session_id="s",
        simulated=False,
        model="synthetic:mistral-7b",
        quantization=quantization,
        engine=engine,
        batch_size=1,
        prompt_tokens=16,
        new_tokens=64,
        energy_gross_j_per_1k_tokens=joules,
    )


def test_a_paired_ratio_is_the_mean_of_the_blocks_log_ratios_with_students_interval() -> None:
    a, b = [100.0, 104.0, 99.0, 101.0, 102.0, 98.0], [151.0, 149.0, 148.0, 155.0, 150.0, 151.0]
    it = paired_ratio(windows("a", a), windows("b", b), JOULES)
    assert it is not None and it.blocks == 3
    logs = [math.log((b[i] + b[i + 1]) / (a[i] + a[i + 1])) for i in (0, 2, 4)]
    low, high = stats.t.interval(0.95, 2, loc=sum(logs) / 3, scale=stats.sem(logs))
    assert math.log(it.value) == pytest.approx(sum(logs) / 3, abs=1e-12)
    assert (math.log(it.low or 0), math.log(it.high or 0)) == (
        pytest.approx(low, abs=1e-9),
        pytest.approx(high, abs=1e-9),
    )


def test_a_block_with_an_invalid_window_says_nothing() -> None:
    a, b = windows("a", [100.0] * 6), windows("b", [150.0, 150.0, 900.0, 900.0, 150.0, 150.0])
    b[2] = replace(b[2], valid=False)
    it = paired_ratio(a, b, JOULES)
    assert it is not None and (it.blocks, it.value) == (2, pytest.approx(1.5))


def test_a_single_block_has_no_interval_and_none_has_no_ratio() -> None:
    it = paired_ratio(windows("a", [100.0, 100.0]), windows("b", [150.0, 150.0]), JOULES)
    assert it is not None and it.interval_pct is None and it.pct == pytest.approx(50)
    assert paired_ratio(windows("a", [100.0]), [], JOULES) is None
    alone = [replace(w, block=None) for w in windows("a", [100.0])]
    assert paired_ratio(alone, alone, JOULES) is None


RUNS = [
    run("0", "fp16", "eager", 6_000.0),
    run("1", "fp16", "graph", 3_000.0),
    run("2", "int8-pure", "eager", 9_000.0),
    run("3", "int8-pure", "graph", 2_400.0),
]
WINDOWS = {r.run_id: windows(r.run_id, [r.energy_gross_j_per_1k_tokens or 0] * 4) for r in RUNS}


def test_the_ladder_separates_the_work_from_the_waiting() -> None:
    it = ladder(RUNS, WINDOWS)
    assert it is not None and len(it.rungs) == 2
    fp16, int8 = it.rungs
    assert (fp16.work_j, fp16.waiting_pct) == (pytest.approx(3_000), pytest.approx(50))
    assert (int8.work_j, int8.waiting_pct) == (pytest.approx(2_400), pytest.approx(100 * 6.6 / 9))


def test_the_ladder_tells_what_the_dtype_costs_with_the_waiting_and_without() -> None:
    it = ladder(RUNS, WINDOWS)
    assert it is not None
    (pair,) = it.against
    assert (pair.eager.pct, pair.graph.pct) == (pytest.approx(50), pytest.approx(-20))
    said = list(it.sentences())
    assert said[0].startswith("int8-pure against fp16 b1: the dtype costs -20.0 %") and "it is +50.0 %" in said[0]
    assert said[2].startswith(
        "int8-pure b1: of 9,000 J a 1,000 tokens eager, 2,400 are the work (graph) and 6,600 waiting"
    )


@pytest.mark.parametrize("joules", [[6_100.0] * 4, [7_000.0, 7_100.0, 4_000.0, 4_100.0]])
def test_a_difference_that_is_none_or_not_proven_is_not_called_waiting(joules: list[float]) -> None:
    runs = [RUNS[0], replace(RUNS[1], energy_gross_j_per_1k_tokens=sum(joules) / 4)]
    it = ladder(runs, {RUNS[0].run_id: WINDOWS[RUNS[0].run_id], RUNS[1].run_id: windows("b", joules)})
    assert it is not None
    assert "that waiting costs energy is not shown" in next(it.sentences())


def test_on_the_cpu_the_pair_says_nothing_about_waiting() -> None:
    it = ladder([replace(run, device="cpu") for run in RUNS], WINDOWS)
    assert it is not None
    assert list(it.sentences()) == [UNCAPTURED]


def test_without_both_engines_there_is_no_ladder() -> None:
    assert ladder([RUNS[0], RUNS[2]], WINDOWS) is None
    other = replace(RUNS[1], session_id="another")
    assert ladder([RUNS[0], other], WINDOWS) is None, "sessions are never pooled"


def test_the_ladder_is_json() -> None:
    it = ladder(RUNS, WINDOWS)
    assert it is not None
    told = json.loads(json.dumps(to_dict(it)))
    assert told["rungs"][0]["waiting_j_per_1k_tokens"] == pytest.approx(3_000)
    assert len(told["sentences"]) == 3


def test_an_accounting_that_points_the_other_way_is_told_beside_the_sentence() -> None:
    def net(rows: list[WindowRow], joules: float) -> list[WindowRow]:
        return [replace(w, energy_net_context_j_per_1k_tokens=joules) for w in rows]

    told = {
        r.run_id: net(WINDOWS[r.run_id], joules) for r, joules in zip(RUNS, (2_000, 2_300, 1_600, 1_500), strict=True)
    }
    it = ladder(RUNS, told)
    assert it is not None
    against, fp16, int8 = it.sentences()
    assert "+50.0 % [+50.0, +50.0] gross, and -20.0 % [-20.0, -20.0] net of context idle" in against
    assert "net of context idle the graph takes +15.0 %" in fp16 and "net of" not in int8


def test_a_change_whose_interval_holds_0_is_not_told_as_a_cost() -> None:
    wide = {**WINDOWS, RUNS[2].run_id: windows(RUNS[2].run_id, [9_000.0, 9_000.0, 4_500.0, 4_500.0])}
    it = ladder(RUNS, wide)
    assert it is not None
    assert "it is not told from 0 (+6.1 % [" in next(it.sentences())


def test_a_block_that_was_not_finished_has_no_ratio() -> None:
    a, b = windows("a", [100.0] * 5), windows("b", [150.0] * 5)
    it = paired_ratio(a, b, JOULES)
    assert it is not None and it.blocks == 2
