"""What files for Word and Excel need alike: a language, the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile

__all__ = ["LANGUAGES", "same_bytes"]

LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
PROPERTIES = "docProps/core.xml"
DATES = re.compile(rb"<dcterms:(created|modified)\b[^>]*>[^<]*</dcterms:\1>")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file knows
ATTRIBUTES = 0o600 << 16


def same_bytes(file: bytes) -> bytes:
    """Return an Office file without the moment at which it was written.

    No date stands in its properties: the results tell when they were made, and a paper that is
    written again is the same paper.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, ATTRIBUTES  # the same on every machine
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, DATES.sub(b"", part) if name == PROPERTIES else part)
    return out.getvalue()
