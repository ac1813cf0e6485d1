"""What works on this host, what does not, and the command that mends it; for the command line and for a screen."""
