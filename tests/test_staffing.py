"""Posts by date, vacancies, taking on, roles that are needed, norms: faults, tables, theory."""

# ruff: noqa: E501

from __future__ import annotations

import re
from math import inf, nan, sqrt

import numpy as np
import pytest
from test_kpis import Measured

import flowsim
from flowsim.engine.eventlog import EVENTS
from flowsim.errors import ScenarioError

BASE = """\
scenario.title = "Staffing"
run = {{ start = 2027-01-01, until = 2028-12-31 }}
groups.place = {{ syd = 0.5, nord = 0.5 }}
referrals.all = {{ to = "desk", rate = "3 per week" }}
[teams.team]
{per}
staff.coach = {{ {coach} }}
[steps.desk]
team = "team"
length_of_stay = "2 weeks"
next = {{ done = 1.0 }}
[exits]
done = "Done"
"""
VACANT = "fte = 4.5, caseload = 3, vacant = "
FAULTS = [
    (
        "fte = []",
        "fte: found a list; allowed: a list such as [{ fte = 4 }, { from = 2027-04-01, fte = 5 }]",
    ),
    (
        "fte = [4]",
        "fte.0: found 4; allowed: a list such as [{ fte = 4 }, { from = 2027-04-01, fte = 5 }]",
    ),
    (
        "fte = [{ fte = 4 }, { fte = 5 }]",
        "fte.1.from: found nothing; allowed: from: the first day of this number",
    ),
    (
        "fte = [{ from = 2027-02-01, fte = 4 }]",
        "fte.0.from: found 2027-02-01; allowed: no from in the first entry, which holds from the beginning",
    ),
    (
        "fte = [{ fte = 4 }, { from = 2027-04-01, fte = 5 }, { from = 2027-04-01, fte = 6 }]",
        "fte.2.from: found 2027-04-01; allowed: a date after 2027-04-01, that of the entry before",
    ),
    (
        "fte = [{ fte = 4 }, { from = 2027-04-01, fte = 5 }, { from = 2027-03-01, fte = 6 }]",
        "fte.2.from: found 2027-03-01; allowed: a date after 2027-04-01, that of the entry before",
    ),
    (
        "fte = [{ fte = 4 }, { from = 2027-04-01, fte = -1 }]",
        "fte.1.fte: found -1; allowed: a number >= 0",
    ),
    (
        "fte = [{ fte = 4 }, { from = 2027-04-01 }]",
        "fte.1.fte: found nothing; allowed: a number >= 0",
    ),
    (
        "fte = [{ fte = 4 }, { form = 2027-04-01, fte = 5 }]",
        'fte.1.form: found 2027-04-01; allowed: from and fte; did you mean "from"?',
    ),
    (
        'fte = [{ fte = 4 }, { from = "2027-04-01", fte = 5 }]',
        'fte.1.from: found "2027-04-01"; allowed: a date without quotes, such as 2017-01-01',
    ),
    (
        "fte = 4, caseload = [{ caseload = 3, fte = 2 }]",
        "caseload.0.fte: found 2; allowed: from and caseload",
    ),
    (
        VACANT + "[{ fte = 1, from = 2027-06-01, until = 2027-05-01 }]",
        "vacant.0.until: found 2027-05-01; allowed: a date from 2027-06-01 on (its from)",
    ),
    (
        VACANT + "[{ fte = 0.3, from = 2027-06-01, until = 2027-07-01 }]",
        "vacant.0.fte: found 0.3; allowed: what persons in post make up on 2027-06-01: 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5",
    ),
    (
        VACANT + "[{ fte = 5, from = 2027-06-01, until = 2027-07-01 }]",
        "vacant.0.fte: found 5; allowed: what persons in post make up on 2027-06-01: 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5",
    ),
    (
        VACANT + "[{ fte = 0, from = 2027-06-01, until = 2027-07-01 }]",
        "vacant.0.fte: found 0; allowed: a number above 0, at most 100000",
    ),
    (
        VACANT + '[{ fte = 1, from = 2027-06-01, until = 2027-07-01, in = "syd" }]',
        "vacant.0.in: found in without per; allowed: in only where the team is per a group",
    ),
    (
        VACANT
        + "[{ fte = 1, from = 2027-06-01, until = 2027-07-01 }, { fte = 1, from = 2027-07-01, until = 2027-08-01 }]",
        "vacant.1.from: found 2027-07-01; allowed: a vacancy outside the one from 2027-06-01 to 2027-07-01; or one with both amounts",
    ),
    (
        "from = 2027-06-10, " + VACANT + "[{ fte = 1, from = 2027-06-01, until = 2027-07-01 }]",
        "vacant.0.from: found 2027-06-01; allowed: a date from 2027-06-10 on, when the posts begin",
    ),
    (
        "until = 2027-06-30, " + VACANT + "[{ fte = 1, from = 2027-06-01, until = 2027-07-01 }]",
        "vacant.0.until: found 2027-07-01; allowed: a date until 2027-06-30, when the posts end",
    ),
    (
        "fte = { 2027 = 2, 2028 = 1 }, caseload = 3, vacant = [{ fte = 2, from = 2027-12-01, until = 2028-01-15 }]",
        "vacant.0.fte: found 2; allowed: what persons in post make up on 2028-01-01: 1",
    ),
    (
        'fte = 4, caseload = 3, takes_on = "0 per month"',
        'takes_on: found 0; allowed: a rate above 0, such as "4 per month"; or leave it out',
    ),
    (
        'fte = 4, takes_on = "4 per month"',
        "takes_on: found takes_on without caseload; allowed: takes_on only beside a caseload",
    ),
    (
        "fte = 4, caseload = 3, needed = { places = 1.5 }",
        "needed.places: found 1.5; allowed: a number from 0 to 1",
    ),
    (
        "fte = 4, caseload_norm = { at = 20, stay = 1.01 }",
        "caseload_norm: found caseload_norm without caseload; allowed: a norm only beside a caseload",
    ),
    (
        "fte = 4, caseload = 3, caseload_norm = { at = 20, stay = 0.9 }",
        "caseload_norm.stay: found 0.9; allowed: a number from 1 to 2",
    ),
    (
        'fte = 4, caseload = 3, caseload_norm = { at = 20, stay = 1.1, source = "ips" }',
        'caseload_norm.source: found "ips"; allowed: a key of [sources]',
    ),
]


