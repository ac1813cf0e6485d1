"""Words of `ecotui quality`, and of what scores quality after the energy windows."""

from __future__ import annotations

import argparse
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from ecotui.cli.checking_quality import check_names
from ecotui.cli.words import EPILOG, command
from ecotui.core.arm import QUANTIZATIONS, Arm, quantization
from ecotui.core.errors import UsageError
from ecotui.core.plan import DEVICES, SENSORS, Plan, Protocol
from ecotui.core.quality import EMBEDDED, REFERENCE, STRIDE, WIKITEXT, WINDOW, Quality

T = TypeVar("T")
MODEL = "sample:whale-1m"
"""Comes with ecotui, has real weights, and is scored on any machine."""
OPTIONS = ("text", "quality_window", "quality_stride", "quality_tokens", "decode_path", "tasks", "task_limit")
"""Of quality, as argparse names them."""
EXAMPLES = f"""\
Perplexity by sliding window (the convention of Hugging Face's page) and by
blocks, windows that follow one another (GPTQ's); divergence and top-1
agreement with fp16 over the same tokens (llama.cpp's). Ratios have 95 %
intervals by paired block bootstrap over windows. Of synthetic models, whose
weights are random, only divergence and agreement are told.
Ctrl+c stops and keeps the windows that are done. The session is stored:
`ecotui show` tells it again, `ecotui watch` goes on watching it.

examples:
  the sample model that comes along, on a part of the packaged text
    ecotui quality --quant nf4,int8 --against fp16 --quality-tokens 30000
  a model of the hub, on WikiText-2
    ecotui quality --model M --quant nf4 --against fp16 --text {WIKITEXT}
  by the path that generation goes, eight rows together
    ecotui quality --model M --quant int8 --against fp16 --decode-path
      --batch-size 8 --quality-tokens 20000
  tasks of lm-eval, two hundred samples of each
    ecotui quality --model M --quant nf4 --tasks hellaswag,mmlu --task-limit 200
  energy and quality of the same arms in one session
    ecotui run --model M --against nf4 --quality

{EPILOG}"""


def quality_words(commands: Any) -> None:
    """Add the command to the command line."""
    it = command(commands, "quality", "quality:quality", "what a quantization costs in quality: perplexity, divergence")
    it.epilog = EXAMPLES
    arms = it.add_argument_group("the arms")
    arms.add_argument("--model", help=f"a Hugging Face id, a local path, or a model that comes along (default {MODEL})")
    arms.add_argument(
        "--quant",
        action="append",
        default=[],
        dest="quants",
        metavar="QUANT",
        help=f"one of {', '.join(QUANTIZATIONS)} (default {REFERENCE}); repeatable, or a list with commas",
    )
    arms.add_argument(
        "--against", action="append", default=[], metavar=REFERENCE, help=f"what they are held against: {REFERENCE}"
    )
    arms.add_argument("--batch-size", type=int, metavar="B", help="rows that decode together on --decode-path")
    arms.add_argument("--trust-remote-code", action="store_true", help="let a model's repository run its own code")
    _how(it.add_argument_group("how it is scored"))
    where = it.add_argument_group("where")
    where.add_argument("--gpu", type=int, metavar="I", help="index of the board, as nvidia-smi counts (default 0)")
    where.add_argument(
        "--device", metavar="D", help=f"one of {', '.join(DEVICES)} (default cuda; cpu where no GPU answers)"
    )
    where.add_argument("--sensor", metavar="S", help=f"one of {', '.join(SENSORS)}: whose board is watched meanwhile")
    where.add_argument("--label", help="your own words, stored with the run")
    it.add_argument("--worker", choices=("transformers", "scripted"), default="transformers", help=argparse.SUPPRESS)


def quality_options(to: argparse.ArgumentParser, instead: str = "") -> None:
    """Options that have the arms of a run scored, too. instead: what they take the place of."""
    group = to.add_argument_group(f"quality beside energy{instead}")
    group.add_argument(
        "--quality",
        action="store_true",
        default=None,
        help="score every arm after its energy windows: perplexity, and divergence from fp16",
    )
    if not instead:
        group.add_argument("--no-quality", action="store_false", dest="quality", help=argparse.SUPPRESS)
    _how(group)


