"""`ecotui selftest` as a process of its own, on the simulated board; what it stores, and who shows it."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from ecotui.core.bursts import Burst, Ran
from ecotui.core.clock import NS
from ecotui.core.errors import LogError, WorkerError
from ecotui.core.selftest import examine
from ecotui.doctor.check import BAD, GOOD, WARN
from ecotui.doctor.libraries import NAMES
from ecotui.doctor.selftests import _stored, told
from ecotui.recorder.calls import Stopwatch, TimedBoard, TimedModule, label
from ecotui.recorder.loads import BurstProcess
from ecotui.recorder.selftest_files import fuller, stored, unpack
from ecotui.sensors.nvml_board import NvmlBoard
from ecotui.sensors.simulated import SimulatedBoard
from ecotui.store.home import Home
from ecotui.worker import burst as worker
from tests.cli.support import ecotui, environment
from tests.sensors.fake_nvml import FakeNvml

SIMULATED = ("selftest", "--sensor", "simulated", "--seconds", "2")
LOCKED = {"ECOTUI_SIMULATED_LOCK": "selftest"}
"""Simulated boards are locked only where this says so."""
CPU_ONLY = pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this host has a GPU")


@dataclass
class Taken:
    """A home with a test in it, and what the command said."""

    home: Home
    done: subprocess.CompletedProcess[str]

    @property
    def table(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.home.selftests / "SIM-0.json").read_text())
        return found


@pytest.fixture(scope="module")
def tested(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    root = tmp_path_factory.mktemp("home")
    return Taken(Home(root), ecotui(*SIMULATED, "--json", home=root))


def test_a_simulated_board_is_tested_without_torch_and_stored(tested: Taken) -> None:
    said = json.loads(tested.done.stdout)
    assert tested.done.returncode == int(said["verdict"] == "fail"), tested.done.stderr
    assert tested.done.stdout.count("\n") == 1
    assert said["simulated"] is True
    # A sampler that had to wait may fail its own bars on a busy machine; what the sensors are worth may not.
    late = [c["name"] for c in said["checks"] if c["verdict"] == "fail"]
    assert set(late) <= {"gap between readings"}
    assert (said["verdict"] == "fail") == bool(late)
    assert said["load"] == "a script; no GPU works"
    assert said == tested.table | {"table": str(tested.home.selftests / "SIM-0.json"), "stored": True}
    names = " ".join(c["name"] for c in said["checks"])
    for part in ("period", "call", "stamp", "gap", "ring", "idle, bare", "idle, context", "steady", "bursts", "alias"):
        assert part in names


def test_each_line_has_a_verdict_and_a_value(tested: Taken) -> None:
    for check in tested.table["checks"]:
        assert check["verdict"] in ("pass", "warn", "fail", "info", "absent")
        assert check["value"]


def test_table_and_samples_are_their_owners_alone(tested: Taken) -> None:
    files = sorted(tested.home.selftests.iterdir())
    assert [f.name for f in files] == ["SIM-0.json", "SIM-0.jsonl.gz"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert tested.table["samples"] == "SIM-0.jsonl.gz"


def test_the_table_follows_from_the_samples_beside_it(tested: Taken) -> None:
    packed = tested.home.selftests / "SIM-0.jsonl.gz"
    assert packed.stat().st_size < 2_000_000
    again = json.loads(json.dumps(examine(unpack(packed)).to_dict()))
    assert again == {k: v for k, v in tested.table.items() if k != "samples"}


def test_parts_are_named_on_stderr_as_they_begin(tested: Taken) -> None:
    for part in ("idle, nothing loaded", "idle, context resident", "alias, phase 4/4", "bursts 1/1", "steady load"):
        assert part in tested.done.stderr


def test_doctor_shows_date_verdict_and_age(tested: Taken, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.py").touch()  # the libraries, which have no part in this line, take seconds to import
    done = ecotui("doctor", "--json", home=tested.home.root, PYTHONPATH=str(tmp_path))
    text = {c["name"]: c for c in json.loads(done.stdout)["checks"]}["selftest sim"]["text"]
    assert text.startswith("SIMULATED · ")
    assert tested.table["verdict"] in text
    assert "(today)" in text


def test_the_table_for_people_is_labelled_and_says_what_it_comes_to(tmp_path: Path) -> None:
    faults = {"ECOTUI_SIMULATED_FAULTS": json.dumps({"silent": {"energy": 0.0, "average": 0.0}})}
    done = ecotui(*SIMULATED, home=tmp_path, **faults)
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stdout
    assert "absent" in done.stdout
    assert "Shortened to 2 s" in done.stdout
    assert "WARN: " in done.stdout
    assert "no energy counter" in done.stdout
    assert "Traceback" not in done.stderr


POOR: list[tuple[dict[str, Any], str, str]] = [
    ({"zero_power_s": 0}, "fail", "driver's ring. No second source"),
    ({"lacking": ["energy", "ring"]}, "warn", "no energy counter"),
    ({"lacking": ["energy", "ring", "power"]}, "fail", "Neither an energy counter nor power"),
    ({"silent": {"energy": 2}}, "fail", "energy counter. The counter could not be held against power under load."),
    ({"counter_back_s": 2}, "fail", "energy counter."),
]


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, subprocess.Popen[str]]]:
    """Every poor board's test at once: they wait for their loads and cost next to nothing."""
    begun = []
    for faults, _, _ in POOR:
        root = tmp_path_factory.mktemp("poor")
        env = environment(root, ECOTUI_SIMULATED_FAULTS=json.dumps(faults))
        command = [sys.executable, "-m", "ecotui", *SIMULATED, "--json"]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        begun.append((root, subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, **pipes)))
    return begun


