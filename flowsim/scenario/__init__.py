"""Floor 1: what the user wrote, read and checked."""
