"""`ecotui quality`: what may be asked, what is refused before anything starts, and how its figures are told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ecotui.cli import checking_quality
from ecotui.cli.arguments import parse, plan_from
from ecotui.cli.checking_quality import check_quality, check_text
from ecotui.cli.pair_text import print_pairs
from ecotui.cli.progress import ProgressLine
from ecotui.cli.quality_text import print_quality
from ecotui.cli.run_text import paragraphs
from ecotui.cli.scoring_progress import scored
from ecotui.cli.sweeping import plan_of
from ecotui.cli.tables import print_summary
from ecotui.cli.words_quality import alone_plan
from ecotui.core.arm import Arm
from ecotui.core.errors import UsageError
from ecotui.core.plan import Plan
from ecotui.core.quality import EMBEDDED, Quality
from ecotui.core.rows import RunRow
from ecotui.core.score_events import Task
from ecotui.core.summary import summarize
from tests.cli.support import ecotui
from tests.factory import at, events, fold, plan
from tests.scored import COSTS, scorings, with_quality

FP16 = RunRow(
    run_id="s.0",
    session_id="s",
    simulated=True,
    outcome="completed",
    model="sample:whale-1m",
    quantization="fp16",
    batch_size=1,
    quality_path="prefill",
    quality_text="embedded",
    quality_text_sha256="abcdef012345" + "0" * 52,
    quality_tokens=71_234,
    quality_bos=False,
    quality_window=2048,
    quality_stride=512,
    quality_windows=34,
    quality_windows_planned=34,
    quality_windows_sliding=136,
    quality_windows_sliding_planned=136,
    perplexity_sliding=12.13,
    perplexity_blocks=12.90,
)
INT8 = replace(
    FP16,
    run_id="s.1",
    quantization="int8",
    perplexity_sliding=12.41,
    perplexity_blocks=13.21,
    perplexity_sliding_ratio=1.0231,
    perplexity_sliding_ratio_low=1.0182,
    perplexity_sliding_ratio_high=1.0294,
    perplexity_blocks_ratio=1.02105,
    perplexity_blocks_ratio_low=1.0195,
    perplexity_blocks_ratio_high=1.0219,
    kl_nats=0.0121,
    kl_low_nats=0.0113,
    kl_high_nats=0.0129,
    agreement_pct=96.4,
    agreement_low_pct=96.1,
    agreement_high_pct=96.7,
    quality_remark="LLM.int8 took out the columns with an outlier in any of the 2,048 rows of a window",
)


def quality_plan(*words: str) -> Plan:
    return alone_plan(parse(["quality", *words]), "simulated").checked()


def told(*runs: RunRow, width: int = 200) -> str:
    out = Console(file=StringIO(), width=width)
    print_quality(out, runs)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_the_reference_goes_first_and_each_quantization_once() -> None:
    it = quality_plan("--quant", "nf4,int8", "--quant", "nf4", "--against", "fp16", "--batch-size", "8")
    assert [(arm.quantization, arm.batch_size) for arm in it.arms] == [("fp16", 8), ("nf4", 8), ("int8", 8)]
    assert it.quality == Quality(alone=True)
    assert (it.device, it.protocol.gate_s, it.protocol.examine) == ("cpu", 0.0, False)


def test_a_path_is_absolute_in_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    it = quality_plan("--text", "a.txt", "--quality-window", "256", "--decode-path", "--quality-tokens", "1000")
    assert it.quality == Quality(str(tmp_path / "a.txt"), 256, 64, 1000, decode_path=True, alone=True)


def test_a_run_and_the_application_score_where_it_is_asked_for() -> None:
    for words in (["run", "--quality"], ["demo", "--quality"], ["--quality"]):
        assert plan_from(parse([*words, "--text", "embedded"])).quality == Quality()
    assert plan_from(parse(["run"])).quality is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--text", "x"], "--text goes with --quality"),
        (["run", "--decode-path"], "--decode-path goes with --quality"),
        (["quality", "--task-limit", "5"], "--task-limit goes with --tasks"),
        (["quality", "--tasks", "mmlu,../evil.yaml"], "'../evil.yaml' is no name of a task"),
        (["quality", "--quant", "int9"], "There is no quantization 'int9'"),
        (["quality", "--against", "nf4"], "not against 'nf4'. Name nf4 with --quant"),
        (["quality", "--quality-stride", "4096"], "longer than the window"),
        (["quality", "--text", "a\x1b[2Jb"], "control characters"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen = parse(words)
        (alone_plan(chosen, "simulated") if words[0] == "quality" else plan_from(chosen)).checked()
    assert said in str(caught.value)


def test_a_text_that_is_none_is_named(tmp_path: Path) -> None:
    far = b"a" * (checking_quality.PIECE_B - 1) + "é".encode() + b"b\xff"
    for data, said in (
        (None, "is not there"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"caf\xe9 noir", "is not UTF-8: byte 3 cannot be read. Convert it, for instance with `iconv -f LATIN1"),
        ("öl".encode("utf-16"), "byte 0 cannot be read. Convert it, for instance with `iconv -f UTF-16"),
        (far, "byte 1,048,578 cannot be read"),
    ):
        path = tmp_path / "text.txt"
        path.unlink(missing_ok=True)
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(UsageError) as caught:
            check_text(path)
        assert said in str(caught.value) and "text.txt" in caught.value.what
    with pytest.raises(UsageError, match="is a folder"):
        check_text(tmp_path)
    with pytest.raises(UsageError, match="no regular file"):
        check_text(Path("/dev/null"))
    with (tmp_path / "large.txt").open("wb") as stream:
        stream.truncate(checking_quality.MOST_B + 1)
    with pytest.raises(UsageError, match="more than 64 MB"):
        check_text(tmp_path / "large.txt")


def test_a_text_that_can_make_no_window_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (path := tmp_path / "short.txt").write_text("a" * 2000)
    sample, unknown = Arm("sample:whale-1m"), Arm("some/model-of-the-hub")
    with pytest.raises(UsageError, match=r"short\.txt has 2,000 bytes, too few for one window of 2,048 tokens\. Take"):
        check_quality(Quality(str(path)), [sample])
    check_quality(Quality(str(path), window=2000), [sample])
    check_quality(Quality(str(path)), [unknown, Arm("synthetic:tiny")])  # which may hold few positions; has no text
    path.write_text("a")
    with pytest.raises(UsageError, match=r"has 1 bytes?, too few for one window of 16"):
        check_quality(Quality(str(path)), [unknown])
    with pytest.raises(UsageError, match=r"evaluation\.txt has 165,332 bytes, too few for one window of 200,000"):
        check_quality(Quality(window=200_000), [replace(sample, model=str(_long(tmp_path)))])
    with pytest.raises(UsageError, match="--quality-tokens 100 are fewer than one window of 2,048 tokens"):
        check_quality(Quality(tokens=100), [Arm("synthetic:tiny")])


def _long(folder: Path) -> Path:
    """A model's folder whose config says nothing of positions."""
    sizes = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")
    (folder / "config.json").write_text(json.dumps(dict.fromkeys(sizes, 4)))
    return folder


