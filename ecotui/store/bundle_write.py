"""Makes a bundle: one `.zip`, or the same files as a folder with a dataset card; whole, or not there at all."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import ecotui
from ecotui.core.document import joules
from ecotui.core.errors import LogError, StoreError
from ecotui.core.rows import RunRow
from ecotui.log.lock import is_running
from ecotui.store import traces
from ecotui.store.bundle import CARD, MANIFEST, Entry, Manifest, manifest_text
from ecotui.store.dataset_card import card
from ecotui.store.finding import StoredRun
from ecotui.store.parquet import to_bytes
from ecotui.store.schema import RUNS, TRACES, WINDOWS, to_frame
from ecotui.store.store import Store

Put = Callable[[str, bytes], None]
"""Keeps a file under its name."""
DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same sessions make the same bytes."""


def write_bundle(store: Store, sessions: Sequence[str], path: Path, licence: str = "") -> Manifest:
    """The sessions as a `.zip` at `path`, in place of what was there.

    Raises:
        LogError: a session is still being recorded, or its log cannot be read.
        StoreError: its rows cannot be read, or the disk does not take it; what was at `path` stays.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as out:

            def put(name: str, data: bytes) -> None:
                out.writestr(zipfile.ZipInfo(name, DATE), data, compress_type=zipfile.ZIP_DEFLATED)

            made = _write(store, sessions, put, licence)
        beside.replace(path)
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return made


def write_dataset(store: Store, sessions: Sequence[str], folder: Path, licence: str = "") -> Manifest:
    """The same as a folder, which must not be there, or be empty.

    Raises:
        LogError, StoreError: as `write_bundle`.
    """
    folder = folder.absolute()
    beside = None
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))

        def put(name: str, data: bytes) -> None:
            place = beside / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

        made = _write(store, sessions, put, licence)
        beside.chmod(0o755)
        beside.replace(folder)
    except OSError as error:
        raise _unwritten(folder, error) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
    return made


def _write(store: Store, sessions: Sequence[str], put: Put, licence: str) -> Manifest:
    by_session = _by_session(store, sessions)
    entries = []
    for runs in by_session.values():
        for name, data in _files(store, runs):
            put(name, data)
            entries.append(_entry(name, data))
    rows = [run.row for runs in by_session.values() for run in runs]
    about = joules(bool(rows) and all(row.simulated for row in rows))
    words = card(rows, licence).encode()
    told = tuple(_about(runs) for runs in by_session.values())
    made = Manifest(tuple(entries), told, made_by=_maker(), about=about, card=_entry(CARD, words))
    put(MANIFEST, manifest_text(made).encode())
    put(CARD, words)
    return made


def _entry(name: str, data: bytes) -> Entry:
    return Entry(name, hashlib.sha256(data).hexdigest(), len(data))


def _by_session(store: Store, sessions: Sequence[str]) -> dict[str, list[StoredRun]]:
    """The runs of each session, arms in order."""
    found: dict[str, list[StoredRun]] = {session: [] for session in sessions}
    for run in store.runs():
        if run.row.session_id in found:
            found[run.row.session_id].append(run)
    for session, runs in found.items():
        runs.sort(key=lambda run: run.arm)
        log = runs[0].log if runs else None
        if log is not None and is_running(log):
            raise LogError(f"Session {session} is still being recorded.", "Export it when it has ended.")
    return {session: runs for session, runs in found.items() if runs}


def _files(store: Store, runs: Sequence[StoredRun]) -> Iterator[tuple[str, bytes]]:
    session, log = runs[0].row.session_id, runs[0].log
    rows = [run.row for run in runs]
    if log is not None:
        try:
            yield f"sessions/{session}/{log.name}", log.read_bytes()
        except OSError as error:
            raise LogError(f"{log} cannot be read ({error.strerror or error}).") from error
    windows = [w for r in rows for w in (*store.windows(r.run_id), *store.split_windows(r.run_id))]
    curves = [store.trace(row.run_id) for row in rows]
    for table, frame in (
        (WINDOWS, to_frame(windows, WINDOWS)),
        (TRACES, traces.to_frame(curves)),
        (RUNS, to_frame(rows, RUNS)),
    ):
        yield f"store/{table.name}/{session}.parquet", to_bytes(frame)


def _about(runs: Sequence[StoredRun]) -> dict[str, object]:
    first: RunRow = runs[0].row
    return {
        "id": first.session_id,
        "started_at": first.started_at.isoformat() if first.started_at else None,
        "gpu_name": first.gpu_name,
        "simulated": first.simulated,
        "arms": [run.row.arm_label for run in runs],
    }


def _maker() -> str:
    return f"ecotui {ecotui.__version__}"


def _unwritten(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be written ({error.strerror or error}).", "Make room there, or name another place."
    )
