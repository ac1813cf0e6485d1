"""The home folder: made private, really tried, and refused with what to do."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.core.errors import HomeError, UsageError
from ecotui.store.home import Home, default_samples, log_of

ADVICE = "Set ECOTUI_HOME to a folder that can be written."


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_home_of_the_environment_is_made_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path / "a" / "b"))
    home = Home.open()
    assert home.root == tmp_path / "a" / "b"
    assert {mode(p) for p in (home.root.parent, home.root, home.sessions, home.store)} == {0o700}
    assert list(home.root.iterdir()) and not list(home.root.glob(".write-test*"))
    assert home.error_log == home.root / "ecotui.log"


def test_a_tilde_and_a_relative_home_become_absolute(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ECOTUI_HOME", "~/eco")
    assert Home.open(create=False).root == tmp_path / "eco"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECOTUI_HOME", "here")
    assert Home.open(create=False).root == tmp_path / "here"
    assert not (tmp_path / "here").exists()


def test_without_the_variable_the_systems_place_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("ECOTUI_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Home.open(create=False).root == tmp_path / "ecotui"
    monkeypatch.setenv("ECOTUI_HOME", "")
    assert Home.open(create=False).root == tmp_path / "ecotui"


@pytest.mark.parametrize("place", ["/proc/ecotui", "/proc/1/nothing", "/dev/null/x", "{tmp}/file", "{tmp}/file/deep"])
def test_a_home_that_cannot_be_made_names_path_reason_and_way_out(place, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    path = place.format(tmp=tmp_path)
    monkeypatch.setenv("ECOTUI_HOME", path)
    with pytest.raises(HomeError) as caught:
        Home.open()
    assert path in str(caught.value) and ADVICE in str(caught.value)
    assert caught.value.what.endswith(").") and caught.value.exit_code == 1


def test_a_file_in_the_place_of_the_sessions_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    (tmp_path / "sessions").write_text("in the way")
    with pytest.raises(HomeError, match=r"sessions cannot be used \(File exists"):
        Home.open()


def test_a_home_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ECOTUI_HOME", "/proc")  # is there, and takes no file even from root
    with pytest.raises(HomeError, match="/proc cannot be used"):
        Home.open()


def test_an_unknown_user_is_a_home_error(monkeypatch):
    monkeypatch.setenv("ECOTUI_HOME", "~nobody-of-that-name/x")
    with pytest.raises(HomeError, match="cannot be found"):
        Home.open()


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a.b", "/etc", "a\n", "ä"])
def test_a_session_id_never_climbs_out_of_its_folder(name, tmp_path):
    with pytest.raises(UsageError):
        Home(tmp_path).session(name)
    with pytest.raises(UsageError):
        Home(tmp_path).session_log(name)
    assert log_of(tmp_path, name) is None


def test_the_packed_log_is_named_where_only_that_is_there(tmp_path):
    home = Home(tmp_path)
    plain = home.session("s-1") / "log.jsonl"
    assert home.session_log("s-1") == plain
    plain.parent.mkdir(parents=True)
    plain.with_name("log.jsonl.gz").write_bytes(b"")
    assert home.session_log("s-1").name == "log.jsonl.gz"
    plain.write_bytes(b"")
    assert home.session_log("s-1") == plain


def test_samples_lie_beside_the_package_or_nowhere():
    found = default_samples()
    assert found is None or (found.name == "sample_runs" and found.is_dir())


def test_importing_the_store_brings_neither_polars_nor_numpy():
    code = "import sys, ecotui.store, ecotui.store.home; print({'polars', 'numpy', 'platformdirs'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_importing_the_store_itself_leaves_polars_until_the_first_read():
    code = "import sys, ecotui.store.store; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
