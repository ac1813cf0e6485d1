"""`ecotui models`: the same list for people and for scripts."""

import json
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.cli.models import models_run
from ecotui.recorder import host_memory
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests import factory, hub, served
from tests.cli.support import ecotui

EXPERTS = json.dumps({**hub.LLAMA, "model_type": "mixtral", "num_local_experts": 8})


def test_models_are_listed_with_what_fits(tmp_path: Path) -> None:
    hub.model(tmp_path / "hub", "org/llama", size_b=16 * 10**9)
    hub.sharded(tmp_path / "hub", "org/half", here=1, of=2)
    words = ("models", "org/", "--sensor", "simulated", "--device", "cuda", "--batch-size", "8")
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


def test_a_load_on_the_cpu_is_held_against_the_memory_that_a_run_is_refused_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.setattr(host_memory, "available_b", lambda: 18 * 10**9)
    words = ("--sensor", "simulated")
    assert main(["models", "qwen2.5-14b", *words]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "18.0 GB free in this host's memory now" in shown and "✘ no" in shown
    assert main(["models", "qwen2-1.5b", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["free_b"], told["on_host"]) == (18 * 10**9, True)
    assert main(["forecast", "--model", "synthetic:qwen2-1.5b", *words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["largest_batch"]
    assert told["models"][0]["largest_batch"]["fp16"] == rows < 7_000


def test_a_watched_servers_model_is_not_among_those_that_were_run_here(tmp_path: Path) -> None:
    for events in (served.events(), factory.events()):
        Store(Home(tmp_path)).append(factory.fold(events))
    frame = Store(Home(tmp_path)).frame(["model", "watched"])
    assert sorted(model for model, watched in frame.iter_rows() if watched) == ["mistralai/Mistral-7B-v0.1"]
    assert models_run(Home(tmp_path)) == ["synthetic:tiny"]
