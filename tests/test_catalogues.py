"""The texts of a report: none is missing in a language, none is out of date."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from flowsim.language import FOLDER, LANGUAGES, catalogue

PACKAGE = FOLDER.parent
with (FOLDER / "babel.cfg").open() as file:
    METHODS, OPTIONS = parse_mapping_cfg(file)

Key = tuple[str | None, str | tuple[str, ...]]


@pytest.fixture(scope="module")
def in_the_code() -> set[Key]:
    """Every text that the code marks, singular and plural as a pair, with its context."""
    found = extract_from_dir(PACKAGE, METHODS, OPTIONS)
    return {(context, text) for _, _, text, _, context in found}


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "flowsim.po"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in read(language) if message.id]


def test_the_code_has_texts(in_the_code: set[Key]) -> None:
    assert (None, "Assumptions") in in_the_code
    assert (None, "mean wait") in in_the_code, "also those of the registry of figures"
    assert (None, "Skip to the content") in in_the_code, "texts of the templates are found too"
    assert any(isinstance(text, tuple) for _, text in in_the_code), "and plurals"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_fuzzy_or_left_over(language: str, in_the_code: set[Key]) -> None:
    known = {(message.context, message.id) for message in messages(language)}
    assert in_the_code - known == set(), "not in the catalogue"
    assert known - in_the_code == set(), "no longer in the code"
    for message in messages(language):
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(text.strip() for text in said), f"not translated: {message.id}"
        assert not message.fuzzy, f"fuzzy: {message.id}"


def fields(text: str) -> set[str]:
    """Names in braces, and in %(...)s."""
    named = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return named | {part.split(")")[0] for part in text.split("%(")[1:]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_same_fields(language: str) -> None:
    """A name in braces that is lost, or spelt otherwise, would be a KeyError or a hole."""
    for message in messages(language):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set().union(*map(fields, originals))
        for text in said:
            assert fields(text) == wanted, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_gettext_reads_is_what_is_written(language: str) -> None:
    """The compiled catalogue is in the repository, so that an installation needs no compiler."""
    known, advice = catalogue(language), "pybabel compile -D flowsim -d flowsim/locale"
    for message in messages(language):
        if isinstance(message.id, tuple):
            said = tuple(known.ngettext(*message.id, n) for n in (1, 2))
            assert said == message.string, advice
        elif message.context:
            assert known.pgettext(message.context, message.id) == message.string, advice
        else:
            assert known.gettext(message.id) == message.string, advice


def test_english_says_what_the_code_says() -> None:
    assert all(message.string == message.id for message in messages("en"))


def test_swedish_is_swedish() -> None:
    """Texts that are the same in both languages are few, and words of both."""
    same = {message.id for message in messages("sv") if message.string == message.id}
    assert same == {
        "(median)",
        "Budget",
        "Median",
        "Scenario: {title}",
        "Version",
        "administration",
        "period",
        "scenario",
        "Period",
        "Plan",
        "STRESS-DES",
        "Scenario",
        "Team",
        "start",
        "team",
        "{number} per {unit}",
    } & {message.id for message in messages("sv")}


def test_a_language_without_a_catalogue_is_a_fault() -> None:
    with pytest.raises(FileNotFoundError):
        catalogue("de")
