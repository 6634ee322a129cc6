"""The texts of a report in Swedish and English: gettext catalogues.

A text stands in the code in English, inside `_(...)`; `locale/<language>/LC_MESSAGES/flowsim.po`
says it in each language, and `flowsim.mo` beside it is what gettext reads.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

from flowsim.scenario.marking import N_

__all__ = ["N_", "catalogue"]

LANGUAGES = ("sv", "en")
FOLDER = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language, `sv` or `en`.

    Raises
    ------
    FileNotFoundError
        If there is none: nothing is shown in another language instead.

    Examples
    --------
    >>> catalogue("sv").gettext("Assumptions")
    'Antaganden'
    """
    return gettext.translation("flowsim", FOLDER, [language])
