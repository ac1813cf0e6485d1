"""The model that comes along, and the script that made it."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ecotui.core.arm import QUANTIZATIONS, Arm
from ecotui.core.errors import UsageError
from ecotui.core.messages import Load
from ecotui.core.sample_models import sample_folder
from ecotui.worker.torch_engine import TorchEngine
from ecotui.worker.writing import written

NAME = "sample:whale-1m"
SCRIPT = Path(__file__).parents[2] / "docs" / "make_sample_model.py"
BRIEF = ((5, 2, 64), (1, 1, 128))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here asks the network, and torch has its threads back afterwards."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def told(name: str) -> str:
    """A fact of the model's own README."""
    text = (sample_folder(NAME) / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(name)} \| (.*?) \|$", text, re.MULTILINE)
    assert found is not None, name
    return found[1]


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch before 2.9 has no Muon")
def test_a_few_steps_lower_the_loss_the_same_way_each_time(script: dict[str, Any]) -> None:
    text = script["read"]("training.txt")
    one, two = (script["train"](text, BRIEF, say=lambda _: None) for _ in range(2))
    assert one.losses == two.losses and one.losses[-1] < one.losses[0] - 0.1
    assert one.bytes_read == 5 * 2 * 64 + 128


def test_what_is_shipped_is_small_and_as_its_readme_says(script: dict[str, Any]) -> None:
    folder = sample_folder(NAME)
    assert sum(file.stat().st_size for file in folder.iterdir()) < 5_000_000
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    assert f"{sum(p.numel() for p in model.parameters()):,}" == told("parameters")
    windows = script["SAMPLE_WINDOWS"]
    found = script["bits_per_byte"](model, script["read"]("evaluation.txt"), windows)
    assert found == pytest.approx(float(told(f"of its first {windows} windows")), abs=2e-3)


def test_its_tokens_are_the_bytes() -> None:
    coder = AutoTokenizer.from_pretrained(sample_folder(NAME))
    text = "".join(map(chr, range(256))) + "—“whale” ü 鯨\n\n\n 𓆟"
    ids = coder(text)["input_ids"]
    assert ids == list(text.encode()) and coder.decode(ids) == text


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_it_loads_in_every_quantization(quantization: str) -> None:
    loaded = TorchEngine().load(Load(Arm(NAME, quantization, prompt_tokens=4, new_tokens=2), 0, "cpu", 0, 7))
    assert f"{loaded.resident.parameters:,}" == told("parameters")


def test_a_sample_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"no sample model 'wale'. Did you mean sample:whale-1m"):
        sample_folder("sample:wale")


def test_training_and_evaluation_share_no_paragraph(script: dict[str, Any]) -> None:
    texts = script["TEXTS"]
    trained, held_out = ((texts / f"{n}.txt").read_text(encoding="utf-8") for n in ("training", "evaluation"))
    assert len(held_out.encode()) > 60_000
    both = set(trained.split("\n")) & set(held_out.split("\n"))
    assert max(map(len, both)) < 60, max(both, key=len)


def test_it_writes_a_line_and_other_models_write_none() -> None:
    model = AutoModelForCausalLM.from_pretrained(sample_folder(NAME), dtype=torch.float32)
    line = written(model, NAME)
    assert line.startswith("The whale") and len(line.split()) > 8
    assert written(model, "synthetic:tiny") == ""
    assert written(None, NAME) == ""
