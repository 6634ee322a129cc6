"""Every word of the language is accepted and means the right number; editors are told the same."""

# ruff: noqa: E501

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flowsim.scenario.loading import loads
from flowsim.scenario.ranges import ranges_of
from flowsim.scenario.schema import Scenario, json_schema

MONTH = 365.25 / 12

EVERYTHING = """\
#:schema ./flowsim.schema.json
[scenario]
title = "Title"
question = "Question?"
language = "sv"
currency = "EUR"

[run]
start = 2017-01-01
length = "3 years"
warm_up = "6 months"
seed = 7
replications = 12
precision = { kpi = "talk.wait.mean", relative_half_width = 0.05, max = 900 }

[groups]
age = { young = 0.25, old = "rest" }
place = { ale = 1, kungalv = 3 }

[calendar]
closures = [{ from = "12-20", until = "01-06", pauses = true }]
seasonality = [2, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1]

[referrals.partners]
label = "Partners"
to = "talk"
rate = "36 per year"
from = 2017-02-01
until = 2019-11-30
changes = [{ from = 2018-01-01, rate = "1 per week" }]
seasonality = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
groups = { place = { ale = 1 }, age = "old" }
at_most = 500
[referrals.class]
to = "talk"
cohort = [{ date = 2017-09-01, count = 12 }]
[referrals.list]
to = "talk"
file = "list.csv"

[teams.nurses]
label = "Nurses"
staff.nurse = { fte = { 2017 = 2, 2018 = 3 }, caseload = 5, cost_per_fte = 600000, from = 2017-01-01, until = 2019-06-30, paid_by = "region" }
staff.boss = { money = 300000, cost_per_fte = 600000 }
overheads = 1000
financed_by = { association = 0.5, members = 0.5 }
turnover = { leave = "0.2 per year", vacancy = { distribution = "exponential", mean = "4 months" } }
closures = [{ from = 2018-07-01, until = 2018-07-31 }]
from = 2017-01-01
until = 2019-06-30
then = "ended"
[teams.rooms]
places = { ale = 4, kungalv = { 2017 = 5, 2018 = 6 } }
cost_per_place = 100
per = "place"

[steps.talk]
label = "Talk"
team = "nurses"
length_of_stay = { mean = "5 weeks", cv = 0.7, factors = { "age=young" = 0.8 } }
next = { train = { share = 0.3, after = "4 weeks" }, work = 0.2, home = "rest" }
next_for."source=class" = { train = 47, work = 53 }
patience = { distribution = "exponential", mean = "9 months", since = "referral", exit = "home" }
interruption = [{ rate = "0.1 per year" }, { after = "2 years", exit = "home" }]
priority = ["age=young", "source=partners"]
max_waiting = 40
keeps_place = true
cost_per_participant = 10
target_wait = "2 weeks"
initial = { waiting = 3, waited = "2 weeks", in_service = 2 }
[steps.train]
team = ["rooms", "nurses"]
length_of_stay = { distribution = "pert", low = "1 week", mode = "2 weeks", high = "3 weeks" }
intake = { every = "2 weeks", first = 2016-12-26, min = 2, max = 4, max_per_year = 60, cut_off = "3 days" }
cost_per_group = 500
next = { talk = 0.001, work = 0.999 }
[steps.free]
length_of_stay = "1 day"
initial = { in_service = 1 }
next = { work = 1 }

[exits]
work = { label = "Work", sustained = { after = "6 months", share = 0.5 }, returns = { share = 0.08, after = "1 year", to = "talk" } }
home = "Home"
ended = {}

[outcomes]
completed = ["work", "home"]
work = { label = "To work", exits = ["work"] }

[goals]
soon = { label = "Soon", kpi = "talk.wait.mean", at_most = 60, at_least = 1 }
works = { outcome = "completed", within = "24 months", of = "talk", at_least = 0.3 }

[population]
target_group = { 2017 = 4848, 2018 = 5000 }
counted_in = ["talk", "train"]

[costs]
administration = 1552000
structural = 300000
contributions = { state = 0.5, region = 0.25, municipalities = 0.25 }
budget = 8000000
opening_equity = -1600000
equity_ceiling = 0.2

[observed.2019]
participants = { value = 121, low = 119, high = 123, source = "review, 5.1" }
[observed.run]
"outcomes.completed" = { value = 27 }
[planned.2018]
participants = { value = 130 }

[sources]
review = "A review (2020)"

[provenance]
"teams.nurses.staff" = "stated: review, 5"
"steps.talk.length_of_stay" = "derived: review, 5.1, stock over flow"
"groups" = "assumed: a guess"

[uncertain]
"referrals.partners.rate" = { low = "30 per year", high = "1 per week", mode = "36 per year", source = "review, 6" }
"groups.age.young" = { low = 0.2, high = 0.3, why = "a guess" }
work = { keys = ["teams.nurses.staff.nurse.caseload"], factor = { low = 0.8, high = 1.25 }, why = "a convention" }
"teams.nurses.staff.nurse.fte.2018" = { low = 2, high = 4, distribution = "normal", why = "a guess" }
"steps.talk.initial.in_service" = { low = 0, high = 4, whole = true, why = "a guess" }
draws = "draws.csv"
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("everything")
    (folder / "list.csv").write_text("date\n2017-05-01\n", encoding="utf-8")
    draws = "population.target_group.2018\n4900\n5100\n"
    (folder / "draws.csv").write_text(draws, encoding="utf-8")
    return loads(EVERYTHING, "everything.toml", base=folder)


def test_run(everything: Scenario) -> None:
    run = everything.run
    assert (run.start, run.until) == (dt.date(2017, 1, 1), dt.date(2019, 12, 31))
    assert run.report_from == dt.date(2017, 7, 1)
    assert (run.seed, run.replications) == (7, 12)
    assert run.precision is not None
    assert (run.precision.kpi, run.precision.max) == ("talk.wait.mean", 900)
    assert run.precision.relative_half_width == 0.05
    assert everything.scenario.model_dump() == {
        "title": "Title",
        "question": "Question?",
        "language": "sv",
        "currency": "EUR",
    }


def test_groups_and_calendar(everything: Scenario) -> None:
    assert everything.groups == {
        "age": {"young": 0.25, "old": 0.75},
        "place": {"ale": 0.25, "kungalv": 0.75},
    }
    (closure,) = everything.calendar.closures
    assert (closure.from_, closure.until, closure.pauses) == ((12, 20), (1, 6), True)
    assert everything.calendar.seasonality == (2, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1)


def test_referrals(everything: Scenario) -> None:
    partners, group, listed = everything.referrals.values()
    assert (partners.label, partners.to, partners.at_most) == ("Partners", "talk", 500)
    assert partners.rate == 36 / 365.25
    assert (partners.from_, partners.until) == (dt.date(2017, 2, 1), dt.date(2019, 11, 30))
    assert [(c.from_, c.rate) for c in partners.changes] == [(dt.date(2018, 1, 1), 1 / 7)]
    assert partners.seasonality == (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2)
    assert partners.groups == {"place": {"ale": 1, "kungalv": 0}, "age": {"young": 0, "old": 1}}
    assert [(c.date, c.count) for c in group.cohort] == [(dt.date(2017, 9, 1), 12)]
    assert listed.file == "list.csv"
    assert everything.lists == {"list": ((dt.date(2017, 5, 1), {}),)}


def test_teams(everything: Scenario) -> None:
    nurses, rooms = everything.teams.values()
    nurse, boss = nurses.staff.values()
    assert nurse.fte is not None
    assert [nurse.fte.at(year) for year in (2016, 2017, 2018, 2019)] == [2, 2, 3, 3]
    assert nurse.caseload is not None
    assert nurse.caseload.at(2017) == 5
    assert nurse.cost_per_fte is not None
    assert nurse.cost_per_fte.at(2017) == 600000
    assert (nurse.from_, nurse.until) == (dt.date(2017, 1, 1), dt.date(2019, 6, 30))
    assert (nurse.paid_by, boss.paid_by) == ("region", None)
    assert boss.money is not None
    assert boss.money.at(2017) == 300000
    assert boss.fte is None
    assert nurses.overheads is not None
    assert nurses.overheads.at(2017) == 1000
    assert nurses.financed_by == {"association": 0.5, "members": 0.5}
    assert rooms.financed_by == {"association": 1}
    assert nurses.turnover is not None
    assert nurses.turnover.leave == 0.2 / 365.25
    assert nurses.turnover.vacancy.mean == 4 * MONTH
    assert nurses.closures is not None
    assert nurses.closures[0].from_ == dt.date(2018, 7, 1)
    assert rooms.closures is None
    assert (nurses.until, nurses.then) == (dt.date(2019, 6, 30), "ended")
    assert rooms.per == "place"
    assert rooms.places is not None
    assert rooms.places.by_group == ("ale", "kungalv")
    assert [rooms.places.at(2018, v) for v in rooms.places.by_group] == [4, 6]
    assert rooms.cost_per_place is not None
    assert rooms.cost_per_place.at(2017) == 100


def test_steps(everything: Scenario) -> None:
    talk, train, free = everything.steps.values()
    assert (talk.team, train.team, free.team) == (("nurses",), ("rooms", "nurses"), ())
    stay = talk.length_of_stay
    assert (stay.distribution, stay.mean, stay.cv) == ("gamma", 35, 0.7)
    assert stay.factors == {"age=young": 0.8}
    pert = train.length_of_stay
    assert (pert.distribution, pert.low, pert.mode, pert.high) == ("pert", 7, 14, 21)
    assert (free.length_of_stay.distribution, free.length_of_stay.mean) == ("constant", 1)
    assert {name: route.share for name, route in talk.next.items()} == {
        "train": 0.3,
        "work": 0.2,
        "home": 0.5,
    }
    delay = talk.next["train"].after
    assert delay is not None
    assert (delay.distribution, delay.mean) == ("constant", 28)
    assert talk.next_for["source=class"]["train"].share == 0.47
    assert talk.patience is not None
    assert (talk.patience.since, talk.patience.exit) == ("referral", "home")
    assert talk.patience.mean == 9 * MONTH
    first, second = talk.interruption
    assert (first.rate, first.exit, first.after) == (0.1 / 365.25, "interrupted", None)
    assert second.after is not None
    assert (second.after.mean, second.exit) == (730.5, "home")
    assert talk.priority == ("age=young", "source=partners")
    assert (talk.max_waiting, talk.keeps_place, talk.cost_per_participant) == (40, True, 10)
    assert (talk.target_wait, talk.initial.waiting, talk.initial.in_service.count) == (14, 3, 2)
    assert talk.initial.waited is not None
    assert talk.initial.waited.mean == 14
    intake = train.intake
    assert intake is not None
    assert (intake.every, intake.first, intake.cut_off) == (14, dt.date(2016, 12, 26), 3)
    assert (intake.min, intake.max, intake.max_per_year) == (2, 4, 60)
    assert train.cost_per_group == 500


def test_results(everything: Scenario) -> None:
    work, home, ended = everything.exits.values()
    assert (work.label, home.label, ended.label) == ("Work", "Home", None)
    assert work.sustained is not None
    assert (work.sustained.after, work.sustained.share) == (6 * MONTH, 0.5)
    assert work.returns is not None
    assert (work.returns.share, work.returns.to) == (0.08, "talk")
    assert work.returns.after.mean == 365.25
    soon, works = everything.goals.values()
    assert (soon.kpi, soon.at_most, soon.at_least) == ("talk.wait.mean", 60, 1)
    assert (works.outcome, works.within, works.of) == ("completed", 24 * MONTH, "talk")
    assert everything.population.target_group is not None
    assert everything.population.target_group.at(2019) == 5000
    assert everything.population.counted_in == ("talk", "train")
    costs = everything.costs
    assert costs.administration is not None
    assert costs.administration.at(2017) == 1552000
    assert costs.structural is not None
    assert costs.structural.at(2017) == 300000
    assert costs.budget is not None
    assert costs.budget.at(2017) == 8000000
    assert costs.contributions == {"state": 0.5, "region": 0.25, "municipalities": 0.25}
    assert (costs.opening_equity, costs.equity_ceiling) == (-1600000, 0.2)
    observed = everything.observed["2019"]["participants"]
    assert (observed.value, observed.low, observed.high) == (121, 119, 123)
    assert observed.source == "review, 5.1"
    assert everything.observed["run"]["outcomes.completed"].value == 27
    assert everything.planned["2018"]["participants"].value == 130
    assert everything.outcomes["completed"].exits == ("work", "home")
    assert everything.outcomes["work"].label == "To work"
    assert everything.goals["soon"].label == "Soon"


DISTRIBUTIONS = [
    ('"3 weeks"', "constant", 21),
    ('{ mean = "3 weeks" }', "constant", 21),
    ('{ mean = "3 weeks", cv = 0.5 }', "gamma", 21),
    ('{ mean = "3 weeks", cv = 0 }', "constant", 21),
    ('{ distribution = "lognormal", mean = "3 weeks", cv = 0 }', "constant", 21),
    ('{ distribution = "constant", mean = "3 weeks" }', "constant", 21),
    ('{ distribution = "exponential", mean = "3 weeks" }', "exponential", 21),
    ('{ distribution = "lognormal", mean = "3 weeks", cv = 1 }', "lognormal", 21),
    ('{ distribution = "weibull", mean = "3 weeks", cv = 1 }', "weibull", 21),
    ('{ distribution = "erlang", mean = "3 weeks", shape = 2 }', "erlang", 21),
    ('{ distribution = "uniform", low = "1 day", high = "3 days" }', "uniform", 2),
    (
        '{ distribution = "triangular", low = "1 day", mode = "2 days", high = "6 days" }',
        "triangular",
        3,
    ),
    ('{ distribution = "pert", low = "1 day", mode = "2 days", high = "9 days" }', "pert", 3),
    ('{ distribution = "empirical", values = ["1 day", "3 days"] }', "empirical", 2),
    (
        '{ distribution = "empirical", values = ["1 day", "3 days"], weights = [3, 1] }',
        "empirical",
        1.5,
    ),
    (
        '{ distribution = "hyperexponential", shares = [0.25, 0.75], means = ["1 day", "5 days"] }',
        "hyperexponential",
        4,
    ),
]


@pytest.mark.parametrize(("stay", "kind", "mean"), DISTRIBUTIONS)
def test_distributions(stay: str, kind: str, mean: float) -> None:
    text = EVERYTHING.replace('file = "list.csv"', 'rate = "1 per year"')
    text = text.replace('draws = "draws.csv"', "").replace(
        'length_of_stay = "1 day"', f"length_of_stay = {stay}"
    )
    found = loads(text).steps["free"].length_of_stay
    assert found.distribution == kind
    assert found.average == pytest.approx(mean, rel=1e-12)
    jsonschema.validate(as_json(tomllib.loads(text)), json_schema())


def test_uncertain(everything: Scenario) -> None:
    rate, age, work, fte, inside, draws = everything.uncertain.values()
    assert (rate.low, rate.high, rate.mode) == ("30 per year", "1 per week", "36 per year")
    assert (rate.spread, rate.source) == ("triangular", "review, 6")
    assert (age.spread, age.why) == ("uniform", "a guess")
    assert work.keys == ("teams.nurses.staff.nurse.caseload",)
    assert work.factor is not None
    assert (work.factor.low, work.factor.high, work.spread) == (0.8, 1.25, "loguniform")
    assert (fte.spread, inside.whole, draws.file) == ("normal", True, "draws.csv")
    assert [one.name for one in ranges_of(everything)] == [*everything.uncertain][:-1]
    table = everything._source.draws
    assert table is not None
    assert (table.keys, table.rows) == (("population.target_group.2018",), ((4900.0,), (5100.0,)))
    kinds = [one.kind for one in everything.warnings]
    assert kinds.count("uncertain") == 2  # of staff, which is stated


# What editors are told


def as_json(value: Any) -> Any:
    """Write dates as editors see them."""
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def test_the_schema_is_a_json_schema() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schema_accepts_every_scenario(pytestconfig: pytest.Config) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.validate(as_json(tomllib.loads(EVERYTHING)))
    for path in sorted(Path(pytestconfig.rootpath, "scenarios").glob("*.toml")):
        validator.validate(as_json(tomllib.loads(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("scenario", "language"), "se"),
        (("run", "length"), 3),
        (("run", "until"), "2019-12-31"),
        (("steps", "talk", "length_of_stay"), 3),
        (("steps", "talk", "length_of_stay"), "3 moons"),
        (("steps", "talk", "nxt"), {}),
        (("steps", "talk", "next", "work"), "some"),
        (("teams", "nurses", "staff", "nurse", "fte"), -1),
        (("referrals", "partners", "rate"), "3 weeks"),
        (("exits", "Work"), "Work"),
        (("calendar", "seasonality"), [1, 2]),
    ],
)
def test_the_schema_refuses(path: tuple[str, ...], value: object) -> None:
    data = copy.deepcopy(as_json(tomllib.loads(EVERYTHING)))
    table = data
    for key in path[:-1]:
        table = table[key]
    table[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema())


def test_every_key_is_described() -> None:
    schema = json_schema()
    tables = [schema, *schema["$defs"].values()]
    for table in tables + [variant for t in tables for variant in t.get("anyOf", ())]:
        for key, entry in table.get("properties", {}).items():
            target = schema["$defs"].get(entry.get("$ref", "").removeprefix("#/$defs/"), {})
            assert entry.get("description") or target.get("description"), key
            assert entry.get("default", "") is not None
