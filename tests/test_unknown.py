"""What nobody has measured, carried into figures: draws, spans, splits, what decides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import flowsim_command
from scipy import stats

import flowsim
from flowsim.analysis import kpis
from flowsim.analysis.unknown import freed, input_shares, power_of_luck, span, split_of
from flowsim.engine.compiling import compile_plan
from flowsim.scenario.loading import drawn, varied
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.unknown import turning_point
from flowsim.study.opening import read
from flowsim.study.unknown.drawing import draw_inputs
from flowsim.study.unknown.playing import play, played
from flowsim.study.unknown.results import PLAYS

DESK = """
[scenario]
title = "Many desks"
[run]
start = 2025-01-01
until = 2026-12-31
replications = 4
[referrals]
all = {{ to = "talk", rate = "2 per day" }}
[teams.desk]
places = {places}
[steps.talk]
team = "desk"
length_of_stay = {{ distribution = "exponential", mean = "20 days" }}
initial.in_service = 40
next = {{ done = 1 }}
[exits]
done = "Done"
[uncertain]
{uncertain}
"""
RATE = '"referrals.all.rate" = { low = "1 per day", high = "3 per day", why = "a guess" }'
STAY = '"steps.talk.length_of_stay.mean" = { low = "10 days", high = "30 days", why = "a guess" }'


def desk(*uncertain: str, places: int = 1000) -> flowsim.Scenario:
    return flowsim.loads(DESK.format(uncertain="\n".join(uncertain), places=places))


def unknown_of(scenario: flowsim.Scenario, n: int = 300, seed: int = 1):  # type: ignore[no-untyped-def]
    found = play(compile_plan(scenario), seed, "kernel", n)
    assert found is not None
    return found


# Drawing ------------------------------------------------------------------------------------------


def test_ranges_of_no_width_give_the_scenario_as_written_to_the_bit() -> None:
    """Replication r of the draws is replication r of the run."""
    fixed = RATE.replace("1 per day", "2 per day").replace("3 per day", "2 per day")
    for spread in ("uniform", "loguniform", "triangular", "normal"):
        mode = ', mode = "2 per day"' if spread == "triangular" else ""
        own = fixed.replace(", why", f'{mode}, distribution = "{spread}", why')
        scenario = desk(own)
        plays = unknown_of(scenario, 3).samples.all()[:, :, :1]
        run = flowsim.run(scenario, replications=3 * PLAYS, seed=1).values[:, :, :1]
        assert np.array_equal(plays, run, equal_nan=True)


def test_no_draw_depends_on_others() -> None:
    one, both = (draw_inputs(desk(*inputs), 7, 40) for inputs in ((RATE,), (STAY, RATE)))
    more = draw_inputs(desk(RATE), 7, 80)
    rates = [next(i for i in d.inputs if "rate" in i.name).numbers for d in (one, both, more)]
    assert np.array_equal(rates[0], rates[1])
    assert np.array_equal(rates[0], rates[2][:40])
    assert not np.array_equal(rates[0], draw_inputs(desk(RATE), 8, 40).inputs[0].numbers)


SPREADS = {
    '{ low = "1 per day", high = "3 per day", why = "x" }': stats.uniform(1, 2),
    '{ low = "1 per day", high = "3 per day", distribution = "loguniform", why = "x" }': (
        stats.loguniform(1, 3)
    ),
    '{ low = "1 per day", mode = "1.5 per day", high = "3 per day", why = "x" }': (
        stats.triang(0.25, 1, 2)
    ),
    '{ factor = { low = 0.5, high = 2 }, why = "x" }': stats.loguniform(0.5, 2),
}


@pytest.mark.parametrize("text", SPREADS)
def test_draws_are_spread_as_they_say(text: str) -> None:
    """Kolmogorov-Smirnov with 4,000 draws; a false alarm once in 10,000 seeds."""
    (one,) = draw_inputs(desk(f'"referrals.all.rate" = {text}'), 11, 4000).inputs
    assert stats.kstest(one.numbers, SPREADS[text].cdf).pvalue > 1e-4


def test_a_share_moves_the_others_in_proportion() -> None:
    text = DESK.format(
        places=9,
        uncertain='"steps.talk.next.a" = { low = 0.1, high = 0.7, why = "x" }',
    )
    text = text.replace("next = { done = 1 }", "next = { a = 2, b = 1, c = 1 }")
    text = text.replace('done = "Done"', 'a = "A"\nb = "B"\nc = "C"')
    inputs = draw_inputs(flowsim.loads(text), 1, 50)
    for k in range(50):
        settings = inputs.settings(k)
        new = settings["steps.talk.next"]
        assert new["a"] == pytest.approx(inputs.inputs[0].numbers[k])
        assert new["b"] == pytest.approx(new["c"])
        assert sum(new.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "name", ["orebro", "varend", "norrkoping", "orebro_lan", "vasterbergslagen"]
)
def test_a_draw_is_the_scenario_with_its_values_set_to_the_bit(name: str) -> None:
    """The way that checks less gives the plan, and so the events, of the way that checks all."""
    scenario = flowsim.load(f"scenarios/{name}.toml")
    inputs = draw_inputs(scenario, 3, 4)
    whole = kpis.names(compile_plan(scenario))
    for k in (0, 3):
        settings = inputs.settings(k)
        for way in (drawn, varied):
            plan = compile_plan(way(scenario, settings))
            log = flowsim.simulate(plan, seed=3, replication=PLAYS * k)
            own = played(inputs, k, "kernel", whole)[0]
            assert np.array_equal(kpis.measure(log)[:, :1], own, equal_nan=True)


# Spans and splits ---------------------------------------------------------------------------------


def test_the_span_of_a_mean_is_that_of_the_rate() -> None:
    """M/M/infinity: the mean number inside is rate x stay, at 40 already at the start.

    The rate is uniform from 1 to 3 a day, so nine of ten means lie from 22 to 58 in the long run;
    in the second year the start is forgotten: exp(-365 / 20) is 1e-8.
    """
    found = unknown_of(desk(RATE), 400).figure("talk.in_service.mean", "2026")
    assert found.span is not None
    assert found.split is not None
    for told, error, true in (
        (found.span.lower, found.span.lower_error, 22.0),
        (found.span.upper, found.span.upper_error, 58.0),
    ):
        assert told == pytest.approx(true, abs=4 * error)
    # The variance of a uniform rate times 20 squared, over that and the variance of a year's mean,
    # 2 rho stay / 365 with rho = 40 on average (Little, and an exponential autocorrelation).
    between, within = 400 * 4 / 12, 2 * 40 * 20 / 365
    share = between / (between + within)
    half = found.split.upper - found.split.lower
    assert found.split.share == pytest.approx(share, abs=half)


def test_what_we_do_not_know_and_luck_are_told_apart() -> None:
    """A short year of few: luck is large, and the span of the mean does not take it in."""
    generator = np.random.default_rng()
    n = 2000
    means = generator.normal(10, 2, n)
    plays = means[:, None] + generator.normal(0, 3, (n, 2))
    split = split_of(plays)
    assert split.share == pytest.approx(4 / 13, abs=4 * (split.upper - split.lower) / 3.92)
    told = span(freed(plays, plays.mean(axis=1)))
    for end, error, true in (
        (told.lower, told.lower_error, 10 - 2 * 1.645),
        (told.upper, told.upper_error, 10 + 2 * 1.645),
    ):
        assert end == pytest.approx(true, abs=5 * error)


def test_luck_that_grows_with_the_mean_needs_its_own_scale() -> None:
    """Waits: the plain formula would tell a lower limit far above the true one."""
    generator = np.random.default_rng()
    n = 4000
    means = np.exp(generator.normal(2, 1.2, n))
    plays = means[:, None] * np.exp(generator.normal(-0.125, 0.5, (n, 2)))
    own = plays.mean(axis=1)
    assert power_of_luck(plays, own) == pytest.approx(2.0, abs=0.25)
    true = np.exp(2 - 1.645 * 1.2)
    told = span(freed(plays, own))
    assert told.lower == pytest.approx(true, rel=0.12)
    variance, luck = own.var(), ((plays[:, 0] - plays[:, 1]) ** 2 / 4).mean()
    by = np.sqrt(max(0, 1 - luck / variance))
    plain = np.quantile(own.mean() + by * (own - own.mean()), 0.05)
    assert plain > 1.3 * true


def test_an_input_stands_for_its_share() -> None:
    """A sum of two uniform inputs, one with twice the range: 4 fifths of the variance are its."""
    generator = np.random.default_rng()
    uniforms = generator.random((1500, 3))
    values = 2 * uniforms[:, 0] - uniforms[:, 1] + generator.normal(0, 0.1, 1500)
    shares = {one.name: one for one in input_shares(values, uniforms, ("a", "b", "c"), 0.01)}
    assert shares["a"].share == pytest.approx(0.8, abs=0.05)
    assert shares["b"].share == pytest.approx(0.2, abs=0.05)
    assert shares["c"].lower <= 0.001
    assert (shares["a"].rises, shares["b"].rises) == (True, False)


# Runs, comparisons, folders -----------------------------------------------------------------------


def test_a_run_tells_three_things_of_a_figure_apart() -> None:
    results = flowsim.run(desk(RATE), replications=50, seed=2, draws=60)
    told = results.to_json()["kpis"]["talk.in_service.mean"]  # type: ignore[index]
    assert told["chance"]["level"] == told["unknown"]["level"] == told["future"]["level"] == 0.9
    assert told["unknown"]["lower"] < told["chance"]["lower"] < told["chance"]["upper"]
    assert told["future"]["lower"] <= told["unknown"]["lower"] * 1.1
    assert 0 < told["share_unknown"]["share"] <= 1
    plain = flowsim.run(desk(RATE), replications=50, seed=2)
    assert "unknown" not in plain.to_json()["kpis"]["talk.in_service.mean"]  # type: ignore[index]
    assert np.array_equal(plain.values, results.values, equal_nan=True)


def test_a_folder_keeps_the_draws_and_repeats_them(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(DESK.format(uncertain=RATE, places=1000), "utf-8")
    out = tmp_path / "out"
    done = flowsim_command("run", path, "--draws", 12, "--out", out, "--quiet", "--no-report")
    assert done.returncode == 0, done.stderr
    lines = (out / "draws.csv").read_text("utf-8").splitlines()
    assert lines[0] == "draw,referrals.all.rate"
    assert len(lines) == 13
    back = read(out)
    assert back.unknown.draws == 12
    again = flowsim.run(flowsim.load(path), replications=4, draws=12)
    assert np.array_equal(back.unknown.samples.all(), again.unknown.samples.all(), equal_nan=True)
    assert flowsim_command("verify", out).returncode == 0
    table = out / "unknown.parquet"
    import pandas as pd

    frame = pd.read_parquet(table)
    frame.loc[5, "value"] += 1e-9
    frame.to_parquet(table, index=False)
    changed = flowsim_command("verify", out)
    assert changed.returncode == 1
    assert "unknown.parquet" in changed.stdout


def test_draws_go_on_where_they_stopped() -> None:
    scenario = desk(RATE)
    first = flowsim.run(scenario, replications=2, draws=5)
    more = flowsim.extend(first, 3, draws=9)
    at_once = flowsim.run(scenario, replications=3, draws=9)
    assert more.unknown is not None
    assert at_once.unknown is not None
    assert np.array_equal(more.unknown.samples.all(), at_once.unknown.samples.all(), equal_nan=True)


def test_a_comparison_shares_its_draws(tmp_path: Path) -> None:
    """Ten places more: an input that a variant sets is not drawn in it; all others are the same."""
    base = desk(RATE, STAY, places=45)
    others = {
        "more": base.with_({"teams.desk.places": 60}),
        "fixed": base.with_({"referrals.all.rate": "2 per day"}),
    }
    wait = "talk.joined.wait.mean"
    found = compare(base, others, kpis=[wait], replications=30, draws=80)
    assert found.unknown is not None
    one = found.unknown.of(wait, "more", found.differences[wait, "more"].mean)
    assert one is not None
    assert one.span.upper <= 0.05 * abs(one.span.lower)  # more places never lengthen a wait
    assert one.same_sign > 0.6
    assert {share.name for share in one.shares} == {
        "referrals.all.rate",
        "steps.talk.length_of_stay.mean",
    }
    told = found.to_json()["kpis"][wait]["more"]  # type: ignore[index]
    assert told["unknown"]["level"] == 0.9
    assert told["decides"][0]["share"] >= told["decides"][-1]["share"]
    found.save(tmp_path / "c")
    back = read(tmp_path / "c")
    again = back.unknown.of(wait, "more", found.differences[wait, "more"].mean)
    assert again.span == one.span
    assert flowsim_command("verify", tmp_path / "c").returncode == 0


def test_where_the_better_option_changes() -> None:
    generator = np.random.default_rng()
    numbers = generator.uniform(4, 12, 2000)
    values = (numbers - 6.3) * 2 + generator.normal(0, 1, 2000)
    found = turning_point(values, numbers)
    assert found == pytest.approx(6.3, abs=0.3)
    assert turning_point(np.abs(values) + 1, numbers) is None
    assert turning_point(values, np.full(2000, 5.0)) is None


def test_a_command_draws_500_times_unless_told_otherwise(tmp_path: Path) -> None:
    from commands import separate

    path = tmp_path / "desk.toml"
    path.write_text(DESK.format(uncertain=RATE, places=1000), "utf-8")
    done = separate("run", path, "--out", tmp_path / "o", "--quiet", "--no-report")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))["draws"] == 500


# Pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", ("Det vi inte vet", "Ta reda på:")),
        ("en", ("What is not known", "Find out:")),
    ],
)
def test_a_page_says_what_is_not_known_and_what_to_find_out(
    language: str, words: tuple[str, ...]
) -> None:
    from flowsim.report.document.html import html
    from flowsim.report.documents import document_of

    scenario = desk(RATE, STAY, places=42)
    results = flowsim.run(scenario, replications=30, draws=80)
    page = html(document_of(results, language=language)).replace("\xa0", " ")
    for text in words:
        assert text in page
    without = html(document_of(flowsim.run(scenario, replications=30), language=language))
    assert words[0] not in without.replace("\xa0", " ")
    other = scenario.with_({"teams.desk.places": 50})
    found = compare(scenario, {"more": other}, replications=30, draws=80)
    told = html(document_of(found, language=language)).replace("\xa0", " ")
    assert words[1] in told
