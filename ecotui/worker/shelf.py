"""Logits of the arm that others are compared with: in memory for arms beside it, in files for arms that come later."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import torch

from ecotui.core.errors import WorkerError
from ecotui.worker.failures import clean

MOST_B = 4_000_000_000
_HEAD = "shelf.json"


class Held:
    """In memory, of the windows that are scored just now; in the host's where the card has little left."""

    def __init__(self, positions: int, dtype: torch.dtype) -> None:
        self._positions, self._dtype = positions, dtype
        self._held: dict[int, torch.Tensor] = {}

    def put(self, windows: Sequence[int], first: int, logits: torch.Tensor) -> None:
        """Keep them in the model's own dtype."""
        for window, row in zip(windows, logits, strict=True):
            held = self._held.get(window)
            if held is None:
                held = self._held[window] = self._room(row)
            held[first : first + len(row)] = row

    def get(self, windows: Sequence[int], first: int, count: int) -> torch.Tensor:
        """As they were put."""
        return torch.stack([self._held[w][first : first + count] for w in windows])

    def forget(self) -> None:
        """Make room for the next windows."""
        self._held.clear()

    def _room(self, row: torch.Tensor) -> torch.Tensor:
        shape, device = (self._positions, row.shape[-1]), row.device
        if device.type == "cuda" and 4 * shape[0] * shape[1] * self._dtype.itemsize > free_b(device):
            device = torch.device("cpu")
        return torch.empty(shape, dtype=self._dtype, device=device)


class Shelf:
    """In a folder, a file a window, that is mapped into memory when it is read."""

    def __init__(self, folder: Path, head: dict[str, Any], positions: int) -> None:
        """`head` says what the logits are of, so that others are not compared with them."""
        self._folder, self._head = folder, head | {"positions": positions}
        self._positions, self._width = positions, int(head["vocabulary"])
        self._dtype = torch.float16

    def open(self, dtype: torch.dtype) -> int:
        """Begin a shelf of logits of that dtype; returns how many windows there is room for.

        Raises:
            WorkerError: the folder cannot be written.
        """
        self._dtype = dtype
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for old in self._folder.glob("*.logits"):
                old.unlink()
            (self._folder / _HEAD).write_text(json.dumps(self._head | {"dtype": str(dtype)}))
            left_b = shutil.disk_usage(self._folder).free
        except OSError as error:
            raise self._failed(error) from error
        return int(min(MOST_B, left_b // 2) // (self._positions * self._row_b))

    def windows(self) -> int:
        """How many windows of these logits lie there whole, from the first on."""
        try:
            head = json.loads((self._folder / _HEAD).read_text())
            dtype = head.pop("dtype").removeprefix("torch.")
        except (OSError, ValueError, LookupError):
            return 0
        if head != self._head:
            return 0
        self._dtype = getattr(torch, dtype)
        whole_b = self._positions * self._row_b
        return next(n for n in count() if not (p := self._path(n)).is_file() or p.stat().st_size != whole_b)

    @property
    def _row_b(self) -> int:
        return self._width * int(self._dtype.itemsize)

    def put(self, windows: Sequence[int], first: int, logits: torch.Tensor) -> None:
        """Written rather than mapped: where the disk is full, that is an error and not the end of the process."""
        for window, row in zip(windows, logits.to(self._dtype).cpu(), strict=True):
            try:
                with self._path(window).open("r+b" if first else "wb") as file:
                    file.seek(first * self._row_b)
                    file.write(row.contiguous().view(torch.uint8).numpy().data)
            except OSError as error:
                raise self._failed(error) from error

    def get(self, windows: Sequence[int], first: int, count: int) -> torch.Tensor:
        """Read only the pages that are asked for."""
        size = self._positions * self._width
        mapped = [torch.from_file(str(self._path(w)), shared=False, size=size, dtype=self._dtype) for w in windows]
        return torch.stack([m.view(self._positions, self._width)[first : first + count] for m in mapped])

    def forget(self) -> None:
        """Files stay."""

    def _path(self, window: int) -> Path:
        return self._folder / f"{window:06}.logits"

    def _failed(self, error: OSError) -> WorkerError:
        what = f"The logits for the comparison cannot be kept in {clean(str(self._folder), 160)}"
        return WorkerError(f"{what}: {clean(str(error.strerror), 80)}.", "Make room there, or compare fewer windows.")


def free_b(device: torch.device) -> int:
    """Bytes of a card that torch can still take, those that its allocator holds unused included."""
    left_b: int = torch.cuda.mem_get_info(device)[0]
    return int(left_b + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
