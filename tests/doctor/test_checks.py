"""The doctor's checks on hosts that are made up: what is wrong is told with the command that mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from ecotui.core.errors import BoardError
from ecotui.core.reading import BoardInfo, Reading, Slow
from ecotui.doctor import boards, libraries, places
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check, OutOfTimeError, Topic, within
from ecotui.doctor.clocks import clock
from ecotui.doctor.examination import checks, summary
from ecotui.doctor.terminals import terminal

INFO = BoardInfo("NVIDIA H100 80GB HBM3", "GPU-1", 0, "nvml", 700.0, 80 * 10**9, "580.159", "13.1")
MODULE = "__version__ = '9.9'\n"
TORCH = """
from types import SimpleNamespace
__version__ = "2.9"
version = SimpleNamespace(cuda="13.0", hip=None)
cuda = SimpleNamespace(
    is_available=lambda: True, device_count=lambda: 1, get_device_name=lambda i: "H100",
    get_device_capability=lambda i: (9, 0), get_arch_list=lambda: ["sm_80", "sm_90"],
)
"""


class SlowBoard:
    """Every look takes as long as a test's clock is turned."""

    info = INFO

    def __init__(self, reading: Reading, energy: float | None) -> None:
        self._reading, self._energy = reading, energy

    def read(self) -> Reading:
        return self._reading

    def energy_j(self) -> float | None:
        return self._energy

    def ring(self) -> None:
        return None

    def slow(self) -> Slow:
        return Slow(0)

    def close(self) -> None:
        pass


WHOLE = Reading(1, 70.0, 70.0, None, 40.0, 1755.0, 0.0, 10**9, 0)


def looked(infos: list[BoardInfo], reading: Reading = WHOLE, energy: float | None = 5.0) -> list[Check]:
    return list(boards.boards(lambda _: infos, lambda *_: cast(Any, SlowBoard(reading, energy))))


def test_a_board_tells_which_sensors_answer_and_what_a_look_takes() -> None:
    driver, gpu = looked([INFO])
    assert (driver.state, gpu.state) == (GOOD, GOOD)
    assert "580.159" in driver.text and "CUDA up to 13.1" in driver.text
    for words in ("all sensors answer", "reading 0.", "counter 0.", "ring 0.", "vitals 0."):
        assert words in gpu.text


def test_without_nvml_the_reason_and_the_way_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> list[BoardInfo]:
        raise BoardError("No NVIDIA driver was found.", "Install the driver.")

    monkeypatch.setattr("shutil.which", lambda _: None)
    (only,) = boards.boards(missing)
    assert (only.state, only.advice) == (ABSENT, "Install the driver.")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert next(iter(boards.boards(missing))).state == BAD


def test_an_old_driver_and_a_silent_board_are_told_with_what_mends_them() -> None:
    old = BoardInfo("Tesla T4", "GPU-2", 0, "nvml", driver="470.1", cuda="11.4")
    driver, gpu = looked([old], Reading(1), None)
    assert driver.state == WARN and "nvidia-driver" in driver.advice
    assert gpu.state == BAD and "neither power nor energy" in gpu.text and gpu.advice


