"""What logits come to: negative log-likelihood, divergence and agreement, in 32 bits, summed in 64.

Logits are taken in parts of positions, so that their 32-bit copies stay small beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch.nn import functional

PART = 2**24
"""Logits that are copied to 32 bits at a time: 64 MiB, and as much again for each of four intermediate results."""


class Kept(Protocol):
    """Logits of the arm that others are compared with, by window and compared position."""

    def put(self, windows: Sequence[int], first: int, logits: torch.Tensor) -> None:
        """Keep (windows, positions, vocabulary), the positions counted from the first compared one."""
        ...

    def get(self, windows: Sequence[int], first: int, count: int) -> torch.Tensor:
        """So many positions from `first` on, (windows, count, vocabulary)."""
        ...


class Sums:
    """Sums of a batch of windows, one of each a window."""

    def __init__(self, targets: torch.Tensor, windows: Sequence[int], compared: int) -> None:
        """targets: (windows, scored), the tokens that are predicted; the last `compared` of them are compared."""
        self._targets, self._windows = targets, windows
        self._first = targets.shape[1] - compared
        zeros = torch.zeros(len(windows), dtype=torch.float64, device=targets.device)
        self._nll, self._kl, self._agreed = zeros, zeros.clone(), zeros.clone()

    def add(self, at: int, logits: torch.Tensor, keep: Kept | None, against: Kept | None) -> None:
        """Take in predictions of the targets from place `at` on, (windows, positions, vocabulary)."""
        for place, part in _parts(at, logits):
            count = part.shape[1]
            targets = self._targets[:, place : place + count]
            losses = functional.cross_entropy(part.float().flatten(0, 1), targets.flatten(), reduction="none")
            self._nll += losses.view(-1, count).sum(1, dtype=torch.float64)
            skip = max(0, self._first - place)
            if skip < count and (keep is not None or against is not None):
                self._compare(place + skip - self._first, part[:, skip:], keep, against)

    def _compare(self, first: int, logits: torch.Tensor, keep: Kept | None, against: Kept | None) -> None:
        if keep is not None:
            keep.put(self._windows, first, logits)
        if against is not None:
            other = against.get(self._windows, first, logits.shape[1]).to(logits.device)
            self._kl += divergence(other, logits).sum(1, dtype=torch.float64)
            self._agreed += (other.argmax(-1) == logits.argmax(-1)).sum(1)

    def nll(self) -> list[float]:
        """Nats, by window."""
        return [float(n) for n in self._nll.tolist()]

    def kl(self) -> list[float]:
        """Nats, by window."""
        return [float(n) for n in self._kl.tolist()]

    def agreed(self) -> list[int]:
        """Tokens that both find likeliest, by window."""
        return [int(n) for n in self._agreed.tolist()]


def divergence(reference: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of the second from the first over the last dimension, nats; float64."""
    p = functional.log_softmax(reference.float(), -1)
    q = functional.log_softmax(logits.float(), -1)
    # A model may rule tokens out with an infinite logit: they have no share in the sum.
    terms = (p.exp() * (p - q)).masked_fill_(p.isneginf(), 0.0)
    return terms.sum(-1, dtype=torch.float64)


def _parts(at: int, logits: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    rows, _, width = logits.shape
    count = max(1, PART // (rows * width))
    for part in logits.split(count, 1):
        yield at, part
        at += part.shape[1]
