"""The doctor on the way to the terminal: the budget in force, and where one should be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecotui.doctor import examination
from ecotui.doctor.check import ABSENT, BAD, GOOD, WARN, Check
from ecotui.doctor.libraries import because
from ecotui.doctor.links import Link, link
from ecotui.doctor.terminals import terminal
from ecotui.log.lock import hold

FAR = {"TMUX": "/tmp/x", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}


@pytest.mark.parametrize(
    ("it", "told", "state", "words"),
    [
        (Link(), {}, GOOD, "no budget: as much as the link takes"),
        (Link(16_000), FAR, GOOD, "budget 16 kB/s"),
        (Link(2_000, True, 6_200.0), {}, GOOD, "frames wait for the budget now: the link takes about 6 kB/s by its"),
        (Link(16_000, True, 6_200.0), {}, GOOD, "frames wait for the link now: the link takes about 6 kB/s by its"),
        (Link(None, True, 58_400.0), {}, GOOD, "it is full now: it takes about 58 kB/s by its answers"),
        (Link(None, True), FAR, GOOD, "tmux answers for it"),
        (Link(None, False), {}, WARN, "8 kB/s at most of moving figures"),
    ],
)
def test_the_budget_in_force_is_told(it: Link, told: dict[str, str], state: str, words: str) -> None:
    check = link(it, told)
    assert check.state == state and words in check.text
    assert ("--budget 16kB/s" in check.advice) == (state == WARN or "answers for it" in words)


def test_a_copy_through_a_multiplexer_is_told_as_it_is_made() -> None:
    env = {"TERM": "screen-256color", "LANG": "C.UTF-8"}
    assert "through screen" in terminal((80, 24), env | {"STY": "1.pts"}).text
    assert "prefix ]" in terminal((80, 24), env | {"TMUX": "/tmp/x"}).text


def test_a_library_that_fails_for_another_one_is_not_to_be_installed_anew() -> None:
    failed = {"torch": "ModuleNotFoundError: No module named 'torch'", "accelerate": "ImportError: torch"}
    assert because("torch", failed) is None and "without torch" in str(because("accelerate", failed))
    assert because("transformers", failed) is None, "which was imported"
    assert because("bitsandbytes", {"bitsandbytes": "ImportError: libcudart"}) is None


def test_nothing_is_imported_while_a_session_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.setattr(examination, "libraries", lambda *_: iter([Check("torch", BAD, "imported")]))
    log = tmp_path / "sessions" / "20261121-170000-a1b2" / "log.jsonl"
    log.parent.mkdir(parents=True)
    with log.open("wb") as writing:
        hold(writing)
        (only,) = examination._libraries()
        assert only.state == ABSENT and "20261121-170000-a1b2" in only.text
    assert [check.text for check in examination._libraries()] == ["imported"]
