"""Own and foreign processes, with numbers of this host and with those of a host around a container."""

import os

from ecotui.core.reading import Slow
from ecotui.recorder.neighbours import Neighbours

WORKER, CHILD, OTHER, OUTSIDE, STRANGER = 100, 101, 200, 70_000, 70_001
NUMBERS = {WORKER: WORKER, CHILD: WORKER, OTHER: OTHER}
"""Process sessions of the numbers that can be looked up here."""


def look(at_ns: int, *pids: int) -> Slow:
    return Slow(at_ns, 5, 6, tuple((pid, "python") for pid in pids))


def neighbours(adopting: bool = True) -> Neighbours:
    return Neighbours(adopting=adopting, session_of=NUMBERS.get)


def running(them: Neighbours, *loading: Slow) -> Neighbours:
    """With a worker whose weights have been resident since 100."""
    them.worker_started(WORKER)
    for slow in loading:
        them.vitals(slow)
    them.worker_resident(100)
    return them


def test_the_worker_its_children_and_the_recorder_are_not_foreign() -> None:
    them = running(neighbours())
    assert them.vitals(look(110, WORKER, CHILD, os.getpid())).foreign == []


def test_a_process_of_somebody_else_is_foreign_from_its_first_look() -> None:
    them = running(neighbours(), look(50, WORKER))
    assert them.vitals(look(110, WORKER, OTHER)).foreign == ["200 python"]


def test_a_process_that_was_there_before_the_worker_is_foreign() -> None:
    them = neighbours()
    assert them.vitals(look(10, OUTSIDE)).foreign == ["70000 python"]
    assert running(them).vitals(look(110, OUTSIDE, WORKER)).foreign == ["70000 python"]


def test_in_a_container_the_one_new_process_is_the_worker() -> None:
    them = running(neighbours(), look(50), look(90, OUTSIDE))
    assert them.vitals(look(110, OUTSIDE)).foreign == []
    assert them.vitals(look(120, OUTSIDE, STRANGER)).foreign == ["70001 python"]


def test_the_first_look_after_the_load_may_be_the_first_that_shows_the_worker() -> None:
    assert running(neighbours()).vitals(look(110, OUTSIDE)).foreign == []


def test_two_new_processes_cannot_be_told_apart_and_both_are_foreign() -> None:
    them = running(neighbours(), look(90, OUTSIDE))
    assert them.vitals(look(110, OUTSIDE, STRANGER)).foreign == ["70000 python", "70001 python"]


def test_a_worker_under_its_own_number_adopts_nobody() -> None:
    them = running(neighbours(), look(50, STRANGER), look(90, WORKER, STRANGER))
    assert them.vitals(look(110, WORKER, STRANGER)).foreign == ["70001 python"]


def test_the_next_arms_worker_is_found_as_well_and_the_neighbour_stays_foreign() -> None:
    them = running(neighbours(), look(90, OUTSIDE))
    them.vitals(look(110, OUTSIDE))
    them.vitals(look(120, OUTSIDE, STRANGER))
    them.worker_started(CHILD)
    them.worker_resident(200)
    assert them.vitals(look(210, STRANGER, 70_002)).foreign == ["70001 python"]


def test_on_a_simulated_board_whatever_is_new_is_foreign() -> None:
    them = running(neighbours(adopting=False))
    assert them.vitals(look(110, OUTSIDE)).foreign == ["70000 python"]


def test_throttle_times_and_numbers_are_passed_on() -> None:
    seen = neighbours().vitals(look(10, OUTSIDE))
    assert (seen.at_ns, seen.throttle_ns, seen.power_cap_ns, seen.processes) == (10, 5, 6, [OUTSIDE])
