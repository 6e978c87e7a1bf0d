"""What changes labels, sets and annotations, and what takes them out."""
