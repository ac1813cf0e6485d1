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


SMALL: dict[str, Any] = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "initializer_range": 0.3,
    "tie_word_embeddings": False,
}
_LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0] * 8,
    "long_factor": [4.0] * 8,
    "original_max_position_embeddings": 128,
}
_MIXED = ["sliding_attention", "full_attention"]
ARCHITECTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {}),
    "qwen2": ("qwen2", {}),
    "qwen2-mixed": ("qwen2", {"use_sliding_window": True, "sliding_window": 24, "max_window_layers": 1}),
    "mistral": ("mistral", {"sliding_window": None}),
    "mistral-window": ("mistral", {"sliding_window": 24}),
    "phi3": ("phi3", {"sliding_window": 400}),
    "phi3-window": ("phi3", {"sliding_window": 24}),
    "phi3-long": ("phi3", {"rope_parameters": _LONG, "original_max_position_embeddings": 128}),
    "gemma": ("gemma", {}),
    "gemma2": ("gemma2", {"sliding_window": 400, "query_pre_attn_scalar": 16}),
    "gemma2-window": ("gemma2", {"sliding_window": 24, "query_pre_attn_scalar": 16}),
    "gemma3": ("gemma3_text", {"sliding_window": 24, "query_pre_attn_scalar": 16, "layer_types": _MIXED}),
}
"""Model type and what its config has beyond the small dimensions."""


def save_architecture(name: str, folder: Path, **more: Any) -> Path:
    """A checkpoint of that architecture with random weights, under a megabyte."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    kind, own = ARCHITECTURES[name]
    torch.manual_seed(11)
    config = AutoConfig.for_model(kind, **(SMALL | own | more))
    AutoModelForCausalLM.from_config(config, dtype=torch.float16).save_pretrained(folder)
    return folder


def save_bloom(folder: Path) -> Path:
    """A small checkpoint of an architecture that no static cache fits."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model("bloom", vocab_size=512, hidden_size=64, n_layer=2, n_head=4)
    AutoModelForCausalLM.from_config(config, dtype=torch.float16).save_pretrained(folder)
    return folder
