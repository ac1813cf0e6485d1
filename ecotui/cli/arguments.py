"""The command line's words: what may be typed, and which function it means."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import ecotui
from ecotui.cli.settings import with_settings
from ecotui.cli.words import EPILOG, Namespace, Parser, command, increase, percentage
from ecotui.cli.words_boards import board_words
from ecotui.cli.words_findings import finding_words
from ecotui.cli.words_published import published_words
from ecotui.cli.words_quality import quality_of, quality_options, quality_words
from ecotui.cli.words_sweep import sweep_words
from ecotui.cli.words_terminal import terminal_options
from ecotui.cli.words_transfer import transfer_words
from ecotui.cli.words_trash import trash_words
from ecotui.cli.words_watch import recorder_words, watch_words
from ecotui.core.against import arms_against, baseline_first
from ecotui.core.arm import ENGINES, QUANTIZATIONS, Arm
from ecotui.core.errors import UsageError
from ecotui.core.plan import BLOCKS, DEVICES, ORDERS, SENSORS, UNTIL_BLOCKS, Plan, Protocol

T = TypeVar("T")
SENSOR_HELP = f"one of {', '.join(SENSORS)} (default nvml; with --device cpu simulated)"
MODEL_HELP = (
    "synthetic:NAME, sample:NAME, a Hugging Face id, or a path (default synthetic:mistral-7b; simulated synthetic:tiny)"
)

FRESH = "without the plan and the screen of last time"


def parse(words: Sequence[str]) -> Namespace:
    """The words as a namespace.

    Raises:
        UsageError: they cannot be meant.
    """
    if words[:1] == ["record"]:
        return recorder_parser().parse_args(words[1:], Namespace())
    if words[:1] == ["record-watched"]:
        recorder_words(made := Parser(prog="ecotui record-watched"))
        return made.parse_args(words[1:], Namespace())
    top = parser()
    return with_settings(top.parse_args(words, Namespace()), top)


def parser() -> Parser:
    """The whole command line of an operator."""
    top = Parser(
        prog="ecotui",
        description="A terminal instrument for the energy of LLM inference. Without a command: the application.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"ecotui {ecotui.__version__}")
    top.set_defaults(handler="application:start", json=False, demo=False)
    top.add_argument("--fresh", action="store_true", help=FRESH)
    plan_options(top)
    terminal_options(top)
    commands = top.add_subparsers(metavar="COMMAND", parser_class=Parser)
    demo = commands.add_parser("demo", help="the application on a simulated board and a tiny model; needs no GPU")
    demo.set_defaults(handler="application:start", demo=True)
    demo.add_argument("--fresh", action="store_true", default=argparse.SUPPRESS, help=f"{FRESH}: always so here")
    plan_options(demo)
    terminal_options(demo, below=True)
    run = command(commands, "run", "run:run", "measure without a screen, and store the run")
    plan_options(run)
    run.add_argument("--worker", choices=("transformers", "scripted"), default="transformers", help=argparse.SUPPRESS)
    listed(commands)
    comparing(commands)
    recorded_words(commands)
    forecast = command(commands, "forecast", "memory:forecast", "memory that an arm will need; loads nothing")
    arm_options(forecast)
    against_option(forecast.add_argument_group("arms beside it"))
    quality_options(forecast)
    place_options(forecast)
    for more in (models_words, quality_words, host_words, sweep_words, finding_words):
        more(commands)
    for more in (published_words, transfer_words, trash_words, watch_words, board_words):
        more(commands)
    return top


def recorded_words(commands: Any) -> None:
    """What looks at one recorded session: show, replay."""
    show = command(commands, "show", "stored:show", "recompute a session's summary from its log")
    show.add_argument("log", metavar="LOG", help="a log.jsonl[.gz], or the id of a run")
    replay = command(commands, "replay", "application:replay", "play a recorded session in the Monitor")
    replay.add_argument("log", metavar="LOG", help="a log.jsonl[.gz], or the id of a run")
    terminal_options(replay, below=True)
    replay.add_argument(
        "--at", type=float, metavar="SECONDS", help="hold it there; with --json: the state then, else the end"
    )


def host_words(commands: Any) -> None:
    """What looks at this host, and serves on it: selftest, config, serve, doctor."""
    selftest = command(commands, "selftest", "selftest:selftest", "what a board's sensors are worth; two minutes")
    selftest.add_argument("--gpu", type=int, default=0, metavar="I", help="index of the board (default 0)")
    selftest.add_argument("--sensor", choices=SENSORS, default="nvml", help="default nvml")
    selftest.add_argument(
        "--seconds", type=float, default=120.0, metavar="S", help="about so long; below 120 the bars are wider"
    )
    config = command(commands, "config", "configuring:config", "the settings: their file, and what is in force")
    config.add_argument("--init", action="store_true", help="write the file, everything in it as a comment")
    serving = command(commands, "serve", "serving:serve", "the application in a browser, for this machine alone")
    serving.add_argument("--port", type=int, default=8000, metavar="P", help="default 8000; 0 is any that is free")
    said = "as after `ecotui`: demo, replay LOG, watch"
    serving.add_argument("words", nargs=argparse.REMAINDER, metavar="WORD", help=said)
    command(commands, "doctor", "doctor:doctor", "check driver, sensors, libraries, folders and selftests")


def models_words(commands: Any) -> None:
    """The command that lists what can be named after --model."""
    models = command(commands, "models", "models:models", "models of the local cache, and whether they fit this board")
    models.add_argument(
        "filter", nargs="*", help="words that must match name, origin (cache, sample, synthetic) or state"
    )
    arm_options(models)
    place_options(models)
    models.set_defaults(against=[])


def listed(commands: Any) -> None:
    """The command that lists what is stored."""
    runs = command(commands, "runs", "stored:runs", "list stored runs and samples")
    words = "words that must match model, quantization, engine, label, board, outcome, batch (b8) or quality"
    runs.add_argument("filter", nargs="*", help=words)
    runs.add_argument("--published", action="store_true", help="published rows and ranges too, for context")


def comparing(commands: Any) -> None:
    """The commands that hold stored runs against each other, or make the store anew."""
    meant = "id of a run, its beginning, or its last four letters"
    compare = command(commands, "compare", "comparing:compare", "two to four runs side by side, the first the baseline")
    compare.add_argument("run", nargs="+", metavar="RUN", help=meant)
    compare.add_argument("--markdown", action="store_true", help="a Markdown table for a report")
    compare.add_argument("--context", action="store_true", help="published figures of the same model, never as an arm")
    gate = command(commands, "gate", "comparing:gate", "fails on a proven increase of energy a token, and only then")
    gate.add_argument("--baseline", required=True, metavar="RUN", help=meant)
    gate.add_argument("--candidate", required=True, metavar="RUN", help="the run that may not take more")
    gate.add_argument(
        "--max-increase", type=increase, default=2.0, metavar="P%", help="what is allowed, 0%% or more (default 2%%)"
    )
    for one in (compare, gate):
        one.add_argument(
            "--factor",
            action="append",
            default=[],
            metavar="NAME",
            help="what the runs are compared in, where they differ in more than quantization or engine; repeatable",
        )
    store = commands.add_parser("store", help="the store of completed runs")
    store.set_defaults(handler="storing:rebuilding", json=False)
    parts = store.add_subparsers(metavar="ACTION", parser_class=Parser, required=True)
    command(parts, "rebuild", "storing:rebuilding", "make the store anew from the logs; nothing else is lost")


def recorder_parser() -> Parser:
    """The words of the recorder's own process, which an operator never types."""
    made = Parser(prog="ecotui record", description="The recorder's own process; reads a plan from stdin.")
    made.add_argument("session")
    made.add_argument("--worker", choices=("transformers", "scripted"), default="transformers")
    made.set_defaults(handler="run:record_session", json=False)
    return made


