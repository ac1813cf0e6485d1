"""Opens what may be a bundle and gives out its files, each checked against the manifest; trusts nothing of it."""

from __future__ import annotations

import hashlib
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from ecotui.core.errors import UsageError
from ecotui.core.units import clean
from ecotui.store.bundle import ADVICE, CARD, MANIFEST, MEMBER, MOST_MANIFEST_B, Entry, Manifest, read_manifest, unfit

CHUNK = 1 << 20
FAULTS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OverflowError)
"""What zipfile raises at damaged files; NotImplementedError is a RuntimeError."""
IGNORED = ".gitattributes"
"""A file that Hugging Face puts into a dataset folder; it says nothing to an import."""


class Source(Protocol):
    """A zip or a folder."""

    def names(self) -> list[str]:
        """Names of all files.

        Raises:
            UsageError: something in it is no plain file.
        """

    def open(self, name: str) -> IO[bytes]:
        """One of them."""


class Bundle:
    """An opened bundle whose manifest and list of files fit each other."""

    def __init__(self, source: Source, shown: str) -> None:
        self._source, self.shown = source, shown
        names = source.names()
        for name in names:
            if name not in (MANIFEST, CARD, IGNORED) and not MEMBER.fullmatch(name):
                raise UsageError(f"{shown}: {unfit(name)}.", ADVICE)
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise UsageError(f"{shown} holds {twice[0]} twice.", ADVICE)
        if MANIFEST not in names:
            raise _none(shown)
        with source.open(MANIFEST) as stream:
            data = stream.read(MOST_MANIFEST_B)
        self.manifest: Manifest = read_manifest(data, shown)
        self._same(set(names) - {MANIFEST, IGNORED})

    def _same(self, found: set[str]) -> None:
        card = self.manifest.card
        listed = {entry.path for entry in self.manifest.entries} | ({card.path} if card else set())
        if not self.manifest.cards:
            found = found - {CARD}
        if missing := sorted(listed - found):
            raise UsageError(f"{self.shown} lacks {missing[0]}, which its manifest lists.", ADVICE)
        if more := sorted(found - listed):
            raise UsageError(f"{self.shown} holds {more[0]}, which its manifest does not list.", ADVICE)

    def unpack(self, entry: Entry, place: Path) -> None:
        """Write a file of the bundle to `place`.

        Raises:
            UsageError: it is not the file that the manifest lists.
            OSError: the disk does not take it.
        """
        with place.open("xb") as out:
            self._copy(entry, out.write)

    def check_card(self) -> None:
        """Make sure of the dataset card, which people read and an import does not use.

        Raises:
            UsageError: it is not the file that the manifest lists.
        """
        if self.manifest.card:
            self._copy(self.manifest.card, len)

    def _copy(self, entry: Entry, write: Callable[[bytes], object]) -> None:
        """Hand over a file in pieces, and hold its length and hash against the manifest's."""
        digest, count = hashlib.sha256(), 0
        with _readable(self.shown, entry.path), self._source.open(entry.path) as stream:
            while chunk := stream.read(CHUNK):
                count += len(chunk)
                if count > entry.size:  # what it goes on with is of no use, nor a hash of its beginning
                    raise UsageError(
                        f"{self.shown}: {entry.path} is not the file that the manifest lists: it is longer than the "
                        f"{entry.size:,} bytes that the manifest says.",
                        ADVICE,
                    )
                digest.update(chunk)
                write(chunk)
        if count != entry.size or digest.hexdigest() != entry.sha256:
            raise UsageError(
                f"{self.shown}: {entry.path} is not the file that the manifest lists: it was changed or cut "
                f"({count:,} bytes of {entry.size:,}, SHA-256 {digest.hexdigest()[:12]}… instead of "
                f"{clean(entry.sha256[:12])}…).",
                ADVICE,
            )


def _none(shown: str) -> UsageError:
    return UsageError(f"{shown} has no {MANIFEST}, so it is no bundle.", "`ecotui export --bundle` makes one.")


@contextmanager
def _readable(shown: str, name: str) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        raise UsageError(f"{shown}: {name} cannot be unpacked ({error}).", ADVICE) from error


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """A `.zip`, or the same as a folder.

    Raises:
        UsageError: it is none, or something is wrong with it; the sentence names the file.
    """
    shown = clean(path, 300)
    if path.is_dir():
        if not (path / MANIFEST).exists():  # before its files are judged: it may be any folder
            raise _none(shown)
        yield Bundle(_Folder(path), shown)
        return
    try:
        archive = zipfile.ZipFile(path)
    except FAULTS as error:
        raise UsageError(f"{shown} is no whole zip file ({error}): it is cut, or something else.", ADVICE) from error
    except OSError as error:
        raise UsageError(f"{shown} cannot be read ({error.strerror or error}).", "Check its name.") from error
    with archive:
        with _readable(shown, MANIFEST):
            bundle = Bundle(_Zip(archive, shown), shown)
        yield bundle


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, shown: str) -> None:
        self._archive, self._shown = archive, shown

    def names(self) -> list[str]:
        out = []
        for info in self._archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                what = "a link" if kind == stat.S_IFLNK else "no plain file"
                raise UsageError(f"{self._shown}: {clean(info.filename, 200)} is {what}.", ADVICE)
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UsageError(f"{self._shown}: {clean(info.filename, 200)} is packed in an odd way.", ADVICE)
            if info.flag_bits & 1:
                raise UsageError(f"{self._shown}: {clean(info.filename, 200)} is encrypted.", ADVICE)
            if not info.is_dir():  # no folder is ever made from what a zip says of one
                out.append(info.filename)
        return out

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(name)


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        out = []
        for path in self._root.rglob("*"):
            name = path.relative_to(self._root).as_posix()
            if name.split("/")[0].startswith(".") and name != ".gitattributes":
                continue  # what git and others keep of their own
            kind = path.lstat().st_mode
            if stat.S_ISLNK(kind) or not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                what = "a link" if stat.S_ISLNK(kind) else "no plain file"
                raise UsageError(f"{clean(self._root, 200)}: {clean(name, 200)} is {what}.", ADVICE)
            if stat.S_ISREG(kind):
                out.append(name)
        return out

    def open(self, name: str) -> IO[bytes]:
        return (self._root / name).open("rb")
