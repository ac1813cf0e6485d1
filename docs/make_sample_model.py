"""Trains `sample:whale-1m` on ecotui/texts/training.txt: python docs/make_sample_model.py [FOLDER].

A decoder of Llama's shape, about a million parameters, one token a byte. Two threads compute, each a half of the rows
and of the matrices, whatever the number of cores, so that it changes nothing; another version of torch, or another kind
of processor, gives other last digits. Wants torch 2.9 for Muon, and under a minute of two cores.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

PACKAGE = Path(__file__).parents[1] / "ecotui"
TEXTS, OUT = PACKAGE / "texts", PACKAGE / "models" / "whale-1m"
SEED = 1851
END = "<|end|>"
"""Ends a text. It stands in none of the training text: a tokenizer without it cannot fill up rows."""
POSITIONS = 2048
THREADS = 2
ROPE_THETA = 100.0
"""So small that a short row turns every angle about as far as a long one: distances beyond it are nothing new."""
EAGER = 512
"""Bytes of the longest row whose attention is computed at once."""
ROUNDS = 30
SHORT, LONG = (11, 8, 256), (1, 2, POSITIONS)
"""Steps, rows and bytes a row, of each round: short rows to learn words from, whole windows to learn distances."""
LEARNING_RATE, MATRIX_RATE = 5e-3, 0.02
"""Of AdamW, which moves the embeddings and norms, and of Muon, which moves the matrices between."""
WARM_UP, DECAY, FLOOR = 40, 0.7, 0.02
WEIGHT_DECAY = 0.1
SAMPLE_WINDOWS = 4
"""How many windows the quick figure of the README is of."""
PROMPT, TEMPERATURE = "The whale", 0.6


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and what it took."""

    model: LlamaForCausalLM
    losses: list[float]
    """Of each step, bits per byte."""
    cpu_s: float
    wall_s: float
    bytes_read: int


def shape() -> LlamaConfig:
    """Widths are multiples of 64: bitsandbytes quantizes blocks of as many weights."""
    return LlamaConfig(
        vocab_size=257,
        hidden_size=128,
        intermediate_size=448,
        num_hidden_layers=4,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=POSITIONS,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        bos_token_id=None,
        eos_token_id=256,
        pad_token_id=256,
        tie_word_embeddings=False,
    )


def tokenizer() -> PreTrainedTokenizerFast:
    """A token's id is its byte; END is 256. Nothing is put before a text."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    strange = [b for b in range(256) if b not in plain]
    letters = {b: chr(b) for b in plain} | {b: chr(256 + i) for i, b in enumerate(strange)}
    made = Tokenizer(models.BPE(vocab={letter: b for b, letter in letters.items()}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(END, special=True)])
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, pad_token=END, clean_up_tokenization_spaces=False
    )


def read(name: str) -> torch.Tensor:
    """A text's bytes as ids, of shape (bytes,)."""
    return torch.frombuffer(bytearray((TEXTS / name).read_bytes()), dtype=torch.uint8).long()


Phases = tuple[tuple[int, int, int], ...]


def tell(line: str) -> None:
    """Progress, at once."""
    print(line, flush=True)


def train(text: torch.Tensor, phases: Phases = (SHORT, LONG) * ROUNDS, say: Callable[[str], Any] = tell) -> Trained:
    """A model from nothing but the seed and the text."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = _untrained()
    optimizers = _optimizers(model)
    cpu_s, wall_s = time.process_time(), time.monotonic()
    losses: list[float] = []
    total = sum(steps for steps, _, _ in phases)
    with ThreadPoolExecutor(THREADS, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for rows in _batches(text, phases):
            _set_rates(optimizers, len(losses), total)
            losses.append(_step(model, optimizers, rows, threads))
            if len(losses) % 50 == 0:
                say(f"step {len(losses)} of {total}: {losses[-1]:.3f} bits per byte, {time.monotonic() - wall_s:.0f} s")
    taken = sum(math.prod(phase) for phase in phases)
    return Trained(model.eval(), losses, time.process_time() - cpu_s, time.monotonic() - wall_s, taken)


def _batches(text: torch.Tensor, phases: Phases) -> Iterator[torch.Tensor]:
    """Rows from anywhere in the text, of shape (rows, bytes)."""
    draw = torch.Generator().manual_seed(SEED)
    for steps, rows, length in phases:
        for _ in range(steps):
            starts = torch.randint(len(text) - length, (rows,), generator=draw)
            yield torch.stack([text[start : start + length] for start in starts])


def _untrained() -> LlamaForCausalLM:
    """A model whose layers add nothing yet, which learns faster than one whose layers add noise."""
    model = LlamaForCausalLM(shape())
    for layer in model.model.layers:
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
    return model


def _optimizers(model: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    """AdamW, and a Muon of each thread.

    Muon learns from a million bytes what AdamW alone needs twice as many for.
    """
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    rest = [p for p in model.parameters() if not any(p is m for m in matrices)]
    share = len(matrices) // THREADS
    return [
        torch.optim.AdamW(rest, lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.0),
        *(
            torch.optim.Muon(matrices[at : at + share], lr=MATRIX_RATE, weight_decay=WEIGHT_DECAY, momentum=0.95)
            for at in range(0, len(matrices), share)
        ),
    ]


def _set_rates(optimizers: list[torch.optim.Optimizer], step: int, total: int) -> None:
    """A warm-up, then the whole rate, then a straight line down to a fiftieth."""
    share = min((step + 1) / WARM_UP, 1.0, max((1 - step / total) / DECAY, FLOOR))
    for optimizer in optimizers:
        rate = LEARNING_RATE if isinstance(optimizer, torch.optim.AdamW) else MATRIX_RATE
        for group in optimizer.param_groups:
            group["lr"] = share * rate


def _step(
    model: LlamaForCausalLM, optimizers: list[torch.optim.Optimizer], rows: torch.Tensor, threads: ThreadPoolExecutor
) -> float:
    # Scores of short rows are few: computing them at once takes half the time of the backward pass that goes by blocks.
    model.set_attn_implementation("eager" if rows.shape[1] <= EAGER else "sdpa")
    whole = rows[:, 1:].numel()
    shares = list(threads.map(partial(_gradients, model, whole), rows.chunk(THREADS)))
    for parameter, parts in zip(model.parameters(), zip(*(grads for _, grads in shares), strict=True), strict=True):
        parameter.grad = sum(parts[1:], parts[0])
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    list(threads.map(lambda optimizer: optimizer.step(), optimizers))
    return sum(loss for loss, _ in shares) / math.log(2)


def _gradients(model: LlamaForCausalLM, whole: int, rows: torch.Tensor) -> tuple[float, tuple[torch.Tensor, ...]]:
    """What these rows add to the mean loss of `whole` bytes, in nats, and to its gradients."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(rows, use_cache=False).logits
    loss = cross_entropy(logits[:, :-1].float().flatten(0, 1), rows[:, 1:].flatten(), reduction="sum") / whole
    return loss.item(), torch.autograd.grad(loss, tuple(model.parameters()))


