"""One screen a module, each beside its stylesheet."""
