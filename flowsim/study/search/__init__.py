"""The reverse question: the option that does best and keeps its limits."""
