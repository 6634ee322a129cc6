"""Files, overrides, lists and lines: how a scenario is read, and what bad input gets."""

# ruff: noqa: E501, SIM905

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from flowsim.errors import ScenarioError
from flowsim.scenario.loading import load, loads
from flowsim.scenario.positions import key_lines

SMALL = """\
[scenario]
title = "Small"
[run]
start = 2020-01-01
until = 2020-12-31
[groups]
age = { "16-29" = 0.45, "30-64" = 0.55 }
[referrals]
gp = { to = "talk", rate = "24 per year" }
[teams.nurses]
staff.nurse = { fte = 2, caseload = 3 }
[steps.talk]
team = "nurses"
length_of_stay = "1 week"
next = { done = 1 }
next_for."age=16-29" = { done = 1 }
[exits]
done = "Done"
"""
TOML_WORDS = "a scenario file, which is TOML text in UTF-8"


def message_of(text: str, **kwargs: object) -> str:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "a.toml", **kwargs)  # type: ignore[arg-type]
    return str(caught.value)


# Files


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "{}: found an empty file; allowed: " + TOML_WORDS),
        (b" \n\n", "{}: found an empty file; allowed: " + TOML_WORDS),
        (b"\x00\x01\x02", "{}: found a binary file; allowed: " + TOML_WORDS),
        (
            b"[scenario]\ntitle = '\xe5'",
            "{}: found a byte that is no UTF-8 text on line 2; allowed: " + TOML_WORDS,
        ),
        (
            b"a = " + b"9" * 5000,
            "{}:1: found what is no TOML (a number that is too long); "
            'allowed: TOML, such as key = "text" or key = 12',
        ),
    ],
)
def test_a_file_that_is_no_scenario(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value) == message.format(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "b.toml")
    assert str(caught.value) == f"{tmp_path}/b.toml: found no such file; allowed: {TOML_WORDS}"
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: found a folder; allowed: {TOML_WORDS}"
    with pytest.raises(ScenarioError, match="a file that cannot be read"):
        load("a\0b.toml")


def test_tables_nested_too_deeply() -> None:
    assert message_of("b = 1\na = " + "[" * 3000) == (
        "a.toml:2: found keys, tables or lists within each other, over 100 deep; "
        "allowed: at most 100 deep"
    )


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    scenario = load(path)
    assert scenario.name == "small"
    assert scenario.path == path
    assert scenario.scenario.title == "Small"


def test_needed_tables() -> None:
    assert message_of('[scenario]\ntitle = "x"').splitlines() == [
        "a.toml: run: found nothing; allowed: a value, as it is needed "
        "(from when to when, and how often)",
        "a.toml: steps: found nothing; allowed: a value, as it is needed "
        "(what participants go through)",
    ]


# Lines


def test_lines_of_every_form_of_key() -> None:
    lines = key_lines(
        'a.b = 1\n"q=x" = [\n 1, # c\n {a = 2, b.c = 3},\n]\n[t."x y"]\nk = 1\n[[z.l]]\nv = """\nx"""\n'
        "[z.l.sub]\nw = 2\n[[z.l]]\nv = 1\n[t.later]\nu.s = { r = 1 }\n"
    )
    assert lines == {
        ("a",): 1,
        ("a", "b"): 1,
        ("q=x",): 2,
        ("q=x", 0): 3,
        ("q=x", 1): 4,
        ("q=x", 1, "a"): 4,
        ("q=x", 1, "b"): 4,
        ("q=x", 1, "b", "c"): 4,
        ("t",): 6,
        ("t", "x y"): 6,
        ("t", "x y", "k"): 7,
        ("z",): 8,
        ("z", "l"): 8,
        ("z", "l", 0): 8,
        ("z", "l", 0, "v"): 9,
        ("z", "l", 0, "sub"): 11,
        ("z", "l", 0, "sub", "w"): 12,
        ("z", "l", 1): 13,
        ("z", "l", 1, "v"): 14,
        ("t", "later"): 15,
        ("t", "later", "u"): 16,
        ("t", "later", "u", "s"): 16,
        ("t", "later", "u", "s", "r"): 16,
    }


# Values set from outside


