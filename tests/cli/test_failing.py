"""What a command says where something that it needs is not installed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import ecotui
from ecotui.cli import failing
from ecotui.cli.kept import unended
from ecotui.core.events import End
from ecotui.core.timeline import Timeline
from ecotui.log import read_timeline
from ecotui.recorder.launch import Recording
from ecotui.store.home import Home
from tests import factory
from tests.cli.support import environment

SOURCE = Path(ecotui.__file__).parents[1]
WITHOUT = """
import sys

class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Gone())
from ecotui.cli import application, main
application.check_terminal = lambda *_: None
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("module", "word"), [("textual", "demo"), ("polars", "runs"), ("rich", "runs")])
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    module: str, word: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module), word],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"ecotui: This Python ({sys.executable}) has no {module}, which ecotui needs. "
        f"Install what is missing: `{sys.executable} -m pip install -e {SOURCE}`.\n"
    )


def test_a_module_of_our_own_or_of_python_that_is_missing_is_an_error_of_our_own() -> None:
    for name in ("ecotui.nowhere", "tkinter.tix", None):
        assert failing.missing(ModuleNotFoundError("No module", name=name)) is None
    assert failing.missing(ModuleNotFoundError("No module", name="scipy.stats")) == "scipy"


def test_a_session_whose_recorder_is_gone_is_named_with_what_of_it_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "sessions" / "20261121-120000-beef" / "log.jsonl"
    factory.write_log(log, (event for event in factory.events() if not isinstance(event, End)))
    process = subprocess.Popen([sys.executable, "-c", ""])
    error = unended(Home(tmp_path), Recording(log, process), Timeline())
    process.wait()
    assert failing.report(error, as_json=True) == 1
    out, err = capsys.readouterr()
    said = json.loads(out)
    assert (said["session_id"], said["log"], said["runs"]) == (log.parent.name, str(log), [])
    assert said["windows"] == len(read_timeline(log).windows) > 0
    assert f"`ecotui show {log.parent.name}`" in err and str(log) in err
