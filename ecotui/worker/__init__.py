"""The child process that loads models and generates; nothing else of ecotui imports torch, nobody imports this."""
