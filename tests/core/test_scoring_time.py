"""How far scoring is: told from the windows that are done, and their pace."""

from dataclasses import replace

import pytest

from ecotui.core.clock import NS
from ecotui.core.events import Event, Header, Phase
from ecotui.core.plan import Plan, Protocol
from ecotui.core.progress import Progress, progress
from ecotui.core.quality import Quality
from ecotui.core.score_events import Decoded
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


def test_the_steps_of_a_batch_move_the_bar_and_tell_the_time_that_is_left() -> None:
    decoding = replace(ASKED, alone=True, decode_path=True)
    begun = replace(head(0), at_ns=100 * NS)
    half = Decoded(130 * NS, 0, "blocks", 0, 4, 32, 64)
    before = line(decoding, 1, Phase(100 * NS, "scoring", 0), begun)
    it = line(decoding, 1, Phase(100 * NS, "scoring", 0), begun, half)
    now = seen(it, 130)
    assert now.remaining_s == pytest.approx(90.0), "two windows of eight took 30 s"
    assert seen(before, 130).fraction < 0.99 and now.fraction == pytest.approx(0.25)
    it.apply(replace(scores(0, 2.0, 4), at_ns=160 * NS))
    assert seen(it, 160).remaining_s == pytest.approx(60.0) and len(it.scorings.sums[0, "blocks"].nll) == 4


def test_each_arm_has_its_own_pace_and_the_first_windows_are_no_measure_of_the_others() -> None:
    heads = [replace(head(arm, windows=40), at_ns=100 * NS) for arm in (0, 1)]
    decoding = replace(ASKED, alone=True, decode_path=True)
    it = line(decoding, 2, Phase(100 * NS, "scoring", 0), *heads)
    for at_s, arm, first in ((110, 0, 0), (140, 1, 0), (141, 0, 4), (145, 1, 4)):
        it.apply(replace(scores(arm, 2.0, 4), at_ns=at_s * NS, first=first))
    # After a first batch of 10 s, and 30 s, four windows take 1 s of the one arm and 4 s of the other.
    assert seen(it, 145).remaining_s == pytest.approx(32 * (1 + 4) / 4)


def test_a_checkpoints_merged_events_leave_the_mean_pace() -> None:
    heads = [replace(head(arm), at_ns=100 * NS) for arm in (0, 1)]
    told = [replace(scores(arm, 2.0, 4), at_ns=(108 + arm) * NS) for arm in (0, 1)]
    decoding = replace(ASKED, alone=True, decode_path=True)
    it = line(decoding, 2, Phase(100 * NS, "scoring", 0), *heads, *told)
    again = line(decoding, 2, Phase(100 * NS, "scoring", 0), *it.scorings.events())
    assert seen(again, 109).remaining_s == pytest.approx(seen(it, 109).remaining_s) == pytest.approx(9.0)


def _without(it: Timeline) -> Timeline:
    assert it.plan is not None
    it.plan = replace(it.plan, quality=None)
    return it
