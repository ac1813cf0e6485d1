"""Completed runs on disk. `ecotui.store.store` is imported late: it brings numpy and, at the first read, polars."""

from ecotui.store.home import Home, default_samples

__all__ = ["Home", "default_samples"]
