"""Who works in Swedish meets Swedish: messages, help, and which language is spoken."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from test_checks import BASE, FLOW, KEYS, WHOLE

from flowsim.cli.commands import app
from flowsim.cli.usage import in_own_words
from flowsim.errors import ScenarioError
from flowsim.language import catalogue, follow, of_environment, speak, speaking, spoken, start
from flowsim.scenario.loading import loads
from flowsim.scenario.marking import models_in
from flowsim.scenario.schema import BUILT_IN_EXITS, Scenario
from flowsim.study.experiment.schema import ExperimentFile

ROOT = Path(__file__).parent.parent
SWEDISH = catalogue("sv")
TEXTS: dict[Any, str] = {key: text for key, text in SWEDISH._catalog.items() if key}  # type: ignore[attr-defined]
WORD = re.compile(r"[^\W\d_]{2,}")
QUOTED = re.compile(r'"[^"]*"')


def words(text: str) -> set[str]:
    """Words outside quotes, in lower case."""
    return {word.lower() for word in WORD.findall(QUOTED.sub(" ", text))}


NAMES = words(" ".join(BUILT_IN_EXITS).replace("_", " ")) | {"inf", "nan", "gb"}
KNOWN = set().union(*map(words, TEXTS.values())) | {
    word.lower()
    for model in (*models_in(Scenario), *models_in(ExperimentFile))
    for name, field in model.model_fields.items()
    for word in WORD.findall(field.alias or name)
}
"""Words that a Swedish message may have: those of Swedish texts, and keys."""


def faults_of(text: str) -> list[Any]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, name="a.toml")
    return list(caught.value.faults)


CASES = [
    pytest.param(base, old, new, id=f"{name}{at}")
    for name, base, cases in (("keys", BASE, KEYS), ("flow", FLOW, WHOLE))
    for at, (old, new, _) in enumerate(cases)
]


@pytest.mark.parametrize(("base", "old", "new"), CASES)
def test_every_fault_of_the_checks_is_told_in_swedish(base: str, old: str, new: str) -> None:
    """Beside keys, names and values of the file only Swedish words are left."""
    text = base.replace(old, new)
    english = faults_of(text)
    with speaking("sv"):
        swedish = faults_of(text)
        lines = [str(fault) for fault in swedish]
    for one, other, line in zip(english, swedish, lines, strict=True):
        assert (one.file, one.line, one.path, one.nearest) == (
            other.file,
            other.line,
            other.path,
            other.nearest,
        )
        assert "här står" in line
        assert "tillåtet" in line
        assert english_words(f"{other.found} {other.allowed}", text + one.path) == set(), line


def english_words(told: str, given: str) -> set[str]:
    """Words of a message that are neither Swedish nor those of what it is about."""
    return words(told) - KNOWN - NAMES - {word.lower() for word in WORD.findall(given)}


# What cannot be said in Swedish is found in the code


SPEAKERS = {
    "fault", "add", "unknown", "notice", "invalid", "Said", "Fault", "Notice", "echo", "outside",
    "ResultsError", "SimulationError", "FlowsimError", "Slip", "Repair", "at", "Wrong",
    "_refused", "_asked", "wrong",
}  # fmt: skip
MARKED = {"_", "N_", "ngettext"}
SPEECH = re.compile(r"[a-z]{2,} [a-z]")
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
AS_IN_THE_FILE = ("per year",)


def called(node: ast.AST) -> str:
    """Name of the function that a call is of."""
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", ""))


def plain_texts(node: ast.AST) -> Iterator[str]:
    """Texts in a call that stand in no catalogue."""
    if isinstance(node, ast.Call) and called(node) in MARKED:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from plain_texts(child)


MODULES = sorted(
    path
    for part in ("scenario", "analysis", "study", "engine", "listing", "cli")
    for path in (ROOT / "flowsim" / part).rglob("*.py")
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_message_is_marked(path: Path) -> None:
    """A message that is written as it is said would be in English for everybody."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and called(node) in SPEAKERS:
            unmarked = [text for text in plain_texts(node) if SPEECH.search(text)]
            unmarked = [text for text in unmarked if text not in AS_IN_THE_FILE]
            assert unmarked == [], f"line {node.lineno}: write it inside _(...)"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_else_is_named_as_what_translates(path: Path) -> None:
    """A loop over `_` in a function that says something there would end it with a traceback."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef) and "_" in map(called, ast.walk(function)):
            if re.search(r"^\s+_(, \w+)* = ", ast.unparse(function), re.M):  # of its own language
                continue
            names = {name for name in own_names(function) if name == "_"}
            assert names == set(), f"{function.name}: give what is not used another name than _"


def own_names(node: ast.AST) -> Iterator[str]:
    """Names that a function gives values, without those of comprehensions in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        if not isinstance(child, COMPREHENSIONS):
            yield from own_names(child)


