"""Slips in TOML: each is told with its line and what to write, all at once, and hides no other."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flowsim.cli.commands import app
from flowsim.errors import ScenarioError
from flowsim.scenario.loading import loads
from flowsim.scenario.toml_slips import is_toml, mended, mended_header
from flowsim.study.experiment.loading import load_experiment

SCENARIO = """
[scenario]
title = "Ett team"
[run]
start = 2025-01-01
until = 2025-12-31
replications = 5
[groups]
kommun = { "Örebro" = 0.5, "Kumla" = 0.5 }
[referrals.r]
to = "s"
rate = "60 per year"
[teams.t]
places = 8
cost_per_place = 650000
closures = [
  { from = "07-01", until = "07-31" },
]
[steps.s]
label = "Coaching"
team = "t"
length_of_stay = { mean = "6 weeks", cv = 0.5 }
next = { x = 1 }
[exits]
x = "Klar"
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "a.toml")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("a = 964 000", "a = 964000"),
        ("a = 964\N{NO-BREAK SPACE}000", "a = 964000"),
        ("a = 1 964 000,5", "a = 1964000.5"),
        ("a = 1.000.000", "a = 1000000"),
        ("a = [1 000, 2 000]", "a = [1000, 2000]"),
        ("a = 4,5", "a = 4.5"),
        ("a = 4,5 # half", "a = 4.5 # half"),
        ("a = { mean = 4,5, cv = 0,5 }", "a = { mean = 4.5, cv = 0.5 }"),
        ("a = 964,000", "a = 964000"),
        ("a = 25 %", "a = 0.25"),
        ("a = { x = 12,5%, y = 0.5 }", "a = { x = 0.125, y = 0.5 }"),
        ("a = −3", "a = -3"),
        ("a = .5", "a = 0.5"),
        ("a = 5.", "a = 5.0"),
        ("a = 07", "a = 7"),
        ("a = 500 kr", "a = 500"),
        ("a = 500 000 SEK;", "a = 500000"),
        ('a = "text', 'a = "text"'),
        ("a = 'text # more", "a = 'text'"),
        ('a = { x = "y, z = 1 }', 'a = { x = "y", z = 1 }'),
        ("a = ”text”", 'a = "text"'),
        ("a = “text”", 'a = "text"'),
        ('a = "text”', 'a = "text"'),
        ("a = ‘text’", 'a = "text"'),
        ("a = text", 'a = "text"'),
        ("a = åtta veckor", 'a = "åtta veckor"'),
        ("a = 6 weeks", 'a = "6 weeks"'),
        ("a = { mean = 6 weeks, cv = 0.5 }", 'a = { mean = "6 weeks", cv = 0.5 }'),
        ("a = [sv, en]", 'a = ["sv", "en"]'),
        ("a = True", "a = true"),
        ("a = ja", "a = true"),
        ("a = nej", "a = false"),
        ("a 8", "a = 8"),
        ('a "x"', 'a = "x"'),
        ("a { x = 1 }", "a = { x = 1 }"),
        ("a: 8", "a = 8"),
        ("a == 8", "a = 8"),
        ("a := 8", "a = 8"),
        ("a = { mean: 8 }", "a = { mean = 8 }"),
        ("Örebro = 0.5", '"Örebro" = 0.5'),
        ("a.b c = 1", 'a."b c" = 1'),
        ("a = { Örebro = 0.5, Kumla = 0.5 }", 'a = { "Örebro" = 0.5, Kumla = 0.5 }'),
        ("a = { 16–29 = 0.5 }", 'a = { "16–29" = 0.5 }'),
        ("a = 2025-1-5", "a = 2025-01-05"),
        ("a = 2025/01/05", "a = 2025-01-05"),
        ("a = 2025.01.05", "a = 2025-01-05"),
        ("a = 5/1 2025", "a = 2025-01-05"),
        ("a = 5/1-2025", "a = 2025-01-05"),
        ("a = 05.01.2025", "a = 2025-01-05"),
        ("a = 5 januari 2025", "a = 2025-01-05"),
        ("a = 5 okt 2025", "a = 2025-10-05"),
        ("a = { from = 1/7, until = 31/7 }", 'a = { from = "07-01", until = "07-31" }'),
        ("a = [1, 2", "a = [1, 2]"),
        ("a = { x = 1", "a = { x = 1 }"),
        ("a = [{ x = 1 ]", "a = [{ x = 1 }]"),
        ("a = [[1], [2]", "a = [[1], [2]]"),
        ("a = [1, 2]]", "a = [1, 2]"),
        ("a = { x = 1 y = 2 }", "a = { x = 1, y = 2 }"),
        ('a = ["x" "y"]', 'a = ["x", "y"]'),
        ("a = { x = 1, }", "a = { x = 1 }"),
        ("a = 8,", "a = 8"),
        ("a = 8; # eight", "a = 8"),
        ("a = 8 // eight", "a = 8 # eight"),
        ("a = {\n  x = 0.5, # half\n  y = 0.5\n}", "a = { x = 0.5, y = 0.5 }"),
    ],
)
def test_what_was_meant(slip: str, meant: str) -> None:
    text, slips = mended(slip)
    assert text is not None
    assert tomllib.loads(text) == tomllib.loads(meant)
    assert not is_toml(slip)
    assert len(slips) == {
        "a = 1 964 000,5": 1,
        "a = { mean = 4,5, cv = 0,5 }": 2,
        "a = [1 000, 2 000]": 2,
        "a = 500 000 SEK;": 3,
        "a = [sv, en]": 2,
        "a = { from = 1/7, until = 31/7 }": 2,
    }.get(slip, 1)