def scenario(coach: str, per: str = "") -> str:
    return BASE.format(coach=coach, per=per)


@pytest.mark.parametrize(("coach", "told"), FAULTS)
def test_faults(coach: str, told: str) -> None:
    with pytest.raises(ScenarioError) as error:
        flowsim.loads(scenario(coach), name="a")
    assert [str(fault) for fault in error.value.faults] == [f"a:7: teams.team.staff.coach.{told}"]


def test_a_second_norm_is_a_fault() -> None:
    norm = "caseload = 3, caseload_norm = { at = 20, stay = 1.1 }"
    text = scenario(f"fte = 4, {norm}").replace(
        "[steps", f"staff.two = {{ fte = 1, {norm} }}\n[steps", 1
    )
    with pytest.raises(
        ScenarioError, match=r"staff\.two\.caseload_norm: found a second caseload_norm"
    ):
        flowsim.loads(text)


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (
            "",
            "vacant.0: found a vacancy without in; allowed: in: the value of place whose team has the vacancy",
        ),
        (
            ', in = "sid"',
            'vacant.0.in: found "sid"; allowed: a value of place (syd, nord); did you mean "syd"?',
        ),
    ],
)
def test_a_vacancy_says_in_which_team(where: str, told: str) -> None:
    coach = VACANT + f"[{{ fte = 1, from = 2027-06-01, until = 2027-07-01{where} }}]"
    with pytest.raises(ScenarioError, match=re.escape(told)):
        flowsim.loads(scenario(coach, 'per = "place"'))


