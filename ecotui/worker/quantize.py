"""From an arm's label to what transformers wants, and whether bitsandbytes can do it here."""

from __future__ import annotations

from typing import Any

import torch
from transformers import BitsAndBytesConfig

from ecotui.core.arm import Quantization
from ecotui.core.errors import WorkerError
from ecotui.worker.failures import clean

_ADVICE = "Reinstall it for your CUDA (pip install -U bitsandbytes), or measure fp16 or bf16, which do without it."


def dtype(quantization: Quantization) -> torch.dtype:
    """The dtype of what is not quantized."""
    found = getattr(torch, quantization.dtype)
    assert isinstance(found, torch.dtype)
    return found


def config(quantization: Quantization) -> BitsAndBytesConfig | None:
    """The quantization as transformers takes it; None where bitsandbytes takes no part."""
    if quantization.bitsandbytes is None:
        return None
    arguments: dict[str, Any] = dict(quantization.bitsandbytes)
    for name, value in arguments.items():
        if name.endswith("_dtype"):
            arguments[name] = getattr(torch, str(value))
    return BitsAndBytesConfig(**arguments)


def require_bitsandbytes() -> str:
    """bitsandbytes' version; imported only here, since a broken one must not stop arms that do without it.

    Raises:
        WorkerError: it cannot be imported, or its native library does not load.
    """
    try:
        import bitsandbytes
        from bitsandbytes import cextension
    except Exception as error:
        why = clean(str(error), 160) or type(error).__name__
        raise WorkerError(f"bitsandbytes cannot be imported: {why}.", _ADVICE) from error
    stub = getattr(cextension, "ErrorHandlerMockBNBNativeLibrary", None)
    if stub is not None and isinstance(cextension.lib, stub):
        why = clean(str(getattr(cextension.lib, "error_msg", "")), 160) or "no library for this machine"
        raise WorkerError(f"bitsandbytes' native library does not load: {why}.", _ADVICE)
    return str(bitsandbytes.__version__)
