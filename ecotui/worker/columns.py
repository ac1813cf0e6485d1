"""Outlier columns of a loaded arm: counted in one prefill and one decoding step that nothing is measured of.

LLM.int8 keeps a column of a layer's input out of the 8-bit product where any row of it reaches the threshold
(Dettmers et al. 2022, section 3.1), so this count is what the price of its decomposition depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from ecotui.core.events import Outliers
from ecotui.worker import census
from ecotui.worker.outliers import LARGE

_CHUNK = 1024
"""Positions that are compared at once: the count must not need memory that the arm itself does not."""


def count(model: Any, inputs: Mapping[str, Any], config: Any) -> tuple[Outliers | None, int | None]:
    """Outlier columns, and bytes of cache a row and position, from one call of generate(); `config` asks for two
    tokens, which are a prefill and a step."""
    counter = Columns()
    config.return_dict_in_generate = True
    with counter.attached(model):
        out = model.generate(**inputs, generation_config=config)
    return counter.outliers(), cache_b(out.past_key_values)


class Columns:
    """Counts by layer while it is attached to a model."""

    def __init__(self) -> None:
        self._passes = 0
        self._prefill: dict[int, torch.Tensor] = {}
        """Columns of a layer that any position of the prefill flagged, bool."""
        self._decode: dict[int, torch.Tensor] = {}
        """Columns of a layer that a row flagged, mean over rows; and those that any row flagged."""

    @contextmanager
    def attached(self, model: Any) -> Iterator[None]:
        """Count while the context lasts; no hook stays behind."""
        output = model.get_output_embeddings()
        hooks = [model.register_forward_pre_hook(self._begin_pass)]
        try:
            for number, layer in enumerate(census.linear_modules(model)):
                if layer is not output:
                    hooks.append(layer.register_forward_pre_hook(self._hook(number)))
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _begin_pass(self, _module: Any, _inputs: Any) -> None:
        self._passes += 1

    def _hook(self, number: int) -> Callable[[Any, tuple[Any, ...]], None]:
        def count(_module: Any, inputs: tuple[Any, ...]) -> None:
            flat = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
            if len(flat):
                (self._count_prefill if self._passes == 1 else self._count_decode)(number, flat)

        return count

    def _count_prefill(self, number: int, flat: torch.Tensor) -> None:
        flagged = torch.stack([(part.abs() >= LARGE).any(0) for part in flat.split(_CHUNK)]).any(0)
        before = self._prefill.get(number)
        self._prefill[number] = flagged if before is None else before | flagged

    def _count_decode(self, number: int, flat: torch.Tensor) -> None:
        flagged = flat.abs() >= LARGE
        self._decode[number] = torch.stack([flagged.sum() / len(flat), flagged.any(0).sum()])

    def outliers(self) -> Outliers | None:
        """What was counted; None where no layer was seen in both passes."""
        seen = sorted(self._prefill.keys() & self._decode.keys())
        if not seen:
            return None
        prefill = torch.stack([self._prefill[n].sum() for n in seen]).double().mean()
        rows, step = torch.stack([self._decode[n] for n in seen]).double().cpu().unbind(1)
        without_pct = 100.0 * (step < 1).double().mean()
        return Outliers(len(seen), rows.mean().item(), prefill.item(), without_pct.item())


def decomposition(found: Outliers | None, threshold: float | None) -> str | None:
    """Whether LLM.int8 split its products: not, where most layers had no column to keep out; None where it cannot."""
    if found is None or not threshold:
        return None
    return "not exercised" if found.without_pct > 50 else "exercised"


def cache_b(cache: Any) -> int | None:
    """Bytes of keys and values of one row and one position, from a cache as generate() returns it; None where it has
    none of the usual form: (rows, heads, positions, width) by layer."""
    total = 0
    for layer in getattr(cache, "layers", ()):
        for held in (getattr(layer, "keys", None), getattr(layer, "values", None)):
            if not isinstance(held, torch.Tensor) or held.ndim != 4 or not held.numel():
                return None
            total += held.shape[1] * held.shape[3] * held.element_size()
    return total or None