def test_vacancies_of_two_values_may_overlap() -> None:
    both = ", ".join(
        f'{{ fte = 1, from = 2027-06-01, until = 2027-07-01, in = "{value}" }}'
        for value in ("syd", "nord")
    )
    plan = flowsim.compile(flowsim.loads(scenario(VACANT + f"[{both}]", 'per = "place"')))
    assert [post.person for post in plan.posts if post.vacant] == [3, 3]


# Tables and figures ---------------------------------------------------------------------------

DATED = """
scenario.title = "Dates and a vacancy"
run = { start = 2027-01-01, until = 2027-12-31 }
referrals.all = { to = "desk", cohort = [{ date = 2027-02-10, count = 3 }, { date = 2027-04-20, count = 6 }] }
[teams.team]
staff.coach = { fte = [{ fte = 1.5 }, { from = 2027-02-01, fte = 2 }], caseload = 2, cost_per_fte = [{ cost_per_fte = 365000 }, { from = 2027-07-01, cost_per_fte = 730000 }], vacant = [{ fte = 1, from = 2027-04-11, until = 2027-05-10 }] }
[steps.desk]
team = "team"
length_of_stay = "50 days"
next = { done = 1.0 }
[exits]
done = "Done"
"""


def test_the_staff_table_has_a_row_for_each_stretch() -> None:
    log = flowsim.simulate(flowsim.compile(flowsim.loads(DATED)))
    rows = log.staff()[["name", "from", "fte", "cost"]].to_numpy().tolist()
    assert rows == [
        ["team/coach/0/0", 0.0, 1.0, 365000.0],
        ["team/coach/0/0", 181.0, 1.0, 730000.0],
        ["team/coach/0/1", 0.0, 0.5, 365000.0],
        ["team/coach/0/1", 31.0, 1.0, 365000.0],
        ["team/coach/0/1", 181.0, 1.0, 730000.0],
    ]


def test_a_change_of_caseload_alone_is_no_row_of_the_staff_table() -> None:
    coach = "fte = 1, caseload = [{ caseload = 3 }, { from = 2027-05-01, caseload = 4 }]"
    log = flowsim.simulate(flowsim.compile(flowsim.loads(scenario(coach))))
    assert log.staff()[["name", "from", "fte"]].to_numpy().tolist() == [
        ["team/coach/0/0", 0.0, 1.0]
    ]


def test_money_posts_and_places_by_hand() -> None:
    """31 days of 1.5 posts, 69 of 2, a vacancy of 30 days, the rest of 2; dearer from day 181 on."""
    got = Measured(flowsim.simulate(flowsim.compile(flowsim.loads(DATED))))
    cheap, dear = 31 * 1.5 + 69 * 2 + 30 * 1 + 51 * 2, 184 * 2
    assert got("cost.total") == pytest.approx(1000 * cheap + 2000 * dear)
    assert got("team.fte.mean") == pytest.approx((cheap + dear) / 365)
    assert got("team.vacant_fte.mean") == pytest.approx(30 / 365)
    assert got("team.places.mean") == pytest.approx(2 * (cheap + dear) / 365)


def test_recovery_and_long_waits_by_hand() -> None:
    """Three come on day 40 and leave on day 90. The list is empty until the vacancy (days 100-129).

    Six come on day 109: two start at once and end on 159; two more start on 130, when the post is
    filled again. The last two wait until 159: only then is the list no longer than one person, 29
    days after the end of the vacancy. They have waited 50 days.
    """
    got = Measured(flowsim.simulate(flowsim.compile(flowsim.loads(DATED))))
    assert got("desk.recovery") == 29.0
    assert got("desk.wait.over_60") == 0.0