@pytest.mark.parametrize(
    ("slip", "found", "allowed"),
    [
        ("a = 964 000", "a number with spaces: 964 000", "964000"),
        ("a = 4,5", "a decimal comma: 4,5", "a decimal point: 4.5"),
        ("a = 964,000", "a comma in a number: 964,000", "964000, or as a decimal 964.000"),
        ("a = 25 %", "a percent sign: 25 %", "a share from 0 to 1: 0.25"),
        ('a = "text', 'a text without its closing quote: "text', '"text"'),
        ("a = 5/1 2025", "a date as 5/1 2025", "2025-01-05"),
        ("a = 2025-02-30", "a day that does not exist: 2025-02-30", "a date as YYYY-MM-DD"),
        ("a =", "no value after =", "a = ..., or no such line"),
        ("a 8", "no = after a", "a = 8"),
        ("a = none", "none", "a value, or no such line"),
    ],
)
def test_what_is_said(slip: str, found: str, allowed: str) -> None:
    ((_, what, instead),) = mended(slip)[1]
    assert (what, instead) == (found, allowed)


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("[teams.t", "[teams.t]"),
        ("teams.t]", None),
        ("[[factors]", "[[factors]]"),
        ("[steps mapping]", "[steps.mapping]"),
        ("[steps.kö]", '[steps."kö"]'),
        ("[teams.t] # the team", "[teams.t]"),
        ("[teams..t]", None),
        ("[]", None),
    ],
)
def test_headers(header: str, meant: str | None) -> None:
    assert mended_header(header)[0] == meant or meant is None


SLIPS = {
    'title = "Ett team"': ('title = "Ett team', 3, "scenario.title"),
    "start = 2025-01-01": ("start = 1/1 2025", 5, "run.start"),
    "replications = 5": ("replications = 1 000", 7, "run.replications"),
    '{ "Örebro" = 0.5,': ("{ Örebro = 50 %,", 9, "groups.kommun"),
    'rate = "60 per year"': ("rate = 60 per year", 12, "referrals.r.rate"),
    "[teams.t]": ("[teams.t", 13, "teams.t"),
    "cost_per_place = 650000": ("cost_per_place = 650 000", 15, "teams.t.cost_per_place"),
    "  { from = \"07-01\", until = \"07-31\" },\n]\n": (
        "  { from = \"07-01\", until = \"07-31\" },\n", 16, "teams.t.closures"
    ),
    'label = "Coaching"': ("label = ”Coaching”", 20, "steps.s.label"),
    "cv = 0.5": ("cv = 0,5", 22, "steps.s.length_of_stay"),
    'x = "Klar"': ("x Klar", 25, ""),
}  # fmt: skip


def test_all_slips_of_a_file_come_at_once_and_hide_no_other_fault() -> None:
    text = SCENARIO.replace('to = "s"', 'to = "nowhere"').replace("places = 8", "places = -8")
    for was, (slip, _, _) in SLIPS.items():
        assert was in text
        text = text.replace(was, slip)
    faults = faults_of(text)
    for _, line, path in SLIPS.values():
        at = line - 1 if line > 18 else line  # the closing bracket of a list is gone
        assert any(one.startswith(f"a.toml:{at}: {path}") for one in faults), (line, path, faults)
    assert any("referrals.r.to: found" in one and '"nowhere"' in one for one in faults)
    assert any("teams.t.places: found -8" in one for one in faults)
    assert len(faults) == len(SLIPS) + 2 + 2  # two in the line of groups, and in that of the exit


@pytest.mark.parametrize("was", [was for was in SLIPS if was != 'x = "Klar"'])
def test_a_slip_is_the_only_fault_of_its_key(was: str) -> None:
    slip, line, path = SLIPS[was]
    faults = faults_of(SCENARIO.replace(was, slip))
    assert {one.partition(" found")[0] for one in faults} == {f"a.toml:{line}: {path}:"}


