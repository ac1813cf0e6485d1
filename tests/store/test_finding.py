"""What an operator types finds one run, or says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecotui.core.errors import LogError, UsageError
from ecotui.core.rows import RunRow
from ecotui.store.finding import DamagedError, StoredRun, pick
from ecotui.store.store import Store
from tests.factory import plan
from tests.store.conftest import SESSION


def runs(*ids, origin="here"):
    return [StoredRun(RunRow(run_id=i, session_id=i.rpartition(".")[0], simulated=True), origin, None) for i in ids]


RUNS = runs("20261123-090000-f00d.0", "20261122-080000-cafe.0", "20261122-080000-cafe.1", "20261121-120000-beef.0")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20261122-080000-cafe.1", "20261122-080000-cafe.1"),
        ("20261121-120000-beef", "20261121-120000-beef.0"),
        ("20261121", "20261121-120000-beef.0"),
        ("beef", "20261121-120000-beef.0"),
        ("cafe.1", "20261122-080000-cafe.1"),
        ("last", "20261123-090000-f00d.0"),
    ],
)
def test_a_run_is_found_by(text, found):
    assert pick(RUNS, text).row.run_id == found


@pytest.mark.parametrize("text", ["cafe", "20261122", "20261122-080000-cafe", "20261122-080000-cafe."])
def test_an_ambiguous_name_lists_the_candidates(text):
    with pytest.raises(UsageError) as caught:
        pick(RUNS, text)
    assert str(caught.value) == (
        f"{text!r} could mean 2 runs: 20261122-080000-cafe.0, 20261122-080000-cafe.1. Name one of them in full."
    )
    assert caught.value.exit_code == 2


def test_many_candidates_are_counted():
    with pytest.raises(UsageError, match=r"could mean 9 runs: s\.0, .*s\.5 and 3 more\."):
        pick(runs(*(f"s.{i}" for i in range(9))), "s")


@pytest.mark.parametrize("text", ["dead", "", "eef", "..", "BEEF"])
def test_an_unknown_name_says_where_to_look(text):
    with pytest.raises(UsageError, match=r"No run is called .* `ecotui runs` lists what is stored\."):
        pick(RUNS, text)


def test_a_published_figure_is_context_and_the_option_that_adds_it_is_named():
    with pytest.raises(UsageError, match=r"is context and no run\. `ecotui compare RUN RUN --context`") as caught:
        pick(RUNS, "published:ecocompute:25")
    assert "`ecotui runs --published` lists them." in str(caught.value)


def test_last_is_of_this_machine():
    samples = runs("20991231-000000-0001.0", origin="sample")
    assert pick([*samples, *RUNS], "last").row.run_id == "20261123-090000-f00d.0"
    with pytest.raises(UsageError, match="No run of this machine is stored yet"):
        pick(samples, "last")
    with pytest.raises(UsageError, match="`ecotui run` records one"):
        pick([], "last")


def test_an_empty_store_says_so():
    with pytest.raises(UsageError, match="Nothing is stored yet"):
        pick([], "beef")


def test_the_store_finds_in_what_it_holds(home, record):
    it = plan()
    record(the_plan=replace(it, arms=(*it.arms, *it.arms)))
    assert Store(home).find("beef.1").row.run_id == f"{SESSION}.1"
    with pytest.raises(UsageError, match="could mean 2 runs"):
        Store(home).find("beef")


@pytest.mark.parametrize("text", ["beef", "beef.0", SESSION, f"{SESSION}.0", "20261121"])
def test_a_run_in_a_damaged_file_is_said_to_be_there_and_its_log_is_found(text, home, record):
    log = record()
    (home.store / "runs" / f"{SESSION}.parquet").write_bytes(b"broken")
    with pytest.raises(DamagedError, match=r"cannot be read .*beef\.parquet is not a whole Parquet file.* rebuilds it"):
        Store(home).find(text)
    assert Store(home).log(text) == log
    log.unlink()
    with pytest.raises(DamagedError):
        Store(home).log(text)
    with pytest.raises(UsageError, match="No run is called 'f00d'"):
        Store(home).find("f00d")


def test_a_run_whose_log_is_elsewhere_has_none(home, record):
    assert record().unlink() is None
    with pytest.raises(LogError, match="not on this machine"):
        Store(home).log("beef")