@pytest.mark.parametrize(
    ("change", "recovery"),
    [
        (("count = 6", "count = 2"), 0.0),
        (('"50 days"', '"300 days"'), inf),
        (("start = 2027-01-01", "start = 2027-01-20"), nan),
        (("until = 2027-12-31", "until = 2027-05-10"), nan),
        (("until = 2027-12-31", "until = 2027-05-11"), inf),
    ],
)
def test_recovery_at_once_never_and_untold(change: tuple[str, str], recovery: float) -> None:
    text = DATED.replace(*change, 1)
    got = Measured(flowsim.simulate(flowsim.compile(flowsim.loads(text))))
    assert got("desk.recovery") == pytest.approx(recovery, nan_ok=True)


def test_a_step_without_a_vacancy_has_no_recovery() -> None:
    plan = flowsim.compile(flowsim.loads(re.sub(r", vacant = \[.*?\]", "", DATED)))
    assert "desk.recovery" not in flowsim.analysis.kpis.names(plan).names


def test_long_waits_count_whoever_still_waits() -> None:
    """Two places and stays of 300 days: of six who come on day 109, four pass day 169 waiting."""
    text = DATED.replace('"50 days"', '"300 days"').replace("count = 3", "count = 1")
    got = Measured(flowsim.simulate(flowsim.compile(flowsim.loads(text))))
    assert got("desk.wait.over_60") == 3.0


# Theory ---------------------------------------------------------------------------------------


def filled_days(log: flowsim.EventLog, begin: float, end: float) -> float:
    """Days in post between two instants, of all posts together, by the rows alone."""
    total, since = 0.0, {}
    for time, event, name in zip(log.time, log.event, log.name, strict=True):
        if EVENTS[event] == "filled_post":
            since[name] = time
        elif EVENTS[event] == "left_post":
            total += max(min(time, end) - max(since.pop(name), begin), 0.0)
    return total + sum(max(end - max(time, begin), 0.0) for time in since.values())


def test_a_vacancy_over_turnover_is_an_alternating_renewal_process() -> None:
    """Exponential stays of mean a and vacancies of mean v: a post is filled at t with the chance
    p(t) = a / (a + v) + v / (a + v) exp(-t (1/a + 1/v)), and in a vacancy that the file tells of
    never; afterwards as if there had been none, as it goes on unseen. (Cox 1962, 7.4.)
    """
    text = (
        scenario(
            "fte = 40, caseload = 1, vacant = [{ fte = 15, from = 2027-04-11, until = 2027-09-27 }]"
        )
        .replace(
            "[steps",
            'turnover = { leave = "2 per year", vacancy = { distribution = "exponential", mean = "0.2 years" } }\n[steps',
            1,
        )
        .replace("3 per week", "1 per year")
    )
    plan = flowsim.compile(flowsim.loads(text))
    a, v, end = 365.25 / 2, 0.2 * 365.25, 731.0

    def expected(begin: float, last: float) -> float:
        rate = 1 / a + 1 / v
        return (
            a / (a + v) * (last - begin)
            + v / (a + v) * (np.exp(-begin * rate) - np.exp(-last * rate)) / rate
        )

    spans = [(0.0, 100.0, 40), (100.0, 270.0, 25), (270.0, end, 40)]
    logs = [flowsim.simulate(plan, seed=7, replication=r) for r in range(200)]
    for begin, last, n in spans:
        days = np.array([filled_days(log, begin, last) for log in logs])
        error = days.std(ddof=1) / sqrt(len(days))
        assert abs(days.mean() - n * expected(begin, last)) < 4 * error


