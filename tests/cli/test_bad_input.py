"""Bad input: one clear sentence, the right exit code, no traceback, and nothing that was stored is lost."""

import gzip
import json
import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ecotui.log import read_timeline
from ecotui.log.format import VERSION
from ecotui.store.home import Home
from ecotui.store.store import Store
from tests.cli.support import ecotui, environment
from tests.factory import events, write_log

QUICK = (
    "run",
    "--no-gate",
    "--sensor",
    "simulated",
    "--windows",
    "1",
    "--window-seconds",
    "0.2",
    "--idle-seconds",
    "0.2",
)


def sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> str:
    """The one sentence on stderr, after checking exit code, absence of a traceback, and the words in it."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    said = [line for line in done.stderr.splitlines() if line.startswith("ecotui: ")]
    assert len(said) == 1, done.stderr
    for word in words:
        assert word in said[0]
    return said[0]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A home with one stored run."""
    home = Home(tmp_path / "home")
    log = write_log(home.session_log("20261121-120000-beef"))
    Store(home).append(read_timeline(log))
    return home.root


def still_there(home: Path) -> None:
    store = Store(Home(home))
    assert "20261121-120000-beef.0" in [stored.row.run_id for stored in store.runs()]
    assert not store.problems


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--model", "synthetic:mistrol-7b"), ("mistral-7b",)),
        (("--model", ""), ("--model",)),
        (("--model", "/nowhere/at/all"), ("/nowhere/at/all", "config.json")),
        (("--batch-size", "0"), ("--batch-size", "at least 1")),
        (("--new-tokens", "-5"), ("--new-tokens", "at least 2")),
        (("--quant", "int9"), ("int9", "int8")),
        (("--window-seconds", "0.1"), ("--window-seconds", "0.2")),
        (("--window-seconds", "nan"), ("--window-seconds",)),
        (("--batch-size", "many"), ("batch-size",)),
        (("--sensor", "guess"), ("nvml",)),
        (("--gpu", "7"), ("GPU 7",)),
        (("--gpu", "-1"), ("--gpu",)),
        (("--windows", "0"), ("--windows",)),
        (("--peak-bandwidth", "0"), ("--peak-bandwidth", "GB/s")),
        (("--colour", "red"), ("--colour", "--help")),
    ],
)
def test_wrong_arguments_are_refused_with_2(words: tuple[str, ...], says: tuple[str, ...], kept: Path) -> None:
    sentence(ecotui(*QUICK, *words, home=kept), 2, *says)
    still_there(kept)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--gate-seconds", "0.5"), ("--gate-seconds", "at least 1")),
        (("--sensor", "nvml", "--gate-seconds", "30"), ("--gate-seconds", "at least 60")),
        (("--gate-seconds", "0"), ("--no-gate",)),
        (("--gate-seconds", "30", "--gate-timeout", "20"), ("--gate-timeout", "at least 30")),
        (("--gate-seconds", "5", "--no-gate"), ("--no-gate", "--gate-seconds")),
    ],
)
def test_a_gate_that_cannot_be_meant_is_refused_with_2(
    words: tuple[str, ...], says: tuple[str, ...], kept: Path
) -> None:
    sentence(ecotui("run", "--sensor", "simulated", *words, home=kept), 2, *says)


def test_json_is_given_for_an_error_too(kept: Path) -> None:
    done = ecotui(*QUICK, "--batch-size", "0", "--json", home=kept)
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


@pytest.mark.skipif(Path("/dev/nvidia0").exists(), reason="this host has a GPU")
def test_a_machine_without_nvml_says_so(kept: Path) -> None:
    sentence(ecotui("run", "--model", "synthetic:tiny", home=kept), 1, "NVIDIA", "--sensor simulated")


def test_a_model_that_is_not_there_gives_the_reason_and_the_next_step(kept: Path) -> None:
    done = ecotui(*QUICK, "--model", "no-such-org/no-such-model", home=kept)
    sentence(done, 1, "no-such-org/no-such-model")
    still_there(kept)


def test_bitsandbytes_that_cannot_load_is_named_and_fp16_still_works(kept: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken" / "bitsandbytes"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError('libbitsandbytes_cpu.so: cannot open shared object file')\n")
    path = {"PYTHONPATH": str(broken.parent)}
    said = sentence(ecotui(*QUICK, "--quant", "nf4", home=kept, **path), 1, "bitsandbytes")
    assert "fp16" in said
    assert ecotui(*QUICK, "--quant", "fp16", "--new-tokens", "8", home=kept, **path).returncode == 0
    still_there(kept)


