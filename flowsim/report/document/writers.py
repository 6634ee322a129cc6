"""What a paper can be written as; each writer loads what it needs only when it is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from flowsim.report.document.blocks import Document

__all__ = ["WRITERS"]


def writer(name: str) -> Callable[[Document], bytes]:
    """Return a function of the module of the same name."""

    def write(document: Document) -> bytes:
        module = import_module(f"flowsim.report.document.{name}")
        content: str | bytes = getattr(module, name)(document)
        return content.encode() if isinstance(content, str) else content

    return write


WRITERS = {name: writer(name) for name in ("terminal", "html", "docx", "pdf", "xlsx", "json")}
