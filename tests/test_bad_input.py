"""Bad input gets one clear message for each fault, in little time, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import flowsim
from flowsim.cli.commands import app
from flowsim.errors import FlowsimError, ResultsError, ScenarioError
from flowsim.letters import composed, escaped
from flowsim.report.document.writers import WRITERS
from flowsim.report.documents import document_of_folder
from flowsim.scenario.loading import load, loads
from flowsim.scenario.overrides import read_override
from flowsim.scenario.quantities import LONGEST_NAME, nearest
from flowsim.scenario.toml_depth import MOST_DEPTH, too_deep
from flowsim.scenario.toml_reading import MOST_LETTERS
from flowsim.scenario.user_files import MOST_BYTES, name_of, path_of
from flowsim.study import manifest
from flowsim.study.csv_tables import cell, write_csv
from flowsim.study.experiment.loading import load_experiment, loads_experiment

PACKAGE = Path(flowsim.__file__).parent
HEAD = """
scenario = { title = "Small", language = "en" }
run = { start = 2025-01-01, until = 2025-12-31, replications = 2 }
"""
BODY = """
referrals.partners = { to = "talk", rate = "20 per year" }
teams.team = { staff = { coach = { fte = 1, caseload = 5 } } }
steps.talk = { team = "team", length_of_stay = "1 week", next = { out = 1 } }
exits.out = "Out"
"""
SMALL = HEAD + BODY


def faults(text: str, **more: object) -> list[str]:
    """Return what is wrong with a scenario, line by line."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, name="a.toml", **more)  # type: ignore[arg-type]
    return str(caught.value).splitlines()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


# Tables that are none


@pytest.mark.parametrize(
    ("section", "allowed"),
    [
        ("population = 4848", "a table with target_group, counted_in"),
        ("costs = 5", "a table with administration, structural, contributions, budget, "),
        ("calendar = [1]", "a table with closures, seasonality"),
        ("groups = 3", "a table"),
        ('sources = "x"', "a table"),
        ("observed = 2019-01-01", "a table"),
    ],
)
def test_a_section_that_is_no_table(section: str, allowed: str) -> None:
    found = faults(f"{section}\n{SMALL}")
    assert len(found) == 1
    assert found[0].startswith(f"a.toml:1: {section.partition(' ')[0]}: found ")
    assert f"; allowed: {allowed}" in found[0]


# Misspelt tables beside the right ones


def test_a_misspelt_table_hides_no_fault_of_its_neighbour() -> None:
    text = "runs = 1\n" + SMALL.replace("until = 2025-12-31", 'until = "2025-12-31"')
    found = faults(text)
    assert [line.split(": found")[0] for line in found] == ["a.toml:1: runs", "a.toml:4: run.until"]
    assert found[0].endswith('did you mean "run"?')
    assert 'found "2025-12-31"; allowed: a date without quotes' in found[1]


def test_a_misspelt_section_hides_no_fault_of_the_right_one() -> None:
    text = "teamsx = {}\ngroups.age = { a = 0.5, b = 0.5 }\n" + SMALL.replace(
        "fte = 1", "fte = { a = 1, b = 2 }"
    )
    found = faults(text)
    assert found[0].startswith("a.toml:1: teamsx: found unknown key")
    assert found[1] == (
        'a.toml:8: teams.team.staff.coach.fte.a: found the value "a"; '
        "allowed: a number or a table by year, as no team here has the key per"
    )


def test_a_misspelt_section_alone_is_one_fault() -> None:
    found = faults(SMALL.replace("run = {", "runs = {"))
    assert len(found) == 1
    assert found[0].endswith('did you mean "run"?')


# Numbers


