"""Scenarios beside each other, with the same luck."""