@torch.inference_mode()
def bits_per_byte(model: Any, text: torch.Tensor, windows: int | None = None) -> float:
    """Mean of every byte but a window's first, over whole windows of POSITIONS bytes that follow one another."""
    nats, count = 0.0, 0
    for row in text[: len(text) // POSITIONS * POSITIONS].reshape(-1, 1, POSITIONS)[:windows]:
        logits = model(row, use_cache=False).logits[0, :-1].float()
        nats += cross_entropy(logits, row[0, 1:], reduction="sum").item()
        count += POSITIONS - 1
    return nats / count / math.log(2)


def written(model: Any, coder: PreTrainedTokenizerFast, prompt: str = PROMPT, new: int = 400) -> str:
    """What the model goes on with; drawn, since the likeliest byte each time soon repeats itself."""
    torch.manual_seed(SEED)
    ids = torch.tensor([coder(prompt)["input_ids"]])
    drawn = model.generate(ids, max_new_tokens=new, do_sample=True, temperature=TEMPERATURE, top_k=0)
    return str(coder.decode(drawn[0]))


def save(made: Trained, out: Path) -> None:
    """Weights in float16, tokenizer, and a README with what was measured of the saved weights."""
    coder = tokenizer()
    made.model.half().save_pretrained(out)
    coder.save_pretrained(out)
    model = LlamaForCausalLM.from_pretrained(out, dtype=torch.float32)
    (out / "README.md").write_text(_readme(made, model, coder), encoding="utf-8")


def _readme(made: Trained, model: Any, coder: PreTrainedTokenizerFast) -> str:
    held_out = read("evaluation.txt")
    parameters = sum(p.numel() for p in model.parameters())
    (steps, rows, length), (more, fewer, longer) = SHORT, LONG
    last = made.losses[-20:]
    facts = {
        "parameters": f"{parameters:,}",
        "training text": "ecotui/texts/training.txt, bytes drawn from anywhere in it",
        "steps": f"{ROUNDS} times {steps} of {rows} rows of {length} bytes and {more} of {fewer} rows of {longer:,}",
        "bytes read": f"{made.bytes_read:,}",
        "optimizers": f"Muon ({MATRIX_RATE}) for matrices, AdamW ({LEARNING_RATE}) for the rest; seed {SEED}",
        "training loss": f"{sum(last) / len(last):.3f} bits per byte, mean of the last {len(last)} steps",
        "held-out bits per byte": f"{bits_per_byte(model, held_out):.4f}",
        f"of its first {SAMPLE_WINDOWS} windows": f"{bits_per_byte(model, held_out, SAMPLE_WINDOWS):.4f}",
        "CPU time": f"{made.cpu_s:.0f} s in {THREADS} threads",
        "wall time": f"{made.wall_s:.0f} s",
        "versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "machine": f"{_processor()}, Python {platform.python_version()}",
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    return (
        HEAD + f"| | |\n|---|---|\n{table}\n\n{TAIL}\n> " + written(model, coder).strip().replace("\n", "\n> ") + "\n"
    )


HEAD = """---
license: mit
---

# whale-1m

A toy with real weights: Llama's shape, a token a byte, trained on most chapters of *Moby-Dick* and on nothing else.
It comes with ecotui as `sample:whale-1m`, to see what a quantization does to perplexity where there is no other model.
It says nothing about what a quantization does to a large model, nor about what a board can do.
Weights are as trained, in float16. `python docs/make_sample_model.py` makes it anew.

"""
TAIL = f"""Held out are the chapters of ecotui/texts/evaluation.txt, scored in whole windows of {POSITIONS:,} bytes with
float32 arithmetic on the float16 weights, every byte but a window's first.

What it writes after "{PROMPT}", drawn with temperature {TEMPERATURE}:
"""


def _processor() -> str:
    """The processor's name."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    save(train(read("training.txt")), Path(sys.argv[1]) if len(sys.argv) > 1 else OUT)
