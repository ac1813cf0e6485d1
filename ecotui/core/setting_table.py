"""Every setting beside the keys: what it is for, what it may be, and its option of the command line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

SECTIONS = ("keys", "defaults", "ui")
TEXT, WHOLE, NUMBER, FLAG = "text in quotes", "a whole number", "a number", "true or false"
KINDS: Mapping[str, Callable[[object], bool]] = {
    TEXT: lambda value: isinstance(value, str),
    WHOLE: lambda value: isinstance(value, int) and not isinstance(value, bool),
    NUMBER: lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
    FLAG: lambda value: isinstance(value, bool),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One name that may stand in the file."""

    name: str
    kind: str
    """A key of KINDS."""
    text: str
    """What it says, with its unit."""
    example: str
    """As it is written: what ecotui comes with where that is one value."""
    option: str = ""
    """Of the command line, with its dashes; empty where there is none."""
    flag: bool = True
    """Of what is true or false: the value that the option stands for."""


def _plan(name: str, kind: str, text: str, example: str) -> Setting:
    return Setting(name, kind, text, example, f"--{name.replace('_', '-')}")


PLAN = (
    _plan("model", TEXT, "synthetic:NAME, sample:NAME, a Hugging Face id, or a local path", '"synthetic:mistral-7b"'),
    _plan("quant", TEXT, "fp16, bf16, nf4, nf4-dq, int8 or int8-pure", '"fp16"'),
    _plan("engine", TEXT, "eager or graph", '"eager"'),
    _plan("batch_size", WHOLE, "rows generated at once", "1"),
    _plan("prompt_tokens", WHOLE, "length of each prompt", "16"),
    _plan("new_tokens", WHOLE, "tokens generated a row", "256"),
    Setting("outliers", FLAG, "outlier channels of synthetic models", "true", "--no-outliers", flag=False),
    _plan("warmups", WHOLE, "discarded generations before the windows", "3"),
    _plan("windows", WHOLE, "measured windows of a single run", "10"),
    _plan("window_seconds", NUMBER, "shortest window, s", "10"),
    _plan("idle_seconds", NUMBER, "each idle baseline, s", "10"),
    _plan("gate_seconds", NUMBER, "how far back the stability gate looks, s", "60"),
    Setting("gate", FLAG, "wait until the board has settled", "true", "--no-gate", flag=False),
    _plan("gate_timeout", NUMBER, "then measure all the same, as UNSTABLE, s", "600"),
    _plan("split_prefill", FLAG, "more windows, to tell prefill from decode energy", "false"),
    _plan("blocks", WHOLE, "blocks of a paired session, two windows an arm each", "5"),
    _plan(
        "until", NUMBER, "a paired session goes on until half of its ratio's 95 % interval is at most so wide, %", "1"
    ),
    _plan("order", TEXT, "abba or random: whose turn it is in a block", '"abba"'),
    _plan("quality", FLAG, "score every arm after its windows", "false"),
    _plan("text", TEXT, "what is scored: embedded, wikitext-2, or the path of a UTF-8 file", '"embedded"'),
    _plan("quality_window", WHOLE, "tokens of a window that is scored", "2048"),
    _plan("quality_tokens", WHOLE, "only so many of the text's first tokens", "30000"),
    _plan("gpu", WHOLE, "index of the board, as nvidia-smi counts", "0"),
    _plan("sensor", TEXT, "nvml or simulated", '"nvml"'),
    _plan("device", TEXT, "cuda or cpu", '"cuda"'),
    _plan("peak_bandwidth", NUMBER, "the board's peak memory bandwidth instead of the table's, GB/s", "3350"),
    _plan("label", TEXT, "your own words, stored with every run", '"rack 4"'),
)
"""What a plan begins with: `ecotui`, `ecotui run`, `ecotui forecast` and `ecotui models`."""
WORKLOAD = (
    _plan("requests_per_day", NUMBER, "requests a day", "10000"),
    _plan("price_gpu_hour", NUMBER, "price of a GPU-hour, in any currency", "2.5"),
    _plan("price_kwh", NUMBER, "price of a kWh, in the same currency", "0.3"),
    _plan("grid", TEXT, "region of the packaged table, or gCO2e a kWh in quotes", '"world"'),
    _plan("pue", NUMBER, "energy of the site over its machines'", "1.0"),
)
"""What a workload begins with: `ecotui findings` and the Findings screen."""
UI = (
    _plan("theme", TEXT, "auto, dark or light: colours for that ground", '"auto"'),
    _plan("ascii", FLAG, "letters of ASCII alone", "false"),
    _plan("budget", TEXT, "most bytes a second that are sent to the terminal", '"16kB/s"'),
    Setting("remember", FLAG, "open with the last plan and screen", "true", "--fresh", flag=False),
)
"""How the application looks and behaves."""
BY_SECTION: Mapping[str, Mapping[str, Setting]] = {
    "defaults": {one.name: one for one in (*PLAN, *WORKLOAD)},
    "ui": {one.name: one for one in UI},
}


def fits(setting: Setting, value: object) -> str | None:
    """None where the value is of the setting's kind; else the kind."""
    return None if KINDS[setting.kind](value) else setting.kind
