"""Texts in both languages: read, checked, and told in the language of the page."""

# ruff: noqa: E501

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

import flowsim
from flowsim.errors import ScenarioError
from flowsim.report.document.writers import WRITERS
from flowsim.report.documents import document_of
from flowsim.report.words import in_language
from flowsim.scenario.loading import loads
from flowsim.scenario.provenance import inputs_of
from flowsim.scenario.texts import TwoTexts

ROOT = Path(__file__).parent.parent
TEXT = """\
[scenario]
title = { sv = "Ett bord", en = "A desk" }
question = { sv = "Räcker bordet?", en = "Is the desk enough?" }
language = "sv"
[run]
start = 2025-01-01
length = "1 year"
[referrals.all]
label = { sv = "Remisser", en = "Referrals" }
to = "desk"
rate = "30 per year"
[teams.staff]
label = { sv = "Gruppen", en = "The group" }
financed_by = { fk = 0.5, members = 0.5 }
staff.worker = { fte = 1, caseload = 3, cost_per_fte = 600000, paid_by = "fk" }
[steps.desk]
label = { sv = "Bordet", en = "The desk" }
team = "staff"
length_of_stay = "3 weeks"
next = { done = "rest" }
[exits]
done = { sv = "Klara", en = "Finished" }
[outcomes]
ready = { label = { sv = "Färdiga", en = "Ready" }, exits = ["done"] }
[goals]
soon = { label = { sv = "I tid", en = "In time" }, kpi = "desk.wait.mean", at_most = 9 }
[costs]
administration = 100000
contributions = { state = 1 }
[observed.2025]
participants = { value = 30, source = { sv = "plan, sidan 1", en = "plan, page 1" } }
[payers]
fk = { sv = "Försäkringskassan", en = "The insurance agency" }
state = { sv = "Staten själv", en = "The state itself" }
[sources]
plan = { sv = "Årets plan", en = "The plan of the year" }
[provenance]
"steps.desk.length_of_stay" = { sv = "derived: plan, sidan 2, halverat", en = "derived: plan, page 2, halved" }
"referrals" = { sv = "assumed: som förra året", en = "assumed: as last year" }
"teams" = "stated: plan"
"costs" = "assumed"
"""


def faults_of(old: str, new: str) -> list[str]:
    assert TEXT.count(old) == 1
    with pytest.raises(ScenarioError) as caught:
        loads(TEXT.replace(old, new), "a.toml")
    return str(caught.value).splitlines()


def test_a_scenario_has_its_texts_in_its_own_language_and_in_another() -> None:
    own = loads(TEXT)
    other = in_language(own, "en")
    for scenario, texts in (
        (own, ("Ett bord", "Bordet", "Klara", "Färdiga", "I tid", "Försäkringskassan")),
        (other, ("A desk", "The desk", "Finished", "Ready", "In time", "The insurance agency")),
    ):
        assert (
            scenario.scenario.title,
            scenario.steps["desk"].label,
            scenario.exits["done"].label,
            scenario.outcomes["ready"].label,
            scenario.goals["soon"].label,
            scenario.payers["fk"],
        ) == texts
    assert in_language(other, "sv") == own
    notes = [[one.note for one in inputs_of(scenario) if one.note] for scenario in (own, other)]
    assert notes == [
        ["som förra året", "sidan 2, halverat"],
        ["as last year", "page 2, halved"],
    ]


def test_one_text_is_told_in_every_language() -> None:
    scenario = loads(TEXT.replace('{ sv = "Bordet", en = "The desk" }', '"IRMA"'))
    assert {in_language(scenario, one).steps["desk"].label for one in ("sv", "en")} == {"IRMA"}


