"""What can be known of a quality before anything is started: that its text is one, and that its extras are there."""

from __future__ import annotations

import codecs
import string
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.forecast_scoring import window_of
from ecotui.core.quality import EMBEDDED, LEAST_WINDOW, WIKITEXT, Quality
from ecotui.core.units import clean, number

MOST_B = 64_000_000
"""Of a text: more would be tokenized for minutes, and scored for days."""
PIECE_B = 1 << 20
EMBEDDED_TEXT = Path(__file__).parents[1] / "texts" / "evaluation.txt"
SPECIAL = 8
"""Tokens that a tokenizer may put around a text, at most."""
BLANK = f"{string.whitespace}\ufeff"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def check_quality(quality: Quality | None, arms: Sequence[Arm]) -> None:
    """Refuse what cannot be scored; nothing where nothing is to be.

    Raises:
        UsageError: the sentence says which part, and what to do.
    """
    if quality is None:
        return
    quality.checked()
    if quality.tasks:
        _check_tasks(quality.tasks, arms)
    if quality.text == WIKITEXT:
        if find_spec("datasets") is None:
            raise UsageError(
                f"--text {WIKITEXT} needs the package datasets.",
                f'Install it with `pip install "ecotui[wikitext]"`, or take --text {EMBEDDED}.',
            )
    elif quality.text != EMBEDDED:
        check_text(Path(quality.text))
    _check_room(quality, arms)


def _check_room(quality: Quality, arms: Sequence[Arm]) -> None:
    """Refuse what cannot make a single window, whatever the tokenizer: a token takes a byte at least."""
    from ecotui.recorder.dimensions import dimensions_of

    path = EMBEDDED_TEXT if quality.text == EMBEDDED else None if quality.text == WIKITEXT else Path(quality.text)
    size = path.stat().st_size if path is not None and path.is_file() else None
    for arm in arms:
        dimensions = dimensions_of(arm)
        # A model of which nothing is known may hold fewer positions than a window has tokens.
        window = LEAST_WINDOW if dimensions is None else window_of(dimensions, quality)
        if quality.tokens is not None and quality.tokens < window:
            raise UsageError(
                f"--quality-tokens {quality.tokens:,} are fewer than one window of {window:,} tokens.",
                "Ask for more tokens, or for shorter windows with --quality-window.",
            )
        if path is not None and size is not None and not arm.synthetic and size + SPECIAL < window:
            raise UsageError(
                f"The text {clean(path)} has {size:,} bytes, too few for one window of {window:,} tokens.",
                "Take a longer text (--text), or shorter windows (--quality-window).",
            )


def check_names(tasks: Sequence[str]) -> None:
    """Refuse what is no task's name: of a path, lm-eval would run what is written there.

    Raises:
        UsageError: one is none.
    """
    for name in tasks:
        plain = name and all(letter.isalnum() or letter in "_-+.:" for letter in name)
        if not plain or name.endswith((".yaml", ".yml", ".py")):
            raise UsageError(f"--tasks: {clean(name)!r} is no name of a task.", "Name tasks of lm-eval: hellaswag.")


def _check_tasks(tasks: Sequence[str], arms: Sequence[Arm]) -> None:
    check_names(tasks)
    if find_spec("lm_eval") is None:
        raise UsageError("--tasks needs the package lm-eval.", 'Install it with `pip install "ecotui[tasks]"`.')
    if random := next((arm for arm in arms if arm.synthetic), None):
        raise UsageError(
            f"--tasks needs a tokenizer, and {clean(random.model)} has none: its weights are random.",
            "Leave --tasks out, or name a model with real weights.",
        )


def check_text(path: Path) -> None:
    """Refuse what is no text in UTF-8.

    Raises:
        UsageError: it is missing, no file, empty, too large, or in another encoding from some byte on.
    """
    name = f"The text {clean(path)}"
    try:
        if path.is_dir():
            raise UsageError(f"{name} is a folder.", "Name a file in it.")
        if not path.is_file():
            there = path.exists()
            advice = "Name a file: it is read more than once." if there else _names(path)
            raise UsageError(f"{name} is {'no regular file' if there else 'not there'}.", advice)
        if (size := path.stat().st_size) > MOST_B:
            most, has = (number(value / 1e6, 0) for value in (MOST_B, size))
            raise UsageError(f"{name} has {has} MB, more than {most} MB.", "Name a shorter one.")
        _read(path, name)
    except OSError as error:
        raise UsageError(f"{name} cannot be read ({error.strerror}).", "Look at its permissions.") from error


def _names(path: Path) -> str:
    """What might have been meant."""
    meant = f"Did you mean {WIKITEXT}? " if "wiki" in path.name.lower() else ""
    return f"{meant}Name a UTF-8 file, {EMBEDDED} or {WIKITEXT}."


def _read(path: Path, name: str) -> None:
    decoder, done, blank = codecs.getincrementaldecoder("utf-8")(), 0, True
    with path.open("rb") as stream:
        while True:
            piece = stream.read(PIECE_B)
            held = len(decoder.getstate()[0])
            try:
                blank = not decoder.decode(piece, final=not piece).strip(BLANK) and blank
            except UnicodeDecodeError as error:
                at = done - held + error.start
                raise UsageError(f"{name} is not UTF-8: byte {at:,} cannot be read.", _encoding(path)) from error
            done += len(piece)
            if not piece:
                break
    if blank:
        raise UsageError(f"{name} is empty.", "Name a text of at least one window.")


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        kind = "UTF-16" if stream.read(2) in UTF16 else "LATIN1"
    return f"Convert it, for instance with `iconv -f {kind} -t UTF-8`."