def test_a_log_cut_in_a_line_gives_its_whole_windows_and_1(tmp_path: Path) -> None:
    whole = write_log(tmp_path / "whole.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    cut = next(i for i, line in enumerate(lines) if b'"window":2' in line and b'"kind":"window"' in line)
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(b"".join(lines[: cut + 1]) + lines[cut + 1][:20])
    for command in ("show", "replay"):
        done = ecotui(command, str(torn), "--json", home=tmp_path / "home")
        sentence(done, 1, "middle of a line", "its 2 whole windows", "copy it again")
        assert len(json.loads(done.stdout)["windows"]) == 2


@pytest.mark.parametrize(("windows", "says"), [(0, "no window is whole"), (1, "its 1 whole window.")])
def test_a_log_with_few_windows_is_told_in_good_words(windows: int, says: str, tmp_path: Path) -> None:
    lines = write_log(tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    ends = [0, *(i for i, line in enumerate(lines) if b'"kind":"window"' in line)]
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(lines[: ends[windows] + 1]))
    for command in ("show", "replay"):
        done = ecotui(command, str(cut), "--json", home=tmp_path / "home")
        sentence(done, 1, "before the session's end", says)
        assert len(json.loads(done.stdout)["windows"]) == windows


def test_a_packed_log_that_was_cut_gives_what_it_holds_and_1(tmp_path: Path) -> None:
    packed = gzip.compress(write_log(tmp_path / "whole.jsonl").read_bytes())
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(packed[: 9 * len(packed) // 10])
    done = ecotui("show", str(cut), "--json", home=tmp_path / "home")
    sentence(done, 1, "breaks off", "copy it again")
    assert json.loads(done.stdout)["windows"]


@pytest.mark.parametrize("at", ["-3", "-0.001", "nan", "inf"])
def test_a_time_outside_of_time_is_refused_with_2(at: str, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    sentence(ecotui("replay", str(log), "--json", f"--at={at}", home=tmp_path / "home"), 2, "--at", at)


@pytest.mark.parametrize(("at", "windows"), [("0", 0), ("1e300", 3)])
def test_a_time_at_the_start_or_after_the_end_is_the_start_or_the_end(at: str, windows: int, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    done = ecotui("replay", str(log), "--json", "--at", at, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout)
    assert len(state["windows"]) == windows
    assert state["at_s"] == (state["length_s"] if windows else 0)


def test_a_folder_without_a_log_is_said_to_be_one(tmp_path: Path) -> None:
    sentence(
        ecotui("show", str(tmp_path), home=tmp_path / "home"), 1, f"{tmp_path} is a folder without a session's log"
    )


def test_a_log_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    log = write_log(tmp_path / "new.jsonl")
    log.write_text(log.read_text().replace(f'"version":"{VERSION}"', '"version":"2.0"', 1))
    sentence(ecotui("show", str(log), home=tmp_path / "home"), 1, "newer ecotui", "pip install --upgrade")


@pytest.mark.parametrize("name", ["text.jsonl", "empty.jsonl", "broken.jsonl.gz", "absent.jsonl"])
def test_what_is_no_log_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "text.jsonl":
        path.write_text("hello\nworld\n")
    elif name == "empty.jsonl":
        path.touch()
    elif name == "broken.jsonl.gz":
        path.write_bytes(gzip.compress(b"x" * 5000)[:-20])
    sentence(ecotui("show", str(path), home=tmp_path / "home"), 1, name)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log.jsonl")
    lines = log.read_text().splitlines()
    lines[5] = '{"kind":"reading","at_ns":"soon"}'
    log.write_text("\n".join(lines) + "\n")
    sentence(ecotui("show", str(log), home=tmp_path / "home"), 1, "Line 6", "damaged")


def test_a_store_file_that_is_not_parquet_is_named_and_the_rest_is_listed(kept: Path) -> None:
    bad = next(kept.glob("store/runs/*.parquet")).with_name("20260101-000000-dead.parquet")
    bad.write_text("this is no Parquet")
    done = ecotui("runs", "--json", home=kept)
    sentence(done, 1, bad.name)
    assert "20261121-120000-beef.0" in [r["run_id"] for r in json.loads(done.stdout)["runs"]]
    assert bad.read_text() == "this is no Parquet"


def test_a_damaged_store_file_of_a_run_is_named_where_the_run_is_asked_for(kept: Path) -> None:
    bad = next(kept.glob("store/runs/*.parquet"))
    bad.write_text("this is no Parquet")
    done = ecotui("compare", "beef", "last", home=kept)
    sentence(done, 1, "'beef' cannot be read", bad.name, "Move it away")
    shown = ecotui("show", "beef", "--json", home=kept)
    assert shown.returncode == 0, shown.stderr
    assert len(json.loads(shown.stdout)["windows"]) == 3
    bad.unlink()
    listed = json.loads(ecotui("runs", "--json", home=kept).stdout)
    assert "20261121-120000-beef.0" in [r["run_id"] for r in listed["runs"]]


def test_words_that_match_nothing_say_of_how_many_runs(kept: Path) -> None:
    done = ecotui("runs", "nothingmatches", home=kept)
    assert done.returncode == 0
    assert re.match(r"None of the \d+ stored runs matches", done.stdout)


def test_comparing_counts_in_whole_numbers_and_gives_no_ratio_of_temperatures(kept: Path) -> None:
    log = write_log(Home(kept).session_log("20261122-130000-cafe"), events("20261122-130000-cafe"))
    Store(Home(kept)).append(read_timeline(log))
    rows = ecotui("compare", "beef", "cafe", home=kept).stdout.splitlines()
    assert next(row for row in rows if row.startswith("windows")).split() == ["windows", "3", "3"]
    assert next(row for row in rows if row.startswith("temperature")).split()[-2:] == ["48.20", "48.20"]


def test_the_recorders_own_command_is_no_choice(kept: Path) -> None:
    assert "record" not in sentence(ecotui("frob", home=kept), 2, "frob", "'replay'")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("runs", "--json"), ("runs",), ("compare", "beef", "--json"), ("--help",)])
def test_output_that_cannot_be_written_is_one_sentence_and_1(
    words: tuple[str, ...], unbuffered: str, kept: Path
) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ecotui", *words],
            env=environment(kept, PYTHONUNBUFFERED=unbuffered),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "The output cannot be written (No space left on device)." in done.stderr.splitlines()[-1]
    assert not (kept / "ecotui.log").exists()


@pytest.mark.parametrize("words", [("runs", "--json"), ("runs",), ("--help",)])
def test_a_reader_that_has_gone_is_no_trouble(words: tuple[str, ...], kept: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "ecotui", *words],
        env=environment(kept),
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("command", [QUICK, ("runs",), ("compare", "a", "b")])
def test_a_home_that_cannot_be_written_is_named(command: tuple[str, ...]) -> None:
    sentence(ecotui(*command, home=Path("/proc/ecotui")), 1, "/proc/ecotui", "ECOTUI_HOME")


def test_a_run_that_is_not_there_is_named(kept: Path) -> None:
    sentence(ecotui("compare", "beef", "0000", home=kept), 2, "0000")


def test_comparing_one_run_says_how_many_it_takes(kept: Path) -> None:
    sentence(ecotui("compare", "beef", home=kept), 2, "two to four")


def test_text_from_a_log_is_neither_markup_nor_escapes(tmp_path: Path) -> None:
    from dataclasses import replace

    from tests.factory import plan

    it = replace(plan(model="[red]evil[/red]\x1b[2J\x1b]0;x\x07"), label="[bold]x")
    log = write_log(tmp_path / "log.jsonl", events(the_plan=it))
    done = ecotui("show", str(log), home=tmp_path / "home")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "[red]evil[/red]" in done.stdout


def test_without_a_terminal_the_application_says_what_to_use(kept: Path) -> None:
    sentence(ecotui("demo", home=kept), 2, "terminal", "ecotui run")
    sentence(ecotui("replay", "beef", home=kept), 2, "terminal", "ecotui replay beef --json")


def test_a_terminal_of_20_columns_is_too_small(kept: Path) -> None:
    import fcntl
    import struct
    import termios

    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "ecotui", "demo"],
        env=environment(kept, TERM="xterm-256color"),
        stdin=side,
        stdout=side,
        stderr=side,
    )
    os.close(side)
    said = b""
    while b"18" not in said:
        said += os.read(main, 4096)
    assert process.wait(30) == 2
    os.close(main)
    assert "20 × 24" in said.decode()
    assert "60 × 18" in said.decode()


def test_an_error_of_our_own_leaves_its_traceback_in_the_error_log(kept: Path) -> None:
    code = (
        "import sys, ecotui.cli.stored as s, ecotui.cli as c\n"
        "def broken(chosen): raise RuntimeError('oops')\n"
        "s.runs = broken\n"
        "sys.exit(c.main(['runs']))\n"
    )
    (kept / "ecotui.log").touch(mode=0o644)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(kept), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(kept / "ecotui.log") in done.stderr
    assert "RuntimeError: oops" in (kept / "ecotui.log").read_text()
    assert stat.S_IMODE((kept / "ecotui.log").stat().st_mode) == 0o600