def required(model: type[BaseModel]) -> Iterator[str]:
    for one in models_in(model):
        for field in one.model_fields.values():
            if field.is_required() and field.description:
                yield field.description


@pytest.mark.parametrize("model", [Scenario, ExperimentFile])
def test_what_a_missing_key_is_for_is_told_in_swedish(model: type[BaseModel]) -> None:
    assert [text for text in required(model) if text not in TEXTS] == []


def test_all_help_has_its_swedish() -> None:
    group: Any = typer.main.get_command(app)
    assert len(group.commands) > 10
    for command in (group, *group.commands.values()):
        assert command.help in TEXTS, command.name
        for option in command.params:
            assert option.help in TEXTS, (command.name, option.name)


# Which language


def test_the_language_of_the_environment() -> None:
    assert of_environment({"LANG": "sv_SE.UTF-8"}) == "sv"
    assert of_environment({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "sv_FI"}) == "sv"
    assert of_environment({"LANG": "sv_SE.UTF-8", "LC_MESSAGES": "sv_SE", "LC_ALL": "C"}) == "en"
    assert of_environment({"LANG": "sv", "LC_ALL": ""}) == "sv", "one that is empty is not set"
    assert of_environment({"LANG": "de_DE"}) == "en"


def test_python_speaks_english_unless_it_is_told_otherwise() -> None:
    assert spoken() == "en"
    swedish = BASE.replace('language = "en"', 'language = "sv"').replace("fte = 2.0", "fte = -2")
    assert "found -2" in str(faults_of(swedish)[0])
    with speaking("sv"):
        assert "här står -2" in str(faults_of(swedish)[0])
    assert spoken() == "en"


def test_a_scenario_is_followed_only_while_the_language_is_open() -> None:
    with speaking():
        start("en")
        follow("no language")
        assert spoken() == "en"
        follow("sv")
        follow("en")
        assert spoken() == "sv", "the first scenario that is read decides"
        speak("en")
        follow("sv")
        assert spoken() == "en", "what was asked for stays"