def test_overrides() -> None:
    changes = {
        "teams.nurses.staff.nurse.fte": 6,
        'steps.talk.next_for."age=16-29".done': 1.0,
        "run.until": dt.date(2021, 12, 31),
    }
    scenario = loads(SMALL, set=changes)
    nurse = scenario.teams["nurses"].staff["nurse"]
    assert nurse.fte is not None
    assert nurse.fte.at(2020) == 6
    assert scenario.run.until == dt.date(2021, 12, 31)
    assert scenario.overrides == changes
    assert loads(SMALL).overrides == {}


def test_overrides_as_text() -> None:
    changes = [
        "teams.nurses.staff.nurse.fte=1.5",
        "run.replications = 7",
        "scenario.language=sv",
        'groups.age={ "16-29" = 1, "30-64" = 3 }',
        "steps.talk.max_waiting=4",
    ]
    scenario = loads(SMALL, set=changes)
    assert scenario.run.replications == 7
    assert scenario.scenario.language == "sv"
    assert scenario.groups["age"] == {"16-29": 0.25, "30-64": 0.75}
    assert scenario.steps["talk"].max_waiting == 4


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            ["teams.nurses.staff.nurse.fte=-2"],
            "a.toml: teams.nurses.staff.nurse.fte: found -2 (set from outside); "
            "allowed: a number >= 0",
        ),
        (
            {"teams.nurse.places": 2},
            "a.toml: teams.nurse: found no such table (set from outside); "
            'allowed: a table of the file (nurses); did you mean "nurses"?',
        ),
        (
            {"steps.talk.length_of_stay.mean": "2 weeks"},
            "a.toml: steps.talk.length_of_stay: found a value that is no table (set from outside); "
            "allowed: a table of the file (team, length_of_stay, next, next_for)",
        ),
        (
            {"run.replication": 2},
            "a.toml: run.replication: found unknown key (set from outside); allowed: start, until, "
            "length, report_from, warm_up, seed, replications, precision; "
            'did you mean "replications"?',
        ),
        (
            ["fte"],
            'a.toml: found "fte" (set from outside); allowed: key=value, such as '
            '"teams.coaching.staff.coach.fte=6"',
        ),
        (
            {"a b": 1},
            'a.toml: found "a b" (set from outside); allowed: key=value, such as '
            '"teams.coaching.staff.coach.fte=6"',
        ),
    ],
)
def test_wrong_overrides(changes: Mapping[str, object] | Sequence[str], line: str) -> None:
    assert message_of(SMALL, set=changes) == line


# Lists


def with_list(tmp_path: Path, content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    (tmp_path / "list.csv").write_bytes(raw)
    return SMALL.replace('rate = "24 per year"', 'file = "list.csv"')


@pytest.mark.parametrize(
    "content",
    [
        "date,age\n2020-03-01,16-29\n2020-02-01,\n2021-01-01,30-64\n",
        "\ufeffdate;age\r\n2020-03-01;16-29\r\n2020-02-01;\r\n\r\n2021-01-01;30-64\r\n",
    ],
)
def test_a_list_is_read_in_its_order(tmp_path: Path, content: str) -> None:
    scenario = loads(with_list(tmp_path, content), "a.toml", base=tmp_path)
    assert scenario.lists == {
        "gp": ((dt.date(2020, 3, 1), {"age": "16-29"}), (dt.date(2020, 2, 1), {}))
    }
    assert scenario.attachments == {"list.csv": content}
    assert [str(notice) for notice in scenario.warnings if notice.kind == "list"] == [
        "a.toml:9: referrals.gp.file: 1 row of list.csv left out: after the end of the run"
    ]


PRIVACY = (
    "no personal data: only the columns date and groups; take out names, numbers and addresses"
)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", ['list.csv:1: found no header; allowed: a first line with the column "date"']),
        (
            "dato,age\n2020-01-01,16-29\n",
            [
                'list.csv:1: dato: found the column "dato"; allowed: columns date, age; '
                'did you mean "date"?',
                'list.csv:1: found no column date; allowed: a column "date", and columns for groups',
            ],
        ),
        (
            "date,personnummer,age\n2020-01-01,x,16-29\n",
            [f'list.csv:1: personnummer: found the column "personnummer"; allowed: {PRIVACY}'],
        ),
        (
            "date,E-mail\n2020-01-01,x\n",
            [f'list.csv:1: E-mail: found the column "E-mail"; allowed: {PRIVACY}'],
        ),
        (
            "date,age\n2020-13-01,16-29\n2019-12-31,30-64\n2020-01-01,30-65\n2020-01-01\n",
            [
                'list.csv:2: date: found "2020-13-01"; allowed: a date as YYYY-MM-DD',
                "list.csv:3: date: found 2019-12-31; allowed: a date from the start of the run "
                "(2020-01-01) on",
                'list.csv:4: age: found "30-65"; allowed: 16-29, 30-64; did you mean "30-64"?',
                "list.csv:5: found 1 columns; allowed: 2, as in the first line",
            ],
        ),
        (
            "date,age\n2020-01-01,19500101-1234\n",
            [f"list.csv:2: age: found a personal number; allowed: {PRIVACY}"],
        ),
        (
            "date,date\n2020-01-01,2020-01-01\n",
            ["list.csv:1: date: found the column twice; allowed: each column once"],
        ),
    ],
)
def test_a_wrong_list(tmp_path: Path, content: str, lines: list[str]) -> None:
    assert message_of(with_list(tmp_path, content), base=tmp_path).splitlines() == lines


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    text = with_list(tmp_path, b"\xff\xfe")
    assert message_of(text, base=tmp_path) == (
        'a.toml:9: referrals.gp.file: found a byte that is no UTF-8 text on line 1 ("list.csv"); '
        "allowed: a CSV file beside the scenario"
    )
    (tmp_path / "list.csv").unlink()
    assert message_of(text, base=tmp_path) == (
        'a.toml:9: referrals.gp.file: found no such file ("list.csv"); '
        "allowed: a CSV file beside the scenario"
    )


