"""What is advised where two arms differ in quantization and engine at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.analysis.between import beside, instead
from ecotui.analysis.compare_rows import sentences
from ecotui.analysis.comparison import Comparison, compare
from ecotui.analysis.verdict import NONE
from ecotui.core.against import between, bridged
from ecotui.store.home import Home, default_samples
from ecotui.store.store import Store

LADDERS = ("20261121-230720-e51d", "20261122-020309-5946")
"""Shipped sessions of four arms: fp16 and another quantization, each eager and as a graph; settled well enough."""
UNSTABLE = "20261121-111232-5881"
"""One whose arms had not settled, so that none may be held against another."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(Home(tmp_path), default_samples())


def held(store: Store, *ids: str) -> Comparison:
    found = store.get(ids)
    rows = [found[run_id].row for run_id in ids]
    windows = {run_id: store.windows(run_id) for run_id in ids}
    return compare(rows, windows, beside=beside(store, rows))


@pytest.mark.parametrize("session", LADDERS)
def test_the_arms_between_two_are_named_and_may_be_held_against_either(store: Store, session: str) -> None:
    first, last = f"{session}.0", f"{session}.3"
    it = held(store, first, last)
    assert it.contrasts[0].verdict.word == NONE
    (named,) = it.instead
    assert [run.run_id for run in named] == [f"{session}.1", f"{session}.2"]
    (way,) = [text for kind, text in sentences(it) if kind == "way"]
    assert f"{session}.1" in way and f"{session}.2" in way and "of their session" in way
    for run in named:
        for end in (first, last):
            assert held(store, end, run.run_id).contrasts[0].verdict.word != NONE


@pytest.mark.parametrize("session", LADDERS)
def test_arms_apart_in_one_thing_are_advised_nothing(store: Store, session: str) -> None:
    it = held(store, f"{session}.0", f"{session}.1", f"{session}.2")
    assert it.instead == ((), ())
    assert beside(store, it.runs) == []


def test_an_arm_that_may_not_be_held_against_them_is_not_advised(store: Store) -> None:
    assert held(store, f"{UNSTABLE}.0", f"{UNSTABLE}.5").instead == ((),)


def test_an_arm_of_another_session_or_size_is_none_between_them(store: Store) -> None:
    it = held(store, f"{LADDERS[0]}.0", f"{LADDERS[0]}.3")
    a, b = it.runs
    others = beside(store, it.runs)
    assert len(instead(a, b, others)) == 2
    assert instead(a, b, [replace(run, batch_size=1) for run in others]) == ()
    assert instead(a, b, [replace(run, session_id="other") for run in others]) == ()
    assert instead(a, replace(b, session_id="other"), others) == ()


def test_nothing_that_cannot_be_captured_stands_between_two() -> None:
    assert between(("int8", "eager"), ("fp16", "graph")) == (("fp16", "eager"),)
    assert between(("fp16", "eager"), ("nf4", "graph")) == (("fp16", "graph"), ("nf4", "eager"))
    assert between(("fp16", "eager"), ("fp16", "graph")) == ()
    assert between(("", "watched vllm"), ("fp16", "eager")) == ()


def test_a_session_gets_one_arm_for_all_that_lack_one_and_no_more_than_it_takes() -> None:
    graphs = [("nf4", "graph"), ("int8-pure", "graph"), ("bf16", "graph")]
    assert bridged([("fp16", "eager"), *graphs], 6) == [("fp16", "graph")]
    assert bridged([("fp16", "eager"), ("nf4", "eager"), ("nf4", "graph")], 6) == []
    assert len(bridged([("int8", "eager"), *graphs], 6)) == 2