EXPERIMENT = """
experiment = { title = "x", base = "small.toml", kpis = ["cost.total"], design = "grid" }
[[factors]]
name = "stay"
key = "steps.talk.length_of_stay"
values = [1, VALUE]
unit = "months"
"""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("inf", "inf; allowed: a finite number"),
        ("-inf", "-inf; allowed: a finite number"),
        ("nan", "nan; allowed: a finite number"),
        (
            "1" + 30 * "0",
            "a whole number of over 15 digits; allowed: a number of at most 18 digits",
        ),
    ],
)
def test_values_of_an_experiment_beyond_counting(value: object, found: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads_experiment(EXPERIMENT.replace("VALUE", str(value)), loads(SMALL))
    assert str(caught.value) == f"experiment:6: factors.0.values.1: found {found}"


def test_a_range_beyond_what_can_be_counted() -> None:
    text = EXPERIMENT.replace("grid", "one_at_a_time").replace(
        "values = [1, VALUE]", "low = -1e308\nhigh = 1e308\nwhole = true"
    )
    with pytest.raises(ScenarioError, match=r"found -1e\+308; allowed: a number"):
        loads_experiment(text, loads(SMALL))


@pytest.mark.parametrize(
    "words",
    [
        ["run", "SMALL", "--seed", str(2**63)],
        ["run", "SMALL", "--precision", "cost.total=inf"],
        ["run", "SMALL", "--precision", "cost.total=nan"],
        ["run", "SMALL", "--set", "run.seed=1e400"],
        ["run", "SMALL", "--set", f"run.replications={'9' * 5000}"],
        ["find", "SMALL", "--over", "teams.team.staff.coach.fte=1:1e99999999:1"],
        ["find", "SMALL", "--over", "teams.team.staff.coach.fte=1e9999999:1e9999999:1"],
        ["find", "SMALL", "--over", "teams.team.staff.coach.fte=1:2:1e-999999999"],
        ["find", "SMALL", "--over", "run.seed=1:2:1", "--maximise", "referred", "--confidence=nan"],
        ["warmup", "SMALL", "--length", "1e400 years"],
    ],
)
def test_numbers_of_the_command_line(small: Path, words: list[str]) -> None:
    ended = CliRunner().invoke(app, [str(small) if word == "SMALL" else word for word in words])
    assert ended.exit_code == 2 or isinstance(ended.exception, FlowsimError)


def test_a_limit_that_is_infinite(small: Path) -> None:
    words = [
        "--over",
        "run.seed=1:2:1",
        "--maximise",
        "referred",
        "--subject-to",
        "referred<=1e999",
    ]
    ended = CliRunner().invoke(app, ["find", str(small), *words])
    assert isinstance(ended.exception, ResultsError)
    assert "--subject-to: found" in str(ended.exception)


# Texts


@pytest.mark.parametrize("label", ["", " ", "\\t\\n", "\\u200b", "\\u00a0 \\u3000", "\\u2800"])
def test_a_label_that_nobody_sees(label: str) -> None:
    found = faults(SMALL.replace('"Out"', f'"{label}"'))
    assert len(found) == 1
    assert found[0].startswith("a.toml:8: exits.out")
    assert found[0].endswith("; allowed: a text that can be seen")


@pytest.mark.parametrize(
    "code", [0x07, 0x1B, 0x7F, 0x9B, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFE, 0x10FFFF]
)
def test_characters_that_nothing_can_hold(code: int) -> None:
    letter = f"\\U{code:08x}"
    wrong = f"found the character U+{code:04X}; allowed: letters, digits, signs, spaces and"
    assert wrong in faults(SMALL.replace('"Out"', f'"a{letter}"'))[0]
    assert wrong in faults(SMALL.replace('"Small"', f'"a{letter}"'))[0]
    values = f'groups.age = {{ "a{letter}" = 0.5, b = 0.5 }}\n'
    assert wrong in faults(HEAD + values + BODY)[0]
    text = EXPERIMENT.replace("VALUE", "2").replace('title = "x"', f'title = "a{letter}"')
    with pytest.raises(ScenarioError, match=re.escape(wrong)):
        loads_experiment(text, loads(SMALL))


def test_half_a_surrogate_pair_set_from_outside() -> None:
    found = faults(SMALL, set=["exits.out=\udcff"])
    assert found == [
        'a.toml: found "exits.out", what is no UTF-8 (set from outside); '
        'allowed: key=value, such as "teams.coaching.staff.coach.fte=6"'
    ]
    with pytest.raises(ScenarioError, match="half a surrogate pair"):
        loads(SMALL.replace("Small", "Small \udcff"))


def test_letters_that_fonts_lack_are_shown_all_the_same(tmp_path: Path) -> None:
    label = "\ue000 日本語 🙂 𒀀 \u202e العربية e\u0301"
    scenario = loads(SMALL.replace('"Out"', f'"{label}"').replace('"Small"', f'"{label}"'))
    folder = flowsim.run(scenario, engine="simpy").save(tmp_path / "run")
    paper = document_of_folder(folder)
    for form, write in WRITERS.items():
        assert len(write(paper)) > 1000, form
    for form in ("csv", "xes"):
        words = ["export", str(folder), "--format", form, "--out", str(tmp_path / form)]
        assert CliRunner().invoke(app, words).exit_code == 0
        assert composed(label) in (tmp_path / form).read_text("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        SMALL + '"\\u001b[31mred" = 1\n',
        SMALL.replace('"20 per year"', '"\\u001b]0;title\\u0007"'),
        SMALL.replace("steps.talk", '"steps"."\\u202etalk\\n"'),
        SMALL.replace('to = "talk"', 'to = "\\u009b2J"'),
        SMALL + "\x1b[31m",
    ],
)
def test_no_fault_holds_what_a_terminal_obeys(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(text, name="\x1b[31mred\u202e.toml")
    lines = str(caught.value)
    assert lines == escaped(lines)
    assert len(lines.splitlines()) == len(caught.value.faults)
    assert "\\u001b[31mred\\u202e.toml" in lines


def test_paths_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    with pytest.raises(ResultsError) as caught:
        manifest.read(tmp_path / "\x1b[31mred")
    assert str(caught.value) == f"{tmp_path}/\\u001b[31mred: no such folder"
    path = tmp_path / "\x1b[31mred.toml"
    path.write_text(SMALL, encoding="utf-8")
    assert "\x1b" not in CliRunner().invoke(app, ["check", str(path)]).output


# Formulas in tables


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r", " =", "＝", "－"])
def test_a_text_is_no_formula(tmp_path: Path, begin: str) -> None:
    text = f"{begin}cmd|' /C calc'!A0"
    assert cell(text) == f"'{text}".replace("\r", "\n")
    frame = pd.DataFrame({text: [text, None], "b": pd.Categorical([text, "c"]), "n": [-1.5, 2]})
    write_csv(frame, tmp_path / "a.csv")
    back = pd.read_csv(tmp_path / "a.csv")
    told = f"'{text}".replace("\r", "\n")
    assert list(back.columns) == [told, "b", "n"]
    assert back["b"].tolist() == [told, "c"]
    assert back["n"].tolist() == [-1.5, 2.0]
    assert frame["b"].tolist() == [text, "c"]  # as it was


def test_numbers_and_other_texts_stay() -> None:
    same = ["-1.5", "+2e3", "a=b", "16-29", "", "Åre", -3, None, 1.5]
    assert [cell(value) for value in same] == same


def test_every_table_is_written_in_one_place() -> None:
    writers = [path for path in PACKAGE.rglob("*.py") if ".to_csv(" in path.read_text("utf-8")]
    assert writers == [PACKAGE / "study" / "csv_tables.py"]


def test_labels_in_logs_and_comparisons_are_no_formulas(tmp_path: Path) -> None:
    scenario = loads(SMALL.replace('"Out"', '"=1+1"').replace("team = {", 'team = { label = "@t",'))
    folder = flowsim.run(scenario, engine="simpy").save(tmp_path / "run")
    out = tmp_path / "log.csv"
    CliRunner().invoke(app, ["export", str(folder), "--format", "csv", "--out", str(out)])
    names = set(pd.read_csv(out)["name"].dropna())
    assert {"'=1+1", "'@t"} <= names
    assert not {"=1+1", "@t"} & names


# Names of files


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("name", "told", "environment"),
    [
        (b"\xff.toml", "\ufffd", {}),
        ("\u00e5.toml".encode(), "\u00e5", PLAIN),
        (b"\xe5.toml", "\ufffd", PLAIN),
    ],
    ids=["no UTF-8", "plain locale", "neither"],
)
def test_a_file_with_a_name_that_is_no_text(
    tmp_path: Path, name: bytes, told: str, environment: dict[str, str]
) -> None:
    folder = os.fsencode(tmp_path)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(SMALL.encode())
    words = ["run", "--engine", "simpy", "--replications", "2", os.fsdecode(name)]
    command = [sys.executable, "-m", "flowsim.cli", *words]
    ended = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")
    (results,) = (tmp_path / "results").iterdir()
    assert results.name.startswith(f"{told}-")
    assert json.loads((results / "manifest.json").read_text("utf-8"))["scenario"] == told
    assert (results / "report.html").exists()


def test_names_of_paths_there_and_back() -> None:
    for name in ("a.toml", "örebro.toml", "日本.toml"):
        assert name_of(path_of(name)) == name
    assert name_of(Path("\udcff\ud800.toml")) == "??.toml"


# Files that are none


@pytest.fixture
def alarm() -> Iterator[None]:
    """End a test that waits for a file to end."""

    def ring(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(20)
    yield
    signal.alarm(0)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50 * 1024**3)


def looping(path: Path) -> None:
    path.symlink_to(path.name)


SPECIAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "something that is no regular file"),
    "without end": (lambda path: path.symlink_to("/dev/zero"), "something that is no regular file"),
    "nothing": (lambda path: path.symlink_to("/dev/null"), "something that is no regular file"),
    "folder": (Path.mkdir, "a folder"),
    "too large": (sparse, f"a file of over {MOST_BYTES // 10**6} MB"),
    "in a loop": (looping, "a file that cannot be read"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "no such file"),
}


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("kind", SPECIAL)
def test_a_special_file_wherever_one_is_named(tmp_path: Path, kind: str) -> None:
    make, told = SPECIAL[kind]
    path = tmp_path / "special"
    make(path)
    for read in (load, load_experiment):
        with pytest.raises(ScenarioError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: found {told}; allowed: ")
    listed = tmp_path / "listed.toml"
    listed.write_text(SMALL.replace('rate = "20 per year"', 'file = "special"'), "utf-8")
    with pytest.raises(ScenarioError, match=rf"referrals.partners.file: found {told}"):
        load(listed)
    asked = tmp_path / "asked.toml"
    asked.write_text(EXPERIMENT.replace("small.toml", "special").replace("VALUE", "2"), "utf-8")
    with pytest.raises(ScenarioError, match=rf"experiment.base: found {told}"):
        load_experiment(asked)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("name", ["manifest.json", "kpis.parquet", "series.parquet"])
@pytest.mark.parametrize("kind", ["pipe", "without end", "folder"])
def test_a_special_file_in_a_results_folder(tmp_path: Path, name: str, kind: str) -> None:
    folder = flowsim.run(loads(SMALL), engine="simpy").save(tmp_path / "run")
    (folder / name).unlink()
    SPECIAL[kind][0](folder / name)
    for words in (["report", str(folder)], ["verify", str(folder)]):
        if name == "manifest.json" or words[0] == "report" or name == "kpis.parquet":
            ended = CliRunner().invoke(app, words)
            assert isinstance(ended.exception, ResultsError)
            assert f"{folder / name}: damaged" in str(ended.exception)


# Limits, before anything is read


def test_a_text_may_be_as_long_and_deep_as_is_told() -> None:
    longest = SMALL + "#" * (MOST_LETTERS - len(SMALL))
    assert loads(longest).name == "scenario"
    assert faults(longest + "#") == [
        f"a.toml: found a text of {MOST_LETTERS + 1} characters; "
        f"allowed: at most {MOST_LETTERS} characters"
    ]


@pytest.mark.parametrize(
    "deep",
    [
        "k = " + "[" * MOST_DEPTH,
        "k = " + "{ a = " * MOST_DEPTH,
        "k" + ".a" * MOST_DEPTH + " = 1",
        "k" + ".a" * 100_000 + " = 1",
        "k" + '."a"' * MOST_DEPTH + " = 1",
        "[k" + ".a" * (MOST_DEPTH - 1) + "]\nb = 1",
        "[k" + ".a" * 60 + "]\nb" + ".c" * 40 + " = 1",
        "k = { a" + ".b" * 60 + " = { c" + ".d" * 40 + " = 1 } }",
    ],
    ids=["lists", "tables", "key", "long key", "quoted key", "header", "header and key", "inline"],
)
def test_what_is_too_deep_is_not_read(deep: str) -> None:
    begun = time.process_time()
    line = len(SMALL.splitlines()) + 1 + deep.count("\n")
    assert faults(SMALL + deep) == [
        f"a.toml:{line}: found keys, tables or lists within each other, over {MOST_DEPTH} deep; "
        f"allowed: at most {MOST_DEPTH} deep"
    ]
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "flat",
    [
        'a = "[[[[" # [[[[\n' * 200,
        "a = '''\n" + "[" * 300 + "\n'''",
        'a = """\n\\"""' + "{" * 300 + '"""',
        "a = [1.5, 2.5]\n" * 200,
        "[[a.b]]\nc.d = 1.5\n" * 200,
        "a = [\n[1],\n[2],\n]\n" * 99,
    ],
)
def test_depth_is_not_seen_where_there_is_none(flat: str) -> None:
    assert too_deep(flat) == 0


