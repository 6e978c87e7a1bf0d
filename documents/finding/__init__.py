"""What a search asks, by which rules its words are read, and where they stand. Pure."""
