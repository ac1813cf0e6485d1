"""The doctor in one screen: what works is joined in few words, what fails comes first with all of its advice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecotui.doctor import libraries, places
from ecotui.doctor.boards import driver, sensors
from ecotui.doctor.brief import brief, failing_first
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check
from ecotui.doctor.clocks import clock
from ecotui.doctor.links import Link, link
from ecotui.doctor.selftests import _stored
from ecotui.doctor.terminals import terminal
from ecotui.sensors.costs import Costs
from ecotui.store.home import default_samples
from ecotui.ui.screens.doctor import check_rows
from tests.doctor.test_checks import INFO, WHOLE

SAID = {
    "torch_cuda": "13.0",
    "cuda_available": True,
    "devices": ["NVIDIA H100 80GB HBM3"],
    "capabilities": [[9, 0]],
    "archs": ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"],
    "native": "libbitsandbytes_cuda130.so",
    "native_versions": ["11.8", "12.1", "12.4", "12.6", "12.8", "13.0", "13.2"],
}
VERSIONS = {"torch": "2.11.0+cu130", "transformers": "5.17.0", "accelerate": "1.15.0", "bitsandbytes": "0.50.2"}
THROUGH = {"TERM": "tmux-256color", "TMUX": "/tmp/x", "LANG": "C.UTF-8", "SSH_CONNECTION": "1"}
ROWS, WIDTH = 21, 77
"""What 80 × 24 leaves to the checks of the screen."""


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    return rented(tmp_path, monkeypatch)


def rented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """A rented H100 behind SSH and tmux, on which nothing fails, and whose selftest had a warning."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / ".local" / "share" / "ecotui"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / ".cache" / "huggingface"))
    (tmp_path / ".cache" / "huggingface" / "hub").mkdir(parents=True)
    costs = tuple(Costs(kind, 5, mean_ms=1.2, max_ms=2.0) for kind in ("reading", "counter", "ring", "vitals"))
    samples = default_samples()
    assert samples is not None
    (table,) = (json.loads(path.read_text()) for path in (samples / "selftests").glob("*.json"))
    cpu = "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    found = libraries.Imported()
    found.said, found.seconds = SAID | VERSIONS, dict.fromkeys(VERSIONS, 1.5)
    monkeypatch.setattr(libraries, "import_all", lambda: found)
    return [
        Check(
            "host", GOOD, f"gpu-host-1 · {cpu} · 16 cores", short="gpu-host-1 · Intel Xeon Platinum 8481C · 16 cores"
        ),
        Check("python", GOOD, "3.12.3 · ecotui 0.1.0", short="Python 3.12.3 · ecotui 0.1.0"),
        terminal((80, 24), THROUGH),
        link(Link(), THROUGH),
        clock(),
        *places.home(),
        places.hub(),
        driver([INFO]),
        sensors("gpu 0", INFO.name, WHOLE, 5.0, costs),
        _stored(table, {}),
        *places.store(),
        *libraries.libraries(True, "13.1"),
    ]


def rows(some: list[Check]) -> int:
    return sum(len(check_rows(check, WIDTH)) for check in some)


def test_a_host_on_which_nothing_fails_is_one_screen_of_80_by_24(whole: list[Check]) -> None:
    assert not any(check.state == BAD for check in whole)
    assert rows(whole) > ROWS >= rows(brief(whole))


def test_few_words_leave_out_no_topic_that_works(whole: list[Check]) -> None:
    said = " ".join(f"{check.name} {check.text}" for check in brief(whole))
    for words in (
        *VERSIONS.values(),
        "Python 3.12.3",
        "256 colours",
        "free",
        "locks hold",
        "tsc" if False else "clock",
    ):
        assert words in said
    for words in ("580.159", "all sensors answer", "reading 1.2", "selftest", "CUDA 13.0", "code for 9.0", "cuda130"):
        assert words in said


def test_what_fails_comes_first_whole_and_with_what_mends_it(whole: list[Check]) -> None:
    torch = Check("torch", BAD, "the import crashed (SIGSEGV)", "Install it anew: `pip install torch`.")
    tight = places.disk(Path("/"), 10**9)
    found = [torch if check.name == "torch" else tight if check.name == "disk" else check for check in whole]
    for told in (failing_first(found), brief(found)):
        assert told[0] == torch
        assert [check.state for check in told if check.state in (BAD, WARN)] == [BAD, WARN, WARN]
        assert {check.state for check in told[3:]} <= {GOOD, ABSENT}
        assert next(check for check in told if check.name == "disk") == tight
    assert sorted(failing_first(found), key=found.index) == found
