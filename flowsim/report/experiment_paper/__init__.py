"""The paper of an experiment: its question, what was varied, and what that gave."""
