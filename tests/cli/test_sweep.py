"""`ecotui sweep` as an operator runs it: killed in the middle, it goes on where it was."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ecotui.core.errors import UsageError
from ecotui.core.sweep_events import GroupEnded, GroupStarted
from ecotui.core.sweep_file import read_plan
from ecotui.core.sweep_state import DONE
from ecotui.log.lock import is_running
from ecotui.recorder.sweep import read_record, read_state, start_sweep
from ecotui.store.home import Home
from tests.cli.support import ecotui

PLAN = """
models = ["synthetic:tiny"]
quantizations = ["fp16"]
batch_sizes = [1, 2]
new_tokens = [4]
sensor = "simulated"
[protocol]
blocks = 1
idle_s = 0.2
window_s = 0.2
warmups = 1
gate_s = 0
idle_after = false
examine = false
"""
SCRIPT = json.dumps({"step_s": 0.004, "load_s": 0.01})


def wait(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_sweep_whose_driver_was_killed_goes_on_at_the_first_missing_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ECOTUI_SCRIPT", SCRIPT)
    (path := tmp_path / "mine.toml").write_text(PLAN)
    home = Home.open()
    begun = start_sweep(home, read_plan(path), worker="scripted")
    assert begun.process is not None

    def first() -> str:
        return next((e.session for e in read_record(home, begun.sweep).events if isinstance(e, GroupStarted)), "")

    wait(lambda: bool(first()) and is_running(home.session_log(first())))
    os.kill(begun.process.pid, signal.SIGKILL)
    begun.process.wait()
    assert read_state(home, begun.sweep).groups[0].running

    done = ecotui("sweep", str(path), "--worker", "scripted", "--json", home=home.root, ECOTUI_SCRIPT=SCRIPT)
    assert done.returncode == 0, done.stderr
    assert re.search(rf"Sweep {begun.sweep} goes on \([01] of 2 points done", done.stderr), "the first may be through"
    told = json.loads(done.stdout)
    assert (told["sweep"], told["counts"][DONE], told["simulated"]) == (begun.sweep, 2, True)
    assert told["points"][0]["run_id"] == f"{first()}.0", "the session that outlived its driver counts"
    assert all(point["run"]["outcome"] == "completed" for point in told["points"])
    ends = [e.outcome for e in read_record(home, begun.sweep).events if isinstance(e, GroupEnded)]
    assert ends == ["completed", "completed"]


def test_points_are_spread_over_the_boards_of_a_host_and_no_comparison_crosses_them(tmp_path: Path) -> None:
    (path := tmp_path / "mine.toml").write_text(
        PLAN.replace('["fp16"]', '["fp16", "nf4"]').replace("[1, 2]", "[1, 2, 4, 8]")
    )
    home = Home(tmp_path / "home")
    two = {"ECOTUI_SIMULATED_BOARDS": "2", "ECOTUI_SCRIPT": SCRIPT, "ECOTUI_SIMULATED_LOCK": tmp_path.name}
    done = ecotui("sweep", str(path), "--gpus", "all", "--worker", "scripted", "--json", home=home.root, **two)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"][DONE] == 8
    boards = {(p["run"]["session_id"], p["run"]["gpu_uuid"]) for p in told["points"]}
    assert len(boards) == 4, "both arms of a batch size are of one session, and it of one board"
    assert {uuid for _, uuid in boards} == {"SIM-0", "SIM-1"}
    events = read_record(home, told["sweep"]).events
    order = [type(e) for e in events if isinstance(e, GroupStarted | GroupEnded)]
    assert order[:2] == [GroupStarted, GroupStarted], "the boards work at the same time"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    from ecotui.cli import main

    code = main(["sweep", *words])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_dry_run_shows_the_grid_its_memory_and_its_time_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    code, out, _ = run(capsys, "ecocompute", "--dry-run", "--sensor", "simulated", "--engines", "eager,graph")
    assert code == 0
    assert "synthetic:mistral-7b b8 10+256" in out
    assert "skipped: the study has NF4 at batch 1 alone" in out
    assert "skipped: a threshold of LLM.int8 cannot be captured in a CUDA graph" in out
    assert any("points" in line and "about" in line for line in out.splitlines()[-2:])
    assert not (tmp_path / "home" / "sweeps").exists()


def test_a_dry_run_of_a_plan_that_leaves_everything_out_has_nothing_to_measure_and_a_file_s_model_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    (path := tmp_path / "mine.toml").write_text(f'{PLAN}[[skip]]\nbatch_sizes=[1, 2]\nreason="no"\n')
    code, out, _ = run(capsys, str(path), "--dry-run")
    assert code == 0
    assert "2 points, all skipped: there is nothing to measure." in out
    code, _, err = run(capsys, str(path))
    assert code == 2
    assert "There is nothing to measure" in err
    path.write_text(PLAN.replace("synthetic:tiny", "synthetic:nano"))
    code, _, err = run(capsys, str(path), "--dry-run")
    assert code == 2
    assert f"{path}: models: There is no synthetic model" in err


def test_a_dry_run_whose_points_are_all_skipped_names_each_once_and_has_no_empty_grid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    plan = PLAN.replace("[1, 2]", "[1]").replace('"fp16"', '"int8"').replace("batch", 'engines = ["graph"]\nbatch', 1)
    (path := tmp_path / "mine.toml").write_text(plan)
    code, out, _ = run(capsys, str(path), "--dry-run")
    assert code == 0
    assert out.splitlines()[:3] == [
        "int8+graph is skipped: a threshold of LLM.int8 cannot be captured in a CUDA graph.",
        "fp16+graph is skipped: no other arm is left to hold against it.",
        "2 points, all skipped: there is nothing to measure.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Which plan?"),
        (("nowhere.toml",), "There is no plan 'nowhere.toml'"),
        (("quick", "--models", "synthetic:mistral-8b"), "There is no synthetic model"),
        (("quick", "--gpus", "a,b"), "is not a list of boards"),
        (("quick", "--sensor", "simulated", "--window-seconds", "0"), "--window-seconds must be at least"),
        (("--resume", "nothing"), "There is no sweep 'nothing'"),
        (("quick", "--resume", "x"), "--resume goes on with a sweep as it was planned"),
        (("--report", "../../etc"), "There is no sweep"),
        (("quick", "--new", "--list"), "not allowed with argument"),
        (("quick", "--quants", "int9"), "--quants does not know 'int9'"),
        (("quick", "--models", "synthetic:mistral-8b"), "--models: There is no synthetic model"),
        (("/",), "/ is a folder, no plan"),
        (("quick", "--dry-run", "--minutes", "0"), "--minutes must be above 0"),
        (("quick", "--dry-run", "--sensor", "simulated", "--gpus", "0,7"), "GPU 7 is not there"),
        (("quick", "--dry-run", "--sensor", "simulated", "--gpus", "0,1"), "Choose among them with --gpus."),
        (("quick", "--sensor", "simulated", "--gpus", "0,1"), "Choose among them with --gpus."),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_a_sentence(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    code, _, err = run(capsys, *words)
    assert (code, UsageError.exit_code) == (2, 2)
    assert said in err
