"""Sentences of a report: runs by their short names, and what is true of several of them said once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def named(text: str, called: Mapping[str, str]) -> str:
    """A sentence in which runs have their short names instead of their ids."""
    for run_id, name in called.items():
        text = text.replace(run_id, name)
    return text


def once(sentences: Iterable[str], called: Mapping[str, str]) -> Iterator[str]:
    """Each sentence once; those that differ only in the run they begin with become one."""
    groups: dict[str, list[str]] = {}
    for sentence in dict.fromkeys(sentences):
        run_id = next((it for it in called if sentence.startswith(it)), "")
        who = groups.setdefault(sentence.removeprefix(run_id), [])
        who += [called[run_id]] if run_id else []
    for rest, who in groups.items():
        yield f"{_all_of(who)}{named(rest, called)}"


def _all_of(who: list[str]) -> str:
    if len(who) < 2:
        return "".join(who)
    return f"Each of {', '.join(who[:-1])} and {who[-1]}"
