"""Counters of inference servers out of their Prometheus text: which names they give to the same things."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecotui.core.errors import EcotuiError
from ecotui.core.units import clean


class ServerError(EcotuiError):
    """The watched server does not answer, or not with what was asked."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a server calls its counters and gauges; without `_total`, which not all versions write."""

    server: str
    generated: str
    prompt: str
    running: str
    waiting: str
    counts: str
    """When tokens are counted: "steps" or "requests"."""
    told: str = ""


SERVERS: tuple[Names, ...] = (
    Names(
        "vllm",
        "vllm:generation_tokens",
        "vllm:prompt_tokens",
        "vllm:num_requests_running",
        "vllm:num_requests_waiting",
        "steps",
    ),
    Names(
        "sglang",
        "sglang:generation_tokens",
        "sglang:prompt_tokens",
        "sglang:num_running_reqs",
        "sglang:num_queue_reqs",
        "requests",
        "sglang:gen_throughput",
    ),
    Names(
        "tgi",
        "tgi_request_generated_tokens_sum",
        "tgi_request_input_length_sum",
        "tgi_batch_current_size",
        "tgi_queue_size",
        "requests",
    ),
    Names(
        "llama.cpp",
        "llamacpp:tokens_predicted",
        "llamacpp:prompt_tokens",
        "llamacpp:requests_processing",
        "llamacpp:requests_deferred",
        "requests",
    ),
)
BORN = "process_start_time_seconds"
MODEL = ("model_name", "model", "model_id")
"""Labels that carry a model's name."""
LINE = re.compile(r"^([A-Za-z_:][A-Za-z0-9_:]*)[{ \t]")
SHOWN = 5
"""Names of an unknown server that are told."""


@dataclass(frozen=True, slots=True)
class Sums:
    """One answer, summed over engines and models; None where it does not tell."""

    names: Names
    values: Mapping[str, float] = field(default_factory=dict)
    """By the names of `Names`."""
    born_s: float | None = None
    models: tuple[str, ...] = ()
    series: int = 1
    """Counters of generated tokens that were summed."""

    def get(self, name: str) -> float | None:
        """The sum of a name; None where it is not told."""
        return self.values.get(name) if name else None


def plain(name: str) -> str:
    """A name as all versions and exporters write it: colons as underscores, without `_total`."""
    return name.replace(":", "_").removesuffix("_total")


WANTED = {
    plain(name): it for it in SERVERS for name in (it.generated, it.prompt, it.running, it.waiting, it.told) if name
}


def read(text: str) -> Sums:
    """The counters of the server whose names the text holds; of several servers, the one with most of them.

    Raises:
        ServerError: the text is none of Prometheus, or holds no name that is known.
    """
    lines = [line for line in text.splitlines() if (m := LINE.match(line)) and (plain(m[1]) in WANTED or m[1] == BORN)]
    samples = list(_parsed("\n".join(lines) + "\n"))
    found = [WANTED[plain(name)] for name, _, _ in samples if plain(name) in WANTED]
    if not found:
        raise _unknown(text)
    names = max(SERVERS, key=found.count)
    return _summed(names, samples)


def _summed(names: Names, samples: list[tuple[str, Mapping[str, str], float]]) -> Sums:
    own = {plain(n): n for n in (names.generated, names.prompt, names.running, names.waiting, names.told) if n}
    values: dict[str, float] = {}
    born, models, series = list[float](), dict[str, None](), 0
    for name, labels, value in samples:
        if name == BORN:
            born.append(value)
        elif plain(name) in own and math.isfinite(value):
            key = own[plain(name)]
            values[key] = values.get(key, 0.0) + value
            series += key == names.generated
            models.update({clean(m, 120): None for label in MODEL if (m := labels.get(label))})
    return Sums(names, values, max(born, default=None), tuple(models), max(series, 1))


def _parsed(text: str) -> Iterator[tuple[str, Mapping[str, str], float]]:
    from prometheus_client.parser import text_string_to_metric_families

    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                yield sample.name, sample.labels, float(sample.value)
    except (ValueError, IndexError, KeyError) as error:
        raise ServerError(
            f"What the server answers cannot be read as metrics of Prometheus ({clean(error, 120)}).",
            "Name the address of its metrics, for instance http://localhost:8000/metrics.",
        ) from error


def _unknown(text: str) -> ServerError:
    names = dict.fromkeys(m[1] for line in text.splitlines() if (m := LINE.match(line)) and not line.startswith("#"))
    if not names or text.lstrip()[:1] in ("<", "{", "["):
        kind = "a web page" if text.lstrip().startswith("<") else "no metrics of Prometheus"
        return ServerError(
            f"The server answers with {kind}.",
            "Name the address of its metrics, for instance http://localhost:8000/metrics.",
        )
    told = ", ".join(list(names)[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    return ServerError(
        f"None of the server's metrics is one of vLLM, SGLang, TGI or llama.cpp; it has {clean(told, 300)}.",
        "Name the address of the inference server itself; SGLang wants --enable-metrics, llama-server --metrics.",
    )
