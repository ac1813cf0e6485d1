"""`ecotui forecast`, and the first word of a run: what an arm will need, and a refusal where the board has less."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.cli.memory import announce, outlook
from ecotui.core.arm import Arm
from ecotui.core.errors import EcotuiError
from ecotui.core.plan import Plan, Protocol
from ecotui.core.reading import Reading
from ecotui.recorder import host_memory
from ecotui.recorder.foresight import foresee
from tests.cli.support import ecotui
from tests.factory import board

SIMULATED = ("--sensor", "simulated", "--model", "synthetic:mistral-7b")
BOARD = (*SIMULATED, "--device", "cuda")
"""The arm on the simulated board itself, and not on the CPU of whatever host the test runs on."""
EMPTY = Reading(0, 70.0, memory_used_b=0)
GRAPH = ("--engine", "graph")
QUICK = ("--worker", "scripted", "--no-gate", "--warmups", "1", "--windows", "1", "--window-seconds", "0.2")
RUN = ("run", *SIMULATED, *QUICK, "--idle-seconds", "0.3")


def test_the_forecast_loads_nothing_and_adds_up(tmp_path: Path) -> None:
    done = ecotui("forecast", *BOARD, "--quant", "int8", "--batch-size", "8", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    it = json.loads(done.stdout)
    assert it["total_b"] == it["weights_b"] + it["cache_b"] + it["activations_b"] + it["overhead_b"]
    assert it["weights_b"] / 1e9 == pytest.approx(7.52, abs=0.01)
    assert it["free_b"] == 80_000_000_000
    assert it["share"] == pytest.approx(it["total_b"] / 80e9)
    assert it["simulated"] is True
    assert it["refused"] is False
    assert it["largest_batch"] > 1000


def test_arms_are_forecast_one_by_one_and_side_by_side(tmp_path: Path) -> None:
    words = ("forecast", *BOARD, "--batch-size", "8", "--against", "graph", "--against", "nf4")
    done = ecotui(*words, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    it = json.loads(done.stdout)
    eager, graph, nf4 = it["arms"]
    assert graph["weights_b"] == eager["weights_b"]
    assert it["together_b"] > eager["weights_b"] + nf4["weights_b"]
    assert it["together_b"] < sum(arm["total_b"] for arm in it["arms"]), "eager and graph share their weights"
    assert it["together"] is True
    assert "They stay resident" in ecotui(*words, home=tmp_path).stdout


def test_the_forecast_for_people_names_every_part(tmp_path: Path) -> None:
    done = ecotui("forecast", *BOARD, home=tmp_path)
    for part in ("weights", "keys and values", "activations", "total", "free", "It fits", "largest batch"):
        assert part in done.stdout


def test_over_95_percent_is_refused_with_the_largest_batch_that_fits(tmp_path: Path) -> None:
    done = ecotui("forecast", *BOARD, "--batch-size", "2000", home=tmp_path)
    assert done.returncode == 1
    assert "Refused" in done.stdout
    assert "--batch-size 1613" in done.stdout


def test_a_run_says_what_it_needs_before_it_loads(tmp_path: Path) -> None:
    done = ecotui(*RUN, home=tmp_path)
    assert done.returncode == 0, done.stderr
    first = done.stderr.splitlines()[0]
    assert first.startswith("memory: weights 14.5 GB + cache")
    assert "80.0 GB free on the SIMULATED board" in first


def test_a_run_that_does_not_fit_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = ecotui(*RUN, "--batch-size", "2000", "--json", home=tmp_path)
    assert done.returncode == 1
    assert "over 95 %" in done.stderr
    assert "--batch-size 1613" in json.loads(done.stdout)["advice"]
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_run_on_the_cpu_that_the_host_has_no_memory_for_is_refused_too() -> None:
    plan = Plan((Arm("synthetic:mistral-7b"),), Protocol.for_sensor("simulated"), "simulated", 0, "cpu")
    announce(plan, host_b=30 * 10**9)
    with pytest.raises(EcotuiError, match=r"over 95 % of the 8\.0 GB that are available in this host's memory"):
        announce(plan, host_b=8 * 10**9)


def test_a_forecast_for_the_cpu_says_what_the_run_would(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(host_memory, "available_b", lambda: 8 * 10**9)
    assert main(["forecast", *SIMULATED, "--device", "cpu"]) == 1
    assert "Refused: " in (told := " ".join(capsys.readouterr().out.split())) and "this host's memory" in told
    assert main(["forecast", *BOARD]) == 0


def test_the_same_words_are_refused_by_forecast_and_run_with_the_same_largest_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.setattr(host_memory, "available_b", lambda: 25 * 10**9)
    words = (*SIMULATED, "--batch-size", "100", "--new-tokens", "2000")
    assert main(["forecast", *words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["free_b"], told["on_host"], told["refused"]) == (25 * 10**9, True, True)
    assert main(["run", *words, "--json"]) == 1
    refused = json.loads(capsys.readouterr().out)
    assert "25.0 GB that are available in this host's memory" in refused["error"]
    assert f"--batch-size {told['largest_batch']}." in refused["advice"]
    assert list((tmp_path / "sessions").iterdir()) == []


def test_a_model_that_is_not_here_runs_without_a_forecast_and_has_none_of_its_own(tmp_path: Path) -> None:
    done = ecotui("forecast", "--sensor", "simulated", "--model", "no-such-org/no-such-model", home=tmp_path)
    assert done.returncode == 1
    assert "no-such-org/no-such-model" in done.stderr
    words = ("run", "--sensor", "simulated", *QUICK, "--idle-seconds", "0.3")
    run = ecotui(*words, "--model", "no-such-org/no-such-model", home=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "No memory forecast" in run.stderr


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this host has a GPU")
def test_without_a_board_the_need_is_told_and_the_fit_is_not(tmp_path: Path) -> None:
    done = ecotui("forecast", "--model", "synthetic:qwen2.5-14b", "--quant", "nf4", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "10.5 GB" in done.stdout
    assert "Whether it fits is not known. No NVIDIA driver" in done.stdout


def test_a_shape_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = ecotui("forecast", "--sensor", "simulated", "--model", "synthetic:mistrol-7b", home=tmp_path)
    assert done.returncode == 2
    assert "mistral-7b" in done.stderr


def test_where_not_even_one_row_fits_a_smaller_model_is_advised() -> None:
    small = replace(board(), memory_total_b=16_000_000_000)
    found = outlook(Arm("synthetic:qwen2.5-14b"), (small, EMPTY))
    assert found is not None
    assert found.refusal is not None
    assert "Not even one row" in found.refusal.advice


def test_a_run_is_refused_in_the_words_of_the_recorder() -> None:
    arm = Arm("synthetic:qwen2.5-14b", batch_size=5000)
    found, said = outlook(arm, (board(), EMPTY)), foresee(arm, 0, board(), EMPTY, 0).refusal
    assert found is not None
    assert found.refusal is not None
    assert said is not None
    assert (found.refusal.what, found.refusal.advice) == (said.what, said.advice)


def test_a_captured_graphs_pool_is_forecast_and_the_largest_batch_follows(tmp_path: Path) -> None:
    words = (*BOARD, "--quant", "nf4", "--batch-size", "64", "--json")
    eager, graph = (json.loads(ecotui("forecast", *words, *more, home=tmp_path).stdout) for more in ((), GRAPH))
    assert eager["graph_pool_b"] == 0 and graph["graph_pool_b"] > 300_000_000
    parts = ("weights_b", "cache_b", "activations_b", "graph_pool_b", "overhead_b")
    assert graph["total_b"] == sum(graph[part] for part in parts)
    assert graph["arm"]["engine"] == "graph" and graph["largest_batch"] < eager["largest_batch"]
    shown = ecotui("forecast", *BOARD, *GRAPH, home=tmp_path).stdout
    assert "captured graph's pool" in shown and "b1 graph" in shown
    assert "graph" not in ecotui("forecast", *BOARD, home=tmp_path).stdout


def test_on_the_cpu_nothing_is_captured_and_no_pool_is_forecast(tmp_path: Path) -> None:
    words = (*SIMULATED, "--device", "cpu", *GRAPH)
    it = json.loads(ecotui("forecast", *words, "--json", home=tmp_path).stdout)
    assert it["graph_pool_b"] == 0 and it["arm"]["engine"] == "graph"
    assert it["total_b"] == it["weights_b"] + it["cache_b"] + it["activations_b"] + it["overhead_b"]
    assert "pool" not in ecotui("forecast", *words, home=tmp_path).stdout


def test_a_graph_that_cannot_be_captured_is_refused_before_anything_is_looked_at(tmp_path: Path) -> None:
    for command in (("forecast", *SIMULATED), RUN):
        done = ecotui(*command, "--quant", "int8", *GRAPH, home=tmp_path)
        assert done.returncode == 2 and done.stdout == ""
        assert "reads a flag back to the host" in done.stderr and "--engine eager" in done.stderr
    assert not (tmp_path / "sessions").exists() or not list((tmp_path / "sessions").iterdir())