def test_a_driver_that_hangs_is_left_behind() -> None:
    from threading import Event

    never = Event()
    with pytest.raises(OutOfTimeError):
        within(0.01, never.wait)
    never.set()


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts made-up libraries before the real ones."""

    def put(**sources: str) -> None:
        for name, source in sources.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").write_text(source)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return put


def found(gpu: bool = True, driver_cuda: str = "13.1") -> dict[str, Check]:
    return {check.name: check for check in libraries.libraries(gpu, driver_cuda)}


def test_an_import_that_crashes_is_told_and_the_others_are_imported_all_the_same(packages: Any) -> None:
    crash = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    packages(torch=TORCH, transformers=crash, accelerate=MODULE, bitsandbytes="raise ImportError('libcudart.so.13')")
    told = found()
    assert told["transformers"].state == BAD and "SIGSEGV" in told["transformers"].text
    assert "pip install --force-reinstall --no-deps transformers" in told["transformers"].advice
    assert told["accelerate"].text.startswith("9.9")
    assert told["bitsandbytes"].state == BAD and "libcudart" in told["bitsandbytes"].text
    assert told["cuda"].state == GOOD and told["fit 0"].state == GOOD


def test_a_library_that_is_missing_is_told_with_the_command_that_installs_it(packages: Any) -> None:
    gone = "raise ModuleNotFoundError(\"No module named 'bitsandbytes'\", name='bitsandbytes')"
    packages(torch=TORCH.replace("sm_90", "sm_86"), transformers=MODULE, accelerate=MODULE, bitsandbytes=gone)
    told = found()
    assert told["bitsandbytes"].advice == "Install it: `pip install bitsandbytes`."
    assert told["fit 0"].state == BAD and "no code for this card" in told["fit 0"].text


def test_an_import_that_never_ends_is_given_up(packages: Any) -> None:
    packages(torch="import signal\nsignal.pause()\n")
    it = libraries.import_all(("torch",), 0.5)
    assert it.failed == {"torch": "the import did not end in its time"}


@pytest.mark.parametrize(
    ("capability", "archs", "fit"),
    [
        ((9, 0), ["sm_80", "sm_90"], True),
        ((8, 9), ["sm_80"], True),
        ((9, 0), ["sm_80"], False),
        ((12, 0), ["sm_90", "compute_90"], True),
        ((7, 0), ["sm_75", "compute_90"], False),
        ((9, 0), ["sm_90a"], True),
        ((10, 0), ["sm_90a"], False),
    ],
)
def test_code_fits_its_major_version_from_its_minor_on(capability: Any, archs: list[str], fit: bool) -> None:
    assert libraries.fits(capability, archs) is fit


def test_why_torch_does_not_see_a_gpu_is_told() -> None:
    def said(**facts: Any) -> Check:
        return libraries.cuda({"torch_cuda": "13.0", "cuda_available": False} | facts, True, "12.4")

    assert "the driver knows 12.4 at most" in said().text and "pip install" in said().advice
    assert "without CUDA" in said(torch_cuda=None).text
    assert libraries.cuda({}, False, None).state == ABSENT
    native = libraries.native(
        {"torch_cuda": "14.0", "native_error": "CUDA binary not found", "native_versions": ["13.0"]}
    )
    assert native.state == BAD and "CUDA binary not found" in native.text


def test_a_home_that_works_tells_room_locks_and_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    told = {check.name: check for check in places.home()}
    assert [told[n].state for n in ("home", "locks", "sessions")] == [GOOD] * 3
    assert told["sessions"].text.startswith("0 sessions")


def test_a_home_that_cannot_be_written_is_told_with_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "file" / "home"))
    (only,) = places.home()
    assert only.state == BAD and "ECOTUI_HOME" in only.advice


def test_a_full_disk_is_broken_and_a_tight_one_wants_care(tmp_path: Path) -> None:
    assert [places.disk(tmp_path, free).state for free in (10**6, 10**9, 10**12)] == [BAD, WARN, GOOD]
    assert "du -xh" in places.disk(tmp_path, 10**6).advice


def test_a_lock_that_no_other_process_sees_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "hold", lambda stream: None)
    assert places.locks(tmp_path).state == BAD


@pytest.mark.parametrize(
    ("size", "told", "state", "words"),
    [
        ((80, 24), {"TERM": "xterm-kitty", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}, GOOD, "copy: likely"),
        ((80, 24), {"TERM": "tmux-256color", "TMUX": "/tmp/x", "LANG": "C.UTF-8", "SSH_CONNECTION": "1"}, GOOD, "SSH"),
        ((80, 24), {"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, WARN, "not UTF-8 (LANG=de_DE.ISO-8859-1)"),
        ((80, 24), {"TERM": "xterm", "LC_ALL": "C", "LANG": "C.UTF-8"}, WARN, "not UTF-8 (LC_ALL=C)"),
        ((40, 10), {"TERM": "xterm", "LANG": "C.UTF-8"}, BAD, "40 × 10"),
        ((80, 24), {"TERM": "dumb", "LANG": "C.UTF-8"}, BAD, "TERM dumb"),
        ((0, 0), {}, ABSENT, "not a terminal"),
    ],
)
def test_a_terminal_tells_what_it_can_do(size: Any, told: dict[str, str], state: str, words: str) -> None:
    check = terminal(size, told)
    assert check.state == state and words in check.text
    assert bool(check.advice) is (state in (WARN, BAD))


def test_the_clock_names_its_source(tmp_path: Path) -> None:
    assert clock(tmp_path).text.startswith("not told")
    (tmp_path / "current_clocksource").write_text("hpet\n")
    (tmp_path / "available_clocksource").write_text("tsc hpet\n")
    assert clock(tmp_path).text.startswith("hpet")


def test_a_topic_that_fails_is_a_broken_check_and_not_the_end() -> None:
    def fails() -> list[Check]:
        raise ValueError("odd")

    after = Topic("b", "", lambda: [Check("b", GOOD, "fine")])
    told = list(checks([Topic("a", "", fails), after]))
    assert [c.state for c in told] == [BAD, GOOD] and "odd" in told[0].text
    assert summary(told).startswith("1 broken: a")
    assert summary(told[1:]) == "All that is here works."
    assert summary([Check("b", WARN, "with care")]) == "1 to take care of: b"
    assert summary([Check("b", WARN, "with care", "do it")]) == "1 to take care of: b; what mends it stands behind →"
    no_driver = [*told[1:], Check("driver", ABSENT, "No NVIDIA driver was found.")]
    assert summary(no_driver) == "No GPU can be measured: driver is absent. All that is here works."