def _how(group: Any) -> None:
    group.add_argument(
        "--text",
        metavar="TEXT",
        help=f"{EMBEDDED}, {WIKITEXT} (the raw test split), or a UTF-8 file (default {EMBEDDED})",
    )
    group.add_argument("--quality-window", type=int, metavar="N", help=f"tokens of a window (default {WINDOW:,})")
    group.add_argument(
        "--quality-stride",
        type=int,
        metavar="N",
        help=f"tokens between sliding windows (default {STRIDE}; a quarter of a shorter window)",
    )
    group.add_argument("--quality-tokens", type=int, metavar="N", help="only the first N tokens of the text")
    group.add_argument(
        "--decode-path",
        action="store_true",
        default=None,
        help="token by token through a cache, as generation goes; LLM.int8's threshold flags other columns there",
    )
    group.add_argument("--tasks", metavar="T,T", help="tasks of lm-eval, such as hellaswag,mmlu")
    group.add_argument("--task-limit", type=int, metavar="N", help="samples of each task (default all)")


def quality_of(chosen: argparse.Namespace, *, alone: bool = False) -> Quality | None:
    """How the arms are scored, not yet checked; None where they are not to be.

    Raises:
        UsageError: an option of quality without --quality, or a text or task that cannot be meant.
    """
    if not alone and not chosen.quality:
        typed = next((name for name in OPTIONS if getattr(chosen, name) not in (None, False)), None)
        if typed is not None:
            raise UsageError(f"--{typed.replace('_', '-')} goes with --quality.", "Add --quality, or leave it out.")
        return None
    tasks = () if chosen.tasks is None else _tasks(chosen.tasks)
    if chosen.task_limit is not None and not tasks:
        raise UsageError("--task-limit goes with --tasks.", "Name tasks of lm-eval, such as --tasks hellaswag.")
    window = _or(chosen.quality_window, WINDOW)
    stride = _or(chosen.quality_stride, min(STRIDE, max(window // 4, 1)))
    text = EMBEDDED if chosen.text is None else text_named(chosen.text)
    return Quality(
        text, window, stride, chosen.quality_tokens, bool(chosen.decode_path), tasks, chosen.task_limit, alone
    )


def text_named(typed: str) -> str:
    """A text's name as it is, a file's path made absolute: the recorder's folder is another one."""
    if typed in (EMBEDDED, WIKITEXT) or not typed.strip():
        return typed
    try:
        return str(Path(typed).expanduser().absolute())
    except RuntimeError:  # a home of nobody's
        return typed


def _tasks(typed: str) -> tuple[str, ...]:
    """ "a,b" as names, each once."""
    names = tuple(dict.fromkeys(word.strip() for word in typed.split(",") if word.strip()))
    if not names:
        raise UsageError("--tasks names none.", "Name tasks of lm-eval, such as --tasks hellaswag,mmlu.")
    check_names(names)
    return names


def alone_plan(chosen: argparse.Namespace, sensor: str) -> Plan:
    """The plan of a session without energy windows, the reference first; not yet checked."""
    first = Arm(
        _or(chosen.model, MODEL), REFERENCE, _or(chosen.batch_size, 1), trust_remote_code=chosen.trust_remote_code
    )
    arms = tuple(replace(first, quantization=name) for name in quantizations_of(chosen))
    protocol = replace(Protocol.for_sensor(sensor), gate_s=0.0, examine=False, idle_after=False)
    device = chosen.device or ("cpu" if sensor == "simulated" else "cuda")
    how = quality_of(chosen, alone=True)
    return Plan(arms, protocol, sensor, _or(chosen.gpu, 0), device, chosen.label or "", quality=how)


def _or(value: T | None, otherwise: T) -> T:
    return otherwise if value is None else value


def quantizations_of(chosen: argparse.Namespace) -> tuple[str, ...]:
    """The quantizations that are scored, each once, fp16 first where it is among them or they are held against it.

    Raises:
        UsageError: one is unknown, or they are to be held against another than fp16.
    """
    words = [name.strip() for typed in chosen.quants for name in typed.split(",") if name.strip()]
    for word in chosen.against:
        if word != REFERENCE:
            near = get_close_matches(word.lower(), QUANTIZATIONS, n=1, cutoff=0.5)
            advice = f"Name {near[0]} with --quant." if near and near[0] != REFERENCE else f"Write {REFERENCE}."
            raise UsageError(f"Quality is held against {REFERENCE}, not against {word!r}.", advice)
    names = dict.fromkeys([*chosen.against, *words] or [REFERENCE])
    for name in names:
        quantization(name)
    return tuple(sorted(names, key=lambda name: name != REFERENCE))
