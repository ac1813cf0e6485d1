"""Between the screens and the terminal: what differs is sent, as much as the link takes, in letters it can show."""
