"""Load knows what limits starts: places, meetings, groups, a most in a year, closures, vacancies.

Each limit is worked out by hand. Where chance takes part in it, it is compared with a simulation of
a list that is never empty.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import exp
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from test_cli import flowsim as command

import flowsim
from flowsim.report.comparison_paper.document import load_cell, of_this_comparison
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.differences import amount
from flowsim.report.figures.material import Material
from flowsim.report.figures.waits import _draw_step
from flowsim.report.input_words import input_words
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.places_by_month import course_of, tables
from flowsim.report.run_paper.question import written_places
from flowsim.report.run_paper.sentences import in_short, trend_of
from flowsim.report.sections.drivers import load_line, load_table
from flowsim.report.words import Words, scale_of
from flowsim.scenario.most_starts import Stay, most_starts
from flowsim.scenario.schema import Intake, Scenario
from flowsim.scenario.workload import Load, growing_steps, loads_of
from flowsim.study.comparison.comparing import compare
from flowsim.study.warmup import certain_overloads

YEAR = 365.25
# Four years of 1461 days, one of them a leap year: yearly closures take the same share of each.
ONE = """
scenario.title = "One step"
run = {{ start = 2025-01-01, length = "4 years", replications = 2{run} }}
referrals.all = {{ to = "desk", rate = "{rate} per year"{source} }}
teams.team = {{ {places}{team} }}
steps.desk = {{ team = "team", length_of_stay = {stay}, next = {{ done = 1 }}{step} }}
exits.done = "Done"
"""
STAFF = "staff.coach = { fte = 2, caseload = 10%s }"
EXPONENTIAL = '{ distribution = "exponential", mean = "10 days" }'


def one(
    rate: float = 100,
    places: int | str = 20,
    team: str = "",
    step: str = "",
    stay: str = EXPONENTIAL,
    source: str = "",
    run: str = "",
) -> Scenario:
    """Return a scenario of one step; `places`: how many, or keys that say so."""
    of = places if isinstance(places, str) else f"places = {places}"
    text = ONE.format(rate=rate, places=of, team=team, step=step, stay=stay, source=source, run=run)
    return flowsim.loads(text, name="one")


def load_of(scenario: Scenario, name: str = "team") -> Load:
    return next(load for load in loads_of(scenario) if load.name == name)


def most_of(scenario: Scenario, kind: str) -> float:
    """Return what a bound by itself lets start in a year."""
    return next(bound.most for bound in load_of(scenario).bounds if bound.kind == kind)


# Limits by hand -------------------------------------------------------------------------------


def test_places_take_places_over_the_stay() -> None:
    assert most_of(one(places=20), "places") == pytest.approx(20 * YEAR / 10)


def test_meetings_take_meetings_a_year_times_their_most() -> None:
    scenario = one(320, 200, step=', intake = { every = "1 week", max = 5 }')
    assert most_of(scenario, "meetings") == pytest.approx(5 * YEAR / 7)
    load = load_of(scenario)
    assert load.verdict == "grows"
    assert [bound.kind for bound in load.tight] == ["meetings"]
    assert load.share == pytest.approx(320 / (5 * YEAR / 7))
    assert load.growth == pytest.approx(7 * (320 / YEAR - 5 / 7))


def test_a_step_without_a_team_is_limited_by_its_meetings() -> None:
    scenario = flowsim.loads(
        """
        scenario.title = "No team"
        run = { start = 2025-01-01, length = "4 years" }
        referrals.all = { to = "desk", rate = "40 per year" }
        exits.done = "Done"
        [steps.desk]
        length_of_stay = "1 week"
        intake = { every = "4 weeks", max = 2 }
        next = { done = 1 }
        """
    )
    load = load_of(scenario, "desk")
    assert load.most == pytest.approx(2 * YEAR / 28)
    assert load.verdict == "grows"
    assert [notice.kind for notice in scenario.warnings if notice.kind == "load"] == ["load"]


def test_meetings_in_closures_are_not_held() -> None:
    """Meetings each Monday from 2024-12-30; of 208 in 1461 days 4 x 4 fall into the four Julys."""
    closed = ', closures = [{ from = "07-01", until = "07-28" }]'
    meetings = ', intake = { every = "1 week", max = 5, first = 2024-12-30 }'
    scenario = one(320, 200, team=closed, step=meetings)
    n_all, n_closed = 208, 16  # Mondays from 2025-01-06 to 2028-12-25; 28 days have four of them
    assert most_of(scenario, "meetings") == pytest.approx(5 * YEAR / 7 * (1 - n_closed / n_all))


def test_a_closure_that_pauses_stays_takes_its_share_of_the_days() -> None:
    closed = ', closures = [{ from = "07-01", until = "07-28", pauses = true }]'
    scenario = one(20 * YEAR / 10, team=closed)
    assert most_of(scenario, "places") == pytest.approx(20 * YEAR / 10 * (1 - 4 * 28 / 1461))
    assert load_of(scenario).verdict == "grows", "full at 100 % with no closure at all"


def test_a_closure_takes_from_each_place_the_time_since_it_got_free() -> None:
    """A stay of 10 days ends after t days with chance 1 - exp(-t / 10), and nobody follows."""
    closed = ', closures = [{ from = "07-01", until = "07-28" }]'
    idle = 28 - 10 * (1 - exp(-2.8))
    expected = 20 * YEAR / 10 * (1 - 4 * idle / 1461)
    assert most_of(one(team=closed), "places") == pytest.approx(expected)


def test_a_most_in_a_year_limits_starts() -> None:
    scenario = one(100, step=", intake = { min = 1, max_per_year = 60 }")
    load = load_of(scenario)
    assert [(b.kind, b.most) for b in load.tight] == [("max_per_year", pytest.approx(60))]
    assert load.share == pytest.approx(100 / 60)


def test_vacancies_take_places() -> None:
    """A post is filled for a year on average and then vacant for a quarter of one: 4/5 of 20."""
    turnover = '{ leave = "1 per year", vacancy = "3 months" }'
    load = load_of(one(650, STAFF % "", team=f", turnover = {turnover}"))
    assert load.places == pytest.approx(16)
    assert load.share == pytest.approx(650 / (16 * YEAR / 10)), "111 %, and 89 % with all posts"


def test_a_summer_without_places_is_a_summer_without_meetings() -> None:
    """Nobody in post in the first 365 days of 1461: none of their meetings counts."""
    step = ', intake = { every = "1 day", max = 1 }'
    scenario = one(200, STAFF % ", from = 2026-01-01", step=step)
    assert most_of(scenario, "meetings") == pytest.approx(YEAR * (1461 - 365) / 1461)


@pytest.mark.parametrize(
    ("intake", "stay", "hand"),
    [
        # places 3, all must be free: the longest of three stays of 10 days, 10 (1 + 1/2 + 1/3)
        (Intake(min=3), Stay(10.0), 3 / (10 * (1 + 1 / 2 + 1 / 3))),
        # constant stays of 10 days fill 3 of 3 places in groups of 3, and 2 of them in pairs
        (Intake(min=3), Stay(10.0, is_constant=True), 3 / 10),
        (Intake(min=2), Stay(10.0, is_constant=True), 2 / 10),
        # a stay of 10 days misses one weekly meeting: a place starts somebody each second one
        (Intake(every="1 week"), Stay(10.0, is_constant=True), 3 / 14),
        (Intake(every="1 week", max=1), Stay(10.0, is_constant=True), 1 / 7),
        # exponential: at each meeting as many as have left since the last
        (Intake(every="1 week"), Stay(10.0), 3 * (1 - exp(-0.7)) / 7),
        (Intake(every="1 week", min=4), Stay(10.0), 0.0),
        (None, Stay(10.0), 0.3),
    ],
)
def test_what_three_places_take(intake: Intake | None, stay: Stay, hand: float) -> None:
    assert most_starts(3, stay, intake) == pytest.approx(hand)


def test_one_at_most_of_two_places_at_a_meeting() -> None:
    """Of two places with 1/2 to leave: states 1 and 2 inside after a meeting, one starts unless
    both stay. From 1: to 1 (left) or 2; from 2: to 1 with 1/4, else to 2. Share of 2 is 2/3."""
    stay = Stay(7 / 0.6931471805599453)
    assert most_starts(2, stay, Intake(every="1 week", max=1)) == pytest.approx(
        (1 - 2 / 3 * 1 / 4) / 7
    )


@pytest.mark.parametrize(
    "step",
    [
        ', intake = { every = "1 week", max = 3 }',
        ', intake = { every = "2 weeks" }',
        ", intake = { min = 4 }",
        ', intake = { every = "1 week", min = 2, max = 4 }',
    ],
)
def test_a_list_that_is_never_empty_starts_as_many(step: str) -> None:
    """Exponential stays, so that the chain and the sum of means are exact."""
    scenario = one(400, 5, step=step, run=', warm_up = "1 year"').with_({"run.length": "9 years"})
    results = flowsim.run(scenario, replications=60)
    started = results.values[:, 0, 0, results.table.position["desk.started"]]
    yearly = started / ((scenario.run.until - scenario.run.report_from).days + 1) * YEAR
    error = yearly.std(ddof=1) / len(yearly) ** 0.5
    assert load_of(scenario).most == pytest.approx(yearly.mean(), abs=4 * error)


# What gets through ----------------------------------------------------------------------------

NEW = Path(flowsim.__file__).parent / "scenario" / "new_scenario_sv.toml"


def new(rate: float) -> Scenario:
    return flowsim.load(NEW, set={"referrals.partners.rate": f"{rate} per year"})


def test_later_steps_get_what_the_meetings_let_through() -> None:
    """Of 320 at most 241 start, of whom 40 % go on: 96, and not 128, for 109 places a year."""
    first, then = loads_of(new(320))
    assert then.coming == pytest.approx(0.4 * first.most)
    assert then.verdict == "room"
    assert then.share == pytest.approx(0.4 * first.most * (11 / 12) / 100, rel=1e-9)


@pytest.mark.parametrize(("rate", "kinds"), [(320, ["meetings", "places"]), (273.6, ["meetings"])])
def test_the_meeting_is_named_and_not_the_wrong_team(rate: float, kinds: list[str]) -> None:
    """With 20 % more than 228 the 36 places would take 276 a year, and the meetings take 261."""
    first, then = loads_of(new(rate))
    assert [bound.kind for bound in first.tight] == kinds
    assert first.tight[0].most == pytest.approx(5 * YEAR / 7)
    assert first.verdict == "grows"
    assert then.verdict == "room"
    [notice] = [str(one) for one in new(rate).warnings if one.kind == "load"]
    assert "steps.mapping.intake" in notice
    assert f"{rate:.0f} a year come and 241 can start (the meetings of mapping take 261" in notice


def test_the_scenario_to_start_from_has_no_warning_and_no_room_in_reception() -> None:
    reception, coaching = loads_of(new(228))
    assert (reception.verdict, coaching.verdict) == ("full", "room")
    assert [one for one in new(228).warnings if one.kind == "load"] == []


def test_those_held_back_in_one_place_are_not_missed_in_another() -> None:
    """In Ale half of 100 get through to the coaches of Ale; in Kungälv all of 100 do."""
    scenario = flowsim.loads(
        """
        scenario.title = "Two places"
        run = { start = 2025-01-01, length = "4 years" }
        groups.place = { ale = 0.5, kungalv = 0.5 }
        referrals.all = { to = "desk", rate = "200 per year" }
        teams.desk = { per = "place", places = { ale = 5, kungalv = 50 } }
        teams.coaches = { per = "place", places = 60 }
        exits.done = "Done"
        [steps.desk]
        team = "desk"
        length_of_stay = { distribution = "exponential", mean = "36.525 days" }
        next = { coaching = 1 }
        [steps.coaching]
        team = "coaches"
        length_of_stay = "6 months"
        next = { done = 1 }
        """
    )
    coming = {(one.name, one.value): one.coming for one in loads_of(scenario)}
    assert coming == pytest.approx(
        {
            ("desk", "ale"): 100,
            ("desk", "kungalv"): 100,
            ("coaches", "ale"): 50,
            ("coaches", "kungalv"): 100,
        },
        rel=1e-3,
    )


def test_a_source_that_begins_after_the_days_sends_nobody() -> None:
    """The team ends before the first referral."""
    ends = ', until = 2025-12-31, then = "done"'
    assert load_of(one(team=ends, source=", from = 2026-06-01")).coming == 0


def test_the_most_of_a_source_is_counted_from_the_start() -> None:
    """100 at most come in the first year; in the three years of the statistics nobody is left."""
    scenario = one(100, source=", at_most = 100", run=', warm_up = "1 year"')
    assert load_of(scenario).coming == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("first", "later", "verdict", "steps"),
    [(1000, 200, "grew", []), (200, 700, "grows", ["desk"]), (100, 400, "grows", ["desk"])],
)
def test_a_load_that_passes_is_no_growth_and_one_that_comes_is(
    first: float, later: float, verdict: str, steps: list[str]
) -> None:
    """Ten places take 365 a year; the rate changes after two of four years."""
    changes = f', changes = [{{ from = 2027-01-01, rate = "{later} per year" }}]'
    scenario = one(first, 10, source=changes)
    assert load_of(scenario).verdict == verdict
    assert load_of(scenario).late == pytest.approx(later / 365.25, rel=2e-3)
    assert sorted(growing_steps(scenario)) == steps


def test_interrupted_stays_give_places_back_and_do_not_go_on() -> None:
    """Of exponential stays of 100 days, interruptions once in 100 days cut short half."""
    scenario = flowsim.loads(
        """
        scenario.title = "Interrupted"
        run = { start = 2025-01-01, length = "4 years" }
        referrals.all = { to = "desk", rate = "200 per year" }
        teams = { desk = { places = 100 }, coaches = { places = 100 } }
        exits.done = "Done"
        [steps.desk]
        team = "desk"
        length_of_stay = { distribution = "exponential", mean = "100 days" }
        interruption = { rate = "0.01 per day" }
        next = { coaching = 1 }
        [steps.coaching]
        team = "coaches"
        length_of_stay = "1 month"
        next = { done = 1 }
        """
    )
    assert load_of(scenario, "desk").needed == pytest.approx(200 / YEAR * 50)
    assert load_of(scenario, "coaches").coming == pytest.approx(100)


# One thing is said everywhere -----------------------------------------------------------------


def test_check_run_report_and_comparison_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    text = NEW.read_text(encoding="utf-8").replace("228 per year", "320 per year")
    path.write_text(text.replace('"sv"', '"en"', 1), encoding="utf-8")
    scenario = flowsim.load(path, set={"run.replications": 5})
    words = Words(scenario)
    reception, coaching = loads_of(scenario)
    line = load_line(reception, words)
    assert "320 come a year and 241 can start (load 133%)" in line
    assert "meetings of Kartläggning take 261 a year" in line
    assert "has room" not in line
    checked = command("check", path.name, cwd=tmp_path).stdout.splitlines()
    assert checked[1:3] == [line, load_line(coaching, words)]
    paper = RunPaper(flowsim.run(scenario), "en")
    assert f"{line}." in in_short(paper)
    verdicts = [str(row[-1]) for row in load_table(paper).rows]
    assert line.endswith(verdicts[0])
    assert str(load_cell(reception, paper)).endswith(verdicts[0])
    shown = command("run", path.name, "--replications", "3", cwd=tmp_path).stdout
    assert "meetings of Kartläggning take 261 a year" in re.sub(r"\s+", " ", shown)


def test_a_list_that_fills_up_at_a_load_below_1_is_not_said_to_grow() -> None:
    """At a load of 95 % an empty start takes years to fill up; the list gets ever longer."""
    scenario = one(
        0.95 * 2 * YEAR / 20, 2, stay='{ distribution = "gamma", mean = "20 days", cv = 2 }'
    )
    results = flowsim.run(scenario.with_({"run.length": "1 year"}), replications=200)
    paper = RunPaper(results, "en")
    trend = trend_of("desk", paper)
    assert trend is not None
    assert trend.after > trend.before + 0.5
    assert trend.way == "lengthens"
    assert "The list grows" not in " ".join(in_short(paper))


def test_a_warm_up_is_refused_where_meetings_take_less_than_comes() -> None:
    """200 places, and 261 a year at meetings: no list of 320 a year ever settles."""
    scenario = one(320, 200, step=', intake = { every = "1 week", max = 5 }')
    assert [load.name for load in certain_overloads(scenario)] == ["team"]
    assert (
        list(certain_overloads(one(250, 200, step=', intake = { every = "1 week", max = 5 }')))
        == []
    )


# Months and shares ----------------------------------------------------------------------------

SUMMER = """
scenario = { title = "Summer", language = "en" }
run = { start = 2025-01-01, length = "2 years", replications = 40 }
referrals.all = { to = "desk", rate = "190 per year" }
exits.done = "Done"
population.target_group = 100
[teams.team]
staff.coach = { fte = 2, caseload = 18 }
staff.spring = { fte = 1, caseload = 18, until = 2025-05-31 }
staff.autumn = { fte = 1, caseload = 18, from = 2025-09-01 }
[steps.desk]
team = "team"
length_of_stay = { distribution = "gamma", mean = "3 months", cv = 0.5 }
initial = { in_service = 45 }
next = { done = 1 }
"""


@lru_cache
def summer() -> RunPaper:
    return RunPaper(flowsim.run(flowsim.loads(SUMMER, name="summer")), "en")


def test_a_summer_with_fewer_places_is_seen_month_by_month() -> None:
    """Three posts of 18, of which one is empty from June to August: 54, 36, 54."""
    course = course_of("team", summer())
    assert course is not None
    assert course.places.tolist() == [54.0] * 5 + [36.0] * 3 + [54.0] * 4
    assert course.months[5:8] == ["2025-06", "2025-07", "2025-08"]
    results = summer().results
    at = results.month_table.position["desk.waiting.mean"]
    waiting = results.series_values[:, 1:13, 0, at].mean(axis=0)
    assert course.waiting == pytest.approx(waiting)
    assert waiting[7] > 5 * max(waiting[4], 0.1), (
        "the queue of August, told as days of the whole run"
    )
    [table] = tables(summer())
    assert [row[1] for row in table.rows][4:9] == ["54.0", "36.0", "36.0", "36.0", "54.0"]
    [said] = [text for text in in_short(summer()) if "36.0 places" in text]
    assert said.startswith("Team has 36.0 places in June 2025, against 54.0 in January 2025; most")
    assert said.endswith(f"{waiting.max():.1f} on average.")


def test_the_teams_table_shows_places_that_change_within_a_year() -> None:
    team = summer().scenario.teams["team"]
    assert written_places(team, summer()) == "2025: 54 → 36 → 54, 2026: 54"


def test_vacant_posts_are_known_by_month() -> None:
    """One post of 2 leaves once a year on average and is away for ever: each month more vacant."""
    text = SUMMER.replace(
        "[steps.desk]", 'turnover = { leave = "1 per year", vacancy = "90 years" }\n[steps.desk]'
    )
    results = flowsim.run(flowsim.loads(text), replications=100)
    at = results.month_table.position["team.vacant_fte.mean"]
    first = results.series_values[:, 1, 0, at]
    error = first.std(ddof=1) / 10
    # Three posts; each is empty for a share of January: 1 - (1 - exp(-x)) / x with x = 31 / 365.25
    x = 31 / YEAR
    assert first.mean() == pytest.approx(3 * (1 - (1 - exp(-x)) / x), abs=4 * error)


def test_a_coverage_above_all_is_warned_about() -> None:
    """190 a year and 45 at the start, of a stock of 100."""
    [warning] = [text for text in in_short(summer()) if text.startswith("Warning")]
    whole = summer().figure("coverage")
    assert whole.mean > 4
    assert f"“Participants, of the target group” is {whole.value} (whole run)" in warning
    assert "counted each time they enrol" in warning
    few = RunPaper(flowsim.run(flowsim.loads(SUMMER.replace("= 100", "= 1000"))), "en")
    assert not any(text.startswith("Warning") for text in in_short(few))


def test_a_share_of_participants_above_all_is_warned_about() -> None:
    """All are done, and only half go through the step that counts: 200 %, and not silently."""
    text = """
    scenario = { title = "Half", language = "en" }
    run = { start = 2025-01-01, length = "2 years", replications = 5 }
    referrals.all = { to = "desk", rate = "190 per year" }
    exits.done = "Done"
    outcomes.completed = ["done"]
    population.counted_in = ["room"]
    steps.desk = { length_of_stay = "1 day", next = { room = 0.5, done = 0.5 } }
    steps.room = { length_of_stay = "1 day", next = { done = 1 } }
    """
    base = flowsim.loads(text, name="half")
    [warning] = [one for one in in_short(RunPaper(flowsim.run(base), "en")) if "Warning" in one]
    assert "only those in some of the steps" in warning
    more = base.with_({"referrals.all.rate": "200 per year"})
    compared = compare(base, {"more": more}, kpis=["completed.share"], replications=5)
    said = " ".join(of_this_comparison(ComparisonPaper(compared, "en", {})))
    assert "Warning: “Completed, of the participants” is" in said


def test_no_axis_of_shares_goes_beyond_all() -> None:
    """All start at once: the only bar is 100 %, and nothing is marked above it."""
    text = SUMMER.replace("caseload = 18", "caseload = 180")
    material = Material(flowsim.run(flowsim.loads(text), replications=3))
    figure, panel = plt.subplots()
    table = pd.DataFrame({"weeks_from": [0.0, 1.0], "weeks_to": [1.0, 2.0], "share": [1.0, 0.0]})
    _draw_step(panel, material, "desk", table)
    assert max(panel.get_yticks()) == pytest.approx(1.0)
    plt.close(figure)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("sv", "1 procentenhet", "2 procentenheter"),
        ("en", "1 percentage point", "2 percentage points"),
    ],
)
def test_one_percentage_point_is_singular(language: str, one: str, two: str) -> None:
    scale = scale_of("coverage", "share", language, 0.01)
    written = [amount(value, scale, language, 0) for value in (0.01, 0.02)]
    assert [text.replace(NO_BREAK_SPACE, " ") for text in written] == [one, two]


def test_the_end_of_the_run_is_no_input_of_the_association() -> None:
    words = Words(flowsim.loads(SUMMER), "sv")
    assert input_words(("run", "until"), words) == "Simuleringen: sista dag"
    assert input_words(("run", "start"), words) == "Simuleringen: första dag"
