"""Silence for libraries: a log line a token would cost more time than the step that it comments on."""

from __future__ import annotations

import logging
import os
import sys
import warnings

_ENVIRONMENT = {
    "BITSANDBYTES_NOWELCOME": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",  # a thread that asks the hub to convert, beside the measurement
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "KINETO_LOG_LEVEL": "5",  # the profiler's own remarks
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",  # progress bars of lm-eval, which would fill the file that errors go to
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


def before_imports() -> None:
    """Settings that torch and transformers read when they are imported."""
    os.environ.update(_ENVIRONMENT)
    # CUDA numbers cards by speed unless told otherwise; the recorder's numbers are NVML's, which go by the bus.
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    # torch.cuda imports pynvml where it is installed. Sensors are read in the recorder's process alone: a call to the
    # driver beside the one that launches kernels would be part of what is measured.
    sys.modules["pynvml"] = None  # type: ignore[assignment]
    warnings.simplefilter("ignore")
    # bitsandbytes 0.50 warns on every call of an int8 layer with bfloat16 inputs: 224 lines a token on a 7B model.
    # Disabling the level for all loggers returns before a record is made, whoever set up which handler.
    logging.disable(logging.WARNING)
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


def after_imports() -> None:
    """Settings that have a function of their own."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
