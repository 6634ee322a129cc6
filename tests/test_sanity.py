"""Theory beside the simulated waits: the right values, and the right reason where none hold."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import flowsim
from flowsim.analysis import sanity, theory
from flowsim.analysis.sanity import coefficient_of_variation, sanity_values
from flowsim.engine.compiling import compile_plan
from flowsim.report.sections.theory import REASONS, notes, table
from flowsim.report.words import Words
from flowsim.scenario.distributions import Distribution
from flowsim.scenario.marking import models_in, told_of
from flowsim.scenario.schema import Scenario

ROOT = Path(__file__).parent.parent
THEORY = ROOT / "tests" / "theory_scenarios"


def simulated_wait(scenario: flowsim.Scenario, step: str, replications: int) -> tuple[float, float]:
    """Mean and standard error of the KPI that stands beside the theory."""
    summary = flowsim.run(scenario, replications=replications, seed=11).summary().set_index("kpi")
    row = summary.loc[f"{step}.wait.mean"]
    return float(row["mean"]), float(row["std_error"])


@pytest.mark.parametrize(
    ("name", "model", "relative"),
    [
        ("mmc", "mmc", 0.03),
        ("mg1_gamma", "mg1", 0.03),
        ("mg1_lognormal", "mg1", 0.03),
        ("mg1_hyperexponential", "mg1", 0.03),
        ("mmc_patience", "erlang_a", 0.02),
    ],
)
def test_values_agree_with_the_simulation(name: str, model: str, relative: float) -> None:
    """Within 4 standard errors, which must be small enough to show an error of a tenth."""
    scenario = flowsim.load(THEORY / f"{name}.toml", set={"run.length": "8 years"})
    (found,) = sanity_values(scenario)
    assert (found.model, found.failing) == (model, None)
    mean, std_error = simulated_wait(scenario, found.step, replications=60)
    assert std_error < relative * mean
    assert abs(found.mean_wait - mean) < 4 * std_error


def test_the_approximation_is_called_one_and_is_near() -> None:
    stay = {"distribution": "gamma", "mean": "1 day", "cv": 0.5}
    settings = {"run.length": "8 years", "steps.talk.length_of_stay": stay}
    scenario = flowsim.load(THEORY / "mmc.toml", set=settings)
    (found,) = sanity_values(scenario)
    assert found.model == "allen_cunneen"
    assert "approximation" in table(Words(scenario), lambda _: "").rows[0][1]
    mean, std_error = simulated_wait(scenario, "talk", replications=40)
    # Allen (1990) has it within about 10 % for such loads; the run adds its own error.
    assert found.mean_wait == pytest.approx(mean, rel=0.1, abs=4 * std_error)


def test_arrivals_from_a_simple_step_are_poisson() -> None:
    """Two desks in a row are a Jackson network (1957); each waits as M/M/c."""
    settings = {
        "teams": {"desk": {"places": 5}, "back": {"places": 3}},
        "steps.talk.next": {"after": 0.5, "done": 0.5},
        "steps.after": {
            "team": "back",
            "length_of_stay": {"distribution": "exponential", "mean": "1 day"},
            "next": {"done": 1.0},
        },
    }
    talk, after = sanity_values(flowsim.load(THEORY / "mmc.toml", set=settings))
    nodes = theory.jackson_network([4.0, 0.0], [[0.0, 0.5], [0.0, 0.0]], [1.0, 1.0], [5, 3])
    assert talk.mean_wait == pytest.approx(nodes[0]["mean_wait"])
    assert after.mean_wait == pytest.approx(nodes[1]["mean_wait"])
    settings["steps.talk.length_of_stay"] = {"mean": "1 day"}
    talk, after = sanity_values(flowsim.load(THEORY / "mmc.toml", set=settings))
    assert after.failing is not None
    assert (talk.model, after.failing.reason) == ("allen_cunneen", "from_step")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("steps.talk.intake", {"every": "2 weeks"}, "meets"),
        ("steps.talk.intake", {"min": 3}, "intake"),
        ("steps.talk.max_waiting", 4, "max_waiting"),
        ("steps.talk.interruption", {"rate": "1 per year"}, "interruption"),
        ("steps.talk.patience", "3 days", "patience"),
        ("steps.talk.length_of_stay", "0 days", "no_stay"),
        ("teams.desk.places", {"2000": 5, "2010": 6}, "places_change"),
        ("teams.desk.closures", [{"from": "07-01", "until": "07-31"}], "closures"),
        ("referrals.people.rate", "6 per day", "overloaded"),
        ("referrals.people.rate", "0 per day", "nobody_comes"),
        ("referrals.people.at_most", 100, "rate_changes"),
        ("calendar", {"seasonality": [1.1] + [1] * 11}, "seasons"),
        ("exits.done", {"returns": {"share": 0.1, "after": "1 week", "to": "talk"}}, "returns"),
        ("run.warm_up", "0 days", "from_start"),
    ],
)
def test_each_assumption_that_fails_is_named(key: str, value: object, reason: str) -> None:
    scenario = flowsim.load(THEORY / "mmc.toml", set={key: value})
    found = sanity_values(scenario)[0]
    assert found.failing is not None
    assert (found.model, found.failing.reason) == (None, reason)
    assert np.isnan(found.mean_wait)
    note = next(notes(Words(scenario)))
    assert note.startswith("No theory beside Talk: ")
    assert "{" not in note


def test_a_team_with_two_steps_is_named() -> None:
    more = {"team": "desk", "length_of_stay": "1 day", "next": {"done": 1}}
    settings = {"steps.more": more, "referrals.others": {"to": "more", "rate": "1 per year"}}
    scenario = flowsim.load(THEORY / "mmc.toml", set=settings)
    found = [one.failing for one in sanity_values(scenario)]
    assert [(one.reason, one.details) for one in found if one] == [
        ("shared", {"step": "more"}),
        ("shared", {"step": "talk"}),
    ]


def test_the_assumptions_that_orebro_fails() -> None:
    scenario = flowsim.load(ROOT / "scenarios" / "orebro.toml")
    reasons = {one.step: one.failing and one.failing.reason for one in sanity_values(scenario)}
    assert reasons == {
        "mapping": "rate_changes",
        "coaching": "priority",
        "work_trial": "several_teams",
    }
    words = Words(scenario)
    assert table(words, lambda _: "").rows == ()
    assert list(notes(words))[1] == "Köteori kan inte jämföras för IRMA: några börjar före andra."


def test_meetings_are_said_in_weeks() -> None:
    said = [
        next(
            notes(
                Words(
                    flowsim.load(THEORY / "mmc.toml", set={"steps.talk.intake": {"every": every}})
                )
            )
        )
        for every in ("1 week", "2 weeks", "10 days")
    ]
    assert [note.split(", ")[1] for note in said] == [
        "every week.",
        "every 2 weeks.",
        "every 10 days.",
    ]


def test_every_scenario_is_judged_without_error() -> None:
    for path in sorted((ROOT / "scenarios").glob("*.toml")):
        scenario = flowsim.load(path)
        words = Words(scenario)
        n_steps = sum(bool(step.team) for step in scenario.steps.values())
        assert len(table(words, lambda step: step).rows) + len(list(notes(words))) == n_steps


@pytest.mark.parametrize(
    "table",
    [
        {"distribution": "constant", "mean": "3 days"},
        {"distribution": "exponential", "mean": "3 days"},
        {"distribution": "lognormal", "mean": "3 days", "cv": 0.7},
        {"distribution": "gamma", "mean": "3 days", "cv": 1.3},
        {"distribution": "weibull", "mean": "3 days", "cv": 0.6},
        {"distribution": "erlang", "mean": "3 days", "shape": 3},
        {"distribution": "uniform", "low": "1 day", "high": "5 days"},
        {"distribution": "triangular", "low": "1 day", "mode": "2 days", "high": "7 days"},
        {"distribution": "pert", "low": "1 day", "mode": "2 days", "high": "9 days"},
        {"distribution": "empirical", "values": ["1 day", "4 days"], "weights": [3, 1]},
        {"distribution": "hyperexponential", "shares": [0.3, 0.7], "means": ["1 day", "5 days"]},
    ],
    ids=lambda table: str(table["distribution"]),
)
def test_the_variation_is_that_of_what_the_engine_draws(table: dict[str, object]) -> None:
    """Stays of one run of 60 000; their squares have a standard error of at most some per cent."""
    settings = {
        "run": {"start": flowsim.load(THEORY / "mg_infinity.toml").run.start, "length": "40 years"},
        "steps.talk.length_of_stay": table,
    }
    log = flowsim.simulate(
        compile_plan(flowsim.load(THEORY / "mg_infinity.toml", set=settings)), seed=5
    )
    from flowsim.analysis.visits import visits

    seen = visits(log)
    stays = (seen["finished_at"] - seen["started_at"]).dropna().to_numpy()
    assert len(stays) > 50_000
    mean = stays.mean()
    squares = ((stays - mean) / mean) ** 2
    expected = coefficient_of_variation(Distribution.model_validate(table)) ** 2
    slack = 4 * squares.std() / np.sqrt(len(squares)) + 1e-9
    assert squares.mean() == pytest.approx(expected, abs=slack)


def test_every_reason_has_words() -> None:
    source = Path(sanity.__file__).read_text(encoding="utf-8")
    reasons = set(re.findall(r'Failing\("(\w+)"', source))
    assert reasons <= set(REASONS)
    assert len(reasons) == 19
    of_keys = {key for m in models_in(Scenario) for key, told in told_of(m).items() if told.breaks}
    assert of_keys == {
        "caseload_norm",
        "factors",
        "interruption",
        "max_waiting",
        "priority",
        "turnover",
    }
