"""Settings in place of options that were not typed, and what is said where they cannot be meant."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ecotui.cli import main
from ecotui.cli.arguments import parse, plan_from
from ecotui.cli.beginning import begun, recalled
from ecotui.cli.words import Namespace
from ecotui.cli.words_quality import quality_of
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan
from ecotui.core.quality import Quality
from ecotui.store.home import Home
from ecotui.store.last import Last, read_last, write_last
from ecotui.store.settings import settings_path
from ecotui.ui.parts import Parts
from tests import factory

Write = Callable[[str], Path]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the settings of a home of its own."""
    monkeypatch.setenv("ECOTUI_HOME", str(tmp_path))
    monkeypatch.delenv("ECOTUI_CONFIG", raising=False)

    def write(text: str) -> Path:
        path = settings_path()
        path.write_text(text, encoding="utf-8")
        return path

    return write


def plan(*words: str) -> Plan:
    return plan_from(parse(words)).checked()


def test_a_plan_begins_with_the_settings_and_what_is_typed_wins(settings: Write) -> None:
    settings('[defaults]\nquant = "nf4"\nbatch_size = 8\noutliers = false\ngate = false\nsplit_prefill = true\n')
    arm, protocol = plan("run").arms[0], plan("run").protocol
    assert (arm.quantization, arm.batch_size, arm.outliers) == ("nf4", 8, False)
    assert (protocol.gate_s, protocol.split_prefill) == (0.0, True)
    typed = plan("run", "--quant", "int8", "--outliers", "--gate-seconds", "90", "--no-split-prefill")
    assert (typed.arms[0].quantization, typed.arms[0].batch_size, typed.arms[0].outliers) == ("int8", 8, True)
    assert (typed.protocol.gate_s, typed.protocol.split_prefill) == (90.0, False)


def test_settings_of_paired_and_of_single_runs_keep_apart(settings: Write) -> None:
    settings('[defaults]\nblocks = 7\nwindows = 4\norder = "random"\n')
    assert (plan("run").protocol.windows, plan("run").protocol.blocks) == (4, 0)
    paired = plan("run", "--against", "nf4").protocol
    assert (paired.blocks, paired.order) == (7, "random")


def test_quality_is_scored_where_the_settings_ask_for_it(settings: Write, tmp_path: Path) -> None:
    (text := tmp_path / "mine.txt").write_text("a" * 5000)
    how = f'text = "{text}"\nquality_window = 1024\nquality_tokens = 4000\n'
    asked = Quality(str(text), 1024, 256, 4000)
    settings(f"[defaults]\nquality = true\n{how}")
    assert plan("run").quality == asked and plan().quality == asked
    assert plan("run", "--quality-tokens", "3000").quality == replace(asked, tokens=3000)
    assert plan("run", "--no-quality").quality is None
    assert quality_of(parse(["quality"]), alone=True) == replace(asked, alone=True)
    settings(f"[defaults]\n{how}")
    assert plan("run").quality is None and plan("run", "--quality").quality == asked


def test_demo_and_other_commands_take_nothing_of_a_plan(settings: Write) -> None:
    settings('[defaults]\nmodel = "synthetic:mistral-7b"\nbatch_size = 64\ngpu = 3\n')
    assert plan_from(parse(["demo"]), demo=True).arms[0].batch_size == 4
    assert parse(["selftest"]).gpu == 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("batch_size = 0", "line 2: batch_size must be at least 1"),
        ('quant = "int9"', "line 2: There is no quantization 'int9'"),
        ('model = "synthetic:nonesuch"', "line 2: There is no synthetic model 'nonesuch'"),
        ("window_seconds = 1", "line 2: window_seconds must be at least 5"),
        ('order = "zigzag"', "line 2: There is no order 'zigzag'"),
        ("until = 99", "line 2: until must be a half width"),
        ('device = "tpu"', "There is no device 'tpu'"),
        ('text = "/no/such.txt"', "line 2: The text /no/such.txt is not there"),
        ("quality_window = 3", "line 2: quality_window must be at least 16"),
        ('quality = "yes"', "line 2: quality must be true or false"),
    ],
)
def test_a_setting_is_checked_as_its_option_is(settings: Write, entry: str, said: str) -> None:
    path = settings(f"[defaults]\n{entry}\n")
    with pytest.raises(UsageError) as caught:
        parse(["run"])
    assert said in str(caught.value) and str(path) in str(caught.value)
    chosen = parse([])  # the application goes on without it
    assert [said in p.what for p in chosen.settings.problems] == [True] and plan_from(chosen).checked()


def test_settings_that_go_together_only_elsewhere_are_left_out_by_the_application(settings: Write) -> None:
    path = settings('[defaults]\nsensor = "simulated"\nwindow_seconds = 1\n')
    assert plan("run").protocol.window_s == 1.0
    chosen = parse(["--sensor", "nvml"])
    assert plan_from(chosen).checked().protocol.window_s == 10.0
    assert "are left out" in chosen.settings.problems[0].what
    with pytest.raises(UsageError, match=rf"set in {path}, line 3"):
        run = parse(["forecast", "--sensor", "nvml"])
        run.command(run)