def test_a_bad_text_ends_a_run_and_a_sweep_before_there_is_a_session(tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 noir " * 1000)
    (plan := tmp_path / "p.toml").write_text(
        'models = ["synthetic:tiny"]\nquantizations = ["fp16"]\nsensor = "simulated"\n'
    )
    asked = ("--quality", "--text", str(tmp_path / "latin.txt"), "--worker", "scripted", "--sensor", "simulated")
    for words in (("run", "--device", "cpu"), ("sweep", str(plan))):
        done = ecotui(*words, *asked, home=tmp_path)
        assert done.returncode == 2 and "latin.txt is not UTF-8: byte 3" in done.stderr
    assert not any((tmp_path / "sessions").glob("*")) and not any((tmp_path / "sweeps").glob("*"))


def test_an_extra_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking_quality, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "ecotui\[tasks\]"'):
        check_quality(Quality(tasks=("mmlu",)), [Arm("gpt2")])
    with pytest.raises(UsageError, match=r'pip install "ecotui\[wikitext\]"'):
        check_quality(Quality("wikitext-2"), [Arm("gpt2")])
    check_quality(Quality(EMBEDDED), [Arm("gpt2")])
    monkeypatch.setattr(checking_quality, "find_spec", lambda name: name)
    with pytest.raises(UsageError, match="needs a tokenizer"):
        check_quality(Quality(tasks=("mmlu",)), [Arm("synthetic:tiny")])
    with pytest.raises(UsageError, match=r"no name of a task"):  # of a plan's file, too
        check_quality(Quality(tasks=("/tmp/evil.yaml",)), [Arm("gpt2")])


def test_a_sweep_takes_the_options_in_place_of_its_plans(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        'models = ["synthetic:tiny"]\nquantizations = ["fp16", "nf4"]\nsensor = "simulated"\n'
        '[quality]\ntext = "missing.txt"\n'
    )
    assert plan_of(parse(["sweep", str(path), "--quality", "--decode-path"])).quality == Quality(decode_path=True)
    assert plan_of(parse(["sweep", str(path), "--no-quality"])).quality is None
    with pytest.raises(UsageError, match=r"p\.toml: quality: The text .*missing\.txt is not there"):
        plan_of(parse(["sweep", str(path)]))


def test_a_table_holds_every_figure_with_its_interval_and_says_what_was_scored() -> None:
    said = told(FP16, INT8)
    row = next(line for line in said.splitlines() if line.startswith("int8 "))
    cells = ("12.41", "1.023 [1.018, 1.029]", "13.21", "1.0211 [1.0195, 1.0219]", "0.0121 [0.0113, 0.0129]")
    assert re.split(" {2,}", row) == ["int8", *cells, "96.4 [96.1, 96.7]", "136", "34"]
    assert "reference" in said and "embedded (sha256 abcdef012345), 71,234 tokens, without BOS" in said
    assert "the union of the outlier columns of all rows; decoding flags one row's; --decode-path scores that" in said
    assert "took out" not in said  # the path's line says it
    assert "SIMULATED" not in said


def test_a_convention_that_nobody_scored_has_no_columns() -> None:
    decoded = replace(FP16, perplexity_sliding=None, quality_windows_sliding=None, quality_path="decode")
    assert "sliding" not in told(replace(decoded, quality_stride=None, quality_windows_sliding_planned=None))


def test_tasks_have_their_standard_errors() -> None:
    results = '[{"task": "hellaswag", "metric": "acc,none", "value": 0.31, "stderr": 0.012, "samples": 200}]'
    said = told(FP16, replace(INT8, quality_tasks=results))
    assert "int8: hellaswag acc,none 0.310 ± 0.012 (standard error, 200 samples)" in said


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_narrow_terminal_cuts_no_figure(width: int) -> None:
    said = told(FP16, INT8, width=width)
    assert "…" not in said
    assert all(len(line) <= width for line in said.splitlines())
    for figure in ("12.41", "1.023 [1.018, 1.029]", "1.0211 [1.0195, 1.0219]", "0.0121", "0.0113, 0.0129", "136", "34"):
        assert figure in said


def test_figures_without_an_interval_say_so_and_why() -> None:
    low = ("perplexity_sliding_ratio_low", "perplexity_blocks_ratio_low", "kl_low_nats", "agreement_low_pct")
    few = replace(INT8, **dict.fromkeys(low))  # type: ignore[arg-type]
    said = told(FP16, replace(few, quality_windows=4, quality_remark="4 windows: too few for an interval; [red]x"))
    assert said.count("no interval") == 4
    assert "4 of 34" in said
    assert "int8: 4 windows: too few for an interval\nint8: [red]x" in said


def test_without_the_reference_it_says_what_adds_it() -> None:
    alone = replace(INT8, perplexity_sliding_ratio=None, perplexity_blocks_ratio=None, kl_nats=None, agreement_pct=None)
    assert "--against fp16 adds it" in told(alone)
    assert "adds it" not in told(FP16)


def test_a_saving_never_stands_without_a_word_on_quality() -> None:
    bare = replace(FP16, quality_path=None, windows=10)
    assert "quality not measured" in paragraphs(bare, [])
    assert any(line.startswith("quality: perplexity 12.41") for line in paragraphs(replace(INT8, windows=10), []))
    out = Console(file=StringIO(), width=200)
    print_pairs(out, [replace(bare, blocks=2), replace(bare, run_id="s.1", quantization="int8-pure", blocks=2)], [])
    assert isinstance(out.file, StringIO)
    assert "Quality not measured: what a saving costs in it is not known" in out.file.getvalue()


def test_a_session_of_quality_alone_tells_nothing_of_watts(capsys: pytest.CaptureFixture[str]) -> None:
    alone = replace(plan(), quality=Quality(alone=True))
    print_summary(Path("log.jsonl"), [FP16, INT8], [], plan=alone)
    said = capsys.readouterr().out
    assert "s  sample:whale-1m  quality only, completed" in said
    assert "SIMULATED" not in said and " W" not in said


def test_progress_names_arms_windows_and_pace() -> None:
    line = fold(with_quality(events(the_plan=plan(model="gpt2")), upto=0.5))
    now = scored(line)
    assert now is not None
    assert (now.title, now.windows) == ("scoring fp16, sliding 21/30", 30)
    assert now.tokens_s is not None and now.tokens_s > 0
    stream = StringIO()
    shown = ProgressLine(stream)
    shown.show(line)
    shown.show(line)
    assert stream.getvalue() == "scoring fp16, sliding: 30 windows\n"


def test_progress_of_tasks_counts_arms() -> None:
    asked = Quality(tasks=("hellaswag", "mmlu"))
    arm = replace(plan(model="gpt2"), quality=asked)
    line = fold([*events(outcome=None, the_plan=arm), *scorings(arm, asked, COSTS, at(60))])
    line.apply(Task(at(200), 0, "hellaswag", "acc,none", 0.3, 0.01))
    assert (now := scored(line)) is not None
    assert (now.title, now.unit) == ("scoring mmlu of lm-eval 0/1", "arms")


def test_a_scored_session_tells_its_quality_below_its_energy(capsys: pytest.CaptureFixture[str]) -> None:
    line = fold(with_quality(events(the_plan=plan(model="gpt2"))))
    runs, windows = summarize(line)
    print_summary(Path("log.jsonl"), runs, windows, plan=line.plan)
    said = capsys.readouterr().out
    assert said.index("quality: perplexity") < said.index("Quality, outside the energy windows:")


def test_a_session_of_quality_goes_the_whole_way(tmp_path: Path) -> None:
    words = ("--worker", "scripted", "--model", "synthetic:tiny", "--quant", "nf4", "--against", "fp16", "--json")
    done = ecotui("quality", "--device", "cpu", *words, home=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    fp16, nf4 = result["runs"]
    assert (fp16["quantization"], nf4["quantization"]) == ("fp16", "nf4")
    assert nf4["kl_low_nats"] < nf4["kl_nats"] < nf4["kl_high_nats"]
    assert nf4["quality_reference"] == fp16["run_id"] and nf4["perplexity_sliding"] is None
    assert result["windows"] == []
    assert json.loads(ecotui("show", result["session_id"], "--json", home=tmp_path).stdout) == result
