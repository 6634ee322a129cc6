"""The warm-up: the rules on series whose truth is known, and the command on whole scenarios."""

from __future__ import annotations

import io
import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html import unescape
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from commands import Ended, flowsim_command
from matplotlib.colors import to_rgba
from numpy.typing import NDArray
from rich.console import Console

import flowsim
from flowsim.analysis import warmup as rules
from flowsim.analysis.levels import levels
from flowsim.analysis.sanity import relaxation_times
from flowsim.report.document.html import html
from flowsim.report.document.terminal import show
from flowsim.report.documents import document_of, document_of_folder
from flowsim.report.warmup_paper import WarmUpPaper, series_frame, warmup_drawing
from flowsim.scenario.quantities import after_length, parse_length
from flowsim.study.warmup import examine
from flowsim.study.warmup_series import has_yearly_cycle

ROOT = Path(__file__).parent.parent
MMC = ROOT / "tests" / "theory_scenarios" / "mmc.toml"
Floats = NDArray[np.float64]

N = 4000  # values, 800 batches of five
SEEDS = range(20)
PHI = 0.3

# How far the truncation of MSER-5 may lie beyond the end of the bias. Leaving out one more batch
# whose squared distance from the mean is z^2 variances lowers the statistic only if z^2 > 2
# (nearly, n being large). So beyond the bias its logarithm is a random walk with steps 2 - z^2,
# which drifts up. After j batches it is below its start with probability at most r^j, where
# r = min over t of E exp(t (z^2 - 2)) = sqrt(2 / e) = 0.858 for normal z (Chernoff). The sum of
# r^j from j = SLACK on is 0.858^90 / 0.142 = 7e-6. Means of five values with phi 0.3 depend on
# their neighbours by 0.07, which changes r little.
SLACK = 90


def autoregressive(seed: int) -> Floats:
    """AR(1) with mean 0 and the standard deviation 1, in its stationary state from the start."""
    rng = np.random.default_rng(seed)
    series = np.empty(N)
    series[0] = rng.standard_normal()
    for i, shock in enumerate(rng.standard_normal(N - 1) * math.sqrt(1 - PHI**2), start=1):
        series[i] = PHI * series[i - 1] + shock
    return series


# Standard deviation of a mean of five values of it.
LAGS = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
BATCH_SD = math.sqrt(float((PHI**LAGS).mean()))
AT = np.arange(N)

# Each bias, from 8 standard deviations of one value. While it is above 4 of a batch, a batch is
# nearer than sqrt(2) deviations to the level with probability below 0.005 and the walk falls by
# 14 at a time on average, so the truncation is not before; where it is below 1/10, it is no more
# than noise, and SLACK batches later the truncation is past.
BIASES: dict[str, Callable[[], Floats]] = {
    "exponential": lambda: 8.0 * np.exp(-AT / 150.0),
    "step": lambda: np.where(AT < 400, 8.0, 0.0),
    "linear": lambda: 8.0 * np.maximum(1 - AT / 500.0, 0.0),
}


@pytest.mark.parametrize("shape", BIASES)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_mser5_recovers_where_a_known_bias_ends(shape: str, sign: float) -> None:
    bias = BIASES[shape]()
    earliest = int(np.flatnonzero(bias > 4 * BATCH_SD)[-1]) - 5
    latest = int(np.flatnonzero(bias > 0.1 * BATCH_SD)[-1]) + 5 * SLACK
    assert latest < N / 2
    for seed in SEEDS:
        found = rules.mser5(autoregressive(seed) + sign * bias + 100.0)
        assert found is not None
        assert earliest <= found <= latest, (shape, seed)


def test_mser5_leaves_a_series_without_bias_nearly_whole() -> None:
    for seed in SEEDS:
        found = rules.mser5(autoregressive(seed))
        assert found is not None
        assert found <= 5 * SLACK


