"""Whether what is in a results folder can be repeated: kept tables beside repeated ones."""
