"""Damaged input of each kind, and what is done with it."""
