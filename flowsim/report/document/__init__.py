"""A paper for a board: its parts, and the forms that it can be written down in."""