def plan_options(to: argparse.ArgumentParser) -> None:
    """Options that make a plan; what is not typed stays None, so that defaults can depend on the board."""
    arm_options(to)
    group = to.add_argument_group("the protocol")
    group.add_argument("--warmups", type=int, metavar="K", help="discarded generations before the windows (default 3)")
    group.add_argument("--windows", type=int, metavar="K", help="measured windows (default 10)")
    group.add_argument("--window-seconds", type=float, metavar="S", help="shortest window (default 10; simulated 1)")
    group.add_argument("--idle-seconds", type=float, metavar="S", help="each idle baseline (default 10; simulated 2)")
    gate = group.add_mutually_exclusive_group()
    gate.add_argument(
        "--gate-seconds",
        type=float,
        metavar="S",
        help="how far back the stability gate looks (default 60; simulated 5)",
    )
    gate.add_argument(
        "--no-gate", action="store_true", default=None, help="measure without waiting until the board has settled"
    )
    gate.add_argument("--gate", action="store_false", dest="no_gate", help=argparse.SUPPRESS)
    group.add_argument(
        "--gate-timeout",
        type=float,
        metavar="S",
        help="then measure all the same, as UNSTABLE (default 600; simulated 60)",
    )
    group.add_argument(
        "--split-prefill", action="store_true", default=None, help="more windows, to tell prefill from decode energy"
    )
    group.add_argument("--no-split-prefill", action="store_false", dest="split_prefill", help=argparse.SUPPRESS)
    _pair_options(to)
    quality_options(to)
    place_options(to)


