"""What waiting for the host costs, over stored sessions: the ladder's ratios, and no more than they show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecotui.analysis.finding import Finding
from ecotui.analysis.findings import findings
from ecotui.analysis.findings_document import findings_document
from ecotui.analysis.ladder import UNCAPTURED, ladder
from ecotui.analysis.points import gathered, stored
from ecotui.analysis.taxes_pairs import Intervals
from ecotui.analysis.waiting import NO_EAGER, OPEN, waiting
from ecotui.core.rows import RunRow
from ecotui.store.home import Home
from ecotui.store.store import Store, default_samples
from tests.analysis.made import SWAY, run, windows
from tests.analysis.test_points import point

FACTS: Mapping[str, object] = {"blocks": 5, "device": "cuda"}
FP16 = run("0", 50.0, 200.0, **FACTS), run("1", 100.0, 300.0, engine="graph", **FACTS)
PURE = (
    run("2", 25.0, 150.0, quantization="int8-pure", **FACTS),
    run("3", 100.0, 240.0, quantization="int8-pure", engine="graph", **FACTS),
)
"""Gross 4 and 3 J a token of fp16, 6 and 2.4 of int8-pure, eager and as graphs."""


def found_in(
    rows: Sequence[RunRow], accounting: str = "gross", sway: Mapping[str, Sequence[float]] | None = None
) -> list[Finding]:
    told = {row.run_id: windows(row, (sway or {}).get(row.run_id, SWAY)) for row in rows}
    return waiting([point(row) for row in rows], accounting, Intervals(lambda run_id: told[run_id]))


def cells(it: Finding, place: int = 0) -> dict[str, object]:
    return dict(zip(it.sheet.columns, it.sheet.rows[place], strict=True))


def test_the_share_that_waits_and_what_the_dtype_costs_are_the_ladders() -> None:
    rows = [*FP16, *PURE]
    fp16, pure = found_in(rows)
    told = {row.run_id: windows(row, SWAY) for row in rows}
    steps = ladder(rows, told)
    assert steps is not None

    assert (fp16.facts["waiting_pct_highest"], pure.facts["waiting_pct_highest"]) == (
        pytest.approx(steps.rungs[0].waiting_pct),
        pytest.approx(steps.rungs[1].waiting_pct),
    )
    row = cells(pure)
    assert (row["waiting_pct"], row["fp16_eager_ratio"], row["fp16_graph_ratio"]) == (
        pytest.approx(60.0),
        pytest.approx(steps.against[0].eager.value),
        pytest.approx(steps.against[0].graph.value),
    )
    assert "at batch 1, 3,600 of 6,000, 60.0 % [60.0, 60.0]" in pure.sentence
    assert "Against fp16 the dtype costs, as graphs and with the waiting, −20.0 %" in pure.sentence
    assert "and +50.0 % [+50.0, +50.0] at batch 1" in pure.sentence
    assert (pure.gist, pure.determined, pure.accounted) == ("waiting 60 % of the joules", True, "gross")
    assert "Against fp16" not in fp16.sentence and cells(fp16)["fp16_eager_ratio"] is None
    assert any("gives the decomposition up" in text for text in pure.caveats)


def test_what_the_dtype_costs_is_of_another_session_where_the_newest_has_no_fp16() -> None:
    later = datetime(2026, 11, 22, tzinfo=UTC)
    alone = [replace(row, run_id=f"t.{n}", session_id="t", started_at=later) for n, row in enumerate(PURE)]
    pure = found_in([*FP16, *PURE, *alone])[-1]

    row = cells(pure)
    assert (row["run_id"], row["fp16_session_id"]) == ("t.1", "s")
    assert row["fp16_graph_ratio"] == cells(found_in([*FP16, *PURE])[-1])["fp16_graph_ratio"]
    assert "+50.0 % [+50.0, +50.0] (of another session) at batch 1" in pure.sentence
    assert "At batch 1 the pair had no fp16 beside it: what the dtype costs there is of s." in pure.caveats
    assert "of another session" not in found_in([*FP16, *PURE])[-1].sentence


def test_waiting_whose_interval_holds_0_is_not_told_as_a_cost() -> None:
    wide = {"s.0": (1.0, 1.0, 2.0, 2.0, 0.6, 0.6, 1.6, 1.6, 0.7, 0.7)}
    (found,) = found_in(FP16, sway=wide)
    assert not found.determined and found.gist == OPEN
    assert "at batch 1, none is shown (the graph takes −" in found.sentence
    assert (found.facts["waiting_pct_highest"], found.facts["shown"]) == (None, 0)


def test_without_windows_nothing_is_claimed() -> None:
    (found,) = waiting([point(row) for row in FP16])
    assert not found.determined and "[–]: no interval." in found.sentence


def test_net_of_context_idle_the_graph_may_take_more_and_both_findings_say_so() -> None:
    graph = run("1", 60.0, 225.0, engine="graph", **FACTS)
    (gross,), (net,) = found_in((FP16[0], graph)), found_in((FP16[0], graph), "net-context")
    assert gross.determined and "the sign turns: of the graph against eager at batch 1." in gross.sentence
    assert not net.determined and net.accounted == "net of context idle"
    assert "eager, net of context idle: at batch 1, none is shown (the graph takes +9.4 %" in net.sentence


def test_engines_of_two_sessions_are_no_pair_and_are_counted() -> None:
    other = run("9", 100.0, 300.0, engine="graph", session_id="t", run_id="t.9", batch_size=8, **FACTS)
    assert not found_in((FP16[0], run("1", 100.0, 300.0, engine="graph", session_id="t", run_id="t.1", **FACTS)))
    (found,) = found_in((*FP16, other))
    assert found.left_out == ((NO_EAGER, 1),)


def test_on_the_cpu_nothing_is_said_of_waiting() -> None:
    rows = [run(r.run_id[2:], engine=r.engine, simulated=True, blocks=5, device="cpu") for r in FP16]
    (found,) = found_in(rows)
    assert (found.sentence, found.kind, found.determined) == (UNCAPTURED, "simulated", False)
    assert cells(found)["waiting_pct"] is None and found.facts["waiting_pct_highest"] is None


def test_batches_stand_in_one_finding_in_their_order() -> None:
    many = [
        run(f"{b}{engine}", rate, power, engine=engine, batch_size=b, **FACTS)
        for b in (64, 1, 8, 16, 32)
        for engine, rate, power in (("eager", 50.0, 200.0), ("graph", 100.0, 300.0 + b))
    ]
    (found,) = found_in(many)
    assert [row[1] for row in found.sheet.rows] == [1, 8, 16, 32, 64]
    assert "; and 1 more." in found.sentence and found.facts["pairs"] == 5
    assert found.gist == "waiting 9 to 25 % of the joules"


def test_the_h100_samples_say_how_much_waits(tmp_path: Path) -> None:
    store = Store(Home(tmp_path), default_samples())
    points = gathered(stored(store)).points
    found = {it.subject: it for it in findings(points, ["waiting"], windows=store.windows)}
    by_arm = {match[1]: it for name, it in found.items() if (match := re.search(r"mistral-7b · (\S+): eager", name))}
    assert {"fp16", "nf4", "int8-pure"} <= set(by_arm) and all(it.determined for it in by_arm.values())
    for name in ("fp16", "nf4", "int8-pure"):
        assert by_arm[name].kind == "measured" and {1, 8, 64} <= {row[1] for row in by_arm[name].sheet.rows}
    document = findings_document(list(found.values()))
    assert all(f"What waiting for the host costs, and what the dtype: {name}" in str(document) for name in found)
