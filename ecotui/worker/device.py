"""Which device an arm runs on: NVML's number of a card is not always CUDA's."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Callable

import torch

from ecotui.core.errors import WorkerError


def open_device(name: str, gpu: int) -> torch.device:
    """The device behind "cpu" or "cuda", the card by its NVML index.

    Raises:
        WorkerError: torch has no CUDA, or the card is not there.
    """
    if name == "cpu":
        # One core stays free for the sampler, whose gaps would otherwise show in the energy.
        torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) - 1))
        return torch.device("cpu")
    if name != "cuda":
        raise WorkerError(f"There is no device {name!r}.", "Choose cuda or cpu.")
    number = ordinal(gpu, os.environ.get("CUDA_VISIBLE_DEVICES"), _uuid)
    if not torch.cuda.is_available():
        built = torch.version.cuda
        why = f"it was built for CUDA {built}, and no card answers" if built else "it was built without CUDA"
        raise WorkerError(
            f"The installed torch {torch.__version__} cannot use a GPU: {why}.",
            "Check the driver with nvidia-smi, install a torch build with CUDA, or run with --device cpu.",
        )
    count = torch.cuda.device_count()
    if number >= count:
        raise WorkerError(f"There is no GPU {gpu}: torch sees {count}.", "Choose one with --gpu, counted from 0.")
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device


def ordinal(gpu: int, visible: str | None, uuid_of: Callable[[int], str]) -> int:
    """CUDA's number of the card with NVML index `gpu`, where `visible` is CUDA_VISIBLE_DEVICES or None.

    CUDA renumbers the cards that the variable leaves, in its order; with CUDA_DEVICE_ORDER=PCI_BUS_ID whole numbers
    in it are NVML's own.
    """
    if visible is None:
        return gpu
    entries = [e.strip() for e in visible.split(",") if e.strip()]
    if any(e.startswith("MIG") for e in entries):
        raise WorkerError(
            "CUDA_VISIBLE_DEVICES names a slice of a GPU (MIG), whose energy no sensor tells apart.",
            "Measure on a whole card.",
        )
    if all(e.isdigit() for e in entries):
        wanted, found = str(gpu), [str(int(e)) for e in entries]
        places = [i for i, e in enumerate(found) if e == wanted]
    else:
        wanted = uuid_of(gpu)
        places = [i for i, e in enumerate(entries) if e == str(gpu) or wanted.lower().startswith(e.lower())]
    if not places:
        raise WorkerError(
            f"CUDA_VISIBLE_DEVICES={visible[:80]} hides GPU {gpu}.", "Unset the variable, or choose a card it names."
        )
    return places[0]


def _uuid(gpu: int) -> str:
    query = ["nvidia-smi", f"--id={gpu}", "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise WorkerError(
            "CUDA_VISIBLE_DEVICES names cards by UUID, and nvidia-smi did not say which one is meant.",
            "Name them by number, or unset the variable.",
        ) from error
    return said.stdout.strip()


def describe(device: torch.device) -> str:
    """The device for people, for instance "cuda:0 NVIDIA H100 80GB HBM3"."""
    return f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device)


def release() -> None:
    """Give memory that nothing refers to any more back to the card."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
