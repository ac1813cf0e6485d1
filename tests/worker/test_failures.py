"""Errors from outside become sentences that a terminal can show."""

from __future__ import annotations

import pytest

from ecotui.core.errors import UsageError, WorkerError
from ecotui.worker.device import ordinal
from ecotui.worker.failures import clean, translate


class GatedRepoError(Exception):
    """As huggingface_hub names it."""


class RepositoryNotFoundError(Exception):
    """As huggingface_hub names it."""


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "The GPU ran out of memory while warming up."),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "The host ran out of memory"),
        (GatedRepoError("401 Client Error. Cannot access gated repo"), "without permission"),
        (
            RepositoryNotFoundError("401. If you are trying to access a private or gated repo, log in"),
            "There is no such model on the hub",
        ),
        (ValueError("contains custom code ... pass `trust_remote_code=True`"), "brings its own Python code"),
        (OSError("We couldn't connect to 'https://huggingface.co' to load the files"), "cannot be reached"),
        (OSError("Error no file named model.safetensors found in directory /m"), "are missing"),
        (ValueError("Unrecognized configuration class X for this kind of AutoModel: AutoModelForCausalLM"), "causal"),
        (ImportError("Using `bitsandbytes` 8-bit quantization requires it"), "bitsandbytes failed"),
        (KeyError("\x1b[31mred\nsecond"), "KeyError while warming up:"),
    ],
)
def test_errors_from_outside_become_one_sentence(error: Exception, what: str) -> None:
    told = translate(error, "warming up")
    assert what in told.what
    assert (told.what + told.advice).isprintable()
    assert told.advice


def test_the_cause_of_an_error_is_read_as_well() -> None:
    outer = OSError("something went wrong")
    outer.__cause__ = GatedRepoError("no")
    assert "permission" in translate(outer, "loading x").what


def test_the_projects_own_errors_keep_their_words() -> None:
    told = translate(UsageError("There is no model.", "Name one."), "loading")
    assert (told.what, told.advice) == ("There is no model.", "Name one.")


def test_clean_keeps_one_line_of_bounded_length() -> None:
    assert clean("a\tb\n\x1b[2Jc") == "a b [2Jc"
    assert clean("é" * 500, 10) == "é" * 9 + "…"


def test_an_nvml_index_is_mapped_through_cuda_visible_devices() -> None:
    uuids = {0: "GPU-aaaa-1", 1: "GPU-bbbb-2"}.__getitem__
    assert ordinal(3, None, uuids) == 3
    assert ordinal(3, "1,3", uuids) == 1
    assert ordinal(1, "GPU-bbbb,GPU-aaaa", uuids) == 0
    assert ordinal(0, "GPU-bbbb,GPU-aaaa", uuids) == 1


@pytest.mark.parametrize("visible", ["", "1,2", "-1", "MIG-xyz"])
def test_a_hidden_card_is_refused_with_the_variables_name(visible: str) -> None:
    with pytest.raises(WorkerError, match="CUDA_VISIBLE_DEVICES"):
        ordinal(0, visible, lambda _: "GPU-aaaa")
