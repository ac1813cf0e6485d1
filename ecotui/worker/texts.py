"""Where a text to be scored comes from: the package, WikiText-2 through `datasets`, or a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ecotui.core.errors import WorkerError
from ecotui.core.quality import EMBEDDED, WIKITEXT
from ecotui.worker.failures import clean

MOST_B = 256_000_000
"""A longer file would be tokenized for minutes, and its tokens held in memory."""
_OTHERS = "take the embedded text (--text embedded), or the path of a UTF-8 file."
_DATASET = ("Salesforce/wikitext", "wikitext-2-raw-v1")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the hash by which results on it are told from those on others."""

    name: str
    """For people."""
    text: str

    @property
    def sha256(self) -> str:
        """Of its UTF-8 bytes."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read(name: str) -> Text:
    """The text behind EMBEDDED, WIKITEXT or a path.

    Raises:
        WorkerError: it is not there, empty, not UTF-8 or too long.
    """
    if name == WIKITEXT:
        found = Text(name, _wikitext())
    elif name == EMBEDDED:
        found = Text(name, _embedded())
    else:
        path = Path(name).expanduser()
        found = Text(clean(path.name, 80), _decoded(_bytes(path), clean(name, 160)))
    if not found.text.strip():
        raise WorkerError(f"The text {clean(name, 160)} is empty.", f"Name a file with text in it, or {_OTHERS}")
    return found


def _embedded() -> str:
    try:
        return (resources.files("ecotui") / "texts" / "evaluation.txt").read_bytes().decode()
    except OSError as error:
        raise WorkerError("The text that comes with ecotui is not there.", "Install ecotui again.") from error


def _bytes(path: Path) -> bytes:
    shown = clean(str(path), 160)
    if not path.is_file():
        what = "is a folder or a device" if path.exists() else "does not exist"
        raise WorkerError(f"The text {shown} {what}.", f"Check the path, or {_OTHERS}")
    try:
        size = path.stat().st_size
        if size > MOST_B:
            what = f"The text {shown} has {size / 1e6:.0f} MB; at most {MOST_B / 1e6:.0f} MB are scored."
            raise WorkerError(what, "Cut a part out of it.")
        return path.read_bytes()
    except OSError as error:
        raise WorkerError(f"The text {shown} cannot be read: {clean(str(error.strerror), 80)}.") from error


def _decoded(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkerError(
            f"The text {shown} is not UTF-8: byte {error.start} cannot be read.",
            "Convert it, for instance with `iconv -f latin1 -t utf-8`.",
        ) from error


def _wikitext() -> str:
    try:
        from datasets import load_dataset
    except Exception as error:
        why = "is not installed" if isinstance(error, ImportError) else f"fails: {clean(str(error), 120)}"
        advice = f"pip install 'ecotui[wikitext]', or {_OTHERS}"
        raise WorkerError(f"WikiText-2 is read with the package datasets, which {why}.", advice) from error
    try:
        lines = load_dataset(*_DATASET, split="test")["text"]
    except Exception as error:
        raise WorkerError(
            "WikiText-2 is not in the local cache and the hub does not give it "
            f"({clean(f'{type(error).__name__}: {error}', 120)}).",
            f"Check the network, or {_OTHERS}",
        ) from error
    return "\n\n".join(lines)
