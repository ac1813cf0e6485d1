"""transformers' own generate() loop, greedy and eager: the loop that people benchmark."""

from __future__ import annotations

import platform
import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
import transformers
from transformers import GenerationConfig

from ecotui.core import shapes
from ecotui.core.arm import Arm, quantization
from ecotui.core.clock import NS
from ecotui.core.errors import WorkerError
from ecotui.core.events import Resident
from ecotui.core.messages import Load
from ecotui.worker import census, checkpoint, columns, outliers, prompt, quantize, synthetic
from ecotui.worker.device import describe, open_device, release
from ecotui.worker.engine import Profile
from ecotui.worker.examine import examine
from ecotui.worker.failures import clean
from ecotui.worker.stamps import Stamps


class TorchEngine:
    """One model on one device."""

    def __init__(self) -> None:
        self._model: Any = None
        self._arm: Arm | None = None
        self._device = torch.device("cpu")
        self._inputs: dict[str, Any] = {}
        self._special: dict[str, list[int]] = {}
        self._greedy: dict[int, GenerationConfig] = {}
        """By new tokens: making one takes a millisecond, which would be part of a window."""

    def versions(self) -> dict[str, str]:
        """Versions of what is measured with; bitsandbytes' is read from its metadata, without an import."""
        found = {"python": platform.python_version(), "torch": torch.__version__}
        for package in ("transformers", "accelerate", "bitsandbytes"):
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                continue
        return found

    def load(self, command: Load) -> Resident:
        """Build or load the arm's model, and prepare the inputs of its calls."""
        began = time.monotonic_ns()
        arm = command.arm.checked()
        self._unload()
        self._device = open_device(command.device, command.gpu)
        chosen = quantization(arm.quantization)
        facts = {} if chosen.bitsandbytes is None else {"bitsandbytes": quantize.require_bitsandbytes()}
        random = arm.model.lower().startswith(shapes.PREFIX)
        if random:
            shape = shapes.shape(arm.model)
            facts |= {"shape": shape.name, "shape_of": shape.hub_id or "made up"}
            self._model = synthetic.build(shape, chosen, self._device, command.seed, carry=arm.outliers)
            facts["outlier_recipe"] = str(outliers.recipe(self._model.config)) if arm.outliers else "none"
        else:
            self._model = checkpoint.load(arm, self._device)
        self._model.eval().requires_grad_(False)
        self._arm = arm
        facts |= self._prepare(arm, command.seed)
        release()
        load_s = (time.monotonic_ns() - began) / NS
        resident = self._resident(command.number, load_s, "random" if random else "checkpoint", facts)
        # Last: on the CPU bitsandbytes packs 4-bit weights anew in their first product.
        return self._counted(resident, chosen.threshold)

    def generate(self, stamps: Stamps, new_tokens: int | None = None) -> int:
        """One call; the tokens are counted from the output itself."""
        arm = self._arm
        assert arm
        wanted = arm.new_tokens if new_tokens is None else new_tokens
        out = self._call(stamps, wanted)
        rows, length = (int(n) for n in out.shape)
        if (rows, length) != (arm.batch_size, arm.prompt_tokens + wanted):
            raise WorkerError(
                f"generate() gave {rows} rows of {length} tokens instead of {arm.batch_size} of "
                f"{arm.prompt_tokens + wanted}.",
                "The model stops early or brings a generation loop of its own; choose another.",
            )
        return rows * (length - arm.prompt_tokens)

    def examine(self) -> Profile:
        """Profile the last steps of a short call; on the CPU they only run."""
        assert self._arm
        return examine(self._call, self._arm.new_tokens, self._device)

    def synchronize(self) -> None:
        """Wait for the card; the CPU is never behind."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def forget_peak(self) -> None:
        """Start counting the allocator's peak anew."""
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)

    def memory_peak_b(self) -> int | None:
        """Most bytes that torch's allocator held; None on the CPU."""
        return int(torch.cuda.max_memory_allocated(self._device)) if self._device.type == "cuda" else None

    def _unload(self) -> None:
        self._model, self._arm, self._inputs, self._greedy = None, None, {}, {}
        release()

    def _call(self, streamer: Any, new_tokens: int) -> Any:
        config = self._greedy.get(new_tokens)
        if config is None:
            assert self._arm
            prompt.check_length(self._model, self._arm, new_tokens)
            config = self._greedy[new_tokens] = prompt.greedy(new_tokens, self._special)
        return self._model.generate(**self._inputs, generation_config=config, streamer=streamer)

    def _counted(self, resident: Resident, threshold: float | None) -> Resident:
        """With what only a call can tell: outlier columns, and bytes of cache a position."""
        config, facts = prompt.greedy(2, self._special), dict(resident.facts)
        try:
            found, cache_b = columns.count(self._model, self._inputs, config)
        except Exception as error:
            # A model that cannot generate says so in the warm-up, where it is told for what it is.
            facts["outliers_not_counted"] = clean(f"{type(error).__name__}: {error}", 160)
            found, cache_b = None, None
        if word := columns.decomposition(found, threshold):
            facts["decomposition"] = word
        release()
        return replace(resident, at_ns=time.monotonic_ns(), outliers=found, step_cache_b=cache_b, facts=facts)

    def _prepare(self, arm: Arm, seed: int) -> dict[str, str]:
        prompt.check_length(self._model, arm, arm.new_tokens)
        special = prompt.special_ids(self._model)
        vocabulary = int(self._model.get_input_embeddings().num_embeddings)
        taken = {i for ids in special.values() for i in ids}
        ids = prompt.input_ids(arm.batch_size, arm.prompt_tokens, vocabulary, taken, seed)
        greedy = prompt.greedy(arm.new_tokens, special)
        # generate() fills what an explicit configuration leaves open from the model's own, which a hub model ships
        # with sampling settings and penalties: that one has to be ours as well.
        self._model.generation_config = greedy
        self._special, self._greedy = special, {arm.new_tokens: greedy}
        there = ids.to(self._device)
        mask = torch.ones_like(there)
        self._inputs = {"inputs": there, "attention_mask": mask}
        return {"seed": str(seed), "vocabulary": str(vocabulary), "input_ids_sha256": prompt.sha256(ids)}

    def _resident(self, number: int, load_s: float, weights: str, facts: dict[str, str]) -> Resident:
        model = self._model
        facts |= {
            "architecture": type(model).__name__,
            "dtype": str(model.dtype).removeprefix("torch."),
            "attention": str(getattr(model.config, "_attn_implementation", "unknown")),
            "cache": "dynamic",
            "compiled": "no",
            "torch": torch.__version__,
            "torch_cuda": str(torch.version.cuda or "none"),
            "transformers": transformers.__version__,
            "weights_on": ", ".join(sorted(census.devices(model))),
        }
        if revision := getattr(model.config, "_commit_hash", None):
            facts["revision"] = str(revision)
        if self._device.type == "cuda":
            facts["allocated_b"] = str(torch.cuda.memory_allocated(self._device))
        else:
            facts["threads"] = str(torch.get_num_threads())
        return Resident(
            time.monotonic_ns(),
            number,
            load_s,
            census.parameters(model),
            census.weights_b(model),
            census.linear_layers(model),
            weights,
            describe(self._device),
            facts,
            step_weights_b=census.step_weights_b(model),
        )