def test_what_stands_twice_is_told_with_where_it_stood_first() -> None:
    text = SCENARIO.replace("places = 8", "places = 8\nplaces = 9") + "[teams.t]\nplaces = 4,5\n"
    assert faults_of(text) == [
        "a.toml:15: teams.t.places: found the key twice, first on line 14; allowed: each key once",
        "a.toml:27: teams.t: found the table twice, first on line 13; allowed: each table once",
        "a.toml:28: teams.t.places: found a decimal comma: 4,5; allowed: a decimal point: 4.5",
    ]


def test_lines_end_as_in_windows() -> None:
    (fault,) = faults_of(SCENARIO.replace("places = 8", "places = 4,5").replace("\n", "\r\n"))
    assert fault.startswith("a.toml:14: teams.t.places: found a decimal comma: 4,5;")


def test_the_steps_of_a_list_of_tables_have_places(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(SCENARIO, encoding="utf-8")
    path = tmp_path / "e.toml"
    path.write_text(
        '[experiment]\ntitle = "x"\nbase = "base.toml"\nkpis = ["s.wait.mean"]\ndesign = "grid"\n'
        '[[factors]]\nname = "places"\nkey = "teams.t.places"\nvalues = [4, 5]\n'
        '[[factors]]\nname = "cost"\nkey = "teams.t.cost_per_place"\nvalues = [1 000, 2000\n',
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        load_experiment(path)
    assert [(fault.line, fault.path) for fault in caught.value.faults] == 2 * [
        (13, "factors.1.values")
    ]
    told = CliRunner().invoke(app, ["check", str(path)])
    assert told.exit_code == 2
    assert "factors.1.values: found a number with spaces: 1 000; allowed: 1000" in told.stderr


def test_a_name_with_a_slip_is_known_all_the_same() -> None:
    text = SCENARIO.replace('x = "Klar"', "x =").replace('{ "Örebro" = 0.5, "Kumla" = 0.5 }', '"')
    text = text.replace("[teams.t]", '[teams.t]\nper = "kommun"')
    assert [one.partition(" found")[0] for one in faults_of(text)] == [
        "a.toml:9: groups.kommun:",
        "a.toml:26: exits.x:",
    ]


def test_very_many_slips_are_told_in_part() -> None:
    faults = faults_of(SCENARIO + "".join(f"k{n} = 1 000\n" for n in range(1000)))
    assert len(faults) == len([one for one in faults if "with spaces" in one]) == 100


@pytest.mark.parametrize(
    "text",
    [
        "a = {\n" * 100_000,
        "a = {\n" + "b = 1,\n" * 100_000,
        "a = [\n" + "1 2,\n" * 100_000,
        'a = "' + "x " * 400_000,
        "a = " + "1 000 " * 150_000,
        "a = [" + "1 000, " * 100_000,
        "a " * 400_000,
        "a = " + "," * 900_000,
        "a = " + "b" + " " * 900_000 + "c",
        'a = """\n' + "b = 1\n" * 100_000,
        ("x" * 19_000 + " = { y = 1 000 4,5 2 % }\n") * 50,
        "[a b\n" * 100_000,
        "b = 1\n" * 2000,
    ],
)
def test_slips_of_any_size_take_little_time(text: str) -> None:
    begun = time.process_time()
    assert faults_of(text)
    assert time.process_time() - begun < 10


def test_what_is_no_toml_at_all_is_one_fault() -> None:
    (fault,) = faults_of("Kära styrelse!\nHär kommer vårt scenario.\nHälsningar\n")
    assert re.match(r"a\.toml:1: found what is no TOML", fault)


@pytest.mark.parametrize(
    ("setting", "fault"),
    [
        ("teams.t.places=4,5", "teams.t.places: found a decimal comma: 4,5"),
        ("run.replications=1 000", "run.replications: found a number with spaces: 1 000"),
        ("run.start=1/2 2025", "run.start: found a date as 1/2 2025"),
        ('groups.kommun={"Örebro"=50 %,Kumla=0.5}', "groups.kommun: found a percent sign: 50 %"),
        ("steps.s.next={x=1", "steps.s.next: found { without }"),
        ('scenario.title="Fem', 'scenario.title: found a text without its closing quote: "Fem'),
    ],
)
def test_slips_of_what_is_set(setting: str, fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(SCENARIO, "a.toml", set=[setting])
    (told,) = map(str, caught.value.faults)
    assert told.startswith(f"a.toml: {fault} (set from outside); allowed: ")


@pytest.mark.parametrize(
    ("setting", "title"),
    [
        ("scenario.title=Fem coacher", "Fem coacher"),
        ("scenario.title=5 coacher, 4 team", "5 coacher, 4 team"),
        ('scenario.title="4,5"', "4,5"),
        ("scenario.title=Ja", "Ja"),
        ("scenario.title=a = b", "a = b"),
    ],
)
def test_a_text_that_is_set_needs_no_quotes(setting: str, title: str) -> None:
    assert loads(SCENARIO, set=[setting]).scenario.title == title