# Whatever the input, only a ScenarioError

VALUES = (
    '1 -1 0 1e12 nan -inf "x" true [] {} [1,2] {a=1} 2019-07-01 "02-29" "rest" 1e400 '
    '99999999999999999999999999 [[[]]] {2016=1,2017="x"} 2019-07-01T10:00:00 10:00:00 "" "mapping" '
    '"age=16-29" 0001-01-01 9999-12-31 [{}] "source=partners" {share=0.3,after=3} {ale=1} {""=1} '
    '"äö" "\\u0000" ["mapping","coaching"] "=" "source"'
).split()
VALUES += ['"3 weeks"', '"1e300 years"', '"1e20 per day"', '"99999 years"', '"2 per week"']
JARGON = re.compile(r"pydantic|NoneType|\bdict\b|\btuple\b|<class|another value|validat")


def mutated(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    keys = re.findall(r"[a-z_]+(?= *=)", text)
    for _ in range(chance.randint(1, 4)):
        at, kind = chance.randrange(len(lines)), chance.randrange(6)
        values = list(re.finditer(r'(?<== )("[^"]*"|[-\d.]+|\[[^\]]*\]|\{[^}]*\})', lines[at]))
        names = list(re.finditer(r"[a-z_]+(?= *=)", lines[at]))
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(at, chance.choice(lines))
        elif kind in (2, 3) and values:
            spot, new = chance.choice(values), chance.choice(VALUES)
            lines[at] = lines[at][: spot.start()] + new + lines[at][spot.end() :]
        elif kind == 4 and names:
            spot, new = chance.choice(names), chance.choice(keys)
            lines[at] = lines[at][: spot.start()] + new + lines[at][spot.end() :]
        elif kind == 5 and lines[at]:
            spot_at = chance.randrange(len(lines[at]))
            lines[at] = (
                lines[at][:spot_at] + chr(chance.randrange(1, 300)) + lines[at][spot_at + 1 :]
            )
    return "\n".join(lines)


@pytest.mark.parametrize("file", ["orebro", "small"])
def test_only_a_scenario_error_comes_out(file: str, pytestconfig: pytest.Config) -> None:
    path = pytestconfig.rootpath / "scenarios" / "orebro.toml"
    text = path.read_text(encoding="utf-8") if file == "orebro" else SMALL
    messages = [faults_of(mutated(text, random.Random(seed))) for seed in range(150)]
    assert not [message for message in messages if JARGON.search(message)]
    assert sum(map(bool, messages)) > 50


def faults_of(text: str) -> str:
    try:
        loads(text, "a.toml")
    except ScenarioError as error:
        return str(error)
    return ""
