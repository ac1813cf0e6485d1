"""Scores loaded arms on a text, window by window, all arms in each window before the next one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ecotui.core.messages import Score
from ecotui.core.quality import BLOCKS, DECODE
from ecotui.core.score_events import Scoring
from ecotui.worker import scoring_rows, text_ids, texts, windows
from ecotui.worker.engine import Told
from ecotui.worker.scoring_arm import Asked, Scorer, Subject
from ecotui.worker.shelf import Held, Shelf
from ecotui.worker.text_ids import Ids

Tell = Callable[[Told], None]


class Reader:
    """Reads texts as the tokenizers of models do, each once."""

    def __init__(self) -> None:
        self._read: dict[tuple[object, ...], Ids] = {}

    def ids(self, command: Score, subject: Subject) -> Ids:
        """The ids that an arm is scored on, as many as are asked for.

        Raises:
            WorkerError: there is no text or no tokenizer, they do not go with the model, or make no window.
        """
        arm, model = subject.arm, subject.model
        window, _ = _windows(command, model)
        if arm.synthetic:
            tokens = max(window, command.tokens or text_ids.RANDOM_WINDOWS * window)
            return text_ids.drawn(model, tokens, subject.seed).cut(command.tokens, window)
        key = (command.text, arm.model, arm.trust_remote_code, text_ids.vocabulary(model))
        if key not in self._read:
            self._read[key] = text_ids.tokenized(texts.read(command.text), text_ids.tokenizer(arm), model)
        return self._read[key].cut(command.tokens, window)


def score(command: Score, subjects: Sequence[Subject], tell: Tell, reader: Reader) -> int | None:
    """Score the text; returns how many windows' logits lie on the shelf, None where none was asked for.

    Raises:
        WorkerError: there is no text, no tokenizer or too little memory, or an arm's figures are not finite.
    """
    shelf_windows = None
    subjects = sorted(subjects, key=lambda s: s.number != command.reference)
    for family in _families(command, subjects) if command.conventions else ():
        ids = reader.ids(command, family[0])
        for convention in command.conventions:
            # Random weights have no perplexity, so they are scored only where they are compared.
            if convention == BLOCKS or not family[0].arm.synthetic:
                course = Course(command, family, ids, convention)
                course.run(tell)
                shelf_windows = course.shelf_windows if convention == BLOCKS else shelf_windows
    return shelf_windows or 0 if command.shelf else None


def _families(command: Score, subjects: Sequence[Subject]) -> list[list[Subject]]:
    """Arms that read the same ids in the same windows: those of one model, by the decoding path of one batch size."""

    def key(subject: Subject) -> tuple[str, str, str, int]:
        arm = subject.arm
        rows = arm.batch_size if command.path == DECODE else 0
        return arm.model, str(arm.outliers), str(arm.trust_remote_code), rows

    order = list(dict.fromkeys(key(s) for s in subjects))
    return [list(group) for _, group in groupby(sorted(subjects, key=lambda s: order.index(key(s))), key)]


def _windows(command: Score, model: Any) -> tuple[int, int]:
    """Window and stride that the model holds."""
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return windows.shortened(command.window, command.stride, positions if isinstance(positions, int) else None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Who is compared with whom."""

    kept: Held | Shelf
    windows: int
    """So many from the first on."""
    reference: int

    def against(self, subject: Subject) -> int | None:
        """The arm that one is compared with."""
        return None if subject.number == self.reference else self.reference


class Course:
    """One convention over the arms of a family."""

    def __init__(self, command: Score, family: Sequence[Subject], ids: Ids, convention: str) -> None:
        self._command, self._family, self._ids, self._convention = command, family, ids, convention
        model = family[0].model
        self._window, self._stride = _windows(command, model)
        self._planned = windows.planned(convention, len(ids.ids), self._window, self._stride)
        self.shelf_windows: int | None = None
        """Whose logits lie on the shelf in the end."""
        self._comparison = self._compare() if convention == BLOCKS else None
        # The first of sliding windows, in which more is scored, goes alone.
        scored = max(w.scored for w in self._planned[1:] or self._planned)
        self._rows = {s.number: self._rows_of(s, scored) for s in family}
        """Windows at a time, by arm."""

    def run(self, tell: Tell) -> None:
        """Say what is scored, then score it."""
        for subject in self._family:
            tell(self._head(subject))
        scorers = [Scorer(s, self._ids.ids, self._convention, self._rows[s.number], tell) for s in self._family]
        for first, batch, compared in self._batches():
            for scorer in scorers:
                scorer.score(first, batch, self._asked(scorer.subject, compared))
            if self._comparison is not None:
                self._comparison.kept.forget()
        if isinstance(kept := self._comparison and self._comparison.kept, Shelf):
            self.shelf_windows = kept.windows()

    def _asked(self, subject: Subject, compared: bool) -> Asked:
        """What the windows of a batch are scored for."""
        comparison, path = self._comparison, self._command.path
        if comparison is None or not compared:
            return Asked(path)
        positions = windows.compared(self._window)
        if comparison.against(subject) is None:
            return Asked(path, positions, keep=comparison.kept)
        return Asked(path, positions, against=comparison.kept)

    def _batches(self) -> list[tuple[int, Sequence[windows.Window], bool]]:
        """Number of the first window, the windows, and whether they are compared."""
        limit = self._comparison.windows if self._comparison else 0
        found, first = [], 0
        for part, compared in ((self._planned[:limit], True), (self._planned[limit:], False)):
            for batch in windows.batches(part, max(self._rows.values())):
                found.append((first, batch, compared))
                first += len(batch)
        return found

    def _compare(self) -> Comparison | None:
        command, family = self._command, self._family
        if command.reference is None:
            return None
        here = next((s.model.dtype for s in family if s.number == command.reference), None)
        positions = windows.compared(self._window)
        if not command.shelf:
            return Comparison(Held(positions, here), len(self._planned), command.reference) if here else None
        shelf = Shelf(Path(command.shelf), self._shelf_head(), positions)
        there = min(shelf.open(here) if here else shelf.windows(), len(self._planned))
        return Comparison(shelf, there, command.reference) if there else None

    def _shelf_head(self) -> dict[str, Any]:
        vocabulary, ids = text_ids.vocabulary(self._family[0].model), self._ids
        named = {"reference": self._command.reference, "text_sha256": ids.sha256, "tokens": len(ids.ids)}
        return named | {"window": self._window, "path": self._command.path, "vocabulary": vocabulary}

    def _rows_of(self, subject: Subject, scored: int) -> int:
        if self._command.path == DECODE:
            return subject.arm.batch_size
        # With a threshold, LLM.int8 keeps apart the columns that any row of a product flags: a second window in the
        # product would change what the first one comes to.
        if subject.threshold:
            return 1
        return scoring_rows.rows(subject.model, self._window, scored + 1, subject.model.device)

    def _head(self, subject: Subject) -> Scoring:
        ids, comparison = self._ids, self._comparison
        against = comparison.against(subject) if comparison else None
        return Scoring(
            time.monotonic_ns(),
            subject.number,
            self._convention,
            self._command.path,
            ids.name,
            ids.sha256,
            len(ids.ids),
            self._window,
            self._stride,
            len(self._planned),
            self._rows[subject.number],
            ids.bos,
            text_ids.vocabulary(subject.model),
            against,
            comparison.windows if comparison and against is not None else None,
        )
