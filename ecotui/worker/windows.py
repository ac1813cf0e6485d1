"""Which windows of a text are scored, and which tokens of each: arithmetic of both conventions, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecotui.core.quality import BLOCKS


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens `begin` to `end` of a text."""

    begin: int
    end: int
    scored: int
    """So many tokens at its end are scored, each with all of the window before it as context."""

    @property
    def length(self) -> int:
        """Tokens of it."""
        return self.end - self.begin


def planned(convention: str, tokens: int, window: int, stride: int) -> list[Window]:
    """The windows of a text of `tokens` tokens by "sliding" or "blocks"."""
    return blocks(tokens, window) if convention == BLOCKS else sliding(tokens, window, stride)


def blocks(tokens: int, window: int) -> list[Window]:
    """Whole windows that follow one another, the rest of the text dropped; all tokens of each but its first are scored.

    Frantar et al. 2022, GPTQ, whose window is 2,048 tokens.
    """
    return [Window(begin, begin + window, window - 1) for begin in range(0, tokens - window + 1, window)]


def sliding(tokens: int, window: int, stride: int) -> list[Window]:
    """Windows `stride` apart, in which each token that is new is scored; the text's first token has no context.

    huggingface.co/docs/transformers/perplexity. That page weighs a window's mean by one token less than it scores;
    here every token weighs the same.
    """
    found, before = [], 0
    for begin in range(0, tokens, stride):
        end = min(begin + window, tokens)
        # The first token of a window is predicted by nothing, so where windows do not overlap it is passed over.
        scored = min(end - before, end - begin - 1)
        if scored > 0:
            found.append(Window(begin, end, scored))
        before = end
        if end == tokens:
            break
    return found


def shortened(window: int, stride: int, positions: int | None) -> tuple[int, int]:
    """Window and stride for a model that holds so many positions: a stride that would leave gaps shrinks in
    proportion."""
    if positions is None or window <= positions:
        return window, stride
    return positions, stride if stride <= positions else max(1, stride * positions // window)


def compared(window: int) -> int:
    """Predictions of a block that are compared: those from position window/2 on, as llama.cpp's perplexity does."""
    return window - 1 - window // 2


def batches(windows: Sequence[Window], rows: int) -> Iterator[Sequence[Window]]:
    """Windows that follow one another, at most so many at a time, those of a batch all of one form."""
    begin = 0
    while begin < len(windows):
        form = (windows[begin].length, windows[begin].scored)
        end = begin + 1
        while end < min(len(windows), begin + rows) and (windows[end].length, windows[end].scored) == form:
            end += 1
        yield windows[begin:end]
        begin = end
