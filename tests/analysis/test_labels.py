"""What arms are called beside each other, and in a report of them."""

from __future__ import annotations

from ecotui.analysis.report_figures import names
from ecotui.analysis.report_tables import results
from ecotui.core.labels import arm_labels, common_label, long_labels, short_labels
from ecotui.core.rows import RunRow


def run(name: str, engine: str | None = "eager", quantization: str = "nf4", batch_size: int = 8) -> RunRow:
    return RunRow(
        run_id=f"s.{name}",
        session_id="s",
        simulated=False,
        model="m",
        quantization=quantization,
        engine=engine,
        batch_size=batch_size,
    )


PAIR = (run("0"), run("1", "graph"))


def test_an_eager_arm_says_so_beside_a_graph_and_nowhere_else() -> None:
    assert short_labels(PAIR) == ("nf4 eager", "nf4 graph") and long_labels(PAIR) == (
        "m nf4 b8 eager",
        "m nf4 b8 graph",
    )
    assert short_labels(PAIR[:1]) == ("nf4",) and short_labels((PAIR[0], run("2", None))) == ("nf4", "nf4")
    assert short_labels((PAIR[1], run("2", None))) == ("nf4 graph", "nf4")


def test_the_model_is_named_once_where_all_arms_share_it_and_in_each_where_they_do_not() -> None:
    assert common_label(PAIR) == "m b8" and arm_labels(PAIR) == short_labels(PAIR)
    other = (PAIR[0], run("2", batch_size=64))
    assert common_label(other) == "" and arm_labels(other) == ("m nf4 b8", "m nf4 b64")


def test_a_report_calls_arms_so_in_its_tables_and_figures() -> None:
    assert names(PAIR) == ("nf4 eager", "nf4 graph")
    assert [row[0] for row in results(PAIR).rows] == ["m nf4 b8 eager", "m nf4 b8 graph"]
