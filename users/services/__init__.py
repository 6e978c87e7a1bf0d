"""What changes people and writes the log."""