def test_two_texts_survive_copies_and_processes() -> None:
    title = loads(TEXT).scenario.title
    assert isinstance(title, TwoTexts)
    for one in (pickle.loads(pickle.dumps(title)), copy.deepcopy(title)):
        assert (one, one.told_in("en")) == ("Ett bord", "A desk")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'title = { sv = "Ett bord", en = "A desk" }',
            'title = { sv = "Ett bord" }',
            "a.toml:2: scenario.title: found a table; allowed: a text, or one in each language: "
            '{ sv = "...", en = "..." }',
        ),
        (
            'label = { sv = "Bordet", en = "The desk" }',
            'label = { sv = "Bordet", en = " " }',
            'a.toml:17: steps.desk.label: found " "; allowed: a text that can be seen',
        ),
        (
            'plan = { sv = "Årets plan", en = "The plan of the year" }',
            'plan = { sv = "Årets plan", en = 3 }',
            "a.toml:36: sources.plan: found a table; allowed: a text, or one in each language: "
            '{ sv = "...", en = "..." }',
        ),
        (
            'en = "derived: plan, page 2, halved"',
            'en = "stated: plan, page 2"',
            'a.toml:38: provenance."steps.desk.length_of_stay": found "derived: plan, sidan 2, '
            'halverat" / "stated: plan, page 2"; allowed: the same mark and the same source in '
            "both languages",
        ),
        (
            'en = "assumed: as last year"',
            'en = "asumed: as last year"',
            'a.toml:39: provenance.referrals.en: found "asumed: as last year"; allowed: '
            '"stated: source", "derived: source, how" or "assumed: why"; did you mean "assumed"?',
        ),
        (
            'en = "plan, page 1"',
            'en = "plans, page 1"',
            'a.toml:31: observed.2025.participants.source: found "plans"; allowed: a key of '
            '[sources] (plan); did you mean "plan"?',
        ),
        (
            'fk = { sv = "Försäkringskassan"',
            'kf = { sv = "Försäkringskassan"',
            'a.toml:33: payers.kf: found "kf"; allowed: somebody who pays (association, fk, '
            "members, state)",
        ),
        (
            'state = { sv = "Staten själv"',
            'Staten = { sv = "Staten själv"',
            'a.toml:34: payers.Staten: found "Staten"; allowed: somebody who pays (association, fk, '
            'members, state); did you mean "state"?',
        ),
    ],
)
def test_what_is_wrong_with_two_texts_is_told(old: str, new: str, told: str) -> None:
    assert told in faults_of(old, new)


def pages(scenario: flowsim.Scenario) -> dict[str, str]:
    results = flowsim.run(scenario, replications=2)
    pages = {}
    for language in ("sv", "en"):
        content = WRITERS["html"](document_of(results, language=language))
        pages[language] = content.decode() if isinstance(content, bytes) else content
    return pages


TOLD_ON_PAGES = [
    ("Bordet", "The desk"),
    ("Klara", "Finished"),
    ("Försäkringskassan", "The insurance agency"),
    ("Årets plan", "The plan of the year"),
    ("sidan 2, halverat", "page 2, halved"),
    ("som förra året", "as last year"),
    ("Räcker bordet?", "Is the desk enough?"),
]


def test_a_page_is_in_one_language() -> None:
    page = pages(loads(TEXT))
    for swedish, english in TOLD_ON_PAGES:
        assert swedish in page["sv"], swedish
        assert english in page["en"], english
        assert swedish not in page["en"].replace(TEXT, ""), swedish
        assert english not in page["sv"].replace(TEXT, ""), english


ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "over",
        "section",
        "about",
        "as",
        "with",
        "from",
        "so",
        "is",
        "less",
        "what",
        "a",
        "an",
        "to",
        "for",
        "by",
        "there",
        "nobody",
        "invented",
        "still",
        "who",
        "year",
        "years",
        "months",
        "march",
        "who",
    ]
)
"""Words of English that no Swedish text has."""


def both(scenario: flowsim.Scenario) -> list[TwoTexts]:
    texts = [*scenario.sources.values(), *scenario.payers.values(), *scenario.provenance.values()]
    return [text for text in texts if isinstance(text, TwoTexts)]


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.toml")), ids=lambda p: p.stem)
def test_every_scenario_says_in_both_languages_where_its_figures_come_from(path: Path) -> None:
    """What stands alone is a mark, a source, and what a chapter of a Swedish document is called."""
    scenario = flowsim.load(path)
    assert scenario.scenario.language == "sv"
    given = [
        figure.source
        for section in (scenario.observed, scenario.planned)
        for period in section.values()
        for figure in period.values()
        if figure.source
    ]
    texts = [*scenario.provenance.values(), *scenario.sources.values(), *given]
    alone = [text for text in texts if not isinstance(text, TwoTexts)]
    assert [text for text in alone if ENGLISH & set(text.lower().split())] == []
    swedish = [text.partition(":")[2].lower().split() for text in texts]
    assert [words for words in swedish if ENGLISH & set(words)] == []
    assert len(both(scenario)) > 3


def test_a_shipped_scenario_is_told_in_the_language_of_the_page() -> None:
    scenario = flowsim.load(ROOT / "scenarios" / "lekeberg.toml")
    page = pages(scenario)
    notes = {
        language: {one.note for one in inputs_of(in_language(scenario, language)) if one.note}
        for language in ("sv", "en")
    }
    own = {
        language: notes[language] - notes[{"sv": "en", "en": "sv"}[language]] for language in notes
    }
    assert len(own["sv"]) > 5
    shown = {language: [one for one in own[language] if one in page[language]] for language in own}
    assert shown == {language: list(own[language]) for language in own}
    for language, other in (("sv", "en"), ("en", "sv")):
        assert [one for one in own[other] if len(one) > 20 and one in page[language]] == []
