"""The card of a dataset folder: what Hugging Face reads of it, and what a reader must know of its joules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields

from ecotui.core.document import joules
from ecotui.core.rows import RunRow, WindowRow
from ecotui.core.units import clean, counted

TABLES = (
    ("runs", "one row an arm of a session: what it was, and the summary of its windows"),
    ("windows", "one row a measured window"),
    ("traces", "power, temperature and throughput over time, one row a point"),
)
UNSTATED = "unknown"
"""Hugging Face's word for a licence that nobody has stated."""


def card(runs: Sequence[RunRow], licence: str = "") -> str:
    """README.md with its YAML head: configs of the tables, licence, and every column with unit and meaning."""
    return "\n".join([*_head(runs, licence), *_body(runs, licence)]) + "\n"


def _head(runs: Sequence[RunRow], licence: str) -> Iterator[str]:
    boards = ", ".join(dict.fromkeys(_plain(run.gpu_name or "unknown board") for run in runs))
    yield from ("---", f"license: {json.dumps(licence or UNSTATED)}")
    yield f"pretty_name: {json.dumps(f'Energy of LLM inference on {boards}')}"
    yield from ("tags:", "- energy", "- llm-inference", "- quantization", "- ecotui")
    yield from ("size_categories:", f"- {_size(len(runs))}", "configs:")
    for name, _ in TABLES:
        yield from (f"- config_name: {name}", f"  data_files: store/{name}/*.parquet")
        if name == "runs":
            yield "  default: true"
    yield from ("---", "")


def _size(count: int) -> str:
    return "n<1K" if count < 1000 else "1K<n<10K" if count < 10_000 else "10K<n<100K"


def _body(runs: Sequence[RunRow], licence: str) -> Iterator[str]:
    sessions = dict.fromkeys(run.session_id for run in runs)
    yield from ("# Energy of LLM inference", "")
    worth = joules(all(run.simulated for run in runs))
    yield f"{counted(len(runs), 'run')} of {counted(len(sessions), 'session')}, recorded by ecotui. {worth}"
    if any(run.simulated for run in runs):
        yield from ("", "**Rows with `simulated` true are of a model of a board: they stand for no hardware.**")
    yield from ("", "Energy is given gross, net of context idle and net of bare idle. Missing is null, never 0.")
    yield from ("", _quality(runs))
    if not licence:
        yield from ("", "No licence was stated; ask whoever publishes this.")
    yield from ("", "`manifest.json` has the SHA-256 of every file. `sessions/` holds the logs, from which every row")
    yield from ("can be made again. `ecotui import` takes this folder, or the same as a `.zip`.", "", "## Tables", "")
    yield from (f"- `{name}`: {text}" for name, text in TABLES)
    for name, row in (("runs", RunRow), ("windows", WindowRow)):
        yield from ("", f"## Columns of `{name}`", "", "| column | unit | meaning |", "|---|---|---|")
        for one in fields(row):
            text = str(one.metadata["text"]).replace("|", "\\|")
            yield f"| `{one.name}` | {one.metadata['unit']} | {text} |"
    yield from ("", "## Boards", "")
    yield from (f"- {line}" for line in dict.fromkeys(_board(run) for run in runs))


def _quality(runs: Sequence[RunRow]) -> str:
    """Of how many runs it was scored, and on what: a saving of energy is to be read beside it."""
    rated = [run for run in runs if run.quality_path is not None]
    if not rated:
        return "Quality was not measured: what a saving of energy costs in it, these rows do not tell."
    texts = dict.fromkeys((run.quality_text or "unknown", run.quality_text_sha256 or "unknown") for run in rated)
    told = ", ".join(f"{_plain(name)} (SHA-256 {_plain(sha)[:16]})" for name, sha in texts)
    counts = f"{len(rated)} of {counted(len(runs), 'run')}"
    return (
        f"Quality was scored of {counts}, on {told}: perplexity by both conventions, its ratio "
        "to fp16, divergence and agreement, with 95 % intervals. Figures of different texts, windows or paths are "
        "never compared; random weights have no perplexity."
    )


def _board(run: RunRow) -> str:
    versions = (
        (n, getattr(run, f"{n}_version")) for n in ("driver", "torch", "transformers", "bitsandbytes", "ecotui")
    )
    told = ", ".join(f"{name} {_plain(value)}" for name, value in versions if value)
    return f"{_plain(run.gpu_name or 'unknown board')}{f' ({told})' if told else ''}"


def _plain(text: str) -> str:
    """Text from outside without anything that Markdown or HTML would take for its own."""
    return "".join(c for c in clean(text, 200) if c not in "<>`|*_[]\\")
