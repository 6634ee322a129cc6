"""Every fault of a file is told in Swedish to whoever works in Swedish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import test_loading
import test_other_programs
import test_slips
from test_swedish import english_words

from flowsim.errors import Fault, ScenarioError
from flowsim.language import speaking
from flowsim.scenario.loading import load, loads
from flowsim.scenario.toml_slips import mended, mended_header


def cases_of(test: Any) -> list[tuple[Any, ...]]:
    """What a test is run with."""
    (mark,) = (mark for mark in test.pytestmark if mark.name == "parametrize")
    return [case if isinstance(case, tuple) else (case,) for case in mark.args[1]]


SLIPS = [
    slip
    for test in (test_slips.test_what_was_meant, test_slips.test_what_is_said)
    for slip, *_ in cases_of(test)
]
HEADERS = [header for header, _ in cases_of(test_slips.test_headers)]
SETTINGS = [
    (text, setting)
    for text, test in (
        (test_slips.SCENARIO, test_slips.test_slips_of_what_is_set),
        (test_slips.SCENARIO, test_slips.test_a_text_that_is_set_needs_no_quotes),
        (test_other_programs.team(), test_other_programs.test_a_misspelt_table_is_not),
    )
    for setting, _ in cases_of(test)
] + [(test_loading.SMALL, changes) for changes, _ in cases_of(test_loading.test_wrong_overrides)]
LISTS = [
    *(content for content, _ in cases_of(test_loading.test_a_wrong_list)),
    *(f"date\n{cell}\n" for cell, *_ in cases_of(test_other_programs.test_days_that_are_no_dates)),
]
FILES = [content for content, _ in cases_of(test_loading.test_a_file_that_is_no_scenario)]
NO_TOML = [
    "a = '\\q'\n[x]\nb = \"\\q\"", "[a]\nx = 1\n[a]\ny = 2", "a = 1\na.b = 2",
    'a = "x\x01y"\nb = 2', 'a = "\\ud800"', 'a = "\\xZZ"', "a = { b = 1, b = 2 }\nc = 3",
    "a = 2025-13-01T25:00:00", "[a]\nb = { c = 1 }\n[a.b.d]\ne = 1", "a = \'\'\'xyz\n\nb = 2",
    "Kära styrelse!\nHej.\n", "a = @\nb = 1",
]  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_told_in_swedish(slip: str) -> None:
    with speaking("sv"):
        text, slips = mended(slip)
    assert (text, len(slips)) == (mended(slip)[0], len(mended(slip)[1])), "mended as in English"
    for one in slips:
        assert english_words(f"{one.found} {one.allowed}", slip) == set(), one


@pytest.mark.parametrize("header", HEADERS)
def test_every_slip_of_a_header_is_told_in_swedish(header: str) -> None:
    with speaking("sv"):
        text, slip = mended_header(header)
    assert text == mended_header(header)[0]
    assert english_words(f"{slip.found} {slip.allowed}", header + " teams coaching") == set()


@pytest.mark.parametrize(("text", "setting"), SETTINGS)
def test_what_is_set_is_understood_alike_in_both_languages(text: str, setting: Any) -> None:
    english = faults_or_none(text, setting)
    with speaking("sv"):
        swedish = faults_or_none(text, setting)
    assert [fault.path for fault in swedish] == [fault.path for fault in english]
    for fault in swedish:
        assert english_words(f"{fault.found} {fault.allowed}", text + str(setting)) == set(), fault


def faults_or_none(text: str, setting: object) -> tuple[Fault, ...]:
    try:
        loads(text, name="a.toml", set=setting)  # type: ignore[arg-type]
    except ScenarioError as error:
        return error.faults
    return ()


@pytest.mark.parametrize("content", LISTS)
def test_every_fault_of_a_list_is_told_in_swedish(tmp_path: Path, content: str) -> None:
    text = test_loading.with_list(tmp_path, content)
    with speaking("sv"), pytest.raises(ScenarioError) as caught:
        loads(text, "a.toml", base=tmp_path)
    for fault in caught.value.faults:
        assert english_words(f"{fault.found} {fault.allowed}", content + text) == set(), fault


@pytest.mark.parametrize("text", NO_TOML)
def test_what_is_no_toml_is_told_in_swedish(text: str) -> None:
    """Also what Python says of it."""
    with speaking("sv"), pytest.raises(ScenarioError) as caught:
        loads(text, "a.toml")
    for fault in caught.value.faults:
        assert english_words(f"{fault.found} {fault.allowed}", text) == set(), fault


@pytest.mark.parametrize("content", FILES)
def test_a_file_that_cannot_be_read_is_told_in_swedish(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with speaking("sv"), pytest.raises(ScenarioError) as caught:
        load(path)
    for fault in caught.value.faults:
        assert english_words(f"{fault.found} {fault.allowed}", "") == set(), fault
