"""Events that tell of an arm's quality: its perplexity, its divergence from the reference, its tasks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scoring:
    """An arm's quality begins to be scored by one convention, outside every energy window."""

    at_ns: int
    arm: int
    convention: str
    """ "sliding": windows of `window` tokens, `stride` apart, each token scored once, with as much before it as its
    window holds. "blocks": windows that follow one another, every token of each scored but its first."""
    path: str
    """ "prefill": a window in one forward pass; "decode": token by token through a cache, as generation goes."""
    text: str
    """Name for people: "embedded", "wikitext-2", a file's name, or "random ids" of a model without a tokenizer."""
    text_sha256: str
    """Of its UTF-8 bytes, or of the ids where there is no text: results of different ones are never compared."""
    tokens: int
    """Of the text, as the tokenizer counts them; no more than were asked for."""
    window: int
    stride: int
    windows: int
    """How many are planned."""
    rows: int
    """Windows at a time; fewer where the memory did not suffice."""
    bos: bool
    """Whether the text begins with a token of the tokenizer's for that."""
    vocabulary: int
    against: int | None = None
    """The arm that divergence and agreement are told against; None of that arm itself, or where there is none."""
    compared_windows: int | None = None
    """How many of the windows are compared with it; None where none are."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What consecutive windows of a scoring came to: sums a window, so that any window may be left out again."""

    at_ns: int
    arm: int
    convention: str
    first: int
    """Number of the first window, from 0."""
    nll: list[float]
    """Negative log-likelihood of the scored tokens, nats, summed in each window."""
    tokens: list[int]
    """Tokens that were scored in each."""
    kl: list[float] | None = None
    """Kullback-Leibler divergence of the arm from the one it is compared with, nats, summed over `compared` tokens."""
    agreed: list[int] | None = None
    """Of those tokens, how many both find likeliest."""
    compared: list[int] | None = None
    """Tokens in the second half of each window, which have half a window before them at least."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """So many steps of a batch of windows are done, by the decoding path, which takes long for one; about one a
    second. What the windows came to follows as `Scores`."""

    at_ns: int
    arm: int
    convention: str
    first: int
    """Number of the batch's first window, from 0."""
    windows: int
    """Of the batch, side by side."""
    step: int
    """From 1."""
    steps: int
    """Of a window."""


@dataclass(frozen=True, slots=True)
class Task:
    """What an arm came to in a task of lm-eval."""

    at_ns: int
    arm: int
    task: str
    metric: str
    """For instance "acc,none"."""
    value: float
    stderr: float | None
    """As lm-eval tells it."""
    samples: int | None = None
    version: str = ""
    """Of lm-eval, and of the task."""
