"""The Swedish pages: they have what the English ones have, and their commands do what they say."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from test_docs import DOCS, KEYS, LANGUAGE, ROOT, blocks
from test_swedish import flowsim as command

import flowsim
from flowsim.language import speaking
from flowsim.scenario.figures import FIGURES
from flowsim.scenario.loading import loads

PAGES = {
    name: (DOCS / "sv" / f"{name}.md").read_text("utf-8")
    for name in ("borja-har", "sprak", "rapport")
}
START, WORDS, REPORT = PAGES["borja-har"], PAGES["sprak"], PAGES["rapport"]
ROW = re.compile(r"^\| (`[^|]+?`) \|", re.M)


# The scenario file


@pytest.mark.parametrize(("model", "key"), KEYS)
def test_every_key_is_explained(model: str, key: str) -> None:
    assert re.search(rf"`[^`\n]*(?<!\w){re.escape(key)}(?!\w)[^`\n]*`", WORDS), f"{model}.{key}"


def sections(text: str) -> list[tuple[str, list[str]]]:
    """The tables that a page explains, each with the keys of its rows, in order."""
    found = []
    for part in re.split(r"^#{3,4} ", text, flags=re.M)[1:]:
        keys = ROW.findall(part.partition("\n## ")[0])
        if keys:
            found.append((re.sub(r"<\w+>", "<>", part.split("\n")[0].partition(":")[0]), keys))
    return found


def test_each_table_has_the_rows_of_the_english_page() -> None:
    """Also which table a key stands in, and figures and distributions."""
    swedish, english = sections(WORDS), sections(LANGUAGE)
    assert [keys for _, keys in swedish] == [keys for _, keys in english]
    named = [(one, other) for (one, _), (other, _) in zip(swedish, english, strict=True)]
    assert [(one, other) for one, other in named if "[" in other and one != swap(other)] == []


def swap(heading: str) -> str:
    return heading.replace("` and `", "` och `")


def test_the_tables_of_figures_are_those_of_the_registry() -> None:
    tables = runpy.run_path(str(DOCS / "figure_tables.py"))
    assert tables["page"](WORDS, "sv") == WORDS
    for figure in FIGURES:
        assert f"| `{figure.pattern}` |" in WORDS


def test_the_example_faults() -> None:
    first = next(text for _, text in blocks(WORDS))
    shown = next(text for _, text in blocks(WORDS, "text"))
    faulty = first.replace("fte = 4", "fte = -2").replace('team = "coaches"', 'team = "coachs"')
    with speaking("sv"), pytest.raises(flowsim.ScenarioError) as error:
        loads(faulty, name="forsta.toml")
    assert f"{error.value}\n" == shown


# The report


def test_the_report_has_its_options_and_forms() -> None:
    english = (DOCS / "report.md").read_text("utf-8")
    assert ROW.findall(REPORT)[:6] == ROW.findall(english)[:6]
    for form in ("html", "docx", "xlsx", "pdf", "json"):
        assert f"| `{form}` |" in REPORT


# The start


def marked(kind: str, language: str) -> list[str]:
    """The commands of blocks after a mark."""
    found = re.findall(rf"<!-- {kind}(?:: \w+)? -->\n```{language}\n(.*?)```", START, re.S)
    return [line for block in found for line in block.splitlines()]


def test_the_commands_are_the_same_on_each_system() -> None:
    windows = [
        line.replace(".venv\\Scripts\\", ".venv/bin/").replace("py -m", "python3 -m")
        for line in marked("windows", "powershell")
    ]
    assert windows == marked("unix", "sh")
    assert len(windows) == 6


def test_from_nothing_to_a_report(tmp_path: Path) -> None:
    """Each command runs, in order, and says what the page says."""
    told = {}
    for line in marked("unix", "sh"):
        if line.startswith(".venv/bin/flowsim "):
            words = line.split()[1:]
            ended = command(*words, cwd=tmp_path, LANG="en_US.UTF-8")
            assert ended.returncode == 0, ended.stderr
            told[words[0]] = ended.stdout
    for name, text in re.findall(r"<!-- told by (\w+) -->\n```text\n(.*?)```", START, re.S):
        assert told[name].endswith(text), name
    for folder in ("resultat", "jamforelse"):
        assert '<html lang="sv"' in (tmp_path / folder / "report.html").read_text("utf-8")
    scenario = (tmp_path / "mitt_forbund.toml").read_text("utf-8")
    for value in re.findall(r"^\| \(\d\) \| `(.*?)` \|", START, re.M):
        assert value in scenario


def test_the_faults_that_are_shown_are_those_that_come() -> None:
    changes, shown = re.findall(r"<!-- faults: (.*?) -->\n```text\n(.*?)```", START, re.S)[0]
    text = (ROOT / "flowsim" / "scenario" / "new_scenario_sv.toml").read_text("utf-8")
    for old, new in re.findall(r'("(?:[^"\\]|\\.)*") -> ("(?:[^"\\]|\\.)*")', changes):
        assert text.count(json.loads(old)) == 1
        text = text.replace(json.loads(old), json.loads(new))
    with speaking("sv"), pytest.raises(flowsim.ScenarioError) as error:
        loads(text, name="mitt_forbund.toml")
    assert f"{error.value}\n" == shown


def test_the_messages_that_are_explained_are_messages() -> None:
    from test_swedish import TEXTS

    table = START.partition("| vad du ser |")[2]
    quoted = list(re.findall(r"^\| `([^`]+)` \|", table, re.M))
    assert len(quoted) == 6
    for text in quoted:
        assert any(text in told for told in TEXTS.values()), text


def test_the_pages_are_found() -> None:
    for page in (ROOT / "README.md", *(DOCS / "sv").glob("*.md")):
        others = {"borja-har.md", "sprak.md", "rapport.md"} - {page.name}
        assert all(other in page.read_text("utf-8") for other in others), page.name
    for page in (ROOT / "README.md", DOCS / "sv" / "borja-har.md"):
        assert "import.md)" in page.read_text("utf-8").replace("(docs/import.md)", ""), page.name