def _pair_options(to: argparse.ArgumentParser) -> None:
    """Options that make arms take turns."""
    pair = to.add_argument_group("a paired session")
    against_option(pair)
    pair.add_argument("--blocks", type=int, metavar="K", help=f"blocks of two windows an arm (default {BLOCKS})")
    pair.add_argument(
        "--until",
        type=percentage,
        metavar="P%",
        help="go on until the second arm's energy a token against the first's is known to ±P %%, P the half width of "
        f"its 95 %% interval (so 1%% asks for ±1 %%); --blocks is then the most (default {UNTIL_BLOCKS})",
    )
    pair.add_argument("--order", metavar="O", help=f"{' or '.join(ORDERS)}: whose turn it is in a block (default abba)")


def against_option(to: Any) -> None:
    """The option that names another arm."""
    to.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="WORD",
        help="another arm that takes turns with the first: a quantization, an engine, both (nf4+graph), or same; "
        "repeatable. Ratios are over the first arm: against fp16, that is fp16, and --quant is held against it",
    )


def arm_options(to: argparse.ArgumentParser) -> None:
    """Options that make an arm."""
    group = to.add_argument_group("the arm")
    group.add_argument("--model", help=MODEL_HELP)
    group.add_argument("--quant", metavar="QUANT", help=f"one of {', '.join(QUANTIZATIONS)} (default fp16)")
    group.add_argument("--engine", metavar="E", help=f"{' or '.join(ENGINES)}: whose loop decodes (default eager)")
    group.add_argument("--batch-size", type=int, metavar="B", help="rows generated at once (default 1)")
    group.add_argument("--new-tokens", type=int, metavar="N", help="tokens generated a row (default 256)")
    group.add_argument("--prompt-tokens", type=int, metavar="P", help="length of each prompt (default 16)")
    group.add_argument(
        "--no-outliers", action="store_true", default=None, help="synthetic models without outlier channels"
    )
    group.add_argument("--outliers", action="store_false", dest="no_outliers", help=argparse.SUPPRESS)
    group.add_argument("--trust-remote-code", action="store_true", help="let a model's repository run its own code")


