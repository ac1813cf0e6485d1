"""A decoding step in step with the counter is a caution, never a reason of INVALID."""

from dataclasses import replace

import pytest

from ecotui.analysis.alias import alias_words, part_of_period
from ecotui.analysis.comparison import compare
from ecotui.analysis.guard import WARNS
from ecotui.analysis.run_words import run_words
from ecotui.cli.run_text import paragraphs
from ecotui.core.rows import RunRow
from ecotui.ui.widgets.record_trust import trust

H100 = "NVIDIA H100 80GB HBM3"
RUN = RunRow(
    run_id="s.0",
    session_id="s",
    simulated=False,
    outcome="completed",
    quantization="int8",
    gpu_name=H100,
    windows=5,
    valid=True,
    tpot_ms=50.9,
    itl_p50_ms=50.8,
    itl_p99_ms=51.4,
)
SAID = "a decoding step of 50.9 ms is within 3 % of 1/2 of the 100 ms in which the board's counter moves"


@pytest.mark.parametrize(
    ("tpot_ms", "part"),
    [(100.0, 1), (102.9, 1), (97.1, 1), (51.4, 2), (33.5, 3), (24.3, 4), (20.5, 5)]
    + [(ms, None) for ms in (103.1, 96.9, 48.4, 30.0, 22.0, 16.7, 10.0, None)],
)
def test_a_step_within_3_percent_of_a_whole_part_of_the_period_is_in_step(tpot_ms: float, part: int | None) -> None:
    assert part_of_period(replace(RUN, tpot_ms=tpot_ms)) == (None if part is None else (part, 100.0))


@pytest.mark.parametrize(
    "facts", [{"simulated": True}, {"windows": 0}, {"gpu_name": "NVIDIA A800 80GB PCIe"}, {"gpu_name": None}]
)
def test_without_measured_watts_or_a_known_period_nothing_is_said(facts: dict[str, object]) -> None:
    assert alias_words(replace(RUN, **facts)) == ""  # type: ignore[arg-type]


def test_the_record_the_text_and_a_copied_run_tell_it_and_the_run_stays_valid() -> None:
    assert SAID in dict(trust(RUN))["in step"] and "in step" not in dict(trust(replace(RUN, tpot_ms=40.0)))
    assert "(ITL p50 50.8, p99 51.4 ms)" in dict(trust(RUN))["in step"]
    assert any(line.startswith(SAID) for line in paragraphs(RUN, ()))
    assert any(line.startswith(SAID) for line in run_words(RUN))
    assert "of the 100 ms" in alias_words(replace(RUN, tpot_ms=100.0)) and "1/" not in alias_words(
        replace(RUN, tpot_ms=100.0)
    )


def test_a_comparison_warns_of_it_and_forbids_nothing_by_it() -> None:
    it = compare([replace(RUN, run_id="s.a", tpot_ms=40.0), RUN], {})
    assert [text for text in it.warnings if "counter moves" in text] == [f"s.0: {alias_words(RUN)}."]
    (found,) = [f for f in it.contrasts[0].red if f.name == "alias"]
    assert found.effect == WARNS
