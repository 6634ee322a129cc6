"""Texts that people see: one, or one in each language, of which the reader's is told."""

from __future__ import annotations

from collections.abc import Mapping
from operator import is_not
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, PlainValidator, ValidationInfo, WithJsonSchema

from flowsim.language import ENGLISH, LANGUAGES, N_, _
from flowsim.scenario.quantities import invalid, parse_label, parse_text

__all__ = ["TEXT_FORMS", "Label", "TwoTexts", "Words", "is_two_texts", "texts_of", "told_in"]

IN_BOTH = N_('a text, or one in each language: { sv = "...", en = "..." }')
Model = TypeVar("Model", bound=BaseModel)


class TwoTexts(str):
    """A text that the file has in each language; as a `str` it is the one of a language.

    Parameters
    ----------
    texts : by language
    language : that of the `str`

    Examples
    --------
    >>> label = TwoTexts({"sv": "Kartläggning", "en": "Mapping"}, "sv")
    >>> label, label.told_in("en")
    ('Kartläggning', 'Mapping')
    """

    __slots__ = ("language", "texts")

    texts: dict[str, str]
    language: str

    def __new__(cls, texts: Mapping[str, str], language: str) -> TwoTexts:
        two = super().__new__(cls, texts[language])
        two.texts, two.language = dict(texts), language
        return two

    def __getnewargs__(self) -> tuple[dict[str, str], str]:  # type: ignore[override]
        return self.texts, self.language

    def told_in(self, language: str) -> TwoTexts:
        """Return the text in a language."""
        return TwoTexts(self.texts, language)


def is_two_texts(value: object) -> bool:
    """Whether a value of a file is a text in each language."""
    return isinstance(value, Mapping) and set(value) == set(LANGUAGES)


def read_words(value: object, info: ValidationInfo) -> str:
    """Read a text, or one in each language: then it is the one that the context asks for."""
    if isinstance(value, TwoTexts):
        return value
    if isinstance(value, str):
        return parse_text(value)
    if not isinstance(value, Mapping) or not is_two_texts(value):
        raise invalid(value, _(IN_BOTH))
    if not all(isinstance(text, str) for text in value.values()):
        raise invalid(value, _(IN_BOTH))
    return TwoTexts(value, (info.context or {}).get("language", ENGLISH))


def read_label(value: object, info: ValidationInfo) -> str:
    """Read a text as `read_words` does, where there must be something to see."""
    text = read_words(value, info)
    for one in texts_of(text):
        parse_label(one)
    return text


def texts_of(text: str) -> tuple[str, ...]:
    """Return a text in each language that the file has it in."""
    return tuple(text.texts.values()) if isinstance(text, TwoTexts) else (text,)


def told_in(model: Model, language: str) -> Model:
    """Return a part of a scenario whose texts are those of a language, where the file has both."""
    changes = {
        name: told
        for name in type(model).model_fields
        if (told := _told(value := getattr(model, name), language)) is not value
    }
    return model.model_copy(update=changes) if changes else model


def _told(value: Any, language: str) -> Any:
    if isinstance(value, TwoTexts):
        return value.told_in(language)
    if isinstance(value, BaseModel):
        return told_in(value, language)
    if isinstance(value, dict):
        told = {key: _told(entry, language) for key, entry in value.items()}
        return told if any(told[key] is not value[key] for key in value) else value
    if isinstance(value, tuple):
        entries = tuple(_told(entry, language) for entry in value)
        return entries if any(map(is_not, entries, value)) else value
    return value


TEXT_FORMS: list[dict[str, Any]] = [
    {"type": "string"},
    {
        "type": "object",
        "properties": {
            "sv": {"type": "string", "description": "In Swedish."},
            "en": {"type": "string", "description": "In English."},
        },
        "required": list(LANGUAGES),
        "additionalProperties": False,
    },
]
Words = Annotated[str, PlainValidator(read_words), WithJsonSchema({"anyOf": TEXT_FORMS})]
"""What people see: one text, or one in each language."""
Label = Annotated[str, PlainValidator(read_label), WithJsonSchema({"anyOf": TEXT_FORMS})]
"""The same, where there must be something to see."""
