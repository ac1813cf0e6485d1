"""One greedy decoding step over a static cache, which a CUDA graph can hold.

A captured step reads and writes the memory that it was captured with, so one object owns all of it. What a call
leaves behind is masked until the next one writes over it.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from ecotui.worker import rotary
from ecotui.worker.slots import Masks, Place, cache, layout

_WARM_UPS = 3
"""Steps before the capture: libraries choose their kernels and take their workspaces in the first ones."""


class DecodeStep:
    """Advances every row by one greedy token.

    input_ids: (rows, P), no padding. new_tokens: N, for whose P + N positions there are slots. banned: ids that
    generate() does not choose before its last token, which are the end tokens; those that the vocabulary does not have
    are never chosen anyway.
    """

    def __init__(self, model: Any, input_ids: torch.Tensor, new_tokens: int, banned: Sequence[int]) -> None:
        self.model = model
        self.new_tokens = new_tokens
        self.rows, self.prompt = (int(n) for n in input_ids.shape)
        self.length = self.prompt + new_tokens
        rotary.check(model, self.length)
        device = input_ids.device
        self._input_ids = input_ids
        self._start = torch.tensor([self.prompt - 1, 0], device=device)
        self._counted = self._start.clone()
        """Position of the token that a step reads, and column of the one that it writes."""
        self._column = self._counted[1:]
        self._place = Place(self._counted[:1])
        found = layout(model.config, self.length)
        self._cache = cache(found, self.length, self._place)
        self._masks = Masks(found, self.length, self.rows, self._place, model.dtype)
        self._ends = tuple(banned)
        self._banned: torch.Tensor | None = None
        """Those of the vocabulary, known from the first logits on."""
        self.last_alone = {"logits_to_keep": 1} if _takes(model, "logits_to_keep") else {}
        self._token = input_ids[:, -1:].clone()
        self.chosen = torch.zeros((self.rows, new_tokens), dtype=torch.int64, device=device)
        """The call's tokens so far."""
        self._graph: Any = None
        self.pool_b = 0
        """Bytes of the graph's own memory pool."""

    def prefill(self) -> None:
        """Read the prompt and choose the first token, in place of whatever was before."""
        with torch.no_grad():
            self._counted.copy_(self._start)
            self._place.filling = True
            try:
                out = self._forward(self._input_ids, None)
            finally:
                self._place.filling = False
            if self._banned is None:
                ends = [end for end in self._ends if 0 <= end < out.logits.shape[-1]]
                self._banned = torch.tensor(ends, dtype=torch.int64, device=out.logits.device)
            self._choose(out.logits)

    def __call__(self) -> None:
        """Choose the next token."""
        if self._graph is None:
            with torch.no_grad(), rotary.steady(self.model):
                self._step()
        else:
            self._graph.replay()

    def replay(self) -> None:
        """The captured step and nothing else."""
        self._graph.replay()

    @property
    def captured(self) -> bool:
        """Whether it is a CUDA graph."""
        return self._graph is not None

    def logits(self) -> torch.Tensor:
        """What the second token is chosen from, (rows, vocabulary): a step without its graph, after a prefill."""
        self.prefill()
        with torch.no_grad(), rotary.steady(self.model):
            out = self._forward(self._token, self._masks())
        last: torch.Tensor = out.logits[:, -1]
        return last

    def capture(self) -> None:
        """Record a step; the calls that follow replay it."""
        self.prefill()
        with torch.no_grad(), rotary.steady(self.model), _no_collection():
            self._warm_up()
            # Workspaces that a library takes while capturing come from the graph's pool and must stay there: no other
            # stream may go on using them, and this graph none of theirs.
            _forget_workspaces()
            torch.cuda.synchronize()
            torch.cuda.empty_cache()
            before = torch.cuda.memory_reserved()
            graph = torch.cuda.CUDAGraph()
            try:
                with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                    self._step()
            finally:
                _forget_workspaces()
        torch.cuda.synchronize()
        self.pool_b = max(0, torch.cuda.memory_reserved() - before)
        self._graph = graph

    def _warm_up(self) -> None:
        first = self._counted.clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(_WARM_UPS):
                self._counted.copy_(first)  # else they would run past the last slot
                self._step()
        torch.cuda.current_stream().wait_stream(side)

    def _step(self) -> None:
        self._choose(self._forward(self._token, self._masks()).logits)

    def _forward(self, ids: torch.Tensor, mask: Any) -> Any:
        positions = {} if mask is None else {"position_ids": self._place.position[None].expand(self.rows, 1)}
        return self.model(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=self._cache,
            use_cache=True,
            **positions,
            **self.last_alone,
        )

    def _choose(self, logits: torch.Tensor) -> None:
        scores = logits[:, -1]
        if self._banned is not None and len(self._banned):
            scores.index_fill_(1, self._banned, -torch.inf)
        self._token.copy_(scores.argmax(-1, keepdim=True))
        self.chosen.index_copy_(1, self._column, self._token)
        self._counted.add_(1)


def _takes(model: Any, name: str) -> bool:
    return name in inspect.signature(model.forward).parameters


def _forget_workspaces() -> None:
    forget = getattr(torch._C, "_cuda_clearCublasWorkspaces", None)
    if forget is not None:
        forget()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's collector, which could free another graph in the middle of a capture."""
    gc.collect()
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
