"""Tasks through lm-eval: its figures as they are, and a sentence where it or its data are missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ecotui.core.errors import WorkerError
from ecotui.core.score_events import Task
from ecotui.worker import tasks
from tests.worker.scored import Bench

FOUND = {
    "results": {
        "mmlu": {"alias": "mmlu", "acc,none": 0.61, "acc_stderr,none": 0.004},
        "mmlu_anatomy": {"alias": " - anatomy", "acc,none": 0.5, "acc_stderr,none": "N/A"},
    },
    "n-samples": {"mmlu_anatomy": {"original": 135, "effective": 20}, "mmlu_law": {"original": 9, "effective": 9}},
    "versions": {"mmlu": 2},
    "lm_eval_version": "0.4.13",
}


class Manager:
    """Knows two tasks, of which one has its data."""

    all_tasks = ("hellaswag", "mmlu")

    def load(self, names: list[str]) -> None:
        """As lm-eval loads them."""
        if names != ["mmlu"]:
            raise ConnectionError("Couldn't reach\nthe hub")


class Model:
    """As lm-eval wraps a model."""

    def __init__(self, pretrained: Any, tokenizer: Any, batch_size: int) -> None:
        self.model, self.rows = pretrained, batch_size
        assert tokenizer("a")["input_ids"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A package of lm-eval's name; what it was asked is listed."""
    calls: list[dict[str, Any]] = []

    def simple_evaluate(model: Model, **more: Any) -> dict[str, Any]:
        calls.append(more | {"rows": model.rows, "least": model.model.generation_config.min_new_tokens})
        return FOUND

    for name, content in {
        "lm_eval": {"simple_evaluate": simple_evaluate},
        "lm_eval.tasks": {"TaskManager": Manager},
        "lm_eval.models": {},
        "lm_eval.models.huggingface": {"HFLM": Model},
    }.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_each_arm_is_told_with_lm_evals_own_error(bench: Bench, asked: list[dict[str, Any]]) -> None:
    bench.load("fp16", "int8")
    bench.score(conventions=[], tasks=["mmlu"], task_limit=20)
    told = [m for m in bench.said if isinstance(m, Task)]
    assert [(t.arm, t.task, t.metric, t.value, t.stderr, t.samples) for t in told] == [
        (n, "mmlu", "acc,none", 0.61, 0.004, 29) for n in (0, 1)
    ]
    assert told[0].version == "lm-eval 0.4.13, task 2"
    assert [(c["tasks"], c["limit"], c["rows"]) for c in asked] == [(["mmlu"], 20, 1), (["mmlu"], 20, 1)]


def test_an_answer_ends_where_the_model_ends_it(bench: Bench, asked: list[dict[str, Any]]) -> None:
    config = bench.load("fp16").arms[0].weights.model
    bench.score(conventions=[], tasks=["mmlu"])
    assert asked[0]["least"] is None
    assert config.generation_config.min_new_tokens == 16


def test_tasks_that_go_by_one_name_are_told_each() -> None:
    told = list(tasks.told("tag", 3, FOUND))
    assert [(t.task, t.stderr, t.samples) for t in told] == [("mmlu", 0.004, None), ("mmlu_anatomy", None, 20)]


def test_a_task_that_is_not_there_is_one_sentence(bench: Bench, asked: list[dict[str, Any]]) -> None:
    bench.load("fp16")
    for task, word, advice in (
        ("hellaswag", "Couldn't reach the hub", "network"),
        ("hellaswg", "knows no task 'hellaswg'", "Did you mean hellaswag?"),
        ("/tmp/own.yaml", "knows no task", "lists them"),
    ):
        with pytest.raises(WorkerError) as said:
            bench.score(conventions=[], tasks=[task])
        assert word in said.value.what and advice in said.value.advice
    assert not asked


def test_tasks_are_looked_up_with_the_first_load_before_anything_is_measured(
    bench: Bench, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = bench.load("fp16").arms[0]
    command = replace(bench.asked(), tasks=["mmlu"])
    bench.engine.try_text(command, loaded)
    with pytest.raises(WorkerError, match="knows no task 'mmul'") as said:
        bench.engine.try_text(replace(command, tasks=["mmlu", "mmul"]), loaded)
    assert "Did you mean mmlu?" in said.value.advice
    monkeypatch.setitem(sys.modules, "lm_eval.tasks", None)
    bench.engine.try_text(command, loaded)
    with pytest.raises(WorkerError, match="not installed"):
        bench.engine.try_text(replace(command, tasks=["hellaswag"]), loaded)
    assert not asked


def test_without_lm_eval_the_text_is_scored_all_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lm_eval.tasks", None)
    bench.load("fp16")
    with pytest.raises(WorkerError, match="lm-eval, which is not installed") as said:
        bench.score(tasks=["mmlu"], tokens=128)
    assert "ecotui[tasks]" in said.value.advice
    assert bench.batches() == [2]


def test_random_weights_have_no_answers() -> None:
    subject: Any = SimpleNamespace(arm=SimpleNamespace(model="synthetic:tiny", synthetic=True))
    with pytest.raises(WorkerError, match="random weights and no tokenizer"):
        tasks.text_ids.tokenizer(subject.arm)
