"""What `ecotui COMMAND --help` says beyond its options, as a page of a manual would; read when help is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

WIDTH = 78
CODES = "exit codes: 0 completed, 2 wrong arguments, 1 failed, 130 stopped"
PLACES = "environment: ECOTUI_HOME moves all state (sessions, store, error log), ECOTUI_CONFIG the settings"


@dataclass(frozen=True)
class Page:
    """One command's."""

    about: str
    examples: tuple[str, ...] = ()
    """Words after `ecotui`."""
    codes: str = CODES
    see: str = ""
    """A page of docs/."""

    def epilog(self, told: str | None) -> str:
        """Examples, exit codes, environment; `told` is what the command says by itself."""
        made = (
            "examples:\n" + "\n".join(f"  ecotui {words}".rstrip() for words in self.examples) if self.examples else ""
        )
        see = f"see docs/{self.see}.md" if self.see else ""
        own = "" if told is None else told.partition("exit codes:")[0].strip()
        return "\n\n".join(
            part for part in (own, made, "\n".join(filter(None, (fill(self.codes, WIDTH), PLACES, see)))) if part
        )


PAGES = {
    "": Page(
        "A terminal instrument for the energy of LLM inference. Without a command: the application, in this terminal. "
        "`?` in it names every key, ctrl+p finds an action by its name, q leaves; a recording goes on. "
        "`ecotui COMMAND --help` tells of one command.",
        ("", "demo", "--model synthetic:mistral-7b --quant int8 --batch-size 8", "--budget 16kB/s --ascii", "doctor"),
        f"{CODES}; compare: 0 a verdict, 3 not comparable, 4 undecided; gate: 1 a proven increase and nothing else",
        "quick-start",
    ),
    "demo": Page(
        "The application on a simulated board and a tiny model that really generates; needs no GPU. Where no option "
        "says otherwise: synthetic:tiny, fp16, batch 4, 64 new tokens, the simulated sensor, the CPU. Everything of it "
        "is marked SIMULATED and is never held against anything measured.",
        ("demo", "demo --against int8"),
    ),
    "run": Page(
        "Measures one arm, or with --against several by turns, without a screen: idle power, load, stability gate, "
        "windows. The run is stored whatever happens to this terminal; results go to stdout, progress to stderr. "
        "ctrl+c stops it and keeps what was measured.",
        (
            "run --model synthetic:mistral-7b --quant int8 --batch-size 8",
            "run --model synthetic:mistral-7b --quant fp16 --against nf4 --against int8-pure --blocks 5",
            "run --sensor simulated --device cpu --model synthetic:tiny --windows 3 --json",
        ),
        see="measuring",
    ),
    "runs": Page(
        "Lists what is stored here and the samples that come with ecotui, the newest first. A run is named by its id, "
        "the beginning of it, or its last four letters.",
        ("runs", "runs mistral int8 b8", "runs --json"),
        see="columns",
    ),
    "compare": Page(
        "Ratios with their 95 % intervals, in three accountings, and a verdict in words, or the reason why there is "
        "none. The interval of a net ratio holds the windows' scatter and how far the idle baselines may be off. Arms "
        "that took turns in one session compare best: `ecotui run --against`.",
        ("compare 053a.0 053a.1", "compare 053a.0 053a.1 --markdown"),
        f"{CODES}; 0 a verdict, 3 not comparable, 4 undecided",
        "comparing",
    ),
    "gate": Page(
        "For CI: fails where an increase of energy a generated token beyond what is allowed is proven, and only then. "
        "What cannot be compared or is not decided does not fail it, and is said: CANNOT TELL. Nor does a difference "
        "whose sign depends on the accounting, however large it is gross.",
        ("gate --baseline 053a.0 --candidate 053a.1 --max-increase 2%",),
        "exit codes: 0 no proven increase, 1 a proven increase and nothing else, 2 it cannot be carried out",
        "comparing",
    ),
    "store": Page(
        "The store of completed runs is made of the sessions' logs alone, and can be made anew at any time.",
        ("store rebuild",),
        see="how-it-flows",
    ),
    "store rebuild": Page("Makes the store anew from the logs; nothing is measured twice.", ("store rebuild",)),
    "show": Page(
        "Computes every figure of a session anew from its log, with its windows and what was not passed.",
        ("show 053a", "show log.jsonl.gz --json"),
        see="log-format",
    ),
    "replay": Page(
        "Plays a recorded session in the Monitor: space holds it, the arrows and [ ] move, - and + turn its speed.",
        ("replay 053a", "replay 053a --at 120", "replay log.jsonl.gz --json --at 120"),
    ),
    "forecast": Page(
        "The memory that an arm will need: weights, cache, activations and context, against what is free on the board "
        "now, and the largest batch that fits. Loads nothing.",
        ("forecast --model synthetic:mistral-7b --quant nf4 --batch-size 64",),
    ),
    "models": Page(
        "Models of the local hub cache with their size, and whether they fit this board now in each quantization.",
        ("models", "models llama", "models --sensor simulated"),
    ),
    "selftest": Page(
        "Two minutes of idling, bursts and steady load that tell what a board's sensors are worth: how often they "
        "change, whether counter and integral agree, what they miss. `ecotui doctor` shows the verdict.",
        ("selftest", "selftest --gpu 1 --seconds 300"),
        see="measuring",
    ),
    "config": Page(
        "Shows the settings' file and what is in force, and checks it.", ("config", "config --init"), see="settings"
    ),
    "serve": Page(
        "The application in a browser of this machine, at an address with a secret part. Nothing else is answered; "
        "another machine comes in through the `ssh -L` line that is shown. Every page is a screen of its own, closing "
        "one ends no recording.",
        ("serve", "serve --port 0 demo", "serve watch"),
    ),
    "doctor": Page(
        "Says in one screen what works here: driver, GPU and its sensors with how fast they answer, the last selftest, "
        "torch, CUDA and bitsandbytes for this card, disk and home, the terminal and its link; and for each point that "
        "fails the command that mends it. `D` in the application does the same.",
        ("doctor", "doctor --json"),
        f"{CODES}; 1 where something is broken",
        "troubleshooting",
    ),
    "sweep": Page(
        "Measures a plan over models, quantizations, batch sizes, engines and lengths, each point under the whole "
        "protocol, by turns with the fp16 of its own batch size. Interrupted, it goes on at the first missing point.",
        ("sweep quick --dry-run", "sweep quick --detach", "sweep --list", "sweep plan.toml --gpus 0,1"),
        see="sweeps",
    ),
    "findings": Page(
        "What stored and published runs support: batch laws, crossovers, taxes, cost and carbon, each with its points, "
        'its interval and the sentence that it bears, "not determined by these points" included.',
        ("findings", "findings --json"),
        see="findings",
    ),
    "advise": Page(
        "What the evidence says for a model on a board, each sentence with the rows that it rests on.",
        (
            "advise --model synthetic:mistral-7b --gpu H100",
            "advise --model synthetic:mistral-7b --gpu A800 --batch-size 8",
        ),
        see="findings",
    ),
    "audit": Page(
        "Which accounting published figures follow, gross or net, and which of their differences depend on it.",
        see="auditing",
    ),
    "export": Page(
        "Writes runs, reports, figures and bundles as files; never over a file without --force.", see="exporting"
    ),
    "import": Page(
        "Takes in a bundle of another ecotui, or a published CSV table. Imported runs stand under a heading of their "
        "own; published rows are context and never an arm of a verdict. A table whose rows name their source needs no "
        "--source; of one that has no such column it says who published it.",
        ("import bundle.zip", "import results.csv", "import without-source.csv --source 'Doe 2026, table 3'"),
        see="exporting",
    ),
    "rm": Page(
        "Moves sessions of your own to the trash, whole. `ecotui undo` brings the last ones back.", ("rm 053a",)
    ),
    "undo": Page("Brings back what was removed last.", ("undo",)),
    "trash": Page("Lists what was removed; --empty deletes it for good.", ("trash", "trash --empty")),
    "watch": Page(
        "Without --metrics: a session under way in the Monitor, read-only: nothing there stops it, and several may "
        "watch one; `ecotui` in the home that records it attaches to it, and may. With --metrics: the counters of a "
        "running vLLM, SGLang, TGI or llama.cpp server beside the power of its board, as tokens a second and joules a "
        "token of the board, recorded as a session of its own kind. It sends the server no other request.",
        (
            "watch",
            "watch 053a",
            "watch --metrics http://localhost:8000/metrics",
            "watch --metrics http://localhost:8080/metrics --seconds 600 --label 'llama-server, q4' --json",
        ),
        see="watching",
    ),
    "boards": Page(
        "Every GPU of this host: power against its limit, temperature, clock, use, memory, clock events, who records "
        "on it, and its processes. The GPUs tab shows the same live.",
        ("boards", "boards --json", "boards --sensor simulated"),
    ),
}


def page(prog: str) -> Page | None:
    """The page of "ecotui run"; None where there is none."""
    return PAGES.get(prog.partition("ecotui")[2].strip())
