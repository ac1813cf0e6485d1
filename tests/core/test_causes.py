"""Why windows of a run are INVALID, once a cause."""

from dataclasses import replace

from ecotui.core.causes import by_cause, windows_words
from ecotui.core.events import Event, Vitals
from ecotui.core.reading import Reading
from ecotui.core.summary import summarize
from tests.factory import at, everything, fold


def test_a_runs_cause_names_each_cause_once_with_the_windows_that_had_it() -> None:
    def hot(event: Event) -> Event:
        if isinstance(event, Reading) and at(6.2) < event.at_ns <= at(8.2):
            return replace(event, clock_event_reasons=0x40)
        return event

    (run,), windows = summarize(fold([hot(event) for event in everything()]))
    assert [w.cause for w in windows[:3]] == [None, *["hardware thermal slowdown"] * 2]
    assert run.cause == "hardware thermal slowdown (windows 2, 3)"


def test_causes_that_stand_together_in_a_window_are_told_apart_in_the_run() -> None:
    made: list[Event] = []
    for event in everything():
        if isinstance(event, Reading) and at(6.2) < event.at_ns <= at(8.2):
            event = replace(event, clock_event_reasons=0x40)  # noqa: PLW2901 - the changed one goes on
        if isinstance(event, Vitals):
            event = replace(event, throttle_ns=max(0, event.at_ns - at(7.2)) // 10)  # noqa: PLW2901
        made.append(event)
    (run,), windows = summarize(fold(made))
    assert [(w.cause or "").count("; ") for w in windows[:3]] == [0, 1, 1]
    first, second = (run.cause or "").split("; ")
    assert first == "hardware thermal slowdown (windows 2, 3)"
    assert second.startswith("clocks held down for") and second.endswith(" ms (windows 2, 3)")


def test_a_figure_that_differs_is_told_from_the_least_to_the_most_and_a_process_stays_itself() -> None:
    held = {"clocks held down for 1035 ms": [2], "no reading for 900 ms": [3], "clocks held down for 80 ms": [4, 5, 3]}
    assert by_cause(held) == "clocks held down for 80 to 1035 ms (windows 2 to 5); no reading for 900 ms (window 3)"
    alien = {f"another process on the board: {pid} python": [pid] for pid in (1, 3)}
    assert by_cause(alien) == (
        "another process on the board: 1 python (window 1); another process on the board: 3 python (window 3)"
    )
    assert by_cause({}) is None


def test_numbers_in_a_row_are_told_by_their_ends_and_very_many_by_their_count() -> None:
    assert windows_words([1]) == "window 1"
    assert windows_words([3, 2]) == "windows 2, 3"
    assert windows_words([1, 2, 3, 5, 8, 7]) == "windows 1 to 3, 5, 7, 8"
    assert windows_words(range(1, 200, 2)).endswith("21, 23 and more, 100 in all")