def test_mser_is_the_definition() -> None:
    """The running sums give what the formula of White (1997) gives, worked out term by term."""
    series = autoregressive(1)[:300] + 4 * np.exp(-AT[:300] / 20) + 1e6
    means = series.reshape(-1, 5).mean(axis=1)
    statistic = [
        float(((means[d:] - means[d:].mean()) ** 2).sum() / (len(means) - d) ** 2)
        for d in range(len(means) // 2 + 1)
    ]
    assert rules.mser5(series) == 5 * int(np.argmin(statistic))


@pytest.mark.parametrize("series", [np.arange(500.0), -np.arange(500.0), np.ones(49)])
def test_mser5_refuses_what_has_no_level_or_is_too_short(series: Floats) -> None:
    assert rules.mser5(series) is None


def test_welch_averages_over_fewer_values_near_the_ends() -> None:
    """Welch (1983): 2 i + 1 values at the i-th from the start, from 0, until the window fits."""
    series = np.array([1.0, 2.0, 6.0, 3.0, 8.0, 1.0, 4.0])
    expected = [1.0, 9 / 3, 20 / 5, 20 / 5, 22 / 5, 13 / 3, 4.0]
    assert rules.welch(series, 2) == pytest.approx(expected)


def test_a_moving_year_takes_out_any_yearly_cycle() -> None:
    cycle = np.random.default_rng(1).normal(size=12)
    series = np.tile(cycle - cycle.mean(), 5) + 0.5 * np.arange(60)
    smooth = rules.moving_year(series)
    assert smooth[6:-6] == pytest.approx(0.5 * np.arange(6, 54))
    assert np.isnan(smooth[:6]).all()
    assert np.isnan(smooth[-6:]).all()
    assert np.isnan(rules.moving_year(series[:12])).all()


def test_the_trend_test_keeps_its_level_on_series_that_remember() -> None:
    """1 % of true levels may be called trends: 4 standard errors above are 1.9 % of 1600."""
    rng = np.random.default_rng(20240101)
    n_tests, n_replications, n = 1600, 20, 40
    series = np.cumsum(rng.standard_normal((n_tests, n_replications, n)), axis=-1)  # random walks
    found = [rules.trend(one).p_value < 0.01 for one in rules.slopes(series)]
    limit = 0.01 + 4 * math.sqrt(0.01 * 0.99 / n_tests)
    assert np.mean(found) < limit
    drifting = rules.slopes(series[:50] + 2.0 * np.arange(n))  # 78 on the way, walks have sd 6
    assert all(rules.trend(one).p_value < 0.01 for one in drifting)


# Series of a scenario ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["orebro", "degerfors_karlskoga", "varend"])
def test_levels_average_to_the_figures_of_the_run(name: str) -> None:
    """Over the whole run they are waiting.mean and in_service.mean, found in another way."""
    start = flowsim.load(f"{ROOT}/scenarios/{name}.toml").run.start
    scenario = flowsim.load(f"{ROOT}/scenarios/{name}.toml", set={"run.report_from": start})
    plan = flowsim.compile(scenario)
    results = flowsim.run(scenario, replications=1, seed=3)
    found = levels(flowsim.simulate(plan, seed=3), np.array([0.0, 50.0, plan.end]))
    weights = np.array([50.0, plan.end - 50.0]) / plan.end
    figures = results.summary().set_index("kpi")["mean"]
    for s, step in enumerate(scenario.steps):
        for m, measure in enumerate(("waiting", "in_service")):
            expected = figures[f"{step}.{measure}.mean"]
            assert found[m, s] @ weights == pytest.approx(expected, abs=1e-5)


def loaded(load: float, length: str, **more: object) -> flowsim.Scenario:
    settings = {"referrals.people.rate": f"{5 * load} per day", "run.length": length}
    return flowsim.load(MMC, set={**settings, "run.warm_up": "0 days", **more})


def test_a_list_that_grows_is_refused() -> None:
    found = examine(loaded(1.1, "2 years"), replications=20)
    assert (found.verdict, found.warm_up, found.line) == ("overloaded", None, None)
    assert [round(team.share, 6) for team in found.overloaded] == [1.1]
    waiting = found.findings[0]
    # 0.5 more a day come than leave, over the half year and more that the half has: 182 people.
    assert waiting.is_moving
    assert waiting.change == pytest.approx(0.5 * 365, rel=0.1)
    assert waiting.mser is None
    assert waiting.welch is None


def test_a_list_that_grows_is_seen_by_its_trend_where_the_load_is_silent() -> None:
    """Patience of decades stops nothing in two years, but hides the overload from the load."""
    scenario = loaded(1.1, "2 years", **{"steps.talk.patience": "30 years"})
    found = examine(scenario, replications=20)
    assert (found.verdict, found.warm_up, found.overloaded) == ("moving", None, ())
    assert "1.1" not in printed(found)
    assert "110%" in printed(found)


def test_patience_makes_an_overloaded_team_steady() -> None:
    scenario = loaded(1.1, "2 years", **{"steps.talk.patience": "5 days"})
    assert examine(scenario, replications=20).verdict == "settles"


def test_a_run_too_short_for_its_load_is_told_so() -> None:
    """At load 0.995 the list takes 1 / (5 (1 - sqrt 0.995)^2) = 31 840 days to settle."""
    found = examine(loaded(0.995, "2 years"), replications=20)
    assert (found.verdict, found.warm_up, found.line) == ("too_short", None, None)
    relaxation = 1 / (5 * (1 - math.sqrt(0.995)) ** 2)
    assert found.remembering == {"talk": pytest.approx(relaxation)}
    assert found.next_length == f"{math.ceil(5 * relaxation / 365.25)} years"
    assert f'--length "{found.next_length}"' in printed(found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_level_that_only_looks_like_one_is_not_believed(seed: int) -> None:
    """M/M/1 at load 0.9 for four years: half of one relaxation time, and no trend to be seen.

    The second half is a fifth too low, by the exact transient, whatever the rules find there.
    """
    settings = {"referrals.people.rate": f"{0.9 / 7} per day", "run.length": "4 years"}
    single = {"teams.desk.places": 1, "steps.talk.length_of_stay.mean": "7 days"}
    scenario = flowsim.load(MMC, set={**settings, **single, "run.warm_up": "0 days"})
    found = examine(scenario, replications=30, seed=seed)
    assert (found.verdict, found.warm_up) == ("too_short", None)
    assert found.remembering == {"talk": pytest.approx(7 / (1 - math.sqrt(0.9)) ** 2)}
    assert found.next_length == "37 years"
    assert "at least 5 times as long" in printed(found).replace("\n", " ")


def test_five_relaxation_times_leave_the_second_half_without_bias(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Below 0.5 % of the true mean wait, by the exact transient; half of one leaves a sixth."""
    monkeypatch.syspath_prepend(ROOT / "experiments" / "warmup_bias")
    exact = import_module("mmc_transient")
    for load, places in ((0.8, 5), (0.9, 1), (0.9, 5)):
        rate = f"{load * places} per day"
        scenario = flowsim.load(
            MMC, set={"referrals.people.rate": rate, "teams.desk.places": places}
        )
        (relaxation,) = relaxation_times(scenario).values()
        enough, short = 5 * relaxation, relaxation / 2
        assert -0.005 < exact.relative_bias(load, places, enough / 2, enough) < 0
        assert exact.relative_bias(load, places, short / 2, short) < -1 / 6


def test_theory_is_silent_on_lists_that_forget_by_patience() -> None:
    assert relaxation_times(loaded(0.9, "2 years", **{"steps.talk.patience": "5 days"})) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_recommended_warm_up_takes_the_bias_from_the_mean_wait(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M/M/5 at load 0.9 from empty: below 1 % of the true mean wait, by the exact transient.

    `experiments/warmup_bias` measures the same by simulation.
    """
    monkeypatch.syspath_prepend(ROOT / "experiments" / "warmup_bias")
    exact = import_module("mmc_transient")
    scenario = loaded(0.9, "4 years")
    found = examine(scenario, replications=200, seed=seed)
    assert found.warm_up is not None
    start = scenario.run.start
    first = (after_length(start, parse_length(found.warm_up)) - start).days
    n_days = (scenario.run.until - start).days + 1
    assert abs(exact.relative_bias(0.9, 5, first, n_days)) < 0.01
    assert abs(exact.relative_bias(0.9, 5, 0, n_days)) > 0.01  # without a warm-up it is above


def test_the_experiment_measures_what_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within 4 standard errors, which must be small enough to see the bias of a short run."""
    monkeypatch.syspath_prepend(ROOT / "experiments" / "warmup_bias")
    biases = import_module("mmc_bias").measure(1, [0, 150], replications=400)
    for bias in biases:
        assert bias.std_error < 0.04
        assert bias.agrees, bias
    assert biases[0].exact < -0.06  # the exact one is -6.6 %
    assert abs(biases[1].exact) < 0.005


def test_a_start_at_the_level_needs_no_warm_up() -> None:
    """Where nobody comes, the list is as long at the start as ever after."""
    found = examine(loaded(0.0, "1 year"), replications=10)
    assert (found.verdict, found.days, found.warm_up) == ("no_need", 0.0, None)
    assert "No warm-up is needed" in printed(found)


def test_what_changes_by_date_is_refused() -> None:
    found = examine(flowsim.load(f"{ROOT}/scenarios/orebro.toml"), replications=10)
    assert (found.verdict, found.warm_up) == ("dated", None)
    assert "Ingen rekommendation" in printed(found)


def seasonal(length: str) -> flowsim.Scenario:
    text = MMC.read_text(encoding="utf-8").replace("40 years", length)
    season = "[1.5, 1.5, 1.5, 1, 1, 1, 0.5, 0.5, 0.5, 1, 1, 1]"
    return flowsim.loads(text, set={"calendar": {"seasonality": json.loads(season)}})


def test_seasons_are_judged_by_whole_years() -> None:
    scenario = seasonal("20 years")
    assert has_yearly_cycle(scenario)
    assert not has_yearly_cycle(loaded(0.9, "2 years"))
    found = examine(scenario, replications=20)
    assert found.verdict == "settles"
    assert found.grid.n == 240
    assert found.warm_up is not None
    assert found.warm_up.split()[1].startswith("year")
    assert "12 months" in printed(found)
    inner = found.findings[1].smooth[30:-30]
    swing = np.ptp(found.findings[1].mean[30:-30])
    assert np.ptp(inner) < 0.2 * swing  # the cycle is gone from what the rules see


def test_too_few_years_or_replications_are_refused() -> None:
    with pytest.raises(flowsim.SimulationError, match="at least 10 years, because of the yearly"):
        examine(seasonal("9 years"), replications=10)
    with pytest.raises(flowsim.SimulationError, match="at least 50 days"):
        examine(loaded(0.5, "7 weeks"), replications=10)
    with pytest.raises(flowsim.SimulationError, match="replications: found 9"):
        examine(loaded(0.5, "1 year"), replications=9)


def test_engines_give_the_same_answer() -> None:
    scenario = loaded(0.5, "60 days")
    found = [examine(scenario, replications=10, engine=e).to_json() for e in ("kernel", "simpy")]
    for answer in found:
        del answer["engine"]
    assert found[0] == found[1]


# What people see --------------------------------------------------------------------------------


def printed(found: object) -> str:
    file = io.StringIO()
    show(document_of(found, is_short=True), Console(width=110, file=file))  # type: ignore[arg-type]
    return " ".join(file.getvalue().replace("\u00a0", " ").split())


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Recommended warm-up: "), ("sv", "Rekommenderad uppvärmning: ")],
)
def test_the_answer_is_in_the_language_of_the_scenario(language: str, said: str) -> None:
    found = examine(loaded(0.5, "1 year", **{"scenario.language": language}), replications=20)
    text = printed(found)
    assert said in text
    assert found.line is not None
    assert found.line in text


def test_the_figure_is_grey_and_in_the_language_of_the_scenario() -> None:
    found = examine(loaded(0.5, "1 year", **{"scenario.language": "sv"}), replications=20)
    figure = warmup_drawing(WarmUpPaper(found)).figure
    assert len(figure.axes) == 2
    for panel in figure.axes:
        assert panel.get_xlabel() == "månader sedan starten"
        for line in panel.lines:
            red, green, blue, _ = to_rgba(line.get_color())
            assert red == green == blue
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels == [
        "medelvärde över förlopp",
        "glidande medelvärde",
        "andra halvans nivå",
        "MSER-5",
        "Welch",
        "rekommenderad uppvärmning",
    ]
    styles = [(line.get_linestyle(), line.get_color()) for line in figure.axes[0].lines]
    assert len(set(styles)) == len(styles)  # told apart without colour


def test_the_series_are_those_of_the_findings() -> None:
    found = examine(loaded(0.5, "1 year"), replications=10)
    table = series_frame(found)
    assert len(table) == 2 * found.grid.n
    waiting = table[table["measure"] == "waiting"]
    assert waiting["mean"].to_numpy() == pytest.approx(found.findings[0].mean)
    assert str(waiting["date"].iloc[1]) == "2000-01-02"


def test_ctrl_c_stops_cleanly_and_leaves_nothing(tmp_path: Path) -> None:
    scenario = tmp_path / "desk.toml"
    scenario.write_text(MMC.read_text(encoding="utf-8"), encoding="utf-8")
    call = [sys.executable, "-m", "flowsim.cli", "warmup", "desk.toml", "--out", "out"]
    process = subprocess.Popen(
        [*call, "--replications", "100000", "--force"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.1)  # the temporary folder appears when the run begins
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.endswith("stopped; nothing was written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["desk.toml"]


def command(*words: object, cwd: Path) -> Ended:
    return flowsim_command("warmup", *words, cwd=cwd, COLUMNS="110")


def test_the_command_writes_figure_and_series_and_says_the_line(tmp_path: Path) -> None:
    scenario = tmp_path / "desk.toml"
    scenario.write_text(MMC.read_text(encoding="utf-8"), encoding="utf-8")
    ended = command("desk.toml", "--length", "1 year", "--replications", 20, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert 'warm_up = "' in ended.stdout
    folder = tmp_path / "results" / "desk-warmup"
    names = sorted(path.name for path in folder.iterdir())
    files = ("averages.parquet", "manifest.json", "report.html", "series.csv", "warmup.png")
    assert names == [*files, "warmup.svg"]
    document = document_of_folder(folder)
    assert html(document) == (folder / "report.html").read_text(encoding="utf-8")
    assert 'warm_up = "' in unescape(html(document))
    assert [sheet.name for sheet in document.book().sheets] == ["The series", "Assumptions"]
    svg = (folder / "warmup.svg").read_bytes()
    ended = command(
        *("desk.toml", "--length", "1 year", "--replications", 20, "--json"), cwd=tmp_path
    )
    answer = json.loads(ended.stdout)
    kept = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert answer == {name: kept[name] for name in answer}
    assert answer["verdict"] == "settles"
    assert answer["line"] == f'warm_up = "{answer["warm_up"]}"'
    assert (folder / "warmup.svg").read_bytes() == svg


def test_faults_are_one_line_and_leave_nothing(tmp_path: Path) -> None:
    scenario = tmp_path / "desk.toml"
    scenario.write_text(MMC.read_text(encoding="utf-8"), encoding="utf-8")
    for more, said in (
        (("--length", "6 wks"), 'found "6 wks"'),
        (("--length", "6 weeks"), "at least 50 days"),
        (("--replications", "3"), "replications: found 3"),
        (("--engine", "magic"), "magic"),
    ):
        ended = command("desk.toml", *more, cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, ""), ended.stderr
        assert said in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["desk.toml"]
        assert not list(tmp_path.glob("results/*"))
