"""Models that can be picked: the local hub cache first, then what comes along, then the synthetic shapes."""

import json
import subprocess
import sys
from pathlib import Path

from ecotui.core.arm import Arm
from ecotui.recorder.catalogue import typed_choice
from ecotui.recorder.dimensions import dimensions_of
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
    assert found[:4] == ["alpha/model", "zeta/model", "sample:whale-1m", "synthetic:tiny"]
    assert "synthetic:llama-3.1-8b" in found


def test_without_a_cache_there_are_the_sample_and_the_shapes(tmp_path: Path) -> None:
    first, *rest = names(tmp_path)
    assert first == "sample:whale-1m" and all(name.startswith("synthetic:") for name in rest)


def test_a_sample_tells_that_it_is_a_toy_with_real_weights_and_what_memory_it_needs() -> None:
    found = typed_choice("sample:whale-1m", "")
    assert found.state == "" and "real weights, 1 M parameters, a toy" in found.text
    assert found.facts is not None and found.facts.dimensions is not None and found.licence == "mit"
    assert dimensions_of(Arm("sample:whale-1m")) == found.facts.dimensions
    unknown = typed_choice("sample:whale-2m", "")
    assert unknown.state == "not here" and "Did you mean sample:whale-1m?" in unknown.note
