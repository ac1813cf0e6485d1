"""What runs of one table are called: where one of them is a graph, an eager one says `eager`."""

from __future__ import annotations

from collections.abc import Sequence

from ecotui.core.rows import RunRow


def short_labels(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Quantization, and the engine where one of the runs is not eager: "fp16 eager", "fp16 graph"."""
    engines = _engines(runs)
    return tuple(_joined(run.quantization, engine) for run, engine in zip(runs, engines, strict=True))


def long_labels(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """The same with the model and the batch size: "synthetic:mistral-7b fp16 b1 eager"."""
    return tuple(
        _joined(run.model, run.quantization, _batch(run), engine)
        for run, engine in zip(runs, _engines(runs), strict=True)
    )


def arm_labels(runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Short ones where the runs have all else in common, which `common_label` tells; else long ones."""
    return short_labels(runs) if common_label(runs) else long_labels(runs)


def common_label(runs: Sequence[RunRow]) -> str:
    """The model and the batch size where the runs agree in them and in the numbers of tokens; else nothing."""
    shapes = {(run.model, run.batch_size, run.prompt_tokens, run.new_tokens) for run in runs}
    return _joined(runs[0].model, _batch(runs[0])) if len(shapes) == 1 else ""


def _engines(runs: Sequence[RunRow]) -> tuple[str | None, ...]:
    told = any(run.engine_label for run in runs)
    return tuple(run.engine if told else None for run in runs)


def _batch(run: RunRow) -> str | None:
    return None if run.batch_size is None else f"b{run.batch_size}"


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
