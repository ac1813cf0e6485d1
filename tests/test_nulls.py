"""The benchmark of nulls: an arm's own windows against each other, by Compare's statistics."""

import math
from pathlib import Path

import pytest

from benchmarks import nulls
from ecotui.analysis.contrast import contrasts
from ecotui.core.rows import WindowRow
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples

SAMPLES = default_samples() or Path()
A_A, LADDER = "20261121-164747-053a", "20261121-110526-c5ae"


def log_of(session: str) -> Path:
    return SAMPLES / "sessions" / session / "log.jsonl.gz"


def windows(joules: list[float], blocks: bool = True, valid: bool = True) -> list[WindowRow]:
    return [
        WindowRow(
            run_id="s.0",
            session_id="s",
            window=i + 1,
            simulated=False,
            block=1 + i // 2 if blocks else None,
            valid=valid or i > 1,
            energy_gross_j_per_1k_tokens=value,
        )
        for i, value in enumerate(joules)
    ]


def test_the_null_of_the_session_of_one_arm_twice_is_what_compare_says(tmp_path: Path) -> None:
    store = Store(Home(tmp_path), SAMPLES)
    names = [f"{A_A}.0", f"{A_A}.1"]
    (told,) = contrasts([store.find(it).row for it in names], {it: store.windows(it) for it in names})
    ((name, ratio),) = nulls.recorded([log_of(A_A)]).true
    assert name == f"{A_A}, graph"
    assert told.energy is not None
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx(
        (told.energy.value, told.energy.low, told.energy.high), rel=1e-9
    )


def test_two_logs_make_a_table_of_their_arms_by_engine(capsys: pytest.CaptureFixture[str]) -> None:
    nulls.main([str(log_of(A_A)), str(log_of(LADDER))])
    out = capsys.readouterr().out
    rows = {cells[1].strip(): cells[2:] for line in out.splitlines() if (cells := line.split("│"))[1:]}
    assert [int(rows[f"paired session, {engine}"][0]) for engine in ("eager", "graph")] == [3, 5]
    assert int(rows["all"][0]) == 8
    assert "not independent" in out
    assert "as Compare tells it: +0.1 % [-0.4, +0.6] of 5 blocks" in out


@pytest.mark.parametrize("blocks", [True, False])
def test_a_steady_drift_leaves_no_ratio_where_the_order_turns_from_block_to_block(blocks: bool) -> None:
    ratio = nulls.null(windows([100 * math.exp(0.01 * i) for i in range(8)], blocks))
    assert ratio is not None
    assert ratio.blocks == 4
    assert ratio.value == pytest.approx(1)
    assert nulls.holds_one(ratio)


def test_a_block_with_an_invalid_window_says_nothing_and_two_blocks_are_too_few() -> None:
    even = [100.0, 101.0] * 4
    valid, spoilt = nulls.null(windows(even)), nulls.null(windows(even, valid=False))
    assert valid is not None and spoilt is not None
    assert (valid.blocks, spoilt.blocks) == (4, 3)
    assert nulls.null(windows(even[:4])) is None


def test_logs_without_a_window_have_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    nulls.main([str(log_of("20261122-015948-076c"))])
    assert capsys.readouterr().out == "No log holds a window.\n"
