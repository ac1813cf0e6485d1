"""Small checkpoints on disk, saved by transformers itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ecotui.core.shapes import shape

NOISY = """
import os
from transformers import LlamaConfig, LlamaForCausalLM

print("a library prints on import")

class NoisyConfig(LlamaConfig):
    model_type = "noisy"

class NoisyForCausalLM(LlamaForCausalLM):
    config_class = NoisyConfig

    def forward(self, *args, **kwargs):
        print("a library prints on every step", flush=True)
        os.write(1, b"past Python's own stdout")
        return super().forward(*args, **kwargs)
"""


def save_tiny(folder: Path, seed: int = 3) -> Path:
    """The tiny shape with random weights, as a checkpoint of 10 MB."""
    import torch

    from ecotui.core.arm import quantization
    from ecotui.worker import synthetic

    synthetic.build(shape("tiny"), quantization("fp16"), torch.device("cpu"), seed).save_pretrained(folder)
    return folder


def edit(path: Path, **values: Any) -> None:
    """Change fields of a JSON file."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def make_noisy(folder: Path) -> Path:
    """Turns a saved checkpoint into one that brings code of its own, which prints."""
    (folder / "noisy.py").write_text(NOISY)
    auto_map = {"AutoConfig": "noisy.NoisyConfig", "AutoModelForCausalLM": "noisy.NoisyForCausalLM"}
    edit(folder / "config.json", model_type="noisy", architectures=["NoisyForCausalLM"], auto_map=auto_map)
    return folder
