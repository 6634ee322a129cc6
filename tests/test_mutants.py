"""The comparison of the engines notices every rule of the language that one of them breaks.

Each mutant of `mutants/rules/` breaks one rule in the readable engine; its event logs are compared
with those of the compiled engine until they differ. `python tests/mutants/run.py` prints the table.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mutants.cases import cases
from mutants.mutation import MODULES, Mutant, MutantError, engine_with, mutants
from mutants.run import chosen, main, noticed_by

SEMANTICS = Path(__file__).parent.parent / "docs" / "semantics.md"
MUTANTS = mutants()
NOT_SIMULATED = {1, 12, 14, 15, 16}  # words; samplers both engines share; figures made from the log
SAME = Mutant("same", 3, "none", "rounds", "MAX_ROUNDS = 10_000", "MAX_ROUNDS = 10_000")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_is_noticed(mutant: Mutant) -> None:
    assert noticed_by(mutant, cases()) is not None, f"nothing notices: {mutant.rule}"


def test_an_engine_that_breaks_no_rule_is_not_noticed() -> None:
    """Else the check could not fail: it would take any engine for a mutant."""
    assert noticed_by(SAME, cases("traces", "cases")) is None


def test_a_survivor_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mutants.run.mutants", lambda: [SAME])
    assert main(["--kinds", "cases"]) == 1
    assert "survives" in capsys.readouterr().out


def test_mutants_that_are_noticed_pass_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kinds", "traces", "--only", "never_closed"]) == 0
    assert "| never_closed | 4 |" in capsys.readouterr().out


def test_the_real_engine_stays_as_it_is() -> None:
    """A mutant is another module; the engine that everybody else imports is not touched."""
    from flowsim.engine import simpy_model

    mutant = chosen(["never_closed"])[0]
    assert engine_with(mutant) is not simpy_model
    assert noticed_by(mutant, cases("traces")) is not None
    assert engine_with(SAME).Model is not simpy_model.Model
    assert noticed_by(SAME, cases("traces")[:3]) is None


@pytest.mark.parametrize(
    ("old", "found"), [("not in the source", 0), ("self", "[1-9]")], ids=["gone", "ambiguous"]
)
def test_a_mutant_that_no_longer_fits_is_an_error(old: str, found: object) -> None:
    """Else mutants would rot as the engine changes: they would break nothing, or something else."""
    mutant = Mutant("rotten", 3, "none", "rounds", old, "")
    with pytest.raises(MutantError, match=f"rotten: its text occurs {found}"):
        engine_with(mutant)


def test_a_mutant_that_breaks_python_is_an_error() -> None:
    """A crash would be noticed by any test; it says nothing about the comparison."""
    mutant = Mutant("crash", 3, "none", "simpy_model", "self.tell(person, log.JOINED, step)", "1/0")
    with pytest.raises(MutantError, match=r"crash: traces/.*ZeroDivisionError"):
        noticed_by(mutant, cases("traces"))


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "no_such_mutant"]) == 2
    assert "no_such_mutant" in capsys.readouterr().err


def test_every_section_with_rules_of_an_engine_has_mutants() -> None:
    """A new section of the rules needs mutants, or a reason why it has none."""
    headings = re.findall(r"^## (\d+)\.", SEMANTICS.read_text("utf-8"), flags=re.MULTILINE)
    assert {mutant.section for mutant in MUTANTS} | NOT_SIMULATED == set(map(int, headings))
    assert not {mutant.section for mutant in MUTANTS} & NOT_SIMULATED
    assert {mutant.module for mutant in MUTANTS} == set(MODULES)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS) >= 40
