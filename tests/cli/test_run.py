"""`ecotui run` on the embedded default: real transformers and bitsandbytes on the CPU, real pipes and files."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ecotui.core.arm import QUANTIZATIONS
from ecotui.core.rows import RunRow, WindowRow
from ecotui.log import read_timeline
from tests.cli.support import ecotui, environment

QUICK = ("--window-seconds", "0.2", "--idle-seconds", "0.3", "--warmups", "1", "--no-gate")
SHORT = (*QUICK, "--windows", "2")
TINY = ("run", "--sensor", "simulated", "--new-tokens", "12", "--batch-size", "2", *QUICK)
CLASSES = {"fp16": "Linear", "bf16": "Linear", "nf4": "Linear4bit", "nf4-dq": "Linear4bit"}


def measured(done: subprocess.CompletedProcess[str], quantizations: Sequence[str], home: Path) -> None:
    """A session that completed: an arm of each, whole, with figures that its log gives again."""
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert [run["quantization"] for run in result["runs"]] == list(quantizations)
    assert all(set(w) == set(WindowRow.__dataclass_fields__) for w in result["windows"])
    assert [w["tokens"] for w in result["windows"]] == [w["calls"] * 24 for w in result["windows"]]
    residents = read_timeline(Path(result["log"])).residents
    for arm, run in enumerate(result["runs"]):
        assert set(run) == set(RunRow.__dataclass_fields__)
        assert (run["outcome"], run["simulated"], run["weights"]) == ("completed", True, "random")
        assert run["windows"] == 2
        assert run["energy_gross_j_per_1k_tokens"] > run["energy_net_bare_j_per_1k_tokens"]
        assert run["energy_net_bare_j_per_1k_tokens"] > run["energy_net_context_j_per_1k_tokens"]
        assert residents[arm].layers[CLASSES.get(run["quantization"], "Linear8bitLt")] >= 28
    again = ecotui("show", result["log"], "--json", home=home)
    assert again.returncode == 0
    assert json.loads(again.stdout) == result


def test_a_run_goes_the_whole_way(tmp_path: Path) -> None:
    measured(ecotui(*TINY, "--windows", "2", "--quant", "int8", "--json", home=tmp_path), ["int8"], tmp_path)


def test_every_quantization_goes_the_whole_way_in_one_session(tmp_path: Path) -> None:
    first, *others = QUANTIZATIONS
    against = (word for other in others for word in ("--against", other))
    done = ecotui(*TINY, "--quant", first, *against, "--blocks", "1", "--json", home=tmp_path)
    measured(done, list(QUANTIZATIONS), tmp_path)


def test_progress_goes_to_stderr_and_names_every_phase(tmp_path: Path) -> None:
    done = ecotui("run", "--sensor", "simulated", "--worker", "scripted", *SHORT, home=tmp_path)
    assert done.returncode == 0
    for phase in ("idle, nothing loaded", "loading the model", "idle, weights resident", "warm-up", "measuring 2/2"):
        assert phase in done.stderr
        assert phase not in done.stdout
    assert "SIMULATED" in done.stdout
    assert "net of context idle" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_and_keeps_what_was_measured_and_another_loses_nothing(
    number: signal.Signals, tmp_path: Path
) -> None:
    words = ("run", "--sensor", "simulated", "--worker", "scripted", "--json", *SHORT, "--windows", "500")
    process = subprocess.Popen(
        [sys.executable, "-m", "ecotui", *words],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(("measuring 3/", "stopping: what was measured is kept")):
            os.kill(process.pid, number)
        if line.startswith("stopping"):
            break
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    result = json.loads(out)
    assert result["outcome"] == "stopped"
    assert len(result["windows"]) >= 2


def test_stored_runs_are_listed_compared_and_replayed(tmp_path: Path) -> None:
    quick = ("run", "--sensor", "simulated", "--worker", "scripted", "--json", *SHORT)
    first, second = (json.loads(ecotui(*quick, "--quant", q, home=tmp_path).stdout) for q in ("fp16", "int8"))
    listed = json.loads(ecotui("runs", "tiny", "int8", "simulated", "b1", "--json", home=tmp_path).stdout)
    assert [r["run_id"] for r in listed["runs"] if r["origin"] == "here"] == [second["runs"][0]["run_id"]]
    ids = [first["session_id"], second["session_id"][-4:]]
    compared = ecotui("compare", *ids, "--json", home=tmp_path)
    assert compared.returncode == 3, compared.stderr  # different sessions
    result = json.loads(compared.stdout)
    assert result["comparable"] is True
    assert [r["run_id"] for r in result["runs"]] == [first["runs"][0]["run_id"], second["runs"][0]["run_id"]]
    assert "differences_pct" in result["runs"][1]
    played = json.loads(ecotui("replay", ids[0], "--json", "--at", "0.2", home=tmp_path).stdout)
    assert played["phase"] == "bare"
    assert played["windows"] == []
    whole = json.loads(ecotui("replay", ids[0], "--json", home=tmp_path).stdout)
    assert whole["windows"] == first["windows"]


def test_doctor_tells_what_is_there(tmp_path: Path) -> None:
    done = ecotui("doctor", "--json", home=tmp_path)
    checks = {c["name"]: c for c in json.loads(done.stdout)["checks"]}
    assert checks["torch"]["state"] == "ok"
    assert checks["bitsandbytes"]["state"] == "ok"
    assert checks["home"]["state"] == "ok"
    assert str(tmp_path) in checks["home"]["text"]
    assert done.returncode == 0
