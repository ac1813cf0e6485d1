"""The same greedy tokens with a static cache: the prompt is read as ever, then one captured step is replayed.

Nothing comes back to the host before the call's end. On a CPU, which has no CUDA graphs, the same step runs uncaptured.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from typing import Any

import torch
from transformers import DynamicCache

from ecotui.core.against import MEASURE_EAGER
from ecotui.core.arm import Arm
from ecotui.core.clock import NS
from ecotui.core.errors import EcotuiError, WorkerError
from ecotui.worker import prompt
from ecotui.worker.device import release
from ecotui.worker.examine import Span, typical_us
from ecotui.worker.failures import clean
from ecotui.worker.replay import Replays
from ecotui.worker.stamps import Stamps
from ecotui.worker.step import DecodeStep

_OFF = 0.05
"""Most that the first step's logits may differ from those with a growing cache, of their norm. A mask or a position
that is wrong changes them by more, and what attention kernels round differently by far less."""
_REPLAYS = 8
"""Replays whose launch is timed: few, so that none waits for room in the queue."""
_REPEATS = 5
_STATIC, _CAPTURE = "decode with a static cache, which a captured step needs", "be captured in a CUDA graph"
"""What the model is asked to do while its step is built, to follow "cannot"."""
_FAILS = {_STATIC: "its code is not made for one", _CAPTURE: "its code fails while a step is recorded"}
"""Why it cannot, where nothing more is known than the error."""


class GraphLoop:
    """Owns the captured step; a call longer than the arm's own captures another in its place."""

    def __init__(self, model: Any, arm: Arm, input_ids: torch.Tensor, special: dict[str, list[int]]) -> None:
        self._model, self._arm, self._special = model, arm, special
        self._input_ids = input_ids
        self._cuda = input_ids.device.type == "cuda"
        self._replays = Replays() if self._cuda else None
        self._step: DecodeStep | None = None
        self._capture_s = 0.0
        self._off = 0.0
        self._wanted = _STATIC

    @property
    def pool_b(self) -> int:
        """Bytes of the graph's own memory pool."""
        return self._step.pool_b if self._step else 0

    @property
    def step(self) -> DecodeStep:
        """The step of the length that was prepared last."""
        assert self._step
        return self._step

    def facts(self) -> dict[str, str]:
        """For people."""
        step = self.step
        found = {"engine": "graph", "cache": "static", "cache_length": str(step.length)}
        found["static_against_dynamic_pct"] = f"{100 * self._off:.3f}"
        if not step.captured:
            return found | {"captured": "no: the CPU has no CUDA graphs"}
        return found | {
            "captured": "yes",
            "capture_s": f"{self._capture_s:.2f}",
            "graph_pool_b": str(step.pool_b),
        }

    def prepare(self, new_tokens: int) -> None:
        """Capture, where no step has slots for so many tokens.

        Raises:
            WorkerError: the model cannot decode with a static cache, or cannot be captured.
        """
        if self._step is not None and new_tokens <= self._step.new_tokens:
            return
        prompt.check_length(self._model, self._arm, new_tokens)
        self._step = None
        self._release()
        try:
            self._build(max(new_tokens, self._arm.new_tokens))
        except (EcotuiError, torch.OutOfMemoryError):
            self._step = None
            raise
        except Exception as error:
            self._step = None
            told = _refusal(self._model, error, self._wanted)
            _forget_frames(error)
            self._release()
            raise told from error

    def call(self, stamps: Stamps, new_tokens: int) -> torch.Tensor:
        """The new tokens, (rows, N), fetched from the device once."""
        self.prepare(new_tokens)
        step = self.step
        if self._replays is None:
            stamps.put(None)
            for _ in self._uncaptured(new_tokens):
                stamps.put(None)
        else:
            stamps.stamp(self._replays.begin())
            self._replays.run(new_tokens, lambda i: step.replay() if i else step.prefill(), stamps.stamp)
        return step.chosen[:, :new_tokens].cpu()

    def bare(self, new_tokens: int) -> None:
        """The same tokens without a stamp, as a benchmark's loop would have it; waits for the device at its end."""
        step = self.step
        step.prefill()
        for _ in range(new_tokens - 1):
            step()
        if self._cuda:
            torch.cuda.synchronize()

    def examined(self, span: Span, new_tokens: int) -> None:
        """A call that profiles its last steps: replayed back to back, as in a window."""
        self.prepare(new_tokens)
        if self._replays is None:
            span.put(None)
            for _ in self._uncaptured(new_tokens):
                span.put(None)
            return
        step = self.step
        step.prefill()
        for _ in range(new_tokens - span.steps - 1):
            step.replay()
        torch.cuda.synchronize()
        for _ in range(new_tokens - span.steps + 1):
            span.put(None)
        self._replays.begin()
        self._replays.run(span.steps, lambda _: step.replay(), lambda _: None)
        for _ in range(span.steps):
            span.put(None)

    def launch_us(self) -> float:
        """What one launch of the whole graph costs the host; microseconds."""
        step = self.step
        step.prefill()
        replays = max(1, min(_REPLAYS, (step.new_tokens - 1) // _REPEATS))
        if step.new_tokens <= replays * _REPEATS:
            return typical_us(step.replay, 1, 1)
        return typical_us(step.replay, replays, _REPEATS)

    def _uncaptured(self, new_tokens: int) -> Iterator[None]:
        self.step.prefill()
        yield
        for _ in range(new_tokens - 1):
            self.step()
            yield

    def _build(self, new_tokens: int) -> None:
        self._wanted = _STATIC
        step = DecodeStep(self._model, self._input_ids, new_tokens, self._special["eos"])
        self._off = _difference(self._model, self._input_ids, step)
        if self._off > _OFF:
            raise WorkerError(
                f"{type(self._model).__name__} computes something else with a static cache than with one that grows "
                f"(the first step's logits differ by {100 * self._off:.0f} %).",
                MEASURE_EAGER,
            )
        if self._cuda:
            self._wanted = _CAPTURE
            began = time.monotonic_ns()
            step.capture()
            self._capture_s = (time.monotonic_ns() - began) / NS
        self._step = step

    def _release(self) -> None:
        if self._cuda:
            release()


def _difference(model: Any, input_ids: torch.Tensor, step: DecodeStep) -> float:
    """How far the second token's logits are from those of transformers' own growing cache: norm against norm."""
    ours = step.logits().float()
    growing = DynamicCache(config=model.config)
    with torch.no_grad():
        model(input_ids=input_ids, past_key_values=growing, use_cache=True, **step.last_alone)
        out = model(input_ids=step.chosen[:, :1], past_key_values=growing, use_cache=True)
    theirs = out.logits[:, -1].float()
    off = float((ours - theirs).norm() / theirs.norm())
    # A model that overflows does so with either cache.
    return off if theirs.isfinite().all() else 0.0


def _refusal(model: Any, error: BaseException, wanted: str) -> WorkerError:
    told = " ".join(f"{type(e).__name__}: {e}" for e in _chain(error)).lower()
    if "capturing" in told or "streamcapture" in told:
        why = "it waits for the device, or reads from it, within a decoding step"
    else:
        first = next((line for line in str(error).splitlines() if line.strip()), "no message")
        why = f"{_FAILS[wanted]} ({type(error).__name__}: {clean(first, 160)})"
    return WorkerError(f"{type(model).__name__} cannot {wanted}: {why}.", MEASURE_EAGER)


def _forget_frames(error: BaseException) -> None:
    """So that nothing of what had been built stays referred to; where it failed is in the log."""
    traceback.print_exception(error)
    for link in _chain(error):
        link.__traceback__ = None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
