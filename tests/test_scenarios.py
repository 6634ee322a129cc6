"""What every shipped scenario file owes its reader: a question, sources, labels, an answer.

Whether the figures of a file agree with its documents is for the tests of that file.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import flowsim
from flowsim.scenario.texts import is_two_texts

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FILES = sorted(SCENARIOS.glob("*.toml"))
MOST_LINES = 100
TWO_TEAMS = "two teams with each post and its price, beside the figures of the report"
LONGER = {
    "ale_kungalv_stenungsund_tjorn": "all projects of the association in one run",
    "degerfors_karlskoga": TWO_TEAMS,
    "lekeberg": TWO_TEAMS,
    "norrkoping": "all measures of the association in one run",
    "orebro": TWO_TEAMS,
    "orebro_lan": "five systems side by side",
    "sofint": TWO_TEAMS,
    "sydnarke": TWO_TEAMS,
    "vasterbergslagen": "five officers, two stages and two years of goals",
}
NO_FIGURE_STATED = ("goteborg_vardcentraler", "rar_rehabkoordinatorer")
"""Their document has no result to reach, and no volume: all of theirs are invented."""

LABELLED = ("referrals", "teams", "steps", "exits", "outcomes", "goals")
ONE_WORD_FOR_ALL = ("outcomes", "completed")
"""Reports have their own word for it, the same in every scenario."""

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def loaded(path: Path) -> flowsim.Scenario:
    return flowsim.load(path)


@cache
def tables(path: Path) -> dict[str, Any]:
    """The values of a file; of texts in both languages the English one."""
    return in_english(tomllib.loads(path.read_text(encoding="utf-8")))


def in_english(value: Any) -> Any:
    if is_two_texts(value):
        return value["en"]
    return {k: in_english(v) for k, v in value.items()} if isinstance(value, dict) else value


def head(path: Path) -> str:
    """The comment before the first table."""
    lines = path.read_text(encoding="utf-8").partition("\n[")[0].splitlines()
    return "\n".join(line for line in lines if line.startswith("#"))


def is_cited(source: str, path: Path) -> bool:
    """Whether a mark, or a figure that was observed or planned, names a key of [sources]."""
    texts = list(tables(path)["provenance"].values())
    for section in ("observed", "planned"):
        for figures in tables(path).get(section, {}).values():
            texts += [figure.get("source", "") for figure in figures.values()]
    return any(re.search(rf"\b{re.escape(source)}\b", text) for text in texts)


def has_label(entry: object) -> bool:
    return isinstance(entry, str) or (isinstance(entry, dict) and bool(entry.get("label")))


@every_file
def test_says_what_it_is_about(path: Path) -> None:
    scenario = loaded(path).scenario
    assert path.read_text(encoding="utf-8").startswith("#:schema ../flowsim.schema.json\n# ")
    assert scenario.title
    assert scenario.question.endswith("?")
    assert scenario.language == "sv"


@every_file
def test_every_input_is_marked_stated_derived_or_assumed(path: Path) -> None:
    assert [str(note) for note in loaded(path).warnings if note.kind == "provenance"] == []


@every_file
def test_every_source_is_cited(path: Path) -> None:
    # That every source that is named exists, loading has checked.
    assert [key for key in tables(path)["sources"] if not is_cited(key, path)] == []


@every_file
def test_cites_documents_by_their_title(path: Path) -> None:
    """And by no number of a note that the reader does not have, such as ABC-12."""
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\b[A-Z]{2,4}-\d{2}\b", text) == []
    titles = tables(path)["sources"].values()
    assert all(re.search(r"\b(19|20)\d\d\b", title) for title in titles)


@every_file
def test_everything_that_a_board_sees_has_a_label(path: Path) -> None:
    bare = [
        f"{section}.{name}"
        for section in LABELLED
        for name, entry in tables(path).get(section, {}).items()
        if not has_label(entry) and (section, name) != ONE_WORD_FOR_ALL
    ]
    assert bare == []


@every_file
def test_can_be_read_in_one_sitting(path: Path) -> None:
    before, _section, after = path.read_text(encoding="utf-8").partition("\n[uncertain]\n")
    n_lines = len((before + after.partition("\n[")[2]).splitlines())  # ranges are looked up
    assert (n_lines > MOST_LINES) == (path.stem in LONGER), f"{n_lines} lines"


def test_only_shipped_files_are_let_off() -> None:
    assert {*LONGER, *NO_FIGURE_STATED} <= {path.stem for path in FILES}


@every_file
def test_invented_figures_are_announced_at_the_head(path: Path) -> None:
    marks = " ".join(tables(path)["provenance"].values()).lower()
    assert ("invented for illustration" in marks) == ("invented" in head(path).lower())


@pytest.mark.slow
@every_file
def test_a_run_holds_its_figures_against_documents(path: Path) -> None:
    results = flowsim.run(loaded(path), replications=20, seed=1)
    compared = [results.observed(), results.planned()]
    assert sum(map(len, compared)) > 0 or path.stem in NO_FIGURE_STATED
    for table in compared:
        assert table[table["mean"].isna()]["kpi"].tolist() == []


@every_file
def test_the_row_in_the_readme_counts_the_inputs(path: Path) -> None:
    lines = (SCENARIOS / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| [") and f"]({path.name})" in line]
    assert len(rows) == 1
    marks = Counter(mark.partition(":")[0] for mark in loaded(path).provenance.values())
    counts = " / ".join(str(marks[mark]) for mark in ("stated", "derived", "assumed"))
    cells = [cell.strip() for cell in rows[0].split("|")]
    assert counts in cells
    is_invented = "påhittade volymer" in loaded(path).scenario.title
    assert ("(all volumes invented)**" in rows[0]) == is_invented
