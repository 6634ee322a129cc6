"""The paper of a run: what a board can decide from, down to the last assumption."""
