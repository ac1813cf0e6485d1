"""Watching a server of somebody else: its counters over HTTP, beside the board."""
