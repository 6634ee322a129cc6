"""The registry of figures: one entry is enough for a figure to be known everywhere."""

from __future__ import annotations

import io
import runpy
from pathlib import Path

import openpyxl
import pytest

import flowsim
from flowsim.analysis import kpi_names
from flowsim.report.document.html import html
from flowsim.report.document.terminal import terminal
from flowsim.report.document.xlsx import xlsx
from flowsim.report.documents import document_of
from flowsim.report.sections.theory import notes
from flowsim.report.words import Words
from flowsim.scenario import figures
from flowsim.scenario.figures import LOWER, Figure
from flowsim.scenario.known import better, figure_of, figures_of, lacking, names_of
from flowsim.scenario.marking import Told, models_in, told_of
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.schema import BUILT_IN_EXITS, Scenario, Step

ROOT = Path(__file__).parent.parent
# One desk, two days each; four come at once and wait at most three days: two of four give up.
DESK = """
scenario = { title = "Desk", language = "en" }
run = { start = 2025-01-01, until = 2025-12-31 }
referrals.all = { to = "desk", cohort = [{ date = 2025-01-01, count = 4 }] }
teams.team = { places = 1 }
exits.done = "Done"
goals.few = { label = "Few give up", kpi = "desk.withdrew", at_most = 1 }

[steps.desk]
label = "Desk"
team = "team"
length_of_stay = "2 days"
patience = { distribution = "constant", mean = "3 days" }
next = { done = 1.0 }
"""
NEW = Figure(
    "<step>.withdrew.share",
    "gave up, of those who joined",
    "Of those who joined the list, the share who gave up.",
    over=("N_WITHDREW", "N_JOINED"),
    unit="share",
    kind="ratio",
    sums=("<step>.withdrew", "<step>.joined"),
    better=LOWER,
    tables=("waits", "years", "compared"),
)
KPI, WORDS = "desk.withdrew.share", "Desk: gave up, of those who joined"


