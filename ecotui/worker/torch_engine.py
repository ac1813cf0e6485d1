"""Arms on one device, decoded by torch and transformers."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from weakref import WeakSet, WeakValueDictionary

import torch

from ecotui.core.messages import Load, Score
from ecotui.worker import scoring, tasks
from ecotui.worker.device import open_device, release
from ecotui.worker.engine import Loaded, Told
from ecotui.worker.loaded import LoadedArm
from ecotui.worker.scoring_arm import Subject
from ecotui.worker.weights import Identity, Weights, identity


class TorchEngine:
    """Knows the arms and the weights that are in use, and keeps none of them alive."""

    def __init__(self) -> None:
        self._device = torch.device("cpu")
        self._arms: WeakSet[LoadedArm] = WeakSet()
        self._weights: WeakValueDictionary[Identity, Weights] = WeakValueDictionary()
        self._read = scoring.Reader()
        self._known_tasks: set[str] = set()

    def versions(self) -> dict[str, str]:
        """Versions of what is measured with; bitsandbytes' is read from its metadata, without an import."""
        found = {"python": platform.python_version(), "torch": torch.__version__}
        for package in ("transformers", "accelerate", "bitsandbytes"):
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
        return found

    def load(self, command: Load) -> LoadedArm:
        """Build or load the arm's model, or take that of an arm which is there, and prepare its calls."""
        began_ns = time.monotonic_ns()
        arm = command.arm.checked()
        release()
        self._device = open_device(command.device, command.gpu)
        weights = self._weights.get(identity(command))
        if weights is None:
            weights = self._weights[identity(command)] = Weights(arm, self._device, command.seed)
        loaded = LoadedArm(command, weights, self._device, began_ns)
        self._arms.add(loaded)
        return loaded

    def try_text(self, command: Score, arm: Loaded) -> None:
        """Read the text as the arm's tokenizer does, which is what is scored later; look each task up once."""
        assert isinstance(arm, LoadedArm), "an engine is asked about arms of its own"
        self._read.ids(command, _subject(0, arm))
        if new := [task for task in command.tasks if task not in self._known_tasks]:
            tasks.check(new)
            self._known_tasks.update(new)

    def score(self, command: Score, arms: Mapping[int, Loaded], tell: Callable[[Told], None]) -> int | None:
        """Score arms that this engine loaded."""
        subjects = [_subject(number, it) for number, it in arms.items() if isinstance(it, LoadedArm)]
        self._make_room()
        try:
            left = scoring.score(command, subjects, tell, self._read)
            if command.tasks:
                tasks.score(command, subjects, tell)
            return left
        finally:
            self._make_room()

    def _make_room(self) -> None:
        if self._device.type == "cuda":
            release()

    def synchronize(self) -> None:
        """Wait for the card; the CPU is never behind."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def forget_peak(self) -> None:
        """Start counting the allocator's peak anew."""
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)

    def memory_peak_b(self) -> int | None:
        """Most bytes that torch's allocator held, with the pools of graphs, whose replays it does not see.

        None on the CPU.
        """
        if self._device.type != "cuda":
            return None
        pools_b = sum(arm.loop.pool_b for arm in self._arms)
        return int(torch.cuda.max_memory_allocated(self._device)) + pools_b


def _subject(number: int, arm: LoadedArm) -> Subject:
    return Subject(number, arm.arm, arm.weights.model, arm.weights.threshold, arm.seed)