def flowsim(*given: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("LANG", "LC_ALL", "LC_MESSAGES")}
    return subprocess.run(
        [sys.executable, "-m", "flowsim.cli", *given],
        cwd=cwd,
        env={**kept, "PYTHONUTF8": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def faulty(language: str) -> str:
    text = BASE.replace("fte = 2.0", "fte = -2")
    return text.replace('language = "en"\n', f'language = "{language}"\n' if language else "")


@pytest.mark.parametrize(
    ("scenario", "environment", "told"),
    [
        ("", "", "found -2"),
        ("", "sv_SE.UTF-8", "här står -2"),
        ("sv", "en_US.UTF-8", "här står -2"),
        ("en", "sv_SE.UTF-8", "found -2"),
    ],
)
def test_check_speaks_the_language_of_the_scenario(
    tmp_path: Path, scenario: str, environment: str, told: str
) -> None:
    (tmp_path / "a.toml").write_text(faulty(scenario), encoding="utf-8")
    ended = flowsim("check", "a.toml", cwd=tmp_path, LANG=environment)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_a_file_that_is_no_toml_is_looked_through_for_its_language(tmp_path: Path) -> None:
    broken = faulty("sv").replace('title = "Base"', 'title = "Base')
    (tmp_path / "a.toml").write_text(broken, encoding="utf-8")
    ended = flowsim("check", "a.toml", cwd=tmp_path, LANG="en_US.UTF-8")
    assert "tillåtet: " in ended.stderr


def test_each_file_is_checked_in_its_own_language(tmp_path: Path) -> None:
    for language in ("sv", "en"):
        (tmp_path / f"{language}.toml").write_text(faulty(language), encoding="utf-8")
    ended = flowsim("check", "sv.toml", "en.toml", "sv.toml", cwd=tmp_path)
    told = [re.search(r"här står|found", line) for line in ended.stderr.splitlines()]
    assert [found[0] for found in told if found] == ["här står", "found", "här står"]


def test_a_setting_of_the_language_is_the_language(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(faulty("sv"), encoding="utf-8")
    ended = flowsim("check", "a.toml", "--set", "scenario.language=en", cwd=tmp_path)
    assert "found -2" in ended.stderr


def test_commands_help_and_refuse_in_the_language_of_the_environment(tmp_path: Path) -> None:
    swedish = {"LANG": "sv_SE.UTF-8"}
    helped = flowsim("find", "--help", cwd=tmp_path, **swedish)
    assert helped.returncode == 0
    assert "Användning: " in helped.stdout
    assert "Visa denna text och sluta." in helped.stdout
    lines = helped.stdout.splitlines()
    assert [line for line in lines if "Example" in line or "default" in line] == []
    refused = flowsim("run", "--sed", "3", cwd=tmp_path, **swedish)
    assert refused.returncode == 2
    assert "Fel: Alternativet finns inte: --sed" in refused.stderr
    nothing = flowsim(cwd=tmp_path, **swedish)
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("Användning: ")
    absent = flowsim("check", "absent.toml", cwd=tmp_path, **swedish)
    assert "absent.toml: här står filen finns inte" in absent.stderr
    folder = flowsim("report", "absent", "--language", "sv", cwd=tmp_path, LANG="en_US")
    assert "absent: mappen finns inte" in folder.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Missing argument 'SCENARIO'.", "Argumentet 'SCENARIO' saknas."),
        ("Got unexpected extra argument(s) (b)", "Fler argument än väntat (b)"),
        (
            "Invalid value for '--seed': Input should be greater than or equal to 0",
            "Ogiltigt värde för '--seed': ska vara minst 0",
        ),
        ("Something of a later typer", "Something of a later typer"),
    ],
)
def test_typers_sentences_are_said_in_our_words(text: str, told: str) -> None:
    with speaking("sv"):
        assert in_own_words(text) == told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_new_scenario_is_in_the_language_of_who_writes_it(tmp_path: Path, language: str) -> None:
    asked = flowsim("new", "asked", "--language", language, cwd=tmp_path)
    around = flowsim("new", "around", cwd=tmp_path, LANG=f"{language}_SE.UTF-8")
    assert (asked.returncode, around.returncode) == (0, 0), asked.stderr + around.stderr
    text = (tmp_path / "asked.toml").read_text(encoding="utf-8")
    assert (tmp_path / "around.toml").read_text(encoding="utf-8") == text
    assert f'language = "{language}"' in text
    scenario = loads(text)
    assert scenario.warnings == ()
    checked = flowsim("check", "asked.toml", cwd=tmp_path)
    assert {"sv": "inga fel", "en": "no faults"}[language] in checked.stdout
    ran = flowsim("run", "asked.toml", "--replications", "3", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_both_new_scenarios_are_one_scenario() -> None:
    """They differ in what people read alone."""
    folder = ROOT / "flowsim" / "scenario"
    one, other = (
        loads((folder / f"new_scenario_{language}.toml").read_text("utf-8")).model_dump()
        for language in ("sv", "en")
    )
    assert without_texts(one) == without_texts(other)


def without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        told = ("label", "title", "question", "language", "sources", "provenance", "why")
        return {key: without_texts(entry) for key, entry in value.items() if key not in told}
    return value
