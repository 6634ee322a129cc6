"""Marks for texts that are translated later on, where they are told (`report/catalogues.py`)."""

__all__ = ["N_"]


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a text for the catalogues where it is translated later on.

    Examples
    --------
    >>> N_("Assumptions")
    'Assumptions'
    """
    return text
