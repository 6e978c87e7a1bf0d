"""What changes projects, members and documents."""
