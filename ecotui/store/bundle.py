"""A bundle: sessions with their logs and rows, and a manifest with the hash of every file.

As a `.zip` it is one file to send; unpacked it is a Hugging Face dataset folder, and ecotui imports both. Zip needs
nothing beyond the standard library, is read anywhere, and has no links or devices among what it commonly holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.store.home import SESSION

FORMAT = "ecotui-bundle"
VERSION = "1.1"
"""Major: a reader of an older one must refuse. Minor: new keys and files, which an older one passes over."""
CARDS = (1, 1)
"""The version since which a manifest lists the card."""
MANIFEST, CARD = "manifest.json", "README.md"
MEMBER = re.compile(
    rf"sessions/(?P<log>{SESSION.pattern})/log\.jsonl(\.gz)?"
    rf"|store/(?P<table>runs|windows|traces)/(?P<rows>{SESSION.pattern})\.parquet"
)
"""All that a bundle holds beside manifest and card."""
MOST_B = 2 << 30
"""Bytes of one file, also of a packed log when it is unpacked: two hundred times the longest session so far."""
MOST_MANIFEST_B = 64 << 20
ADVICE = "Ask for the bundle again; nothing was imported."


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a bundle, as its manifest has it."""

    path: str
    sha256: str
    size: int

    @property
    def session(self) -> str:
        """The session that it is of."""
        found = MEMBER.fullmatch(self.path)
        return (found["log"] or found["rows"]) if found else ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself."""

    entries: tuple[Entry, ...]
    sessions: tuple[Mapping[str, Any], ...] = ()
    """Of each its id, board, model and date, for people."""
    made_by: str = ""
    about: str = field(default="")
    """What its joules are worth."""
    card: Entry | None = None
    """The dataset card; None where there is none."""
    cards: bool = True
    """Whether a card has to be listed; manifests of version 1.0 listed none."""


def manifest_text(it: Manifest) -> str:
    """The manifest as JSON."""
    files = [_listed(one) for one in it.entries]
    whole: dict[str, object] = {"format": FORMAT, "version": VERSION, "made_by": it.made_by, "about": it.about}
    if it.card:
        whole["card"] = _listed(it.card)
    return json.dumps(whole | {"sessions": list(it.sessions), "files": files}, indent=1) + "\n"


def _listed(one: Entry) -> dict[str, object]:
    return {"path": one.path, "sha256": one.sha256, "bytes": one.size}


def read_manifest(data: bytes, bundle: str) -> Manifest:
    """The manifest of a bundle.

    Raises:
        UsageError: it is damaged, of a newer version, or names what no bundle holds.
    """
    try:
        whole = json.loads(data)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{bundle}: {MANIFEST} is damaged at {where} ({error.msg}).", ADVICE) from error
    except (ValueError, RecursionError) as error:  # no UTF-8, or a number of thousands of digits
        raise UsageError(f"{bundle}: {MANIFEST} is no text that can be read.", ADVICE) from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise UsageError(
            f"{bundle}: {MANIFEST} is not that of an ecotui bundle.", "`ecotui export --bundle` makes one."
        )
    version = _version(str(whole.get("version")), bundle)
    entries, card = _entries(whole.get("files"), bundle), _card(whole.get("card"), bundle)
    listed = card is not None or version >= CARDS
    _hold_ids(whole.get("sessions"), entries, bundle)
    return Manifest(entries, made_by=clean(whole.get("made_by", ""), 100), card=card, cards=listed)


def _hold_ids(told: object, entries: Sequence[Entry], bundle: str) -> None:
    """The list of sessions that people read has to be that of the files."""
    held = sessions_of(entries).keys()
    listed = {str(one.get("id")) for one in told if isinstance(one, dict)} if isinstance(told, list) else set()
    if listed == held:
        return
    stray, lost = min(listed - held, default=None), min(held - listed, default="")
    what = f"names {clean(stray, 60)}, and no file is of it" if stray is not None else f"leaves {lost} out"
    raise UsageError(f"{bundle}: the list of sessions in {MANIFEST} {what}.", ADVICE)


def _version(version: str, bundle: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and len(version) < 20):
        raise UsageError(f"{bundle}: {MANIFEST} has no readable version ({clean(version, 40)}).", ADVICE)
    if int(major) > int(VERSION.partition(".")[0]):
        raise UsageError(
            f"{bundle} was made by a newer ecotui (bundle {clean(version, 40)}; this one reads {VERSION}).",
            "Update ecotui: pip install --upgrade ecotui.",
        )
    return int(major), int(minor)


def _card(listed: object, bundle: str) -> Entry | None:
    match listed:
        case None:
            return None
        case {"path": "README.md", "sha256": str(sha), "bytes": int(size)} if len(sha) == 64 and 0 <= size <= MOST_B:
            return Entry(CARD, sha, size)
    raise UsageError(f"{bundle}: the card of {MANIFEST} has no path, sha256 and bytes.", ADVICE)


def _entries(files: object, bundle: str) -> tuple[Entry, ...]:
    if not isinstance(files, list) or not files:
        raise UsageError(f"{bundle}: {MANIFEST} lists no files.", ADVICE)
    out: dict[str, Entry] = {}
    for number, one in enumerate(files, 1):
        match one:
            case {"path": str(path), "sha256": str(sha), "bytes": int(size)} if len(sha) == 64 and size >= 0:
                if not MEMBER.fullmatch(path):
                    raise UsageError(f"{bundle}: {unfit(path)}.", ADVICE)
                if path in out:
                    raise UsageError(f"{bundle}: {MANIFEST} lists {clean(path, 200)} twice.", ADVICE)
                if size > MOST_B:
                    raise UsageError(
                        f"{bundle}: {path} would take {size / 1e9:,.1f} GB, more than any log has.", ADVICE
                    )
                out[path] = Entry(path, sha, size)
            case _:
                raise UsageError(f"{bundle}: entry {number} of {MANIFEST} has no path, sha256 and bytes.", ADVICE)
    return tuple(out.values())


def unfit(path: str) -> str:
    """Why a name can be none of a bundle's."""
    shown = clean(path, 200)
    parts = re.split(r"[/\\]", path)
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        return f"the file {shown!r} has an absolute path, which no bundle has"
    if ".." in parts:
        return f"the file {shown!r} would climb out of its folder"
    if parts[0] == "sessions" and len(parts) > 2 and not SESSION.fullmatch(parts[1]):
        return f"{clean(parts[1], 80)!r} is not the id of a session"
    return f"{shown!r} is no file that a bundle holds"


def sessions_of(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """The entries by their session, in order."""
    out: dict[str, list[Entry]] = {}
    for entry in entries:
        out.setdefault(entry.session, []).append(entry)
    return out
