"""NVML's failures in plain sentences, and the old `pynvml` package that hides NVIDIA's own module.

Two distributions bring a module `pynvml`: NVIDIA's nvidia-ml-py, and before its version 12 the one named pynvml,
whose package wins over NVIDIA's single file where both are installed. From version 12 on it only adds
`pynvml_utils` and is harmless.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from ecotui.core.errors import BoardError

NEEDED = (
    "NVML_FI_DEV_POWER_INSTANT",
    "nvmlDeviceGetFieldValues",
    "nvmlDeviceGetTotalEnergyConsumption",
    "nvmlSystemGetDriverVersion",
)
"""Names of the module without which power and energy cannot be had, whatever the board."""

FIX_MODULE = "Mend it with `pip uninstall pynvml && pip install --force-reinstall nvidia-ml-py`."
SIMULATE = "To try ecotui without a GPU: `ecotui demo`, or `ecotui run --sensor simulated`."

UNINITIALIZED, NO_PERMISSION, DRIVER_NOT_LOADED, LIBRARY_NOT_FOUND = 1, 4, 9, 12
GPU_IS_LOST, RESET_REQUIRED, VERSION_MISMATCH = 15, 16, 18
INVALID_ARGUMENT, NOT_FOUND, GPU_NOT_FOUND = 2, 6, 28
"""Return codes of nvml.h (nvmlReturn_t)."""

GONE = frozenset({UNINITIALIZED, DRIVER_NOT_LOADED, GPU_IS_LOST, RESET_REQUIRED, VERSION_MISMATCH, GPU_NOT_FOUND})
"""Codes after which no later call can succeed; all others are taken as "this sensor, this time"."""

_START = {
    LIBRARY_NOT_FOUND: (
        "No NVIDIA driver was found on this host: libnvidia-ml.so.1 is missing.",
        f"Install the driver, or give the container its GPU (`--gpus all`). {SIMULATE}",
    ),
    DRIVER_NOT_LOADED: (
        "NVIDIA's driver is installed, but it is not loaded.",
        f"Load it with `sudo modprobe nvidia`, or give the container its GPU (`--gpus all`). {SIMULATE}",
    ),
    NO_PERMISSION: (
        "This user may not talk to NVIDIA's driver.",
        "Ask for access to /dev/nvidiactl and /dev/nvidia* (often a group such as `video`).",
    ),
    VERSION_MISMATCH: (
        "NVIDIA's driver and its library libnvidia-ml are of different versions, as after an update.",
        "Restart the machine, or unload and load the nvidia kernel modules.",
    ),
}

_GONE = {
    UNINITIALIZED: ("NVML was shut down while {board} was watched.", "Start the session again."),
    DRIVER_NOT_LOADED: ("NVIDIA's driver was unloaded while {board} was watched.", "Load it and start again."),
    GPU_IS_LOST: (
        "{board} is lost: it no longer answers its driver.",
        "See `dmesg | grep Xid`; it may need a restart.",
    ),
    RESET_REQUIRED: ("{board} must be reset before it can be used.", "`sudo nvidia-smi --gpu-reset`, or a restart."),
    VERSION_MISMATCH: ("NVIDIA's driver was changed while {board} was watched.", "Restart the machine."),
    GPU_NOT_FOUND: ("{board} is no longer there.", "See `dmesg | grep Xid`."),
}


def shadowed(has: Container[str], imported_from: str | None, pynvml_files: Iterable[str]) -> str | None:
    """Why the imported module `pynvml` cannot be used, as a sentence; None where it can.

    has: the names that the module defines. imported_from: its file. pynvml_files: what the distribution named
    pynvml has installed, absolute; empty where there is none.
    """
    missing = [name for name in NEEDED if name not in has]
    if imported_from is not None and imported_from in set(pynvml_files):
        return f"The old package pynvml hides NVIDIA's own module of the same name ({imported_from})."
    if missing:
        return f"The module pynvml is too old ({imported_from or 'unknown file'}): it lacks {', '.join(missing)}."
    return None


def start_error(code: int, words: str) -> BoardError:
    """The error for an NVML that could not be started, or a board that could not be opened."""
    what, advice = _START.get(
        code, (f"NVIDIA's driver could not be asked: {words}.", "See whether `nvidia-smi` works.")
    )
    return BoardError(what, advice)


def gone_error(code: int, board: str) -> BoardError:
    """The error for a board that was there and is no more; `board` is its number and name."""
    what, advice = _GONE[code]
    return BoardError(what.format(board=board), advice)
