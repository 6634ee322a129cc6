"""Pages say what is so: one number for one thing, no claim without ground, the answer first."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

import flowsim
from flowsim.analysis.comparison import ratio_of_differences
from flowsim.analysis.statistics import within
from flowsim.language import catalogue
from flowsim.report.comparison_paper.answer import answer, other_periods
from flowsim.report.comparison_paper.marginal import marginal_cost
from flowsim.report.comparison_paper.options import luck
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.comparison_paper.tables import all_figures, little_gain, result_table
from flowsim.report.document.blocks import Document, Picture, Prose, Table
from flowsim.report.document.html import html
from flowsim.report.documents import document_of
from flowsim.report.figures import draw
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.report.run_paper.answer import answer as answer_of_run
from flowsim.report.run_paper.paper import RunPaper
from flowsim.report.run_paper.sentences import fit
from flowsim.report.run_paper.tables import compared as compared_section
from flowsim.report.search_paper import SearchPaper
from flowsim.report.words import Words
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.results import Comparison
from flowsim.study.search.finding import find

VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64", "numpy": "2.0.0"}
DESK = """
scenario = { title = "Desk", question = "Is one enough?", language = "en", currency = "SEK" }
run = { start = 2025-01-01, until = 2026-12-31 }
groups.age = { young = 0.3, old = 0.7 }
referrals.all = { to = "desk", rate = "120 per year" }
teams.team = { places = 6, cost_per_place = 100000 }
teams.ample = { places = 60 }
[steps.desk]
team = "team"
length_of_stay = { mean = "20 days", cv = 0.8 }
target_wait = "2 weeks"
priority = ["age=young"]
next = { after = 1 }
[steps.after]
team = "ample"
length_of_stay = "10 days"
next = { done = 0.6, other = 0.4 }
[exits]
done = "Done"
other = "Other"
[outcomes]
completed = ["done", "other"]
work = { label = "Work", exits = ["done"] }
"""
TIGHT = {"teams.team.places": 5}


@lru_cache
def desk(*settings: tuple[str, object]) -> flowsim.Scenario:
    return flowsim.loads(DESK, set=dict(settings))


@lru_cache
def compared(*settings: tuple[str, object], n: int = 40) -> Comparison:
    base = desk(*TIGHT.items())
    return compare(base, {"B": desk(*{**TIGHT, **dict(settings)}.items())}, replications=n)


def paper(comparison: Comparison, language: str = "en") -> ComparisonPaper:
    return ComparisonPaper(comparison, language, VERSIONS)


def rows_of(table: Table) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


# One line for one thing -----------------------------------------------------------------------


def test_other_targets_are_two_lines_and_no_difference() -> None:
    found = compared(("steps.desk.target_wait", "6 weeks"))
    kpi = "desk.wait.within_target"
    both = ("desk.joined.within_target", kpi)
    assert found.unlike == {(one, "B"): "definition" for one in both}
    row = found.to_frame().set_index("kpi").loc[kpi]
    assert np.isnan(row["difference"])
    assert not row["claimed"]
    assert row["unlike"] == "definition"
    for language, two, six in (
        ("en", *(f"Desk: started within {n} weeks, of all who joined" for n in (2, 6))),
        ("sv", *(f"Desk: började inom {n} veckor, av alla i kön" for n in (2, 6))),
    ):
        told = paper(found, language)
        rows = {
            label.replace(NO_BREAK_SPACE, " "): row
            for label, row in rows_of(result_table(told)).items()
        }
        for label, has_base, has_own in ((two, True, False), (six, False, True)):
            _, base, own = rows[label]
            assert (base != "–") == has_base
            assert (own != "–") == has_own
        (table,) = all_figures(told)
        assert sum("started within" in row[0] or "inom" in row[0] for row in table.rows) == 4


def test_an_outcome_of_other_exits_and_other_participants_are_not_compared() -> None:
    found = compared(("outcomes.work", ("done", "other")))
    assert {kpi for kpi, _ in found.unlike} == {"outcomes.work", "cost.per.work"}
    counted = flowsim.loads(DESK + '[population]\ncounted_in = ["after"]\n')
    found = compare(desk(), {"B": counted}, replications=3)
    assert {kpi for kpi, _ in found.unlike} == {"completed.share", "cost.per_participant"}


def test_goals_with_other_limits_are_not_compared() -> None:
    goal = '[goals.soon]\nkpi = "desk.wait.mean"\nat_most = {n}\n'
    base, other = (flowsim.loads(DESK + goal.format(n=n)) for n in (5, 9))
    found = compare(base, {"B": other}, replications=3)
    assert ("goals.soon.met", "B") in found.unlike
    assert ("desk.wait.mean", "B") not in found.unlike


def test_other_windows_are_said_on_the_page() -> None:
    base = desk()
    later = desk(("run.start", dt.date(2027, 1, 1)), ("run.until", dt.date(2028, 12, 31)))
    told = paper(compare(base, {"later": later}, replications=3))
    (warning,) = other_periods(told)
    assert "2025-01-01 to 2026-12-31" in warning
    assert "2027-01-01 to 2028-12-31" in warning
    assert "the same people" not in luck(told)
    assert told.comparison.unlike == {}, "two years each"
    document = document_of(told.as_run, VERSIONS, "en")
    assert warning in [one.text for one in document.sections[0].blocks if isinstance(one, Prose)]
    assert not list(other_periods(paper(compared())))


def test_sums_over_periods_of_different_length_are_not_compared() -> None:
    longer = desk(("run.until", dt.date(2027, 12, 31)))
    found = compare(desk(), {"longer": longer}, replications=3)
    refused = {kpi for kpi, _ in found.unlike}
    assert {"cost.total", "outcomes.work", "cost.per_participant", "completed.share"} <= refused
    assert not refused & {"desk.wait.mean", "desk.waiting.end", "cost.per.work"}
    told = paper(found)
    cost = told.figure("cost.total", a_year=True)
    assert cost.own("longer").mean == pytest.approx(found.own("cost.total", "longer")[0] / 3)
    assert str(cost.sentence("longer")).startswith("not compared")


# What observed figures speak for ----------------------------------------------------------------


def observed(*uses: str) -> flowsim.Results:
    kpis = ["participants", "outcomes.work", "cost.total"]
    lines = [
        f'"{kpi}" = {{ value = {value}, use = "{use}" }}'
        for kpi, value, use in zip(kpis, (120, 1, 600000), uses, strict=False)
    ]
    return flowsim.run(flowsim.loads(DESK + "\n".join(["[observed.2026]", *lines])), replications=9)


def test_only_figures_held_back_speak_for_the_model() -> None:
    results = observed("fit", "input", "input")
    assert results.observed()["use"].tolist() == ["fit", "input", "input"]
    said = fit(RunPaper(results, "en", VERSIONS))
    assert "no observed figure was held back" in said
    assert "All 3" in said
    results = observed("check", "check", "input")
    said = fit(RunPaper(results, "en", VERSIONS))
    assert (
        said == "How sure: of 2 observed figures that were held back, 1 would have been foretold."
    )
    table = compared_section(RunPaper(results, "en", VERSIONS)).blocks[-1]
    assert isinstance(table, Table)
    assert [row[-1] for row in table.rows] == ["test the model", "test the model", "be an input"]


def test_a_use_is_one_of_three_and_fit_where_left_out() -> None:
    line = '[observed.2026]\n"participants" = { value = 3 }\n'
    assert flowsim.loads(DESK + line).observed["2026"]["participants"].use == "fit"
    with pytest.raises(
        flowsim.ScenarioError, match='"fit", "check" or "input"; did you mean "check"'
    ):
        flowsim.loads(DESK + line.replace("3 }", '3, use = "chek" }'))
    with pytest.raises(flowsim.ScenarioError, match="use"):
        flowsim.loads(
            DESK + line.replace("3 }", '3, use = "check" }').replace("observed", "planned")
        )


def test_what_teams_cost_is_an_input_in_the_scenarios() -> None:
    scenario = flowsim.load("scenarios/orebro.toml")
    uses = {kpi: one.use for kpi, one in scenario.observed["2019"].items()}
    assert {kpi for kpi, use in uses.items() if use == "input"} == {
        "cost.team.reception",
        "cost.team.coaching",
    }


# Intervals of what can be -----------------------------------------------------------------------


def test_no_interval_goes_beyond_what_its_figure_can_be() -> None:
    """Few replications of a desk where nearly all start in time: t alone would pass 100 %."""
    results = flowsim.run(desk(("teams.team.places", 10)), replications=4)
    table = results.summary(period=None)
    kinds = {kpi.name: kpi.limits for kpi in results.table.kpis}
    least, most = np.array([kinds[kpi] for kpi in table["kpi"].astype(str)]).T
    for name in ("lower", "upper", "prediction_lower", "prediction_upper"):
        known = table[name].notna()
        assert (table[name][known] >= least[known]).all(), name
        assert (table[name][known] <= most[known]).all(), name
    share = table[(table["kpi"] == "desk.wait.within_target") & (table["period"] == "run")]
    assert 0.9 < share["mean"].iloc[0] < 1
    assert share["upper"].iloc[0] <= 1.0


def test_a_result_that_may_be_a_loss_is_told_so() -> None:
    """Of money that may be less than nothing no interval is cut off at 0."""
    one = Words(desk(), "en").estimate("budget.result", "SEK", 50_000.0, -20_000.0, 120_000.0)
    assert one.interval == "−20.0–120.0"


def test_cutting_off_what_cannot_be_loses_no_coverage() -> None:
    """The truth is never outside, so the cut interval holds it exactly where the whole one does."""
    rng = np.random.default_rng(3)
    values = rng.binomial(20, 0.98, (4000, 10)) / 20
    half = stats.t.ppf(0.975, 9) * values.std(axis=1, ddof=1) / np.sqrt(10)
    low, high = values.mean(axis=1) - half, values.mean(axis=1) + half
    cut_low, cut_high = within((0.0, 1.0), low, high)
    assert (high > 1).any()
    assert (((low <= 0.98) & (high >= 0.98)) == ((cut_low <= 0.98) & (cut_high >= 0.98))).all()


def test_a_comparison_has_the_intervals_of_a_run() -> None:
    found = compared(("teams.team.places", 10), n=4)
    results = flowsim.run(desk(("teams.team.places", 10)), replications=4).summary()
    row = results.set_index("kpi").loc["desk.wait.within_target"]
    assert found.own("desk.wait.within_target", "B") == pytest.approx(
        (row["mean"], row["lower"], row["upper"])
    )
    apart = found.differences["desk.wait.within_target", "B"]
    assert -1 <= apart.lower <= apart.upper <= 1


# One number for one thing ---------------------------------------------------------------------


@pytest.mark.parametrize("places", [4, 6])
def test_a_difference_is_that_of_the_values_as_written(places: int) -> None:
    told = paper(compared(("teams.team.places", places)))
    for kpi in told.figures:
        one = told.figure(kpi)
        if np.isnan(one.difference("B").mean) or one.exact("B").mean == 0:
            continue
        numbers = [
            float(re.sub(r"[^\d.−]", "", text).replace("−", "-"))
            for text in (
                one.mean_words(told.base),
                one.mean_words("B"),
                one.difference_cell("B").split("\n")[0],
            )
        ]
        assert numbers[2] == pytest.approx(numbers[1] - numbers[0], abs=1e-9), kpi
        if one.exact("B").is_claimed:
            assert numbers[2] != 0, kpi


def test_the_chart_of_waits_says_the_quantiles_of_the_tables() -> None:
    results = flowsim.run(desk(*TIGHT.items()), replications=12)
    told = RunPaper(results, "en", VERSIONS)
    (waits,) = draw(results, only="waits")
    for kpi in ("desk.wait.median", "desk.wait.p90"):
        assert f"at most {told.figure(kpi).value}" in waits.text, kpi


# The first page -------------------------------------------------------------------------------


def answer_block(document: Document) -> list[str]:
    return [block.kind for block in document.sections[0].blocks]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_answer_comes_first_then_six_rows_then_the_contents(language: str) -> None:
    run = document_of(flowsim.run(desk(*TIGHT.items()), replications=5), VERSIONS, language)
    both = document_of(compared(("teams.team.places", 8)), VERSIONS, language)
    for document, kinds in (
        (run, ["prose", "prose", "table", "prose"]),
        (both, ["prose", "table", "prose"]),
    ):
        assert document.sections[0].name == "answer"
        assert answer_block(document) == kinds
        table = next(one for one in document.sections[0].blocks if isinstance(one, Table))
        assert len(table.rows) <= 6
        assert document.sections[1].name == "figures"
        page = html(document)
        assert page.index("</section>") < page.index("<nav"), "contents after the answer"
        assert 'data-head="' in page[: page.index("<nav")]


def test_a_run_says_which_list_grows_and_where_people_wait() -> None:
    grows = flowsim.run(desk(("teams.team.places", 4)), replications=12)
    said = answer_of_run(RunPaper(grows, "en", VERSIONS))
    assert said.startswith("The list for desk grows, from ")
    assert "People wait longest for desk: " in said
    calm = flowsim.run(desk(("teams.team.places", 40)), replications=12)
    assert answer_of_run(RunPaper(calm, "en", VERSIONS)) == "No list grows. Nobody waits."


def test_the_difference_stands_before_the_values() -> None:
    table = result_table(paper(compared(("teams.team.places", 8))))
    assert table.heads == ("Figure", "Difference", "Starting point", "B")


def test_a_further_exit_costs_the_difference_in_cost_over_that_in_exits() -> None:
    found = compared(("teams.team.places", 6))
    told = paper(found)
    cost, exits = (found.differences[kpi, "B"] for kpi in ("cost.total", "outcomes.work"))
    assert exits.is_claimed
    further = marginal_cost("B", told)
    assert further is not None
    assert further.estimate.mean == pytest.approx(cost.mean / exits.mean)
    limits = further.estimate.lower, further.estimate.upper
    assert limits[0] < further.estimate.mean < limits[1]
    (said,) = answer(told)
    assert f"Each further exit costs {further.estimate.value}" in said
    assert "Cost per further exit in Work" in rows_of(result_table(told))


def test_no_further_exit_has_a_cost_where_exits_do_not_differ_clearly() -> None:
    told = paper(compared(("teams.ample.places", 61), ("teams.ample.cost_per_place", 1000)))
    assert marginal_cost("B", told) is None
    (said,) = answer(told)
    assert "Each further exit" not in said
    assert "not clearly more or fewer" in said


def test_fiellers_limits_cover_the_ratio() -> None:
    """Of 2000 studies of 20 pairs 95 % hold the ratio, within four standard errors."""
    rng = np.random.default_rng(5)
    exits = rng.normal(4.0, 3.0, (2000, 20))
    cost = 684.0 * exits + rng.normal(0.0, 900.0, exits.shape)
    limits = np.array([ratio_of_differences(c, e)[1:] for c, e in zip(cost, exits, strict=True)])
    known = ~np.isnan(limits[:, 0])
    assert known.mean() > 0.99
    share = np.mean((limits[known, 0] <= 684) & (limits[known, 1] >= 684))
    assert abs(share - 0.95) <= 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_a_ratio_over_nothing_has_no_limits() -> None:
    cost, exits = np.ones(10), np.array([1.0, -1.0] * 5)
    assert np.isnan(ratio_of_differences(cost, exits)).all()


# Priority, luck, charts, limits --------------------------------------------------------------


def test_those_who_go_first_and_the_others_have_waits_of_their_own() -> None:
    """Those who go first are the group that is named; the mean of all lies between."""
    results = flowsim.run(desk(*TIGHT.items()), replications=30)
    whole = results.summary(group=None).set_index(["group", "kpi"])["mean"]
    first, others, mean = (
        whole["all", f"desk.wait.{name}mean"] for name in ("first.", "others.", "")
    )
    assert first == pytest.approx(whole["age=young", "desk.wait.mean"])
    assert others == pytest.approx(whole["age=old", "desk.wait.mean"])
    assert first < mean < others
    assert "after.wait.first.mean" not in results.table.position


def test_where_common_random_numbers_help_little_is_said() -> None:
    told = paper(compared(("teams.team.places", 12)))
    gains = {kpi: told.difference(kpi, "B").variance_reduction for kpi in told.figures}
    low = [told.kpi(kpi) for kpi, gain in gains.items() if gain < 2]
    assert low, "with room for all there is hardly any wait left to share luck with"
    (said,) = little_gain(told)
    assert all(label in said for label in low)


def test_a_chart_that_says_nothing_is_a_sentence() -> None:
    document = document_of(flowsim.run(desk(*TIGHT.items()), replications=6), VERSIONS, "en")
    blocks = next(one for one in document.sections if one.name == "figures").blocks
    queue = next(one for one in blocks if isinstance(one, Picture))
    assert {row[0] for row in queue.table.rows} == {"Desk"}
    said = " ".join(one.text for one in blocks if isinstance(one, Prose))
    assert "Hardly anybody waits for: after." in said


def test_a_limit_is_written_as_it_was_and_beside_it_no_bound_changes_sides() -> None:
    found = find(
        desk(),
        over={"teams.team.places": [5, 7]},
        minimise="teams.team.places",
        subject_to=["desk.wait.mean <= 3.126"],
        max_replications=50,
    )
    told = SearchPaper(found, "en", VERSIONS)
    (named,) = found.limits
    assert told.limit(named) == f"Desk: mean wait at most 3.126{NO_BREAK_SPACE}days"
    for option in range(len(found.options)):
        (one,) = found.selection.standings[option].judgements
        cell = told.judged(named, one)
        texts = re.findall(r"[\d.]+", cell.replace(f"{NO_BREAK_SPACE}days", ""))
        for text, number in zip(texts, cell.numbers, strict=True):
            assert (float(text) > 3.126) == (number > 3.126), cell


# Words ----------------------------------------------------------------------------------------


def test_swedish_reports_have_one_word_for_one_thing() -> None:
    said = document_of(compared(("teams.team.places", 8)), VERSIONS, "sv")
    run = document_of(flowsim.run(desk(*TIGHT.items()), replications=5), VERSIONS, "sv")
    for document in (said, run):
        page = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]+>", " ", html(document), flags=re.S)
        for word in ("medeltal", "replikation", "händelseförlopp", r"\btur\b", "konfidens"):
            assert not re.search(word, page), word
    _ = catalogue("sv").gettext
    assert _("Gain from common random numbers") == "Vinst av gemensamma slumptal"
    assert _("Source, or why") == "Källa eller motivering"