def test_a_section_that_is_none_stops_a_run_and_not_the_application(settings: Write) -> None:
    settings('[default]\nquant = "nf4"\n[defaults]\nbatch_size = 2\n')
    with pytest.raises(UsageError, match=r"line 1: default is no section"):
        parse(["run"])
    assert parse([]).batch_size == 2


def test_a_wrong_key_does_not_concern_a_run(settings: Write) -> None:
    settings('[keys]\nmonitor.rnu = "x"\n[ui]\nbudget = "fast"\n')
    assert plan("run").arms
    assert [p.section for p in parse([]).settings.problems] == ["keys", "ui"]


def test_the_terminals_options_are_settings(settings: Write) -> None:
    settings('[ui]\nbudget = "16kB/s"\nascii = true\ntheme = "light"\n')
    chosen = parse([])
    assert (chosen.budget, chosen.ascii, chosen.theme) == (16_000, True, "light")
    assert parse(["--no-ascii", "--theme", "dark"]).ascii is False


def test_config_writes_a_file_for_its_owner_alone_and_never_over_another(
    settings: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "--init"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text(encoding="utf-8")
    assert main(["config", "--init"]) == 2 and "never overwritten" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == before
    assert main(["config"]) == 0


def test_config_says_what_is_in_force_and_what_is_wrong(settings: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings('[keys]\nmonitor.run = "f5"\n[defaults]\nquant = "nf4"\ngrid = "Narnia"\n')
    assert main(["config", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == str(path) and told["keys"]["monitor.run"] == ["f5"] and told["keys"]["monitor.stop"] == ["x"]
    assert told["defaults"]["quant"] == "nf4" and told["defaults"]["grid"] is None
    assert "line 5: There is no grid 'Narnia'" in told["problems"][0]["what"]


def test_a_file_that_was_named_and_is_not_there_is_said(
    settings: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECOTUI_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match="is not there"):
        parse(["run"])


def parts_of(home: Home, given: Plan) -> Parts:
    """Parts of which only home and plan are looked at."""
    nothing: Callable[..., Path] = lambda *_: home.root  # noqa: E731
    return Parts(home, None, given, nothing, nothing, nothing, nothing, nothing, nothing)  # type: ignore[arg-type]


def begins(home: Home, *words: str) -> Parts:
    """What the application of these words begins with."""
    chosen: Namespace = parse(words)
    return begun(parts_of(home, plan_from(chosen, demo=chosen.demo).checked()), chosen)


def test_the_plan_and_the_screen_of_last_time_come_back(settings: Write, tmp_path: Path) -> None:
    home = Home(tmp_path)
    given = begins(home).plan
    last = replace(given, arms=(replace(given.arms[0], quantization="nf4", batch_size=16),))
    write_last(home, Last(last, "compare", ("20261121-120000-beef:0",)))
    again = begins(home)
    assert (again.plan, again.default, again.first) == (last, given, "compare")
    assert tuple(again.marked) == ("20261121-120000-beef:0",)
    assert begins(home, "--batch-size", "2").plan.arms[0].batch_size == 2
    assert begins(home, "--batch-size", "2").plan.arms[0].quantization == "nf4"
    assert begins(home, "--fresh").plan == given and begins(home, "--fresh").remember is not None
    assert begins(home, "demo").remember is None and begins(home, "demo").first == "monitor"
    assert parse(["demo", "--fresh"]).fresh and parse(["--fresh", "demo"]).fresh and not parse(["demo"]).fresh
    assert begins(home, "demo", "--fresh").plan == begins(home, "demo").plan
    settings("[ui]\nremember = false\n")
    assert begins(home).plan == given and begins(home).remember is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": 9}', b"\xff", b'{"format":1,"plan":{},"screen":"x"}'])
def test_what_cannot_be_understood_of_last_time_is_a_notice(settings: Write, tmp_path: Path, data: bytes) -> None:
    home = Home(tmp_path)
    (tmp_path / "last.json").write_bytes(data)
    it = begins(home)
    assert "is ignored" in it.notices[0] and it.first == "monitor" and it.remember is not None
    it.remember(it.plan, "history", ())
    assert read_last(home) == Last(it.plan, "history")


def test_a_plan_of_another_sensor_or_with_a_models_own_code_is_not_taken_over() -> None:
    given = plan_from(parse(["run", "--sensor", "nvml"]))
    assert recalled(factory.plan(), given, ()) == given
    trusting = replace(given, label="x", gpu=5, arms=(replace(given.arms[0], trust_remote_code=True, batch_size=3),))
    back = recalled(trusting, given, ())
    assert (back.arms[0].batch_size, back.arms[0].trust_remote_code, back.label, back.gpu) == (3, False, "", 0)
