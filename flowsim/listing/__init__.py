"""A local list of participants becomes a scenario: read, looked through, fitted, written."""