@pytest.fixture
def with_new_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add one entry to the registry, and nothing else anywhere."""
    place = [figure.pattern for figure in figures.FIGURES].index("<step>.withdrew") + 1
    registry = (*figures.FIGURES[:place], NEW, *figures.FIGURES[place:])
    monkeypatch.setattr(figures, "FIGURES", registry)


@pytest.mark.usefixtures("with_new_figure")
def test_a_new_figure_is_known_everywhere_by_its_entry_alone() -> None:
    observed = f'observed.2025."{KPI}" = {{ value = 0.6 }}\n'
    results = flowsim.run(flowsim.loads(observed + DESK), replications=3)
    assert results.to_json()["kpis"][KPI]["mean"] == 0.5
    assert results.to_json()["kpis"][KPI]["unit"] == "share"
    assert results.observed().kpi.tolist() == [KPI]
    assert better(KPI, results.scenario) == -1

    text = terminal(document_of(results, is_short=True))
    line = next(line for line in text.splitlines() if "Gave up, of those who joined" in line)
    assert "50%" in line

    report = html(document_of(results, {}))
    assert WORDS in report
    assert NEW.definition in report

    workbook = openpyxl.load_workbook(io.BytesIO(xlsx(document_of(results))))
    rows = workbook["All figures"].iter_rows(values_only=True)
    row = next(row for row in rows if KPI in row)
    assert WORDS in row
    assert 0.5 in row

    page = runpy.run_path(str(ROOT / "docs" / "figure_tables.py"))["page"]
    text = page((ROOT / "docs" / "language.md").read_text("utf-8"))
    assert f"| `{NEW.pattern}` | share | lower | {NEW.definition} |" in text


@pytest.mark.usefixtures("with_new_figure")
def test_a_new_figure_is_compared_by_its_entry_alone() -> None:
    base = flowsim.loads(DESK)
    patient = flowsim.loads(DESK, set={"steps.desk.patience.mean": "30 days"})
    comparison = flowsim.compare(base, {"patient": patient}, replications=3)
    assert comparison.differences[KPI, "patient"].mean == -0.5
    assert comparison.differences[KPI, "patient"].probability_better == 1.0


def test_patterns_are_distinct_and_name_what_exists() -> None:
    patterns = [figure.pattern for figure in figures.FIGURES]
    assert len(set(patterns)) == len(patterns)
    known = {part.replace("<any>", "<exit>").replace("<user>", "<step>")
             for figure in figures.FIGURES for part in figure.sums if part}  # fmt: skip
    assert known <= {*patterns, "outcomes.completed"}
    assert {figure.of for figure in figures.FIGURES} <= {*names_of(flowsim.loads(DESK))}


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda p: p.stem)
def test_a_plan_has_what_the_checks_allow(path: Path) -> None:
    """What may be asked for in a file, and what is counted, were two lists that differed."""
    scenario = flowsim.load(path)
    names = names_of(scenario)
    allowed = {kpi for kpi, figure, of in figures_of(names) if not lacking(figure, of, scenario)}
    table = kpi_names.names(flowsim.compile(scenario))
    assert allowed == set(table.names)
    for kpi in table.names:
        figure, of = figure_of(kpi, scenario)
        assert figure.pattern.replace(f"<{figure.of}>", of) == kpi


def test_how_many_were_followed_can_be_asked_for() -> None:
    """A plan had this figure, but the checks of a file did not know it."""
    in_time = DESK.replace('kpi = "desk.withdrew", at_most = 1', 'outcome = "ready", of = "desk", '
                           'within = "5 days", at_least = 0.5')  # fmt: skip
    text = (
        'observed.2025."goals.few.followed" = { value = 2 }\noutcomes.ready = ["done"]\n' + in_time
    )
    assert flowsim.run(flowsim.loads(text), replications=1).observed()["mean"].tolist() == [2.0]
    with pytest.raises(flowsim.ScenarioError, match=r"this one needs goals\.few\.within"):
        flowsim.loads('observed.2025."goals.few.followed" = { value = 2 }\n' + DESK)


def test_the_wait_with_those_still_waiting_is_better_when_shorter() -> None:
    """Every other wait was; this one was forgotten in the list of them."""
    assert better("desk.wait.km_median", flowsim.loads(DESK)) == -1


# What stands on keys --------------------------------------------------------------------------


def test_a_key_is_called_the_same_everywhere() -> None:
    labels: dict[str, set[str]] = {}
    for model in models_in(Scenario):
        for key, told in told_of(model).items():
            labels.setdefault(key, set()).update({told.label} - {""})
    assert {key for key, texts in labels.items() if len(texts) > 1} == set()


def test_every_input_has_a_label() -> None:
    keys = [item for model in models_in(Scenario) for item in told_of(model).items()]
    inputs = {key for key, told in keys if told.is_input}
    assert inputs - {key for key, told in keys if told.label} == set()


def test_each_exit_without_a_declaration_has_a_key_that_leads_to_it() -> None:
    ways = [told for told in told_of(Step).values() if told.leads_to]
    assert sorted(told.leads_to for told in ways) == sorted(BUILT_IN_EXITS)
    assert all(told.way for told in ways)
    for model in models_in(Scenario):
        assert all(bool(told.breaks) == bool(told.where) for told in told_of(model).values())


@pytest.fixture
def with_new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the longest acceptable wait be a key of which all have something to say."""
    own = Told(
        "longest acceptable wait",
        is_input=True,
        breaks="a new rule",
        where="list",
        leads_to="withdrew",
        way="lose heart",
        queue="With the new rule: {steps}.",
    )
    monkeypatch.setitem(told_of(Step), "target_wait", own)


@pytest.mark.usefixtures("with_new_key")
def test_a_new_key_is_known_by_its_field_alone() -> None:
    text = DESK.replace('patience = { distribution = "constant", mean = "3 days" }',
                        'target_wait = "9 days"')  # fmt: skip
    scenario = flowsim.loads(text)
    assert ("steps", "desk", "target_wait") in [one.path for one in inputs_of(scenario)]
    assert any("target_wait: no provenance" in str(one) for one in scenario.warnings)
    report = html(document_of(flowsim.run(scenario, replications=2), {}))
    assert "Desk: longest acceptable wait" in report
    assert "lose heart" in report, "in the flow"
    assert "With the new rule: Desk." in report, "in STRESS-DES"
    assert list(notes(Words(scenario))) == ["No theory beside Desk: a new rule."]


def test_an_interruption_may_lead_to_an_exit_that_others_are_for() -> None:
    """The plan counted such an exit, and the checks of a file refused it."""
    text = DESK.replace('patience = { distribution = "constant", mean = "3 days" }',
                        'interruption = { rate = "1 per day", exit = "withdrew" }')  # fmt: skip
    text = text.replace('"desk.withdrew", at_most', '"exits.withdrew", at_most')
    assert "exits.withdrew" in kpi_names.names(flowsim.compile(flowsim.loads(text))).position
