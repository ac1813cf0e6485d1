"""What runs say about each other: pure functions of their rows, without drawing."""
