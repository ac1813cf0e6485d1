"""`ecotui models`: the same list for people and for scripts."""

import json
from pathlib import Path

from tests import hub
from tests.cli.support import ecotui

EXPERTS = json.dumps({**hub.LLAMA, "model_type": "mixtral", "num_local_experts": 8})


def test_models_are_listed_with_what_fits(tmp_path: Path) -> None:
    hub.model(tmp_path / "hub", "org/llama", size_b=16 * 10**9)
    hub.sharded(tmp_path / "hub", "org/half", here=1, of=2)
    words = ("models", "org/", "--sensor", "simulated", "--batch-size", "8")
    hub.put(tmp_path / "hub", "org/experts", {"config.json": EXPERTS, "model.safetensors": "w"})
    done = ecotui(*words, home=tmp_path, HF_HUB_CACHE=str(tmp_path / "hub"))
    assert done.returncode == 0 and "SIMULATED" in done.stdout and "HF_HUB_OFFLINE" in done.stdout
    assert "no forecast: not a plain decoder" in done.stdout
    assert "incomplete" in done.stdout and "✔ fits" in done.stdout
    told = json.loads(ecotui(*words, "--json", home=tmp_path, HF_HUB_CACHE=str(tmp_path / "hub")).stdout)
    assert (told["simulated"], told["offline"], told["arm"]["batch_size"]) == (True, True, 8)
    whole = next(m for m in told["models"] if m["name"] == "org/llama")
    assert whole["fits"]["fp16"]["word"] == "fits" and whole["largest_batch"]["nf4"] > 8
    assert whole["facts"]["parameters"] == 8_030_261_248
    assert [m["state"] for m in told["models"]] == ["", "incomplete", ""]
