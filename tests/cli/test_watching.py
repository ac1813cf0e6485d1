"""`ecotui watch` and `ecotui boards`: which session is meant, and what is told of boards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecotui.cli import application, main, watching
from ecotui.cli.watching import named, newest, state
from ecotui.core.errors import EcotuiError, LogError, UsageError
from ecotui.recorder import board_lock
from ecotui.recorder.holders import Holder
from ecotui.store.home import Home
from tests import factory
from tests.recorder.under_way import SESSION, under_way
from tests.sensors.host_boards import MadeBoard, info

NOWHERE = "nonsense" * 9
"""Longer than a part of a host's name can be: refused without asking anybody."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(watching, "_boards", lambda: [])
    return Home.open()


def test_a_session_under_way_is_meant_by_its_id_its_beginning_its_end_or_its_log(home: Home) -> None:
    with under_way(home.root) as log:
        for text in (SESSION, "20261121-12", SESSION[-4:], str(log), str(log.parent)):
            assert named(home, text) == log
        assert newest(home) == log


def test_several_sessions_of_one_beginning_are_named(home: Home) -> None:
    with under_way(home.root) as log:
        twin = home.sessions / "20261121-120001-cafe" / "log.jsonl"
        twin.parent.mkdir()
        twin.hardlink_to(log)  # the lock is the file's, whatever it is called
        with pytest.raises(UsageError, match="several sessions: 20261121-120001-cafe, 20261121-120000-beef"):
            named(home, "20261121")
        assert named(home, SESSION) == log


def test_a_session_that_has_ended_is_not_watched_but_played(home: Home) -> None:
    log = factory.write_log(home.sessions / SESSION / "log.jsonl")
    with pytest.raises(EcotuiError, match="not under way") as refused:
        named(home, str(log))
    assert f"`ecotui replay {log}`" in refused.value.advice
    with pytest.raises(EcotuiError, match="No session is under way"):
        newest(home)


def test_a_log_that_may_not_be_read_is_said_to_be_anothers(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    log = factory.write_log(home.root / "theirs" / "log.jsonl")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(EcotuiError, match="another user's home"):
        named(home, str(log))


def test_without_a_name_the_one_who_holds_a_board_is_watched(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_boards", lambda: [info(0)])
    with under_way(tmp_path / "other", info(0)) as log:
        monkeypatch.setattr(watching, "holder_of", lambda board: Holder(7, "anna", "now", "nf4", log))
        assert newest(home) == log
        assert named(home, SESSION) == log
    with pytest.raises(EcotuiError, match="process 7 of anna") as refused:
        newest(home)
    assert "anna can watch it" in refused.value.advice


def test_the_application_begins_with_anothers_session_on_its_board(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "board_of", lambda plan: MadeBoard(0))
    with under_way(tmp_path, info(0)) as log:
        monkeypatch.setattr(board_lock, "holder_of", lambda board: Holder(7, "anna", "now", "nf4", log))
        assert application._look_at_board(factory.measured_plan()) == ("", log)
        assert application._look_at_board(factory.plan()) == ("", None)


def test_the_state_of_a_session_is_plain_values(home: Home) -> None:
    with under_way(home.root) as log:
        told = json.loads(json.dumps(state(log)))
    assert (told["session_id"], told["running"], told["simulated"]) == (SESSION, True, True)
    assert told["arms"] == ["synthetic:tiny fp16 b4"] and told["reading"]["power_w"] == 120.0


@pytest.mark.parametrize("text", ["none.jsonl", "no-such-session"])
def test_what_is_no_session_is_refused(home: Home, text: str) -> None:
    with pytest.raises((EcotuiError, UsageError, LogError)):
        named(home, text)


def test_boards_are_told_as_json(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards", "--sensor", "simulated", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)["boards"][-1]
    assert (told["name"], told["simulated"], told["sensors_from"]) == ("Simulated board", True, "board")
    assert told["reading"]["power_w"] > 0 and told["processes"] == [] and told["problem"] is None


def test_boards_are_told_in_words(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with under_way(home.root, factory.board()):
        assert main(["boards", "--sensor", "simulated"]) == 0
    shown = capsys.readouterr().out
    assert "Simulated board" in shown and f"`ecotui watch {SESSION}`" in shown


@pytest.mark.parametrize(("typed", "said"), [(NOWHERE, True), (f"{NOWHERE}:8000", False), (f"http://{NOWHERE}", False)])
def test_a_word_that_is_no_address_is_told_what_it_was_taken_for(
    home: Home, capsys: pytest.CaptureFixture[str], typed: str, said: bool
) -> None:
    assert main(["watch", "--metrics", typed, "--sensor", "simulated"]) == 1
    told = capsys.readouterr().err
    assert "does not answer" in told and not list(home.sessions.glob("*"))
    assert (f"was taken for http://{NOWHERE}:80/metrics. It does not answer" in told) == said
    assert ("For instance --metrics http://localhost:8000/metrics." in told) == said
