"""Kernel evidence: from a session's events to kernels with their shares, and to JSON."""

import json
from dataclasses import replace

import pytest

from ecotui.analysis.kernels import Evidence, engine_words, evidence, to_dict
from ecotui.core.events import Examined
from tests.analysis.profiled import CAPTURED, FACTS, LONG, MARKUP, PROFILED, SHORT, captured, session
from tests.factory import everything, fold


def test_kernels_have_their_share_of_the_time_in_which_any_ran() -> None:
    kernels = evidence(fold(session()), 0).kernels
    assert [(k.name, k.ms, k.calls, k.share_pct) for k in kernels] == [
        (SHORT, 2.0, 32.0, 50.0),
        (LONG, 1.0, 64.0, 25.0),
        (MARKUP, 0.25, 0.5, 6.25),
    ]


def test_an_older_profile_has_no_kernels_and_an_arm_without_one_nothing() -> None:
    assert evidence(fold(everything()), 0).kernels == ()
    assert evidence(fold(everything()), 7) == Evidence() and to_dict(Evidence()) is None


def test_lists_of_different_lengths_end_with_the_shortest() -> None:
    assert len(Evidence(replace(PROFILED, kernel_top_calls=[1.0])).kernels) == 1


def test_without_the_time_of_all_kernels_there_is_no_share() -> None:
    assert [k.share_pct for k in Evidence(replace(PROFILED, kernel_ms=None)).kernels] == [None] * 3


def test_json_has_everything_a_step_and_names_as_they_are() -> None:
    told = json.loads(json.dumps(to_dict(evidence(fold(captured()), 0))))
    assert (told["launches_per_step"], told["launch_us"], told["gap_ms"]) == (1.0, CAPTURED.launch_us, 0.6)
    assert told["kernels"][1]["name"] == LONG and told["kernels"][0]["ms_per_step"] == 2.0
    assert to_dict(Evidence(Examined(0, 0, 0)))["kernels"] == []  # type: ignore[index]


@pytest.mark.parametrize(
    ("engine", "facts", "said"),
    [
        (None, {}, ""),
        ("eager", {}, "eager"),
        ("eager", {"cache": "dynamic"}, "eager, dynamic cache"),
        ("graph", FACTS, "graph, captured, static cache of 36 slots"),
        (
            "graph",
            {"captured": "no: the CPU has no CUDA graphs", "cache": "static"},
            "graph, not captured: the CPU has no CUDA graphs, static cache",
        ),
    ],
)
def test_how_the_engine_ran_is_the_loaders_word(engine: str | None, facts: dict[str, str], said: str) -> None:
    assert engine_words(engine, facts) == said
