"""Every way in which loading and generating can fail, said in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecotui.core.errors import EcotuiError, WorkerError
from ecotui.core.wire import WireError


@dataclass(frozen=True, slots=True)
class _Rule:
    signs: tuple[str, ...]
    """Lower-case pieces of an exception's class or message; one of them is enough."""
    what: str
    """Sentence with {doing} for what was being done."""
    advice: str


_RULES = (
    _Rule(
        ("outofmemoryerror", "cuda out of memory", "cuda error: out of memory", "cublas_status_alloc_failed"),
        "The GPU ran out of memory while {doing}.",
        "Take a smaller --batch-size, a 4-bit quantization (nf4) or a smaller model, or end other programs on the GPU.",
    ),
    _Rule(
        ("memoryerror", "can't allocate memory", "defaultcpuallocator"),
        "The host ran out of memory while {doing}.",
        "Take a smaller model or batch, or end other programs.",
    ),
    _Rule(
        ("gatedrepoerror", "you are trying to access a gated repo", "403 client error"),
        "The hub does not give this model to you without permission ({doing}).",
        "Accept its licence on huggingface.co and log in with `hf auth login`, or take an open model.",
    ),
    _Rule(
        ("trust_remote_code", "contains custom code"),
        "The model brings its own Python code, which was not run ({doing}).",
        "Code from a model's author can do anything that you can, so it is off by default. "
        "If you have read it and trust it, add --trust-remote-code.",
    ),
    _Rule(
        ("offlinemodeisenabled", "localentrynotfounderror", "couldn't connect to", "connecterror", "connectionerror"),
        "The model is not in the local cache and the hub cannot be reached ({doing}).",
        "Check the spelling and the network, name a local folder, or take a synthetic: or sample: model.",
    ),
    _Rule(
        ("repositorynotfounderror", "is not a valid model identifier", "hfvalidationerror", "repo id must"),
        "There is no such model on the hub ({doing}).",
        "Check the spelling: ORGANIZATION/NAME, a local folder, synthetic:NAME, or sample:NAME.",
    ),
    _Rule(
        ("safetensorerror", "header too large", "unpicklingerror", "pytorchstreamreader", "size mismatch", "eoferror"),
        "The model's weights cannot be read: a file is damaged, cut off or of another model ({doing}).",
        "Download the model again.",
    ),
    _Rule(
        ("no file named", "does not appear to have", "no such file"),
        "The model's weights or its config.json are missing ({doing}).",
        "Download the model again; ecotui reads safetensors or PyTorch checkpoints, not GGUF.",
    ),
    _Rule(
        ("not a valid json file", "jsondecodeerror"),
        "The model's config.json is not JSON ({doing}).",
        "Download the model again.",
    ),
    _Rule(
        ("for this kind of automodel",),
        "The model is not one that generates text token by token (a causal language model) ({doing}).",
        "Choose a causal language model.",
    ),
    _Rule(
        ("does not recognize this architecture", "unrecognized model", "unrecognized configuration"),
        "The installed transformers does not know this model's architecture ({doing}).",
        "Upgrade transformers, or choose another model.",
    ),
    _Rule(
        ("bitsandbytes",),
        "bitsandbytes failed while {doing}.",
        "Reinstall bitsandbytes for your CUDA (pip install -U bitsandbytes), or measure fp16 or bf16.",
    ),
    _Rule(
        ("no kernel image", "not compiled with cuda", "cuda driver version", "no nvidia driver"),
        "The installed torch cannot use this GPU ({doing}).",
        "Install a torch build for your CUDA driver (pytorch.org says which), or run with --device cpu.",
    ),
)


def translate(error: BaseException, doing: str) -> EcotuiError:
    """The error as what happened and what to do; one that is the project's own already keeps its words."""
    if isinstance(error, EcotuiError):
        return WorkerError(clean(error.what), clean(error.advice))
    if isinstance(error, WireError):
        return WorkerError(f"A command from the recorder could not be read: {clean(str(error), 80)}.")
    text = " ".join(_chain(error)).lower()
    for rule in _RULES:
        if any(sign in text for sign in rule.signs):
            return WorkerError(rule.what.format(doing=doing), rule.advice)
    first = next((line for line in str(error).splitlines() if line.strip()), "no message")
    return WorkerError(f"{type(error).__name__} while {doing}: {clean(first, 200)}", "The worker's log says where.")


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{type(error).__name__}: {error}"
        error = error.__cause__ or error.__context__


def clean(text: str, most: int = 400) -> str:
    """Text from outside, fit for a terminal: one line, nothing that moves a cursor, at most `most` letters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
