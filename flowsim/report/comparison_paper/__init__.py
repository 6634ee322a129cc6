"""The paper of a comparison: which option does better on what, by how much, and how sure."""