@pytest.mark.parametrize("number", range(len(POOR)), ids=[words for _, _, words in POOR])
def test_a_board_that_cannot_be_checked_never_keeps_every_bar(
    number: int, poor: list[tuple[Path, subprocess.Popen[str]]]
) -> None:
    (_, verdict, words), (root, process) = POOR[number], poor[number]
    out, _ = process.communicate(timeout=150)
    said = json.loads(out)
    assert said["verdict"] == verdict, said["words"]
    assert words in said["words"]
    assert process.returncode == (verdict == "fail")
    (table,) = stored(Home(root))
    assert words in told(table)
    assert "every bar" not in told(table)


def test_a_shortened_test_leaves_the_fuller_one_of_its_board_and_says_so(tested: Taken, tmp_path: Path) -> None:
    home = Home(shutil.copytree(tested.home.root, tmp_path / "home"))
    whole = tested.table | {"seconds": 120.0, "wall_ns": 1_763_000_000 * NS}
    (home.selftests / "SIM-0.json").write_text(json.dumps(whole))
    before = {path.name: path.read_bytes() for path in home.selftests.iterdir()}
    for words in (("--json",), ()):
        done = ecotui("selftest", "--sensor", "simulated", "--seconds", "1", *words, home=home.root)
        told = json.loads(done.stdout)["kept"] if words else " ".join(done.stdout.split())
        assert "that of 120 s, which was made of this board on 2025-11-13 at 02:13 UTC and is kept." in told
        assert json.loads(done.stdout)["stored"] is False if words else "Shortened to 1 s" in told
    assert {path.name: path.read_bytes() for path in home.selftests.iterdir()} == before
    about = unpack(home.selftests / "SIM-0.jsonl.gz").about
    assert fuller(home, replace(about, seconds=119.0)) == (home.selftests / "SIM-0.json", whole)
    assert fuller(home, replace(about, seconds=120.0)) is None
    assert fuller(home, replace(about, seconds=1.0, board=replace(about.board, uuid="SIM-1"))) is None
    (home.selftests / "SIM-0.json").write_text(json.dumps(whole | {"seconds": 3600.0}))
    assert fuller(home, replace(about, seconds=120.0)) is None, "a full test is never a shortened one"


def test_ctrl_c_says_that_nothing_was_stored(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ecotui", "selftest", "--sensor", "simulated", "--seconds", "60"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("idle"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "ecotui: The selftest was stopped: nothing of it was stored.\n"
    assert stored(Home(tmp_path)) == []


@pytest.mark.parametrize(
    ("sensor", "verdict", "state"),
    [
        ("simulated", "fail", WARN),
        ("simulated", "warn", WARN),
        ("simulated", "pass", GOOD),
        ("nvml", "fail", BAD),
        ("nvml", "warn", WARN),
        ("nvml", "pass", GOOD),
    ],
)
def test_the_doctors_mark_agrees_with_the_verdict_beside_it(
    sensor: str, verdict: str, state: str, tested: Taken
) -> None:
    table = tested.table | {"verdict": verdict, "simulated": sensor == "simulated"}
    made = _stored(table, {"GPU-1": (0, None)})
    assert made.state == state
    assert ("`ecotui selftest --sensor simulated`" in made.advice) == ((sensor, verdict) == ("simulated", "fail"))
    assert _stored(table | {"checks": []}, {}).state == WARN, "the verdict of an older version is unknown"


def test_a_table_of_an_older_version_is_not_believed(tested: Taken) -> None:
    old = tested.table | {"verdict": "pass", "words": "every bar was kept", "checks": []}
    assert "unknown" in told(old)
    assert "every bar" not in told(old)


def test_a_board_that_is_lost_on_the_way_is_one_sentence_and_nothing_is_stored(tmp_path: Path) -> None:
    done = ecotui(*SIMULATED, home=tmp_path, ECOTUI_SIMULATED_FAULTS=json.dumps({"lost_s": 1.0}))
    assert done.returncode == 1
    assert "lost" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert stored(Home(tmp_path)) == []


@CPU_ONLY
def test_a_machine_without_nvml_says_so(tmp_path: Path) -> None:
    done = ecotui("selftest", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("ecotui: No NVIDIA driver")
    assert "--sensor simulated" in done.stderr


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "99999"])
def test_a_length_that_cannot_be_meant_is_refused(seconds: str, tmp_path: Path) -> None:
    done = ecotui("selftest", "--sensor", "simulated", "--seconds", seconds, home=tmp_path)
    assert done.returncode == 2
    assert "--seconds" in done.stderr


