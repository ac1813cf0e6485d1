"""A hub cache made of small files, laid out as the hub's library does it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
MAIN = "0123abcd" * 5
CARD = "---\nlicense: apache-2.0\nlanguage:\n- en\n---\n# A model\n"
GATED = '---\nlicense: other\nlicense_name: llama3.1\nextra_gated_prompt: "Consent first"\n---\n'


def put(cache: Path, name: str, files: Mapping[str, str | None], revision: str = MAIN, partial: int = 0) -> Path:
    """A repository with these files in one revision, the loaded one; None is a link to bytes that are not there."""
    folder = cache / f"models--{name.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(revision)
    (folder / "blobs").mkdir(exist_ok=True)
    for file, text in files.items():
        blob = folder / "blobs" / f"{revision[:4]}-{file}"
        if text is not None:
            blob.write_text(text)
        (snapshot / file).symlink_to(Path("../../blobs") / blob.name)
    for i in range(partial):
        (folder / "blobs" / f"{i:064x}.incomplete").write_text("x" * 500)
    return folder


def model(cache: Path, name: str, card: str = CARD, size_b: int = 1000, **changes: object) -> Path:
    """A whole model with weights of `size_b` bytes, none of which takes room; `changes` are fields of its config."""
    config = json.dumps(LLAMA | changes)
    folder = put(cache, name, {"config.json": config, "model.safetensors": "", "README.md": card})
    os.truncate(folder / "blobs" / f"{MAIN[:4]}-model.safetensors", size_b)
    return folder


def sharded(cache: Path, name: str, here: int, of: int) -> Path:
    """A model of several weight files, of which only the first ones are here."""
    names = [f"model-{i:05d}-of-{of:05d}.safetensors" for i in range(1, of + 1)]
    index = json.dumps({"weight_map": {f"layer.{i}": name for i, name in enumerate(names)}})
    files: dict[str, str | None] = {"config.json": json.dumps(LLAMA), "model.safetensors.index.json": index}
    return put(cache, name, files | dict.fromkeys(names[:here], "w"), partial=1)
