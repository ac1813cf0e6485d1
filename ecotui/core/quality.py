"""What is asked of an arm's quality: which text, in which windows, by which path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ecotui.core.arm import Arm, whole
from ecotui.core.errors import UsageError

EMBEDDED, WIKITEXT = "embedded", "wikitext-2"
"""Texts by name; any other is a path."""
WINDOW, STRIDE = 2048, 512
"""Of the GPTQ convention, and of Hugging Face's page on perplexity."""
LEAST_WINDOW = 16
SLIDING, BLOCKS = "sliding", "blocks"
PREFILL, DECODE = "prefill", "decode"
SHELF = "logits"
"""Folder beside a session's log in which the reference's logits lie while arms are scored one after the other."""
UNSCORED = "Quality was not measured"
PARTLY = "Quality was scored in part only"
"""How the notice begins of a session that goes on without it, or with what was scored of it."""
UNFIT = "Quality cannot be scored"
"""How the failure begins of an arm whose text or tokenizer is of no use: it ends the session before its windows."""
REFERENCE = "fp16"
"""The quantization that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How the arms of a session are scored, outside every energy window."""

    text: str = EMBEDDED
    """EMBEDDED, WIKITEXT, or the absolute path of a UTF-8 file."""
    window: int = WINDOW
    """Tokens; a model that holds fewer positions is scored in windows of as many as it holds."""
    stride: int = STRIDE
    """Tokens between the starts of sliding windows."""
    tokens: int | None = None
    """Only so many of the text's; None takes all."""
    decode_path: bool = False
    """Token by token through a cache, as generation goes, in windows that follow one another."""
    tasks: tuple[str, ...] = ()
    """Of lm-eval."""
    task_limit: int | None = None
    """Samples of each task; None takes all."""
    alone: bool = False
    """A session without energy windows."""

    @property
    def path(self) -> str:
        """PREFILL or DECODE."""
        return DECODE if self.decode_path else PREFILL

    @property
    def conventions(self) -> tuple[str, ...]:
        """Those that are scored, in order."""
        return (BLOCKS,) if self.decode_path else (SLIDING, BLOCKS)

    def checked(self) -> Quality:
        """The same, or a UsageError that says which part cannot be meant."""
        whole(self.window, "--quality-window", LEAST_WINDOW)
        whole(self.stride, "--quality-stride", 1)
        if self.stride > self.window:
            raise UsageError(
                f"--quality-stride {self.stride} is longer than the window of {self.window} tokens: tokens between "
                "windows would be scored by none.",
                "Take a stride of at most the window.",
            )
        if self.tokens is not None:
            whole(self.tokens, "--quality-tokens", LEAST_WINDOW)
        if self.task_limit is not None:
            whole(self.task_limit, "--task-limit", 1)
        if not self.text.strip() or any(ord(c) < 32 for c in self.text):
            raise UsageError("The text's name is empty or holds control characters.", "Name one with --text.")
        return self

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Quality:
        """From JSON; fields that this version does not know are left out."""
        known = {f.name for f in fields(cls)}
        kept = {k: v for k, v in values.items() if k in known}
        return cls(**kept | {"tasks": tuple(kept.get("tasks", ()))})


def conventions(arm: Arm, quality: Quality) -> tuple[str, ...]:
    """Those by which an arm is scored: of random weights only that on which divergence is told, since they have no
    perplexity."""
    return (BLOCKS,) if arm.synthetic else quality.conventions


def alike(one: Arm, other: Arm, quality: Quality) -> bool:
    """Whether two arms compute the same function of a text: weights alone decide in the prefill, and by the decoding
    path also how many rows go together."""
    weights = [(a.model, a.quantization, a.outliers, a.trust_remote_code) for a in (one, other)]
    rows = [(a.batch_size,) if quality.decode_path else () for a in (one, other)]
    return weights[0] == weights[1] and rows[0] == rows[1]


def scored(arms: Sequence[Arm], quality: Quality) -> tuple[int, ...]:
    """The arms that are scored, each for all that are alike, by number."""
    return tuple(
        number for number, arm in enumerate(arms) if not any(alike(arm, earlier, quality) for earlier in arms[:number])
    )


def stands_for(arms: Sequence[Arm], number: int, quality: Quality) -> int:
    """The scored arm whose figures are those of arm `number`."""
    return next(n for n in scored(arms, quality) if alike(arms[n], arms[number], quality))


def reference(arms: Sequence[Arm], number: int, quality: Quality) -> int | None:
    """The scored arm that arm `number` is compared with: the same model in fp16; None of itself, or without one."""
    it = arms[number]
    for n in scored(arms, quality):
        other = arms[n]
        same = (other.model, other.outliers, other.quantization) == (it.model, it.outliers, REFERENCE)
        if same and it.quantization != REFERENCE and (not quality.decode_path or other.batch_size == it.batch_size):
            return n
    return None


def groups(arms: Sequence[Arm], quality: Quality) -> tuple[tuple[int, ...], ...]:
    """The scored arms that are of the same tokens and may be compared, each group's fp16 arm first."""
    found: dict[tuple[object, ...], list[int]] = {}
    for number in scored(arms, quality):
        it = arms[number]
        rows = (it.batch_size,) if quality.decode_path else ()
        found.setdefault((it.model, it.outliers, *rows), []).append(number)
    return tuple(tuple(sorted(group, key=lambda n: arms[n].quantization != REFERENCE)) for group in found.values())


def held_against(arms: Sequence[Arm], group: Sequence[int]) -> int | None:
    """The arm that the others of a group are compared with; None where it is alone, or none is fp16."""
    return group[0] if len(group) > 1 and arms[group[0]].quantization == REFERENCE else None
