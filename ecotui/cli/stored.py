"""`runs` and `show`: what was measured, read again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ecotui.core.arm import ENGINES
from ecotui.core.errors import LogError
from ecotui.core.rows import row_dict
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean
from ecotui.log.reader import is_torn, read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store, StoredRun, default_samples


def open_store() -> Store:
    """The store of this home, with sessions taken in whose recorder could not finish.

    Raises:
        HomeError: the home cannot be used.
    """
    store = Store(Home.open(), default_samples())
    store.adopt()
    return store


def runs(chosen: argparse.Namespace) -> int:
    """List stored runs; 1 where a file of the store had to be passed over."""
    store = open_store()
    wanted = [word.lower() for word in chosen.filter]
    stored = store.runs()
    found = [s for s in stored if all(_has(s, word) for word in wanted)]
    if chosen.json:
        rows = [row_dict(s.row) | {"origin": s.origin, "log": str(s.log) if s.log else None} for s in found]
        _print({"runs": rows, "problems": store.problems})
    else:
        from ecotui.cli.tables import print_runs

        print_runs(found, of=len(stored))
    return _complain(store)


def _has(stored: StoredRun, word: str) -> bool:
    """Whether a run has the word; an engine's name means the engine, not a board called Graphics."""
    return stored.row.engine == word if word in ENGINES else word in _haystack(stored)


def _haystack(stored: StoredRun) -> str:
    r = stored.row
    parts = (
        r.model,
        r.quantization,
        f"b{r.batch_size}",
        r.label,
        r.gpu_name,
        r.host,
        r.outcome,
        r.sensor,
        stored.origin,
    )
    return " ".join(str(p).lower() for p in (*parts, r.run_id) if p)


def find_log(text: str) -> Path:
    """A log by its path, or by the id of a stored run.

    Raises:
        LogError: neither a file nor a run whose log is there.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        inside = [p for name in ("log.jsonl", "log.jsonl.gz") if (p := path / name).exists()]
        if not inside:
            raise LogError(
                f"{path} is a folder without a session's log.", "Name a log.jsonl or log.jsonl.gz, or the id of a run."
            )
        return inside[0]
    if path.exists() or "/" in text or text.endswith((".jsonl", ".gz")):
        return path
    return open_store().log(text)


def show(chosen: argparse.Namespace) -> int:
    """Recompute a session's summary from its log; 1 where the log breaks off."""
    path = find_log(chosen.log)
    line = read_timeline(path)
    rows, windows = summarize(line)
    from ecotui.analysis.kernels import evidence
    from ecotui.cli.tables import print_summary, session_json

    found = [evidence(line, number) for number in range(len(rows))]
    if chosen.json:
        _print(session_json(path, rows, windows, found))
    else:
        print_summary(path, rows, windows, found)
    return complain_of_end(path, line)


def complain_of_end(path: Path, line: Timeline) -> int:
    """Say where a log breaks off; 1 where it does, 0 where the session's end is in it."""
    if line.end is not None:
        return 0
    count = len(line.windows)
    whole = f"{count} whole window{'s' if count > 1 else ''}" if count else "phases: no window is whole"
    broken = "in the middle of a line" if is_torn(path) else "before the session's end"
    sys.stderr.write(
        f"ecotui: {path} breaks off {broken}: the figures are those of its {whole}. "
        "If it is being recorded, look again later; if it was copied, copy it again.\n"
    )
    return 1


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _complain(store: Store) -> int:
    for problem in store.problems:
        sys.stderr.write(f"ecotui: {clean(problem, 1000)}\n")
    return 1 if store.problems else 0
