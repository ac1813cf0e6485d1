"""How far scoring is: told from the windows that are done, and their pace."""

from dataclasses import replace

import pytest

from ecotui.core.clock import NS
from ecotui.core.events import Event, Header, Phase
from ecotui.core.plan import Plan, Protocol
from ecotui.core.progress import Progress, progress
from ecotui.core.quality import Quality
from ecotui.core.scoring_time import GUESS_S, TASK_S
from ecotui.core.timeline import Timeline
from ecotui.log.format import VERSION
from tests.core.test_quality_figures import ARMS, ASKED, head, scores
from tests.factory import board, fold

PROTOCOL = Protocol(2.0, warmups=1, windows=2, window_s=10.0, examine=True, idle_after=True)


def line(quality: Quality, arms: int, *events: Event, blocks: int = 0) -> Timeline:
    plan = Plan(ARMS[:arms], replace(PROTOCOL, blocks=blocks), "simulated", 0, "cpu", quality=quality)
    return fold([Header(VERSION, "s", 0, 0, plan.to_dict(), board()), *events])


def seen(it: Timeline, seconds: float) -> Progress:
    return progress(it, round(seconds * NS))


def test_half_of_the_windows_in_ten_seconds_leave_ten_more_and_the_profile() -> None:
    decoding = replace(ASKED, decode_path=True)
    begun = replace(head(0), at_ns=100 * NS)
    done = replace(scores(0, 2.0, 4), at_ns=110 * NS)
    it = seen(line(decoding, 1, Phase(100 * NS, "scoring", 0), begun, done), 110)
    assert (it.phase, it.window, it.windows) == ("scoring", 4, 8)
    assert it.expected_s == pytest.approx(20.0) and it.fraction == pytest.approx(0.5)
    assert it.remaining_s == pytest.approx(10.0 + 1.0), "the CPU's profile takes a second"


def test_windows_of_a_convention_that_was_not_begun_are_reckoned_from_the_texts_tokens() -> None:
    sliding = replace(head(0, "sliding", 35), at_ns=100 * NS, tokens=600)
    done = replace(scores(0, 2.0, 5, "sliding"), at_ns=105 * NS)
    it = seen(line(replace(ASKED, alone=True), 1, Phase(100 * NS, "scoring", 0), sliding, done), 105)
    assert (it.window, it.windows) == (5, 35 + 600 // 64)
    assert it.remaining_s == pytest.approx(39.0, abs=0.01)


def test_before_the_first_window_and_of_tasks_there_are_guesses() -> None:
    asked = replace(ASKED, alone=True, tasks=("mmlu", "hellaswag"))
    it = seen(line(asked, 1, Phase(100 * NS, "scoring", 0)), 100)
    assert it.remaining_s == pytest.approx(GUESS_S + 2 * TASK_S)


def test_a_session_knows_of_its_scoring_from_the_beginning() -> None:
    with_it, without = (
        seen(line(ASKED, 2, Phase(0, "bare", 0), blocks=2), 0).remaining_s,
        progress(_without(line(ASKED, 2, Phase(0, "bare", 0), blocks=2)), 0).remaining_s,
    )
    assert with_it - without == pytest.approx(2 * GUESS_S)


def test_arms_that_are_scored_by_turns_leave_those_to_come() -> None:
    begun = replace(head(0), at_ns=100 * NS)
    done = replace(scores(0, 2.0), at_ns=108 * NS)
    decoding = replace(ASKED, alone=True, decode_path=True)
    loads = (Phase(90 * NS, "loading", 0), Phase(100 * NS, "scoring", 0))
    it = seen(line(decoding, 2, *loads, begun, done), 108)
    assert it.remaining_s == pytest.approx(8.0 + 8.0), "importing and loading, and eight windows of a second"


def _without(it: Timeline) -> Timeline:
    assert it.plan is not None
    it.plan = replace(it.plan, quality=None)
    return it