def test_a_gpu_that_is_not_there_is_refused(tmp_path: Path) -> None:
    done = ecotui(*SIMULATED, "--gpu", "7", home=tmp_path)
    assert done.returncode == 2
    assert "GPU 7" in done.stderr


def test_a_board_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    words = ("run", "--sensor", "simulated", "--worker", "scripted", "--no-gate", "--windows", "500")
    process = subprocess.Popen(
        [sys.executable, "-m", "ecotui", *words],
        env=environment(tmp_path, **LOCKED),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("idle"))
    done = ecotui(*SIMULATED, home=tmp_path, **LOCKED)
    process.terminate()
    process.communicate(timeout=60)
    assert done.returncode == 1
    assert "is being recorded by process" in done.stderr
    assert stored(Home(tmp_path)) == []


def test_what_is_no_table_and_no_samples_is_passed_over_or_named(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.selftests.mkdir()
    (home.selftests / "GPU-1.json").write_text("no JSON")
    (home.selftests / "GPU-2.json").write_text("[]")
    assert stored(home) == []
    for data in (b"", b"no gzip", b"\x1f\x8b\x08"):
        (bad := home.selftests / "GPU-1.jsonl.gz").write_bytes(data)
        with pytest.raises(LogError, match=r"GPU-1\.jsonl\.gz"):
            unpack(bad)


def test_every_call_that_a_board_makes_is_timed_under_its_name() -> None:
    watch = Stopwatch()
    board = TimedBoard(NvmlBoard(TimedModule(FakeNvml(), watch), 0), watch)
    with closing(board):
        board.read()
        board.energy_j()
        board.ring()
        board.slow()
    names = [cost.call for cost in watch.costs()]
    assert names[:4] == ["a reading", "the energy counter", "a drain of the ring", "a slow look"]
    assert {"FieldValues 186", "TotalEnergyConsumption", "ClockInfo"} <= {n.replace("Get", "") for n in names}
    watch.runs = False
    before = watch.costs()
    TimedBoard(SimulatedBoard(), watch).read()
    assert watch.costs() == before


def test_a_call_for_fields_is_named_by_them() -> None:
    assert label("nvmlDeviceGetFieldValues", (object(), [185, 186])) == "GetFieldValues 185 186"
    assert label("nvmlDeviceGetTemperature", (object(), 0)) == "GetTemperature"


def test_the_load_keeps_its_rhythm_to_the_length_of_a_product() -> None:
    calls: list[int] = []
    ran = worker.carry_out(Burst(0.3, 0.02, 0.03), lambda: calls.append(1))
    assert len(ran.on_ns) == len(ran.off_ns) == 6
    assert calls
    assert all(on >= ran.t0_ns + i * NS // 20 for i, on in enumerate(ran.on_ns))
    assert all(off >= ran.t0_ns + i * NS // 20 + NS // 50 for i, off in enumerate(ran.off_ns))
    assert ran.t1_ns - ran.t0_ns >= 0.3 * NS


def test_commands_are_carried_out_in_their_order_and_a_failure_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []

    def product() -> None:
        if len([s for s in said if isinstance(s, Ran)]) == 1:
            raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(worker, "prepare", lambda _gpu: ("cuda:0 Fake", product))
    commands: SimpleQueue[Burst] = SimpleQueue()
    for _ in range(2):
        commands.put(Burst(0.02, 1.0))
    worker.run(0, said.append, commands)
    up, ran, failed = said
    assert up.device == "cuda:0 Fake"
    assert isinstance(ran, Ran)
    assert "unspecified launch failure" in failed.what


@CPU_ONLY
def test_the_load_says_in_one_sentence_that_torch_has_no_gpu() -> None:
    with closing(BurstProcess(0)) as load, pytest.raises(WorkerError, match="cannot use a GPU"):
        load.up()


def test_a_load_that_dies_is_noticed() -> None:
    with closing(BurstProcess(0)) as load:
        os.kill(load.pid, 9)
        with pytest.raises(WorkerError, match="ended in the middle"):
            load.wait()


def test_the_load_ends_with_its_stdin() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ecotui.worker.burst", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(120) == 0


@pytest.fixture
def gpu_home(tmp_path: Path) -> Iterator[Path]:
    if shutil.which("nvidia-smi") is None:
        pytest.skip("needs an NVIDIA GPU")
    yield tmp_path


@pytest.mark.gpu
def test_a_real_board_is_tested_and_its_verdict_is_stored(gpu_home: Path) -> None:
    done = ecotui("selftest", "--seconds", "20", "--json", home=gpu_home)
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    (table,) = stored(Home(gpu_home))
    assert table["verdict"] == said["verdict"]
    assert table["board"]["uuid"].startswith("GPU-")
    assert table["simulated"] is False
    assert "cuda:0" in table["load"]
    checks = {c["name"]: c for c in table["checks"]}
    assert checks["steady load: counter against ring"]["verdict"] == "pass", checks
    shown = json.loads(ecotui("doctor", "--json", home=gpu_home).stdout)["checks"]
    assert any(c["name"] == "selftest 0" and table["verdict"] in c["text"] for c in shown)
