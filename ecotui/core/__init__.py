"""The words of the instrument and pure functions over them; standard library and numpy only."""
