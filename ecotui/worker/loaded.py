"""One arm: its weights, its prompt, and the loop that decodes it."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import Any, Protocol

import torch
import transformers

from ecotui.core.clock import NS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Examined, Outliers, Resident
from ecotui.core.messages import Load
from ecotui.worker import columns, prompt, writing
from ecotui.worker.device import describe, release
from ecotui.worker.eager import EagerLoop
from ecotui.worker.examine import Span, examine
from ecotui.worker.failures import clean
from ecotui.worker.graph import GraphLoop
from ecotui.worker.stamps import Stamps
from ecotui.worker.weights import Weights


class Loop(Protocol):
    """Whose loop decodes."""

    @property
    def pool_b(self) -> int:
        """Bytes that the loop holds unseen by the allocator's count."""
        ...

    def facts(self) -> dict[str, str]:
        """For people."""
        ...

    def prepare(self, new_tokens: int) -> None:
        """Make ready for calls of that length."""
        ...

    def call(self, stamps: Stamps, new_tokens: int) -> torch.Tensor:
        """One call; its new tokens, (rows, N)."""
        ...

    def examined(self, span: Span, new_tokens: int) -> None:
        """One call whose last steps are profiled."""
        ...

    def launch_us(self) -> float:
        """What one launch costs the host."""
        ...


class LoadedArm:
    """What is resident on the device for one arm."""

    def __init__(self, command: Load, weights: Weights, device: torch.device, began_ns: int) -> None:
        arm = self.arm = command.arm
        self.weights = weights
        self.seed = command.seed
        self._device = device
        prompt.check_length(weights.model, arm, arm.new_tokens)
        vocabulary = int(weights.model.get_input_embeddings().num_embeddings)
        taken = {i for ids in weights.special.values() for i in ids}
        ids = prompt.input_ids(arm.batch_size, arm.prompt_tokens, vocabulary, taken, command.seed)
        self.input_ids = ids.to(device)
        facts = weights.facts | {
            "seed": str(command.seed),
            "vocabulary": str(vocabulary),
            "input_ids_sha256": prompt.sha256(ids),
        }
        self._release()
        load_s = (time.monotonic_ns() - began_ns) / NS
        facts |= self._circumstances()
        found, cache_b = self._counted(facts)
        if line := writing.written(weights.model, arm.model):
            facts["writes"] = line
        self._release()
        kind = GraphLoop if arm.engine == "graph" else EagerLoop
        self.loop: Loop = kind(weights.model, arm, self.input_ids, weights.special)
        self.loop.prepare(arm.new_tokens)
        self.resident = Resident(
            time.monotonic_ns(),
            command.number,
            load_s,
            weights.parameters,
            weights.weights_b,
            dict(weights.layers),
            weights.kind,
            describe(device),
            facts | self.loop.facts(),
            found,
            weights.step_weights_b,
            cache_b,
        )

    def prepare(self, new_tokens: int | None = None) -> None:
        """Make ready for calls of that length, outside of any window."""
        self.loop.prepare(self.arm.new_tokens if new_tokens is None else new_tokens)

    def generate(self, stamps: Stamps, new_tokens: int | None = None) -> int:
        """One call; the tokens are counted from the output itself."""
        wanted = self.arm.new_tokens if new_tokens is None else new_tokens
        out = self.loop.call(stamps, wanted)
        rows, length = (int(n) for n in out.shape)
        if (rows, length) != (self.arm.batch_size, wanted):
            raise WorkerError(f"A call gave {rows} rows of {length} tokens.", "Report this as a fault.")
        return rows * length

    def examine(self) -> Examined:
        """Profile the last steps of a short call; on the CPU they only run."""
        # First what is measured without the profiler, which does not leave a process quite as it was.
        launch_us = self._launch_us() if self._device.type == "cuda" else None
        found = examine(self.loop.examined, self.arm.new_tokens, self._device)
        return replace(found, launch_us=launch_us)

    def _release(self) -> None:
        if self._device.type == "cuda":
            release()

    def _launch_us(self) -> float | None:
        try:
            return self.loop.launch_us()
        except Exception as error:
            sys.stderr.write(f"The cost of a launch was not measured: {error!r}\n")
            return None

    def _circumstances(self) -> dict[str, str]:
        found = {
            "compiled": "no",
            "torch": torch.__version__,
            "torch_cuda": str(torch.version.cuda or "none"),
            "transformers": transformers.__version__,
        }
        if self._device.type == "cuda":
            found["allocated_b"] = str(torch.cuda.memory_allocated(self._device))
        else:
            found["threads"] = str(torch.get_num_threads())
        return found

    def _counted(self, facts: dict[str, str]) -> tuple[Outliers | None, int | None]:
        """What only a call can tell: outlier columns, and bytes of cache a position."""
        config = prompt.greedy(2, self.weights.special)
        inputs: dict[str, Any] = {"inputs": self.input_ids, "attention_mask": torch.ones_like(self.input_ids)}
        try:
            found, cache_b = columns.count(self.weights.model, inputs, config)
        except Exception as error:
            # A model that cannot generate says so in the warm-up, where it is told for what it is.
            facts["outliers_not_counted"] = clean(f"{type(error).__name__}: {error}", 160)
            return None, None
        if word := columns.decomposition(found, self.weights.threshold):
            facts["decomposition"] = word
        return found, cache_b
