"""ecotui: a terminal instrument for the energy of LLM inference."""

__version__ = "0.1.0"
