"""transformers' own generate() loop, greedy and eager: the loop that people benchmark."""

from __future__ import annotations

from typing import Any

import torch
from transformers import GenerationConfig

from ecotui.core.arm import Arm
from ecotui.core.errors import WorkerError
from ecotui.worker import prompt
from ecotui.worker.examine import Span, typical_us
from ecotui.worker.stamps import Stamps

_LAUNCHES = 1000
_REPEATS = 7


class EagerLoop:
    """Calls generate() with a cache that grows."""

    pool_b = 0

    def __init__(self, model: Any, arm: Arm, input_ids: torch.Tensor, special: dict[str, list[int]]) -> None:
        self._model, self._arm, self._special = model, arm, special
        self.inputs = {"inputs": input_ids, "attention_mask": torch.ones_like(input_ids)}
        self._greedy: dict[int, GenerationConfig] = {}
        """By new tokens: making one takes a millisecond, which would be part of a window."""

    def facts(self) -> dict[str, str]:
        """For people."""
        return {"engine": "eager", "cache": "dynamic"}

    def prepare(self, new_tokens: int) -> None:
        """Make the configuration of that length."""
        if new_tokens not in self._greedy:
            prompt.check_length(self._model, self._arm, new_tokens)
            self._greedy[new_tokens] = prompt.greedy(new_tokens, self._special)

    def call(self, stamps: Stamps, new_tokens: int) -> torch.Tensor:
        """The new tokens, (rows, N); counted from the output itself."""
        out = self.generate(stamps, new_tokens)
        rows, length = (int(n) for n in out.shape)
        if (rows, length) != (self._arm.batch_size, self._arm.prompt_tokens + new_tokens):
            raise WorkerError(
                f"generate() gave {rows} rows of {length} tokens instead of {self._arm.batch_size} of "
                f"{self._arm.prompt_tokens + new_tokens}.",
                "The model stops early or brings a generation loop of its own; choose another.",
            )
        return out[:, self._arm.prompt_tokens :]

    def generate(self, streamer: Any, new_tokens: int, **beside: Any) -> torch.Tensor:
        """One bare call; the output with its prompt. beside: what else generate() is given."""
        self.prepare(new_tokens)
        config = self._greedy[new_tokens]
        out: torch.Tensor = self._model.generate(**self.inputs, generation_config=config, streamer=streamer, **beside)
        return out

    def examined(self, span: Span, new_tokens: int) -> None:
        """A call that profiles its last steps."""
        self.generate(span, new_tokens)

    def launch_us(self) -> float:
        """What a kernel of one number costs the host until it is queued; microseconds."""
        one = torch.zeros(1, device=self.inputs["inputs"].device)
        return typical_us(lambda: one.add_(1.0), _LAUNCHES, _REPEATS)