def test_a_vacancy_changes_no_draw_of_turnover() -> None:
    """With it and without, every post that it does not touch has the same rows; it too, outside."""
    turnover = 'turnover = { leave = "3 per year", vacancy = "6 weeks" }\n[steps'
    texts = [
        scenario("fte = 4, caseload = 3" + more).replace("[steps", turnover, 1)
        for more in ("", ", vacant = [{ fte = 2, from = 2027-04-11, until = 2027-09-27 }]")
    ]
    rows = []
    for text in texts:
        frame = flowsim.simulate(flowsim.compile(flowsim.loads(text)), seed=3).to_frame()
        posts = frame[frame.event.isin(["filled_post", "left_post"])]
        rows.append([(r.time, r.event, r.name) for r in posts.itertuples(index=False)])
    outside = [
        [row for row in some if row[2][-1] in "01" or not 100 <= row[0] <= 270] for some in rows
    ]
    assert outside[0] == outside[1]
    assert rows[0] != rows[1]


def test_a_change_by_date_changes_no_draw_of_the_others() -> None:
    turnover = 'turnover = { leave = "3 per year", vacancy = "6 weeks" }\n[steps'
    rows = []
    for fte in (
        "4",
        "[{ fte = 4 }, { from = 2027-04-11, fte = 5.5 }, { from = 2027-09-27, fte = 4 }]",
    ):
        text = scenario(f"fte = {fte}, caseload = 3").replace("[steps", turnover, 1)
        frame = flowsim.simulate(flowsim.compile(flowsim.loads(text)), seed=3).to_frame()
        posts = frame[frame.event.isin(["filled_post", "left_post"])]
        rows.append([(r.time, r.event, r.name) for r in posts.itertuples(index=False)])
    assert rows[0] == [row for row in rows[1] if row[2][-1] in "0123"]
    assert len(rows[1]) > len(rows[0])


def test_taking_on_by_hand() -> None:
    """Five coaches of 20, 4 a month, all new on day 59 (1 March): 20 places more each month.

    Places in the year: 20 x 30.4375 x (1 + 2 + 3 + 4) + 100 x what is left of 365 days.
    """
    coach = 'from = 2027-03-01, fte = 5, caseload = 20, takes_on = "4 per month"'
    text = scenario(coach).replace("2028-12-31", "2027-12-31")
    got = Measured(flowsim.simulate(flowsim.compile(flowsim.loads(text))))
    month = 365.25 / 12
    by_hand = 20 * month * 10 + 100 * (365 - 59 - 4 * month)
    assert got("team.places.mean") == pytest.approx(by_hand / 365, rel=1e-12)


@pytest.mark.parametrize(
    ("at", "stay", "in_use", "fte", "factor"),
    [
        (20.0, 1.01, 100, 4.0, 1.01**5),
        (20.0, 1.01, 80, 4.0, 1.0),
        (20.0, 1.01, 10, 4.0, 1.0),
        (20.0, 1.01, 3, 0.0, 1.0),
        (2.5, 1.5, 11, 2.2, 1.5**2.5),
    ],
)
def test_the_factor_of_a_caseload(
    at: float, stay: float, in_use: int, fte: float, factor: float
) -> None:
    from flowsim.engine.kernel import caseload_factor

    assert caseload_factor(at, stay, in_use, fte) == pytest.approx(factor, rel=1e-14)


# What is said before a run ----------------------------------------------------------------------


def test_places_of_a_day_know_dates_vacancies_and_needed_roles() -> None:
    import datetime as dt

    from flowsim.scenario.capacity import change_days, mean_places, places_on

    coach = "fte = [{ fte = 4 }, { from = 2027-04-01, fte = 5 }], caseload = 3, vacant = [{ fte = 1, from = 2027-06-01, until = 2027-06-30 }]"
    boss = "staff.boss = { fte = 1, needed = { places = 0.5 }, until = 2027-06-15 }\n[steps"
    parts = flowsim.loads(scenario(coach).replace("[steps", boss, 1))
    team = parts.teams["team"]
    days = change_days(team, parts.run.start, parts.run.until)
    assert [(day.isoformat(), places_on(team, day)) for day in days] == [
        ("2027-01-01", 12), ("2027-04-01", 15), ("2027-06-01", 12), ("2027-06-16", 6), ("2027-07-01", 7),
    ]  # fmt: skip
    june = mean_places(team, dt.date(2027, 6, 1), dt.date(2027, 6, 30))
    assert june == 9.0