def place_options(to: argparse.ArgumentParser) -> None:
    """Options that say where."""
    group = to.add_argument_group("where")
    group.add_argument("--gpu", type=int, metavar="I", help="index of the board, as nvidia-smi counts (default 0)")
    group.add_argument("--sensor", metavar="S", help=SENSOR_HELP)
    group.add_argument("--device", metavar="D", help=f"one of {', '.join(DEVICES)} (default cuda; simulated cpu)")
    group.add_argument(
        "--peak-bandwidth", type=float, metavar="GB/s", help="the board's peak memory bandwidth, instead of the table's"
    )
    group.add_argument("--label", help="your own words, stored with the run")


def plan_from(chosen: argparse.Namespace, demo: bool = False) -> Plan:
    """The plan that was typed, with the board's defaults for the rest; not yet checked.

    A simulated board has short windows and the tiny model as its defaults.
    """
    sensor = _typed(chosen.sensor, "simulated" if demo or chosen.device == "cpu" else "nvml")
    simulated = sensor == "simulated"
    arms = baseline_first(arms_against(arm_from(chosen, simulated, demo), chosen.against))
    device = _typed(chosen.device, "cpu" if simulated else "cuda")
    return Plan(
        arms,
        _protocol(chosen, sensor),
        sensor,
        _typed(chosen.gpu, 0),
        device,
        chosen.label or "",
        chosen.peak_bandwidth,
        quality_of(chosen),
    )


def arm_from(chosen: argparse.Namespace, simulated: bool, demo: bool = False) -> Arm:
    """The arm that was typed."""
    return Arm(
        model=_typed(chosen.model, "synthetic:tiny" if simulated else "synthetic:mistral-7b"),
        quantization=_typed(chosen.quant, "fp16"),
        batch_size=_typed(chosen.batch_size, 4 if demo else 1),
        prompt_tokens=_typed(chosen.prompt_tokens, 16),
        new_tokens=_typed(chosen.new_tokens, 64 if demo else 256),
        engine=_typed(chosen.engine, "eager"),
        trust_remote_code=chosen.trust_remote_code,
        outliers=not chosen.no_outliers,
    )


def _protocol(chosen: argparse.Namespace, sensor: str) -> Protocol:
    base = Protocol.for_sensor(sensor)
    if not chosen.against and chosen.until is not None:
        raise UsageError("--until goes with --against.", "Name another arm with --against.")
    if not chosen.against and (chosen.blocks is not None or chosen.order is not None):
        raise UsageError("--blocks and --order go with --against.", "Name another arm with --against.")
    if chosen.against and chosen.windows is not None:
        raise UsageError("--windows goes with a single run: a block holds two windows an arm.", "Use --blocks.")
    return replace(
        base,
        blocks=_blocks(chosen.blocks, BLOCKS if chosen.until is None else UNTIL_BLOCKS) if chosen.against else 0,
        until_pct=chosen.until,
        order=_typed(chosen.order, base.order),
        idle_s=_typed(chosen.idle_seconds, base.idle_s),
        warmups=_typed(chosen.warmups, base.warmups),
        windows=_typed(chosen.windows, base.windows),
        window_s=_typed(chosen.window_seconds, base.window_s),
        gate_s=0.0 if chosen.no_gate else _gate(chosen.gate_seconds, base.gate_s),
        gate_timeout_s=_typed(chosen.gate_timeout, base.gate_timeout_s),
        split_prefill=bool(chosen.split_prefill),
    )


def _blocks(typed: int | None, otherwise: int) -> int:
    if typed is not None and typed < 1:
        raise UsageError(f"--blocks must be at least 1, not {typed}.")
    return _typed(typed, otherwise)


def _gate(typed: float | None, base: float) -> float:
    if typed == 0:
        raise UsageError("--gate-seconds must be above 0.", "Use --no-gate to go without the stability gate.")
    return _typed(typed, base)


def _typed(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value
