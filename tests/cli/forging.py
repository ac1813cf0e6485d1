"""Bundles that somebody changed: `both.zip` of the working folder made anew, with true hashes where they count."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable

import polars as pl

from ecotui.store.bundle import MANIFEST

Change = Callable[[dict[str, bytes]], None]
"""Changes the files of a bundle, by name."""


def forged(change: Change) -> None:
    """Make `both.zip` anew with other content."""
    with zipfile.ZipFile("both.zip") as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    with zipfile.ZipFile("both.zip", "w") as new:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            if data == b"LINK":
                info.external_attr = 0o120777 << 16
            new.writestr(info, data)


def listed(files: dict[str, bytes], name: str, data: bytes) -> None:
    """Put a file in, and into the manifest with its true hash."""
    manifest = json.loads(files[MANIFEST])
    kept = [one for one in manifest["files"] if one["path"] != name]
    kept.append({"path": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})
    files[name], files[MANIFEST] = data, json.dumps(manifest | {"files": kept}).encode()


def without(files: dict[str, bytes], name: str) -> None:
    """Take a file out of the manifest."""
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [one for one in manifest["files"] if one["path"] != name]
    files[MANIFEST] = json.dumps(manifest).encode()


def edited(session: str, table: str, **values: object) -> Change:
    """Take the log away and set columns of a table, with true hashes."""

    def change(files: dict[str, bytes]) -> None:
        log = f"sessions/{session}/log.jsonl"
        if log in files:
            del files[log]
            without(files, log)
        name = f"store/{table}/{session}.parquet"
        made = io.BytesIO()
        pl.read_parquet(files[name]).with_columns(**{k: pl.lit(v) for k, v in values.items()}).write_parquet(made)
        listed(files, name, made.getvalue())

    return change