def test_no_theory_beside_a_norm() -> None:
    from flowsim.analysis.sanity import sanity_values

    coach = "fte = 4, caseload = 3, caseload_norm = { at = 2, stay = 1.1 }"
    (one,) = sanity_values(flowsim.loads(scenario(coach)))
    assert one.failing is not None
    assert one.failing.why == "stays are longer the more participants each has"


@pytest.mark.parametrize(
    ("coach", "told"),
    [
        ("fte = 4, caseload = 25", []),
        ("fte = 4, caseload = 20, caseload_norm = { at = 20, stay = 1.01 }", []),
        (
            "fte = 4, caseload = [{ caseload = 20 }, { from = 2027-05-01, caseload = 30 }]",
            ["a:7: teams.team.staff.coach.caseload: 30 participants for each full-time post; the fidelity scale of IPS gives its best mark up to 20, and 3 of 5 or less above 25; here they cost no time, as there is no caseload_norm"],
        ),
        (
            "fte = 4, caseload = 26, caseload_norm = { at = 20, stay = 1.01 }",
            ["a:7: teams.team.staff.coach.caseload: 26 participants for each full-time post; the fidelity scale of IPS gives its best mark up to 20, and 3 of 5 or less above 25"],
        ),
    ],
)  # fmt: skip
def test_heavy_caseloads_are_told(coach: str, told: list[str]) -> None:
    warnings = flowsim.loads(scenario(coach), name="a").warnings
    assert [str(note) for note in warnings if note.kind == "caseload"] == told


def test_a_comparison_tells_how_long_the_list_is_the_longer_one() -> None:
    """Six come on day 109 (20 April) of a vacancy from 11 April to 10 May; stays are of 50 days.

    With it four wait until day 130 (11 May) and two until 159 (9 June); without it four start at
    once, and two wait until 159 too. So two more wait on 11 of the 30 days of April, and on ten of
    the 31 days of May: 4 x 11 / 30 = 1.5 instead of 0.7, and 2.6 instead of 2.
    """
    from flowsim.report.comparison_paper.paper import ComparisonPaper
    from flowsim.report.comparison_paper.vacancies import longer_lists

    base = flowsim.loads(DATED, name="base")
    found = flowsim.compare(
        base, {"full": base.with_({"teams.team.staff.coach.vacant": []})}, replications=2
    )
    paper = ComparisonPaper(found)
    (said,) = longer_lists(paper.others[0], paper)
    assert said == (
        "With the vacancy the list for desk is longer in April–May 2027, most in April 2027: 1.5 people on "
        "average instead of 0.7."
    )


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ([0.0] * 9 + [3.0], "in nine of ten of the simulated courses of events the list is no longer than before the vacancy already when it ends (load 33%)."),
        ([0.0] * 5 + [21.0] * 5, "in half of the simulated courses of events the list is as short again as before the vacancy within 0 days after its end, in nine of ten within 3.0\xa0weeks (load 33%)."),
        ([3.0] * 8 + [inf] * 2, "in half of the simulated courses of events the list is as short again as before the vacancy within 3.0\xa0days after its end; in 20% it is not until the run ends (load 33%)."),
        ([3.0] * 4 + [inf] * 6, "in 60% of the simulated courses of events the list is not as short again as before the vacancy until the run ends (load 33%)."),
    ],
)  # fmt: skip
def test_recovery_in_words(times: list[float], told: str) -> None:
    from flowsim.report.run_paper.paper import RunPaper
    from flowsim.report.run_paper.recovery import recovered, recovery

    paper = RunPaper(flowsim.run(flowsim.loads(DATED), replications=2))
    assert recovered("desk", np.array(times), paper) == f"Desk: {told}"
    (said,) = recovery(paper)
    assert "within 4.1\xa0weeks after its end" in said
