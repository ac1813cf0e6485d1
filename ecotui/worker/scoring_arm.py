"""One arm's share of a scoring: batches that fit, told of as they are done."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.errors import WorkerError
from ecotui.core.quality import DECODE
from ecotui.core.score_events import Decoded, Scores
from ecotui.worker.device import release
from ecotui.worker.engine import Told
from ecotui.worker.failures import clean
from ecotui.worker.scoring_passes import decode, prefill
from ecotui.worker.scoring_rows import out_of_memory
from ecotui.worker.scoring_sums import Kept, Sums
from ecotui.worker.windows import Window

TELL_NS = NS // 2
"""Least time between two messages of an arm within a batch."""
STEPS_NS = NS
"""The same within windows that are decoded."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An arm that is scored."""

    number: int
    arm: Arm
    model: Any
    threshold: float | None
    """LLM.int8's; None where it has no meaning."""
    seed: int
    """Of random ids."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a batch of windows is scored for."""

    path: str
    compared: int = 0
    """Predictions at each window's end that are kept or compared."""
    keep: Kept | None = None
    against: Kept | None = None


class Scorer:
    """Scores windows of one arm."""

    def __init__(
        self, subject: Subject, ids: torch.Tensor, convention: str, rows: int, tell: Callable[[Told], None]
    ) -> None:
        self.subject = subject
        self._ids, self._convention, self._rows, self._tell = ids, convention, rows, tell
        self._waiting: list[Scores] = []

    def score(self, first: int, batch: Sequence[Window], asked: Asked) -> None:
        """Windows of one form, numbered from `first` on; tells of them."""
        done, told_ns = 0, time.monotonic_ns()
        while done < len(batch):
            part = batch[done : done + self._rows]
            sums = self._fitting(first + done, part, asked)
            if sums is None:
                continue
            self._waiting.append(self._scores(first + done, part, sums, asked))
            done += len(part)
            if done == len(batch) or time.monotonic_ns() - told_ns > TELL_NS:
                self._tell(joined(self._waiting))
                self._waiting, told_ns = [], time.monotonic_ns()

    def _fitting(self, first: int, part: Sequence[Window], asked: Asked) -> Sums | None:
        """None where the memory was too small, and fewer rows are to be tried."""
        try:
            return self._summed(first, part, asked)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            if self._rows == 1 or asked.path == DECODE:
                raise self._too_large(part[0].length, asked) from error
        # Outside the handler, whose traceback holds what was computed so far.
        release()
        self._rows = max(1, len(part) // 2)
        return None

    def _summed(self, first: int, part: Sequence[Window], asked: Asked) -> Sums:
        model = self.subject.model
        ids = torch.stack([self._ids[w.begin : w.end] for w in part]).to(model.device)
        scored = part[0].scored
        sums = Sums(ids[:, -scored:], range(first, first + len(part)), asked.compared)
        with torch.no_grad():
            pieces = decode(model, ids) if asked.path == DECODE else prefill(model, ids, scored)
            told_ns = time.monotonic_ns()
            for at, logits in pieces:
                sums.add(at, logits, asked.keep, asked.against)
                if asked.path == DECODE and time.monotonic_ns() - told_ns > STEPS_NS:
                    told_ns = time.monotonic_ns()
                    self._tell(self._decoded(told_ns, first, len(part), at + 1, scored))
        return sums

    def _decoded(self, at_ns: int, *batch: int) -> Decoded:
        return Decoded(at_ns, self.subject.number, self._convention, *batch)

    def _scores(self, first: int, part: Sequence[Window], sums: Sums, asked: Asked) -> Scores:
        number, compares = self.subject.number, asked.against is not None
        nll, kl = sums.nll(), sums.kl() if compares else None
        bad = next((i for i, n in enumerate(nll) if not math.isfinite(n + (kl[i] if kl else 0.0))), None)
        if bad is not None:
            raise self._not_finite(first + bad)
        return Scores(
            time.monotonic_ns(),
            number,
            self._convention,
            first,
            nll,
            [w.scored for w in part],
            kl,
            sums.agreed() if compares else None,
            [asked.compared] * len(part) if compares else None,
        )

    def _not_finite(self, window: int) -> WorkerError:
        quantization = clean(self.subject.arm.quantization, 20)
        return WorkerError(
            f"The model as {quantization} gives a token of window {window} no probability, or none that is a number.",
            "Its 16-bit numbers may overflow: measure bf16, or take another text.",
        )

    def _too_large(self, window: int, asked: Asked) -> WorkerError:
        where = "host" if self.subject.model.device.type == "cpu" else "GPU"
        rows = f"{self._rows} windows side by side" if asked.path == DECODE else "windows"
        return WorkerError(
            f"The {where} ran out of memory while scoring {clean(self.subject.arm.quantization, 20)} in {rows} of "
            f"{window:,} tokens.",
            "Take shorter windows (--quality-window), a smaller --batch-size or fewer arms at once, or end other "
            "programs.",
        )


def joined(parts: Sequence[Scores]) -> Scores:
    """Consecutive windows of an arm as one message."""
    one = parts[0]
    kl = None if one.kl is None else [n for p in parts for n in p.kl or ()]
    agreed = None if one.agreed is None else [n for p in parts for n in p.agreed or ()]
    compared = None if one.compared is None else [n for p in parts for n in p.compared or ()]
    nll, tokens = [n for p in parts for n in p.nll], [n for p in parts for n in p.tokens]
    return Scores(parts[-1].at_ns, one.arm, one.convention, one.first, nll, tokens, kl, agreed, compared)
