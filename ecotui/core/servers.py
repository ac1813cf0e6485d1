"""Servers that can be watched, by their names for people, and why none of them is an arm."""

from __future__ import annotations

from ecotui.core.events import Watched

SERVERS = {"vllm": "vLLM", "sglang": "SGLang", "tgi": "TGI", "llama.cpp": "llama.cpp"}
NO_VERDICT = "A watched server is never compared: its load, its other work and its settings are not ours."


def server_words(watched: Watched) -> str:
    """The server's name as people write it."""
    return SERVERS.get(watched.server, watched.server)
