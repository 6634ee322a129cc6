"""Proofs that are not run with the tests have been done, for the code as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from proofs import INPUTS, TESTS, _meaning, done, files_of, hash_of


@pytest.mark.parametrize("name", INPUTS)
def test_it_has_been_done_for_the_code_as_it_is(name: str) -> None:
    kept = done().get(name, {})
    assert kept.get("inputs") == hash_of(name), "run: python tests/proofs.py"
    marks = (TESTS / name).read_text("utf-8").count("mark.proof")
    assert int(str(kept["proofs"])) >= marks > 0


def test_every_file_with_proofs_is_known() -> None:
    marked = {
        path.name for path in TESTS.glob("test_*.py") if "mark.proof" in path.read_text("utf-8")
    }
    assert marked - {Path(__file__).name} == set(INPUTS)


@pytest.mark.parametrize("name", INPUTS)
def test_what_it_rests_on_is_there(name: str) -> None:
    assert all(path.is_file() for path in files_of(name))


def test_only_what_has_an_effect_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    meanings = []
    for text in ('"""One."""\nx = 1  # why\n', '"""Two."""\n\nx =  1\n', '"""One."""\nx = 2\n'):
        path.write_text(text, "utf-8")
        meanings.append(_meaning(path))
    assert meanings[0] == meanings[1] != meanings[2]
