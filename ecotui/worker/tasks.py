"""Tasks of EleutherAI's lm-eval on arms that are loaded, each arm in a task before the next task."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from transformers import GenerationConfig

from ecotui.core.errors import WorkerError
from ecotui.core.messages import Score
from ecotui.core.score_events import Task
from ecotui.worker import prompt, scoring_rows, text_ids
from ecotui.worker.engine import Told
from ecotui.worker.failures import clean
from ecotui.worker.scoring_arm import Subject

TYPICAL_TOKENS = 2048
"""Of a question with its examples, by which the rows of a batch are chosen."""


def score(command: Score, subjects: Sequence[Subject], tell: Callable[[Told], None]) -> None:
    """Tell of each task and arm.

    Raises:
        WorkerError: lm-eval, a task or its data are not there, or an arm has no tokenizer.
    """
    manager = _manager()
    for task in command.tasks:
        require(task, manager)
        for subject in subjects:
            found = evaluated(task, subject, command.task_limit, manager)
            for one in told(task, subject.number, found):
                tell(one)


def check(wanted: Sequence[str]) -> None:
    """Refuse tasks that could not be scored later.

    Raises:
        WorkerError: lm-eval, a task or its data are not there.
    """
    manager = _manager()
    for task in wanted:
        require(task, manager)


def _manager() -> Any:
    """What knows the tasks by name."""
    try:
        from lm_eval.tasks import TaskManager
    except Exception as error:
        why = "is not installed" if isinstance(error, ImportError) else f"fails: {clean(str(error), 120)}"
        what = f"Tasks are scored with the package lm-eval, which {why}."
        raise WorkerError(what, "pip install 'ecotui[tasks]', or leave --tasks out.") from error
    return TaskManager()


def require(task: str, manager: Any) -> None:
    """Refuse a task that lm-eval does not know, or whose data cannot be had.

    Names alone: lm-eval would run code out of the file behind a path.
    """
    known = list(manager.all_tasks)
    if task not in known:
        near = get_close_matches(task, known, n=2, cutoff=0.6)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        what = f"lm-eval knows no task {clean(task, 80)!r}."
        raise WorkerError(what, f"{hint}`lm-eval ls tasks` lists them.")
    try:
        manager.load([task])
    except Exception as error:
        raise WorkerError(
            f"The data of the task {clean(task, 80)} are not in the local cache and the hub does not give them "
            f"({clean(f'{type(error).__name__}: {error}', 120)}).",
            "Check the network, or fetch them once where there is one.",
        ) from error


def evaluated(task: str, subject: Subject, limit: int | None, manager: Any) -> Mapping[str, Any]:
    """What lm-eval says of an arm in a task."""
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM

    model = subject.model
    with own_ends(model):
        # A second row in a product would change what LLM.int8 keeps apart of the first one.
        rows = 1 if subject.threshold else scoring_rows.rows(model, TYPICAL_TOKENS, TYPICAL_TOKENS, model.device)
        wrapped = HFLM(pretrained=model, tokenizer=text_ids.tokenizer(subject.arm), batch_size=rows)
        found = simple_evaluate(model=wrapped, tasks=[task], limit=limit, task_manager=manager, log_samples=False)
    return dict(found or {})


@contextmanager
def own_ends(model: Any) -> Iterator[None]:
    """An arm's calls have all the same length; a task's answer ends where the model ends it."""
    kept = model.generation_config
    special = prompt.special_ids(model)
    pad = (special["pad"] or special["eos"] or [0])[0]
    model.generation_config = GenerationConfig(eos_token_id=special["eos"] or None, pad_token_id=pad)
    try:
        yield
    finally:
        model.generation_config = kept


def told(task: str, arm: int, found: Mapping[str, Any]) -> Iterator[Task]:
    """Each metric of a task, or of the tasks that go by its name, with lm-eval's own standard error."""
    results = found.get("results", {})
    names = [task] if any(_metrics(results.get(task, {}))) else list(results)
    samples = {name: int(n["effective"]) for name, n in found.get("n-samples", {}).items()}
    versions, own = found.get("versions", {}), found.get("lm_eval_version")
    for name in names:
        for metric in _metrics(results[name]):
            measure, _, filtered = metric.partition(",")
            stderr = _number(results[name].get(f"{measure}_stderr,{filtered}"))
            held = samples.get(name) if name in samples or name != task else sum(samples.values())
            version = f"lm-eval {own or _version()}, task {versions.get(name, '?')}"
            value = float(results[name][metric])
            yield Task(time.monotonic_ns(), arm, clean(name, 80), clean(metric, 80), value, stderr, held, version)


def _metrics(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if "," in key and "_stderr," not in key and _number(value) is not None:
            yield key


def _number(value: Any) -> float | None:
    """lm-eval writes "N/A" where it has no standard error."""
    it = not isinstance(value, str | bool) and isinstance(value, int | float) and math.isfinite(value)
    return float(value) if it else None


def _version() -> str:
    from importlib.metadata import version

    return version("lm_eval")
