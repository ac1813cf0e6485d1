"""NVML, the library of NVIDIA's driver: the only module that imports pynvml (nvidia-ml-py)."""

from __future__ import annotations

from contextlib import suppress
from importlib import metadata
from typing import Any

from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo
from ecotui.sensors.nvml_board import NvmlBoard, Started
from ecotui.sensors.nvml_trouble import FIX_MODULE, shadowed


def load() -> Any:
    """The module pynvml, known to be NVIDIA's own.

    Raises:
        BoardError: it is missing, or an old package hides it.
    """
    try:
        import pynvml
    except ImportError as error:
        raise BoardError(
            "The Python module pynvml is missing.", "Install it with `pip install nvidia-ml-py`."
        ) from error
    try:
        owner = metadata.distribution("pynvml")
        files = [str(owner.locate_file(f)) for f in owner.files or ()]
    except metadata.PackageNotFoundError:
        files = []
    reason = shadowed(vars(pynvml), getattr(pynvml, "__file__", None), files)
    if reason:
        raise BoardError(reason, FIX_MODULE)
    return pynvml


def list_infos(nvml: Any) -> list[BoardInfo]:
    """Every board that answers, by number.

    Raises:
        BoardError: NVML cannot be started.
    """
    infos: list[BoardInfo] = []
    with Started(nvml):
        for gpu in range(nvml.nvmlDeviceGetCount()):
            with suppress(BoardError):
                board = NvmlBoard(nvml, gpu)
                infos.append(board.info)
                board.close()
    return infos