def test_settings_have_the_same_limits() -> None:
    begun = time.process_time()
    key = "a" + ".a" * 60_000
    assert read_override(f"{key}=1") is None
    assert read_override("=" * 60_000) is None
    assert "allowed: key=value" in faults(SMALL, set=[f"{key}=1"])[0]
    assert time.process_time() - begun < 2


def lines_of(many: int, line: str) -> str:
    return "".join(line.format(at=at) for at in range(many))


def factors(many: int) -> str:
    return ", ".join(f'"g{at}=x" = 1' for at in range(many))


MANY: dict[str, Callable[[int], str]] = {
    "wrong provenance": lambda n: (
        SMALL + "[provenance]\n" + lines_of(n, '"teams.team.stafx{at}" = "stated: x"\n')
    ),
    "unknown routes": lambda n: (
        SMALL + lines_of(n, 'steps.s{at} = {{ length_of_stay = "1 day", next.z{at} = 1 }}\n')
    ),
    "unknown keys": lambda n: SMALL + lines_of(n, "key{at} = 1\n"),
    "unknown figures": lambda n: (
        SMALL + lines_of(n, 'goals.g{at} = {{ kpi = "talk.wayt{at}", at_least = 1 }}\n')
    ),
    "unknown groups": lambda n: SMALL.replace(
        '"1 week"', f'{{ mean = "1 week", factors = {{ {factors(n)} }} }}'
    ),
    "a long circle": lambda n: (
        SMALL.replace("next = { out = 1 }", "next = { s0 = 1 }")
        + lines_of(n, 'steps.s{at} = {{ length_of_stay = "0 days", next = {{ s{at}_ = 1 }} }}\n')
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", MANY)
def test_the_time_of_checks_grows_with_the_file_and_no_faster(kind: str) -> None:
    """Four times the file takes four times as long; if each were held against each, sixteen.

    Processor time, best of two; half-way between in logarithms is eight.
    """

    def spent(many: int) -> float:
        begun = time.process_time()
        assert len(faults(MANY[kind](many))) >= many
        return time.process_time() - begun

    loads(SMALL)
    few = min(spent(1500) for _ in range(2))
    assert spent(6000) < 8 * few + 1


def test_very_many_steps_are_refused_at_once() -> None:
    line = 'steps.s{at} = {{ length_of_stay = "1 day", next = {{ out = 1 }} }}\n'
    begun = time.process_time()
    (fault,) = faults(SMALL + lines_of(15_000, line))
    assert fault.endswith("steps: found 15,001 steps; allowed: at most 1,000 steps")
    unreachable = faults(SMALL + lines_of(900, line))
    assert len(unreachable) == 900
    assert time.process_time() - begun < 20


def test_very_long_words_are_not_compared() -> None:
    begun = time.process_time()
    assert nearest("a" * 100_000, ["a" * 99_999]) == ""
    assert nearest("a" * LONGEST_NAME, ["a" * (LONGEST_NAME - 1)]) == "a" * (LONGEST_NAME - 1)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("column", ["scenario", "kpi", "replication", "value", "denominator"])
def test_a_comparison_without_a_column(small: Path, column: str) -> None:
    folder = small.parent / "out"
    words = ["--set", "run.seed=2", "--engine", "simpy", "--replications", "2", "--no-report"]
    words += ["--quiet", "--out", str(folder)]
    assert CliRunner().invoke(app, ["compare", str(small), *words]).exit_code == 0
    path = folder / "comparison.parquet"
    pd.read_parquet(path).drop(columns=column).to_parquet(path)
    ended = CliRunner().invoke(app, ["report", str(folder)])
    assert isinstance(ended.exception, ResultsError)
    assert f"{path}: damaged: " in str(ended.exception)
