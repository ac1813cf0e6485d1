"""A static cache: every layer keeps its keys and values in the same slots of memory, call after call.

transformers' own static layers count their positions by themselves, some of them on the host, where a captured step
cannot count along. These are told where to write by one tensor that all of them share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from transformers import StaticCache
from transformers.cache_utils import Cache, StaticLayer, StaticSlidingWindowLayer

from ecotui.core.against import MEASURE_EAGER
from ecotui.core.errors import WorkerError

_ALIGNED = 16
"""Attention kernels want a mask's rows to begin at multiples of 8 or 16 numbers; else each layer copies it."""


@dataclass(slots=True)
class Place:
    """Where the next keys and values go."""

    position: torch.Tensor
    """Slot of a decoding step, shape (1,), int64, on the device."""
    filling: bool = False
    """Whether the prompt is being read, which fills the slots from the first one on."""


class Slots(StaticLayer):  # type: ignore[misc]
    """Keys and values of one layer, (rows, heads, slots, width)."""

    is_compileable = False

    def __init__(self, length: int, place: Place) -> None:
        super().__init__(max_cache_len=length)
        self._place = place

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take the memory, as soon as shape, dtype and device are known."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys, self.values = (
            torch.zeros((*t.shape[:2], self.max_cache_len, t.shape[3]), dtype=t.dtype, device=t.device)
            for t in (key_states, value_states)
        )
        self.is_initialized = True

    def update(self, key_states: Any, value_states: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        """Keep what is new. Attention sees the prompt alone while that is read, and later all slots."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        if self._place.filling:
            self.keys[:, :, : key_states.shape[2]].copy_(key_states)
            self.values[:, :, : value_states.shape[2]].copy_(value_states)
            return key_states, value_states
        self.keys.index_copy_(2, self._place.position, key_states)
        self.values.index_copy_(2, self._place.position, value_states)
        return self.keys, self.values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Of the prefill; a step brings its own mask."""
        return (query_length, 0) if self._place.filling else (self.max_cache_len, 0)

    def get_seq_length(self) -> int:
        """Of the prefill, which finds an empty cache."""
        return 0


@dataclass(frozen=True, slots=True)
class Layout:
    """What a model's layers remember."""

    windows: tuple[int | None, ...]
    """By layer, how many positions it attends to; None is all of them."""
    kinds: tuple[str, ...]
    """By layer, its type in the model's config; empty where that has none."""


def layout(config: Any, length: int) -> Layout:
    """The layers' windows, for a cache of so many positions.

    Raises:
        WorkerError: a layer remembers something else than keys and values, or in a pattern that no step can follow.
    """
    text = config.get_text_config(decoder=True)
    kinds = tuple(getattr(text, "layer_types", None) or ())
    windows: list[int | None] = []
    for layer in StaticCache(config=config, max_cache_len=length).layers:
        if type(layer) not in (StaticLayer, StaticSlidingWindowLayer):
            raise WorkerError(
                f"The model's {text.model_type} layers remember more than keys and values ({type(layer).__name__}), "
                "so no static cache holds them.",
                MEASURE_EAGER,
            )
        windows.append(layer.max_cache_len if layer.max_cache_len < length else None)
    chunked = "chunked_attention" in kinds or getattr(text, "attention_chunk_size", None) is not None
    if chunked and any(windows):
        raise WorkerError(
            f"The model attends in chunks of {next(w for w in windows if w)} positions, and {length} are asked for.",
            f"Lower --new-tokens or --prompt-tokens. {MEASURE_EAGER}",
        )
    return Layout(tuple(windows), kinds)


def cache(found: Layout, length: int, place: Place) -> Cache:
    """An empty cache of so many slots."""
    return Cache(layers=[Slots(length, place) for _ in found.windows])


class Masks:
    """What a decoding step may attend to: added to its scores, 0 or the dtype's lowest number."""

    def __init__(self, found: Layout, length: int, rows: int, place: Place, dtype: torch.dtype) -> None:
        self._place, self._rows, self._length, self._dtype = place, rows, length, dtype
        width = -(-length // _ALIGNED) * _ALIGNED
        self._slots = torch.arange(width, device=place.position.device)
        different = set(found.windows)
        self._single = different.pop() if len(different) == 1 else None
        self._by_kind = dict(zip(found.kinds, found.windows, strict=True)) if different else {}

    def __call__(self) -> Any:
        """(rows, 1, 1, slots); by type of layer where the model's layers differ."""
        if not self._by_kind:
            return self._mask(self._single)
        return {kind: self._mask(window) for kind, window in self._by_kind.items()}

    def _mask(self, window: int | None) -> torch.Tensor:
        hidden = self._slots > self._place.position
        if window is not None:
            hidden |= self._slots <= self._place.position - window
        mask = torch.zeros((1, 1, 1, len(self._slots)), dtype=self._dtype, device=self._slots.device)
        mask.masked_fill_(hidden, torch.finfo(self._dtype).min)
        return mask[..., : self._length].expand(self._rows, 1, 1, -1)
