"""Models that can be picked: the local hub cache first, then the synthetic shapes."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.support import environment

CODE = """
import json
from ecotui.recorder.catalogue import catalogue
print(json.dumps([c.name for c in catalogue().choices]))
"""


def cached_model(cache: Path, name: str, *files: str) -> None:
    """A repository as huggingface_hub lays it out."""
    folder = cache / f"models--{name.replace('/', '--')}"
    snapshot = folder / "snapshots" / "0123abcd"
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("0123abcd")
    (folder / "blobs").mkdir()
    for i, file in enumerate(files):
        (folder / "blobs" / f"b{i}").write_text("{}")
        (snapshot / file).symlink_to(folder / "blobs" / f"b{i}")


def names(tmp_path: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=environment(tmp_path, HF_HUB_CACHE=str(tmp_path / "hub")),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_cached_models_come_first_and_data_sets_not_at_all(tmp_path: Path) -> None:
    cached_model(tmp_path / "hub", "zeta/model", "config.json")
    cached_model(tmp_path / "hub", "alpha/model", "config.json", "model.safetensors")
    cached_model(tmp_path / "hub", "alpha/tokenizer-only", "tokenizer.json")
    found = names(tmp_path)
    assert found[:3] == ["alpha/model", "zeta/model", "synthetic:tiny"]
    assert "synthetic:llama-3.1-8b" in found


def test_without_a_cache_there_are_the_shapes(tmp_path: Path) -> None:
    assert all(name.startswith("synthetic:") for name in names(tmp_path))
