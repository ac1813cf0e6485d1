"""Quality columns: from a log to the store and back, and from a fold that was put down and taken up."""

import math
from pathlib import Path

import pytest

from ecotui.core.events import Event
from ecotui.core.rows import row_dict
from ecotui.core.scores import Scorings
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.log import LogWriter, checkpoint, read_timeline
from ecotui.store.home import Home
from ecotui.store.rebuild import rebuild
from ecotui.store.store import Store
from tests.core.test_quality_figures import BOTH, head, scored_session, scores
from tests.store.conftest import SESSION

EVENTS = (*BOTH, head(3), scores(3, 2.2, 5, kl=0.5), *(head(n, "sliding", 60) for n in (0, 1)))
MORE = tuple(scores(n, 2 + n / 7, 60, "sliding") for n in (0, 1))


def written(log: Path, *made: Event) -> Timeline:
    log.parent.mkdir(parents=True)
    with LogWriter(log) as writer:
        for event in scored_session(*made, session=SESSION):
            writer.write(event)
    return read_timeline(log)


def test_rows_of_the_store_of_the_log_and_of_a_store_made_anew_agree(tmp_path: Path) -> None:
    line = written(tmp_path / "sessions" / SESSION / "log.jsonl", *EVENTS, *MORE)
    store = Store(Home(tmp_path))
    store.append(line)
    first = {s.row.run_id: s.row for s in store.runs()}
    assert first == {row.run_id: row for row in summarize(line)[0]}
    assert first[f"{SESSION}.1"].perplexity_sliding_ratio_low is not None
    rebuild(store)
    for run_id, row in {s.row.run_id: s.row for s in Store(Home(tmp_path)).runs()}.items():
        for name, value in row_dict(row).items():
            was = row_dict(first[run_id])[name]
            assert value == was or math.isclose(value, was, rel_tol=1e-9), name


def test_a_fold_put_down_and_taken_up_holds_every_window_and_goes_on(tmp_path: Path) -> None:
    log = tmp_path / SESSION / "log.jsonl"
    line = written(log, *EVENTS, *MORE)
    checkpoint.save(line, log, log.stat().st_size, 1)
    found = checkpoint.load(log)
    assert found is not None
    assert summarize(found[0]) == summarize(line)
    assert found[0].scorings == line.scorings


@pytest.mark.parametrize("upto", [3, 6, 8])
def test_scorings_are_what_their_own_events_make(upto: int) -> None:
    one, again = Scorings(), Scorings()
    for event in (*EVENTS, *MORE)[:upto]:
        one.add(event)  # type: ignore[arg-type]
    for event in one.events():
        again.add(event)
    assert again == one
