"""Real weights, from a local folder, the package itself or the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from ecotui.core.arm import Arm, quantization
from ecotui.core.errors import WorkerError
from ecotui.core.sample_models import place
from ecotui.worker import quantize
from ecotui.worker.failures import clean


def load(arm: Arm, device: torch.device) -> Any:
    """The arm's model on the device.

    Raises:
        WorkerError: the folder is none of a model, the weights are quantized already, or some are missing.
        UsageError: no sample has that name.
    """
    name = resolved(arm.model)
    config = AutoConfig.from_pretrained(name, trust_remote_code=arm.trust_remote_code)
    _refuse_quantized(config, arm)
    chosen = quantization(arm.quantization)
    model, report = AutoModelForCausalLM.from_pretrained(
        name,
        config=config,
        dtype=quantize.dtype(chosen),
        device_map={"": device},
        quantization_config=quantize.config(chosen),
        trust_remote_code=arm.trust_remote_code,
        output_loading_info=True,
    )
    _refuse_missing(report)
    return model


def resolved(name: str) -> str:
    """The folder's path, or the id as it is; what looks like a path is never asked of the hub."""
    name = place(name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise WorkerError(
                f"The folder {clean(name, 160)} holds no config.json.",
                "Name the folder that a model was saved into with save_pretrained.",
            )
        return str(path)
    if name.startswith(("/", "./", "../", "~")) or path.exists():
        raise WorkerError(f"There is no folder {clean(name, 160)}.", "Name a model's folder, or an id on the hub.")
    return name


def _refuse_quantized(config: Any, arm: Arm) -> None:
    made = getattr(config, "quantization_config", None)
    if made is None:
        return
    method = made.get("quant_method", "") if isinstance(made, dict) else getattr(made, "quant_method", "")
    raise WorkerError(
        f"The checkpoint is quantized already ({clean(str(getattr(method, 'value', method)), 40) or 'unknown method'}),"
        f" so it cannot be measured as {arm.quantization}.",
        "Name the original 16-bit checkpoint.",
    )


def _refuse_missing(report: dict[str, Any]) -> None:
    # transformers fills gaps with random numbers and goes on; a measurement must not.
    gaps = sorted({*report.get("missing_keys", ()), *(str(k) for k in report.get("mismatched_keys", ()))})
    if gaps:
        raise WorkerError(
            f"The checkpoint lacks {len(gaps)} of the model's weights, among them {clean(gaps[0], 120)}.",
            "Download the model again, or choose a checkpoint of a causal language model.",
        )
