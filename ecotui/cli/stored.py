"""`runs` and `show`: what was measured, read again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ecotui.core.arm import ENGINES
from ecotui.core.errors import LogError
from ecotui.core.published import quantization_of
from ecotui.core.rows import row_dict
from ecotui.core.summary import summarize
from ecotui.core.timeline import Timeline
from ecotui.core.units import clean
from ecotui.log.reader import is_torn, read_timeline
from ecotui.store.home import Home
from ecotui.store.store import Store, StoredRun, default_samples

if TYPE_CHECKING:
    from ecotui.analysis.audit_values import AuditedRow
    from ecotui.core.published import Perplexity, PublishedRow
    from ecotui.store.published import Range


def open_store() -> Store:
    """The store of this home, with sessions taken in whose recorder could not finish.

    Raises:
        HomeError: the home cannot be used.
    """
    from ecotui.store.recovered import recovered_words

    store = Store(Home.open(), default_samples())
    for words in recovered_words(store, store.adopt()):
        sys.stderr.write(f"{words}\n")
    return store


def runs(chosen: argparse.Namespace) -> int:
    """List stored runs; 1 where a file of the store had to be passed over."""
    store = open_store()
    wanted = [word.lower() for word in chosen.filter]
    stored = store.runs()
    found = [s for s in stored if all(_has(s, word) for word in wanted)]
    published = _published(store.home, wanted) if chosen.published else None
    claims = [] if published is None else _claims(wanted)
    rated = [] if published is None else _perplexities(store.home, wanted)
    if chosen.json:
        rows = [row_dict(s.row) | {"origin": s.origin, "log": str(s.log) if s.log else None} for s in found]
        _print({"runs": rows, "problems": store.problems} | _published_dicts(published, claims, rated))
    else:
        from ecotui.cli.tables import print_perplexities, print_published, print_ranges, print_runs

        print_runs(found, of=len(stored))
        if published is not None:
            print_published(published)
            print_ranges(claims)
            print_perplexities(rated)
    store.compact()  # last, so that nobody waits for it
    return _complain(store)


def _published(home: Home, words: Sequence[str]) -> list[AuditedRow]:
    """Published rows that have every word, each with the accounting that its energy follows."""
    from ecotui.analysis.audit import audit
    from ecotui.store.published import published_rows

    rows = audit(published_rows(home), {}).rows
    return [one for one in rows if all(_told(one.row, word) for word in words)]


def _claims(words: Sequence[str]) -> list[Range]:
    """Published ranges that have every word."""
    from ecotui.analysis.ranges import has_words
    from ecotui.store.published import ranges

    return [one for one in ranges() if has_words(one, words)]


def _perplexities(home: Home, words: Sequence[str]) -> list[Perplexity]:
    """Published perplexities that have every word."""
    from ecotui.store.published import perplexities

    def has(it: Perplexity, word: str) -> bool:
        names = (it.model, it.config, quantization_of(it.config) or "", it.gpu, it.source, it.table)
        return any(word in name.lower() for name in (*names, "published", "perplexity"))

    return [it for it in perplexities(home) if all(has(it, word) for word in words)]


def _published_dicts(
    published: Sequence[AuditedRow] | None, claims: Sequence[Range], rated: Sequence[Perplexity]
) -> dict[str, object]:
    """What was asked for of others' figures; nothing where it was not."""
    if published is None:
        return {}
    from ecotui.analysis.ranges import to_dict
    from ecotui.store.published import ranges

    rows = [published_json(one) for one in published]
    return {
        "published": rows,
        "ranges": [to_dict(one, ranges()) for one in claims],
        "perplexities": [asdict(one) for one in rated],
    }


def _told(row: PublishedRow, word: str) -> bool:
    if word.startswith("b") and word[1:].isdecimal():
        return row.batch_size == int(word[1:])
    names = (row.model, row.config, row.quantization or "", row.gpu, row.source, row.row_id, "published")
    return any(word in name.lower() for name in names)


def published_json(one: AuditedRow) -> dict[str, object]:
    """A published row: as published, with its accounting, and gross and net recomputed side by side.

    Neither is where the unit of power or throughput is in doubt.
    """
    row = one.row
    return asdict(row) | {
        "quantization": row.quantization,
        "accounting": one.accounting,
        "accounting_text": one.words,
        "energy_gross_j_per_1k_tokens": one.gross_j_per_1k_tokens,
        "energy_net_stated_j_per_1k_tokens": one.net_j_per_1k_tokens,
        "idle_stated_w": one.idle_w,
        "doubts": [doubt.text for doubt in one.doubts],
    }


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
        "quality" if r.quality_path else None,
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
        print_summary(path, rows, windows, found, line.plan)
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
