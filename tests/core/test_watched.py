"""A watched session's figures, by hand: 300 W and 100 tokens a second are 3 J a token."""

from __future__ import annotations

import pytest

from ecotui.analysis.cautions import refusal
from ecotui.analysis.guard import REFUSES, red_list
from ecotui.analysis.points import point_of
from ecotui.core.events import Scrape
from ecotui.core.rows import RunRow, WindowRow, row_dict
from ecotui.core.summary import summarize
from tests import factory, served


def rows(**facts: object) -> tuple[RunRow, list[WindowRow]]:
    """The run and the windows of a made-up watched session."""
    runs, windows = summarize(factory.fold(served.events(**facts)))  # type: ignore[arg-type]
    return runs[0], windows


def test_joules_a_token_are_gross_and_net_of_the_bare_idle_of_an_earlier_run() -> None:
    run, windows = rows()
    assert [w.energy_gross_j_per_1k_tokens for w in windows] == pytest.approx([3000.0] * 3)
    assert run.energy_gross_j_per_1k_tokens == pytest.approx(3000.0)
    assert run.energy_net_bare_j_per_1k_tokens == pytest.approx(1000 * (300 - 70) / 100)
    assert (run.energy_net_context_j_per_1k_tokens, run.idle_context_w) == (None, None)
    assert "net of bare is net of 70.0 W idle, measured in run 20261120-1.0" in (run.remarks or "")
    assert "nothing is net of context" in (run.remarks or "")


def test_its_row_says_what_the_server_told_and_nothing_that_only_an_arm_has() -> None:
    run, windows = rows()
    assert (run.watched, run.engine, run.is_watched) == ("vllm", "watched vllm", True)
    assert (run.tokens, run.watched_prompt_tokens, run.watched_running, run.watched_waiting) == (3000, 750, 4, 1)
    told = row_dict(run)
    for name in ("quantization", "batch_size", "new_tokens", "device", "stability", "torch_version", "ttft_ms"):
        assert told[name] is None
    assert run.arm_label == "mistralai/Mistral-7B-v0.1 watched vllm"
    assert all(w.valid for w in windows) and run.valid  # though the server's process is a stranger's


def test_without_traffic_joules_a_token_are_unknown_and_never_infinite() -> None:
    run, windows = rows(quiet_s=0.0)
    assert [w.tokens for w in windows] == [0, 0, 0]
    assert (windows[0].energy_gross_j_per_1k_tokens, run.energy_gross_j_per_1k_tokens) == (None, None)
    assert windows[0].energy_gross_j == pytest.approx(3000.0) and windows[0].throughput_tok_s == 0
    assert "no token was counted in 3 of 3 windows" in (run.remarks or "")


def test_a_server_that_counts_whole_requests_is_told_so_and_without_a_stored_idle_only_gross_is_known() -> None:
    run, _ = rows(watched=served.late())
    assert (run.remarks or "").startswith("the server counts a request's tokens when it ends")
    assert run.energy_net_bare_j_per_1k_tokens is None and "gross only" in (run.remarks or "")


def test_how_long_the_server_did_not_answer_is_told() -> None:
    gone = [e for e in served.events() if not (isinstance(e, Scrape) and 12 < (e.at_ns - factory.at(0)) / 1e9 < 18)]
    (run,), _ = summarize(factory.fold(gone))
    assert "the server did not answer for 6.0 s in all" in (run.remarks or "")
    assert "did not answer" not in (rows()[0].remarks or "")


def test_a_watched_run_is_never_an_arm_and_never_a_point_of_a_finding() -> None:
    run, _ = rows()
    other, _ = rows(session="20261121-140000-c3d4")
    measured = summarize(factory.fold(factory.events()))[0][0]
    for pair in ((run, other), (measured, run)):
        assert "never compared" in (refusal(pair) or "")
        assert any(it.effect == REFUSES and it.name == "watched" for it in red_list(*pair))
    assert "watched server" in getattr(point_of(run), "reason", "")
