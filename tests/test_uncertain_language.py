"""What `[uncertain]` may say, and the one message for each thing that it may not."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest
from commands import flowsim_command

import flowsim
from flowsim.language import speaking
from flowsim.scenario.ranges import ranges_of

OREBRO = (Path(__file__).parent.parent / "scenarios" / "orebro.toml").read_text("utf-8")
OREBRO = OREBRO.partition("[uncertain]")[0] + "[sources]" + OREBRO.partition("[sources]")[2]
FACTOR = (
    "an amount: a number, a share, a duration or a rate; dates, texts, closures and seasonality are "
    "varied by the levels of an experiment"
)
STAY = '"steps.mapping.length_of_stay.mean"'


def told(entries: str, lists: dict[str, str] | None = None) -> list[str]:
    """The faults of the scenario with some entries, without file and line."""
    text = OREBRO.replace('language = "sv"', 'language = "en"')
    with pytest.raises(flowsim.ScenarioError) as caught:
        flowsim.loads(f"{text}\n[uncertain]\n{entries}\n", "x.toml", lists=lists or {})
    return [str(fault).partition(": ")[2] for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            '"steps.maping.length_of_stay.mean" = { low = "1 week", high = "2 weeks", why = "x" }',
            'uncertain."steps.maping.length_of_stay.mean": found a key that is not in the file; '
            'allowed: a key of this file in quotes, such as "teams.coaching.staff"; did you mean '
            f"{STAY}?",
        ),
        (
            '"referrals.early.until" = { low = 1, high = 2, why = "x" }',
            f'uncertain."referrals.early.until": found 2018-12-31; allowed: {FACTOR}',
        ),
        (
            '"referrals.early.to" = { low = 1, high = 2, why = "x" }',
            f'uncertain."referrals.early.to": found "mapping"; allowed: {FACTOR}',
        ),
        (
            '"run.replications" = { low = 1, high = 2, why = "x" }',
            f'uncertain."run.replications": found run.replications; allowed: {FACTOR}',
        ),
        (
            f'{STAY} = {{ low = "4 weeks", high = "3 weeks", why = "x" }}',
            f'uncertain.{STAY}.high: found "3 weeks"; allowed: at least low, "4 weeks"',
        ),
        (
            f'{STAY} = {{ low = "4 weeks", mode = "1 year", high = "2 months", why = "x" }}',
            f'uncertain.{STAY}.mode: found "1 year"; allowed: a value from low, "4 weeks", to high, '
            '"2 months"',
        ),
        (
            f'{STAY} = {{ low = 4, high = "3 years", why = "x" }}',
            f"uncertain.{STAY}.low: found 4; allowed: a value written as "
            'steps.mapping.length_of_stay.mean is: "6 weeks"',
        ),
        (
            f'{STAY} = {{ low = "4 weeks", high = "2000 years", why = "x" }}',
            f'uncertain.{STAY}.high: found "2000 years"; allowed: a duration of at most 1000 years',
        ),
        (
            f'{STAY} = {{ low = "4 weeks", why = "x" }}',
            f"uncertain.{STAY}.high: found nothing; allowed: low and high, or factor",
        ),
        (
            f'{STAY} = {{ low = "4 weeks", high = "5 weeks" }}',
            f"uncertain.{STAY}: found no source and no why; allowed: source, a key of [sources], or "
            "why",
        ),
        (
            f'{STAY} = {{ low = "4 weeks", high = "5 weeks", source = "genomlysning" }}',
            f'uncertain.{STAY}.source: found "genomlysning"; allowed: a key of [sources] '
            '(genomlysning2020); did you mean "genomlysning2020"?',
        ),
        (
            f'{STAY} = {{ factor = {{ low = 0, high = 2 }}, why = "x" }}',
            f"uncertain.{STAY}.factor.low: found 0.0; allowed: a value > 0, as it is loguniform",
        ),
        (
            f'{STAY} = {{ low = "4 weeks", factor = {{ low = 1, high = 2 }}, why = "x" }}',
            f"uncertain.{STAY}.low: found factor and low; allowed: either factor, or low and high",
        ),
        (
            '"steps.coaching.length_of_stay.cv" = { low = 0.5, high = 12, why = "x" }',
            'uncertain."steps.coaching.length_of_stay.cv".high: found 12; allowed: a number from 0 '
            "to 10",
        ),
        (
            '"teams.coaching.staff.coach.fte" = { low = 1, high = 2, why = "x" }',
            'uncertain."teams.coaching.staff.coach.fte": found a table with low and high; allowed: '
            "a factor for the whole of a table, or one of it, such as "
            '"teams.coaching.staff.coach.fte.2017"',
        ),
        (
            '"steps.work_trial.next.ready" = { low = 0.5, high = 1.2, why = "x" }',
            'uncertain."steps.work_trial.next.ready".high: found 1.2; allowed: a share from 0 to 1',
        ),
        (
            '"steps.mapping.next_for.\\"source=gk_direct\\".coaching" '
            '= { factor = { low = 1, high = 2 }, why = "x" }',
            'uncertain."steps.mapping.next_for.\\"source=gk_direct\\".coaching".factor.high: found '
            "1.8; allowed: a factor that leaves shares of at most 1",
        ),
        ('apa = "x.csv"', 'uncertain.apa: found "x.csv"; allowed: a table with low and high, or '
         "with factor, and with source or why"),
        (
            'Two = { keys = ["steps.mapping.length_of_stay.mean"], low = "1 week", '
            'high = "2 weeks", why = "x" }',
            'uncertain.Two: found "Two"; allowed: a name of lower-case letters, digits and _ for an '
            "entry that has keys",
        ),
        (
            'draws = "none.csv"',
            'uncertain.draws: found no such list ("none.csv"); allowed: a CSV file beside the '
            "scenario",
        ),
    ],
)  # fmt: skip
def test_each_fault_has_one_message(entry: str, fault: str) -> None:
    assert told(entry) == [fault]


def test_a_key_is_moved_once() -> None:
    entries = (
        '"teams.coaching.staff.coach.fte.2018" = { low = 2, high = 4, why = "x" }\n'
        'all = { keys = ["teams.coaching.staff.coach.fte"], factor = { low = 1, high = 2 }, '
        'why = "x" }'
    )
    assert told(entries) == [
        "uncertain.all.keys.0: found teams.coaching.staff.coach.fte twice; allowed: one entry for "
        'each key; "teams.coaching.staff.coach.fte.2018" moves teams.coaching.staff.coach.fte.2018'
    ]


def test_shares_of_a_table_have_room() -> None:
    entries = "\n".join(
        f'"steps.work_trial.next.{name}" = {{ low = {low}, high = 0.7, why = "x" }}'
        for name, low in (("ready", 0.5), ("other", 0.6))
    )
    assert told(entries) == [
        'uncertain."steps.work_trial.next.other".low: found lows that sum to 1.1; allowed: lows of '
        "shares of one table that sum to at most 1"
    ]
    entries = "\n".join(
        f'"steps.work_trial.next.{name}" = {{ low = 0.2, high = 0.7, why = "x" }}'
        for name in ("ready", "other", "work_or_studies")
    )
    assert told(entries) == [
        'uncertain."steps.work_trial.next.work_or_studies": found nothing left of '
        "steps.work_trial.next beside what is uncertain; allowed: shares of which at least one "
        "other, above 0, can give way"
    ]


def test_a_count_is_whole() -> None:
    text = (
        OREBRO.replace('language = "sv"', 'language = "en"').replace(
            "keeps_place = true", "keeps_place = true\ninitial = { in_service = 0 }"
        )
        + "[uncertain]\n"
    )
    entry = '"steps.coaching.initial.in_service" = {{ low = 0, high = 5, {} why = "x" }}'
    with pytest.raises(flowsim.ScenarioError) as caught:
        flowsim.loads(text + entry.format(""))
    (fault,) = caught.value.faults
    assert (fault.path, fault.found) == (
        'uncertain."steps.coaching.initial.in_service".whole',
        "nothing",
    )
    assert fault.allowed.startswith("whole = true, as steps.coaching.initial.in_service is")
    assert flowsim.loads(text + entry.format("whole = true,")).uncertain


HEAD = "population.target_group;steps.mapping.length_of_stay.mean\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "d.csv: found no readable list; allowed: a CSV file whose first line has key paths, "
         "and each other line the values of a draw"),
        (HEAD + "4000;6 weeks\n", "d.csv: found fewer than 2 draws; allowed: at least 2 draws"),
        (HEAD + "4000;6 weeks\nnan;7 weeks\n", 'd.csv:3: population.target_group: found "nan"; '
         "allowed: a value written as population.target_group is: 4848"),
        (HEAD + "4000;6 weeks\n;7 weeks\n", 'd.csv:3: population.target_group: found ""; '
         "allowed: a value written as population.target_group is: 4848"),
        (HEAD + "4000;6 weeks\n4100;7\n", "d.csv:3: steps.mapping.length_of_stay.mean: found 7.0; "
         'allowed: a value written as steps.mapping.length_of_stay.mean is: "6 weeks"'),
        (HEAD + "4000;6 weeks\n-1;7 weeks\n", "d.csv:3: population.target_group: found -1.0; "
         "allowed: a number >= 0"),
        (HEAD + "4000;6 weeks\n4100\n", "d.csv:3: found 1 columns; allowed: 2, as in the first line"),
        ("population.target_grupp\n1\n2\n", "d.csv:1: population.target_grupp: found "
         '"population.target_grupp"; allowed: the key path of an amount of the scenario'),
        ("steps.work_trial.next.ready,steps.work_trial.next.other\n0.5,0.4\n0.7,0.6\n",
         "d.csv:3: steps.work_trial.next.ready: found shares that sum to more than 1; allowed: "
         "shares of one table that sum to at most 1"),
    ],
)  # fmt: skip
def test_a_file_of_draws_is_read_like_a_list(text: str, fault: str) -> None:
    entry = 'draws = "d.csv"'
    scenario = OREBRO.replace('language = "sv"', 'language = "en"') + f"\n[uncertain]\n{entry}\n"
    with pytest.raises(flowsim.ScenarioError) as caught:
        flowsim.loads(scenario, "x.toml", lists={"d.csv": text})
    assert [str(one) for one in caught.value.faults] == [fault]


def test_every_fault_is_told_in_swedish() -> None:
    entry = f'{STAY} = {{ low = "4 weeks", high = "3 weeks" }}'
    with speaking("sv"):
        with pytest.raises(flowsim.ScenarioError) as caught:
            flowsim.loads(f"{OREBRO}\n[uncertain]\n{entry}")
        faults = [str(fault).partition(": ")[2] for fault in caught.value.faults]
    assert faults == [
        f"uncertain.{STAY}: här står varken source eller why; tillåtet: source, en nyckel i "
        "[sources], eller why",
        f'uncertain.{STAY}.high: här står "3 weeks"; tillåtet: minst low, "4 weeks"',
    ]


def test_what_is_set_from_outside_is_not_uncertain() -> None:
    """Also where it is set above or below; a key of a group leaves the group."""
    entries = (
        f'{STAY} = {{ low = "4 weeks", high = "8 weeks", why = "x" }}\n'
        'work = { keys = ["teams.reception.staff.caseworker.caseload", '
        '"teams.coaching.staff.coach.caseload"], factor = { low = 0.8, high = 1.25 }, why = "x" }\n'
        'posts = { keys = ["teams.coaching.staff.coach.fte"], factor = { low = 0.8, high = 1.25 }, '
        'why = "x" }\n'
    )
    scenario = flowsim.loads(f"{OREBRO}\n[uncertain]\n{entries}")

    def names(settings: dict[str, object]) -> dict[str, int]:
        return {one.name: len(one.targets) for one in ranges_of(scenario.with_(settings))}

    stay = STAY.strip('"')
    assert names({}) == {stay: 1, "work": 2, "posts": 1}
    assert names({"steps.mapping.length_of_stay": "5 weeks"}) == {"work": 2, "posts": 1}
    assert names({"teams.coaching.staff.coach.caseload": 20}) == {stay: 1, "work": 1, "posts": 1}
    assert names({"teams.coaching.staff.coach.fte.2018": 3}) == {stay: 1, "work": 2}


def test_check_counts_what_has_a_range(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(OREBRO.replace('language = "sv"', 'language = "en"'), "utf-8")
    before = flowsim_command("check", path).stdout
    path.write_text(
        path.read_text("utf-8")
        + '\n[uncertain]\n"population.target_group" = { low = 4000, high = 5000, why = "x" }\n'
        + f'{STAY} = {{ low = "4 weeks", high = "8 weeks", why = "x" }}\n',
        "utf-8",
    )
    after = flowsim_command("check", path).stdout
    assert "amounts assumed, of which 0 with a range" in before
    assert "amounts assumed, of which 1 with a range" in after  # the target group is stated
    assert "population.target_group is stated in a source, and yet uncertain" in after
