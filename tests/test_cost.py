"""What a scenario costs is known before it runs: predicted near enough, and refused where too much.

Each refusal is of a scenario that is legal key by key, and ran for ever or out of memory before.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from generate import random_scenario
from numpy.typing import NDArray
from typer.testing import CliRunner

import flowsim
from flowsim import cli
from flowsim.analysis import kpis
from flowsim.cli import usage
from flowsim.cli.commands import app
from flowsim.engine import compiled_model, eventlog
from flowsim.scenario.cost import MOST_BYTES, MOST_ROWS, PER_PARTICIPANT, PER_ROW, Cost
from flowsim.scenario.expected_visits import expected_visits
from flowsim.study.forecast import check_kept, forecast

ROOT = Path(__file__).parent.parent
SHIPPED = sorted([*(ROOT / "scenarios").glob("*.toml"), *(ROOT / "tests").glob("*/mm*.toml")])
SECONDS = 5.0  # in which a refusal is there, on a busy machine

PLACES = "teams.team.places = 5"
RATE = 'rate = "2 per week"'
LENGTH = "until = 2034-12-31"
EXIT = "exits.done = {}"
IN_TEAM = 'team = "team", length_of_stay = "2 weeks"'
NEXT = "next = { done = 1.0 }"
DESK = f"""
scenario.title = "A desk"
run = {{ start = 2025-01-01, {LENGTH} }}
referrals.all = {{ to = "desk", {RATE} }}
{PLACES}
steps.desk = {{ {IN_TEAM}, {NEXT} }}
{EXIT}
"""
AGAIN = "{ share = 1, after = '1e-7 days', to = 'desk' }"
VALUES = ", ".join(f"v{n} = 'rest'" if n == 0 else f"v{n} = 0.05" for n in range(20))
FOUR_GROUPS = "".join(f"groups.g{n} = {{ {VALUES} }}\n" for n in range(4))
FOUR_TEAMS = "".join(f"teams.t{n} = {{ places = 1, per = 'g{n}' }}\n" for n in range(4))
SHORT = "1e-7 days"

# Name: changes of the desk; key and line that are told; what is found
ENDLESS = {
    "meetings every second": (
        {IN_TEAM: f"{IN_TEAM}, intake = {{ every = '1.1574e-5 days' }}"},
        "6: steps.desk.intake.every",
        "about 3.16e+08 meetings",
    ),
    "meetings all the time": (
        {IN_TEAM: f"{IN_TEAM}, intake = {{ every = '1e-300 days' }}"},
        "6: steps.desk.intake.every",
        "about 3.65e+303 meetings",
    ),
    "staff who leave at once": (
        {
            PLACES: "teams.team = { staff.coach = { fte = 10, caseload = 1 }, "
            "turnover = { leave = '10000 per day', vacancy = '0 days' } }"
        },
        "5: teams.team.turnover.leave",
        "about 3.65e+08 people who leave a post",
    ),
    "20 to the power of 4 lists": (
        {PLACES: FOUR_GROUPS + FOUR_TEAMS, 'team = "team"': 'team = ["t0", "t1", "t2", "t3"]'},
        "14: steps.desk.team",
        "160,000 waiting lists, one for each combination of g0, g1, g2, g3",
    ),
    "stays of no time in a loop": (
        {
            IN_TEAM: "length_of_stay = '1e-9 days'",
            NEXT: "next = { desk = 0.9999999999, done = 'rest' }",
        },
        "6: steps.desk.length_of_stay",
        "visits to desk",
    ),
    "a loop of one age only": (
        {
            PLACES: "groups.age = { young = 0.5, old = 0.5 }",
            IN_TEAM: "length_of_stay = '1e-9 days'",
            NEXT: f"{NEXT}, next_for = {{ 'age=young' = {{ desk = 0.99999999, done = 'rest' }} }}",
        },
        "6: steps.desk.length_of_stay",
        "visits to desk",
    ),
    "returns after no time": (
        {IN_TEAM: f"length_of_stay = '{SHORT}'", EXIT: f"exits.done.returns = {AGAIN}"},
        "7: exits.done.returns.after",
        "returns",
    ),
    "turned away again and again": (
        {
            IN_TEAM: f"{IN_TEAM}, max_waiting = 0",
            EXIT: f"{EXIT}\nexits.turned_away.returns = {AGAIN}",
        },
        "8: exits.turned_away.returns.after",
        "returns",
    ),
    "no patience, again and again": (
        {
            IN_TEAM: f"{IN_TEAM}, patience = '{SHORT}'",
            EXIT: f"{EXIT}\nexits.withdrew.returns = {AGAIN}",
        },
        "8: exits.withdrew.returns.after",
        "returns",
    ),
    "interrupted again and again": (
        {
            IN_TEAM: f"length_of_stay = '2 weeks', interruption = {{ after = '{SHORT}' }}",
            EXIT: f"{EXIT}\nexits.interrupted.returns = {AGAIN}",
        },
        "8: exits.interrupted.returns.after",
        "returns",
    ),
    "an ended team to and fro": (
        {
            PLACES: "teams.team = { places = 5, until = 2025-06-30, then = 'other' }\n"
            f"steps.other = {{ length_of_stay = '{SHORT}', "
            "next = { desk = 0.999999, done = 'rest' } }",
            RATE: "rate = '20 per day'",
        },
        "7: steps.desk.length_of_stay",
        "visits to desk",
    ),
    "6,999 years": (
        {"2025-01-01": "2000-01-01", LENGTH: "until = 8999-01-01"},
        "3: run.until",
        "a run of 6999 years",
    ),
    "a length of 6,999 years": (
        {"2025-01-01": "2000-01-01", LENGTH: "length = '6999 years'"},
        "3: run.length",
        '"6999 years"',
    ),
    "figures of 1,000 years": (
        {
            LENGTH: "until = 3024-12-31",
            PLACES: f"groups.age = {{ {', '.join(f'v{n} = 1' for n in range(2, 3000))}, v1 = 2 }}",
            IN_TEAM: "length_of_stay = '2 weeks'",
        },
        "3: run.until",
        "figures of 3001 groups",
    ),
    "50 million people": (
        {RATE: "cohort = [{ date = 2025-01-01, count = 50000000 }]"},
        "4: referrals.all.cohort",
        "about 50,000,000 participants",
    ),
    "5 million people": (
        {RATE: "cohort = [{ date = 2025-01-01, count = 5000000 }]"},
        "4: referrals.all.cohort",
        "about 5,000,000 participants",
    ),
    "people who come at random": (
        {RATE: "rate = '3000 per day'"},
        "4: referrals.all.rate",
        "about 11,000,000 participants",
    ),
    "all in January": (
        {
            RATE: "rate = '300000 per day', seasonality = [12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
            LENGTH: "length = '1 month'",
        },
        "4: referrals.all.rate",
        "about 1.12e+08 participants",
    ),
}


def changed(changes: dict[str, str]) -> str:
    text = DESK
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("name", ENDLESS)
def test_what_would_never_end_is_refused_at_once(name: str) -> None:
    """With the key and the line that make it so, what was found and what is allowed."""
    changes, place, found = ENDLESS[name]
    began_at = time.process_time()
    with pytest.raises(flowsim.ScenarioError) as refused:
        flowsim.loads(changed(changes), name="desk.toml")
    assert time.process_time() - began_at < SECONDS
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"desk.toml:{place}: found ")
    assert found in line
    assert "; allowed: " in line


@pytest.mark.parametrize(
    "words",
    [
        ("check", "desk.toml"),
        ("run", "desk.toml"),
        ("compare", "desk.toml", "--set", "run.seed=2"),
        ("find", "desk.toml", "--over", "teams.team.places=5:6:1", "--minimise", "cost.total"),
        ("experiment", "question.toml"),
        ("warmup", "desk.toml"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_refuses_alike(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("desk.toml").write_text(changed(ENDLESS["meetings every second"][0]), encoding="utf-8")
    question = (
        'experiment = { title = "x", base = "desk.toml", design = "grid", kpis = ["cost.total"] }\n'
    )
    factor = '[[factors]]\nname = "a"\nkey = "teams.team.places"\nvalues = [5, 6]\n'
    Path("question.toml").write_text(question + factor, encoding="utf-8")
    done = flowsim_ended(*words)
    assert done.returncode == 2
    assert "steps.desk.intake.every: found about 3.16e+08 meetings" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.toml", "question.toml"]


def flowsim_ended(*words: str, memory: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, with a limit on its memory [bytes] if need be."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory or -1, memory or -1))

    return subprocess.run(
        [sys.executable, "-m", "flowsim.cli", *words],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        preexec_fn=limit if memory else None,
    )


# What is predicted is near what happens


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_prediction_is_near_what_happens(path: Path) -> None:
    """Rows and participants of shipped scenarios; a mean of 10 varies by far less."""
    scenario = flowsim.load(path)
    plan = flowsim.compile(scenario)
    logs = [flowsim.simulate(plan, seed=1, replication=n) for n in range(10)]
    cost = Cost(scenario)
    assert 0.5 < cost.rows / np.mean([len(log) for log in logs]) < 2
    assert 0.7 < cost.participants / np.mean([len(log.values) for log in logs]) < 1.4
    figures = kpis.measure_all(logs[0])
    assert 0.7 < cost.figures / sum(part.size for part in figures) < 2.5


def rows_predicted(seeds: range, simulated: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Predicted over simulated rows of generated scenarios, and the rows, of every so many.

    None is refused, whatever words of the language it uses.
    """
    ratios = []
    for seed in seeds:
        scenario = random_scenario(Random(seed)).load()
        if seed % simulated == 0:
            plan = flowsim.compile(scenario)
            rows = np.mean([len(flowsim.simulate(plan, seed=1, replication=n)) for n in range(3)])
            ratios.append((Cost(scenario).rows / rows, rows))
    shares, rows = np.array(ratios).T
    return shares, rows


@pytest.mark.proof
def test_generated_scenarios_are_not_refused_and_not_far_off() -> None:
    """Never far below what happens; not far above where there are enough rows to matter."""
    shares, rows = rows_predicted(range(2000), simulated=10)
    assert shares.min() > 0.5
    assert np.quantile(shares[rows > 100], 0.95) < 3
    assert shares[rows > 100].max() < 5


def test_a_few_generated_scenarios_are_not_far_off() -> None:
    shares, rows = rows_predicted(range(60), simulated=6)
    assert shares.min() > 0.5
    assert shares[rows > 100].max() < 5


def test_going_round_is_counted_as_probability_says() -> None:
    """Shares of 0.9 back: 10 visits each; for ever back: as many as the time left has room for."""
    some = {IN_TEAM: 'length_of_stay = "1 hour"'.replace("1 hour", "0.01 days")}
    often = changed(some | {NEXT: "next = { desk = 0.9, done = 'rest' }"})
    visits = expected_visits(flowsim.loads(often))
    people = Cost(flowsim.loads(often)).participants
    assert visits.joined["desk"] / people == pytest.approx(10.0, rel=0.001)
    always = changed(
        {
            RATE: "cohort = [{ date = 2025-01-01, count = 10 }]",
            IN_TEAM: "length_of_stay = '10 days'",
            NEXT: "next = { desk = 0.9999999, done = 'rest' }",
        }
    )
    scenario = flowsim.loads(always)
    log = flowsim.simulate(flowsim.compile(scenario), seed=1, replication=0)
    joined = int((log.event == eventlog.JOINED).sum())
    assert expected_visits(scenario).joined["desk"] == pytest.approx(joined, rel=0.01)


def test_places_allow_no_more_than_they_can() -> None:
    """Ten times as many come as five places can take."""
    scenario = flowsim.loads(changed({RATE: 'rate = "25 per week"'}))
    visits = expected_visits(scenario)
    log = flowsim.simulate(flowsim.compile(scenario), seed=1, replication=0)
    started = int((log.event == eventlog.STARTED).sum())
    assert visits.started["desk"] == pytest.approx(started, rel=0.02)


def test_memory_is_that_of_the_engine_and_of_what_is_read() -> None:
    """Of a cohort, in the engine's arrays, its log, and the visits that are found in it."""
    text = changed({RATE: "cohort = [{ date = 2025-01-01, count = 30000 }]"})
    plan = flowsim.compile(flowsim.loads(text))
    compiled_model._here.__dict__.clear()
    log = flowsim.simulate(plan, seed=1, replication=0)
    space = compiled_model._here.workspace
    state = [a for name, a in space.arrays.items() if len(a) >= 30000 and "log_" not in name]
    used = sum(a.nbytes * min(30000 / len(a), 1) for a in state if len(a) < 4 * 32768)
    assert used / 30000 == pytest.approx(PER_PARTICIPANT, rel=0.3)
    row = sum(getattr(log, name).itemsize for name in eventlog.COLUMNS)
    assert row < PER_ROW < 3 * row


# What a check tells, and what is not begun unasked


def test_check_tells_what_the_replications_take(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(changed({LENGTH: f"{LENGTH}, replications = 400"}), encoding="utf-8")
    told = CliRunner().invoke(app, ["check", str(path)]).stdout.splitlines()
    assert told[-3].startswith("400 replications: about 1,000 participants and 5,200 events each")
    assert told[-1] == f"{path}: no faults, 5 warnings"


HUGE = {
    PLACES: "teams.team = { staff.coach = { fte = 100000, caseload = 1 }, "
    "turnover = { leave = '1 per year', vacancy = '3 months' } }"
}


@pytest.mark.parametrize(
    "words",
    [
        ("run", "desk.toml"),
        ("compare", "desk.toml", "--set", "run.seed=2"),
        (
            "find", "desk.toml", "--over", "steps.desk.target_wait='1 week', '2 weeks'",
            "--minimise", "cost.total",
        ),
        ("experiment", "question.toml"),
        ("warmup", "desk.toml"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_long_work_is_begun_only_when_it_is_meant(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100,000 posts are looked at at each of 160,000 changes: minutes for each replication."""
    monkeypatch.chdir(tmp_path)
    text = changed(HUGE | {LENGTH: f"{LENGTH}, replications = 1000"})
    Path("desk.toml").write_text(text, encoding="utf-8")
    question = (
        'experiment = { title = "x", base = "desk.toml", design = "grid", kpis = ["cost.total"] }\n'
    )
    factor = '[[factors]]\nname = "a"\nkey = "run.seed"\nvalues = [5, 6]\n'
    Path("question.toml").write_text(question + factor, encoding="utf-8")
    done = CliRunner().invoke(app, list(words))
    assert isinstance(done.exception, flowsim.ResultsError)
    (line,) = str(done.exception).splitlines()
    assert "participants and 3,600,000 events each" in line
    assert "the staff and waiting lists looked at each time" in line
    assert line.endswith("allowed: an hour, or with --force as long as it takes")


def test_force_begins_long_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flowsim.study.forecast.A_LONG_TIME", 0.0)
    Path("desk.toml").write_text(DESK, encoding="utf-8")
    line = ["run", "desk.toml", "--replications", "2", "--out", "o", "--no-report", "--quiet"]
    assert isinstance(CliRunner().invoke(app, line).exception, flowsim.ResultsError)
    assert CliRunner().invoke(app, [*line, "--force"]).exit_code == 0
    for more in (["verify", "o"], ["report", "o", "--tornado", "desk.wait.mean"]):
        assert isinstance(CliRunner().invoke(app, more).exception, flowsim.ResultsError)
        assert CliRunner().invoke(app, [*more, "--force"]).exit_code == 0
    extend = ["run", "--extend", "o", "--replications", "3", "--quiet"]
    assert isinstance(CliRunner().invoke(app, extend).exception, flowsim.ResultsError)


def test_predicted_time_is_near_that_of_the_processor() -> None:
    """Within a factor of 4: an estimate, on a machine that others use."""
    scenario = flowsim.load(ROOT / "scenarios" / "norrkoping.toml")
    flowsim.run(scenario, replications=2)
    began_at = time.process_time()
    flowsim.run(scenario, replications=100)
    taken = time.process_time() - began_at
    assert 0.25 < forecast(scenario, 100, threads=1).seconds / (taken + 1.0) < 4


def test_replications_whose_figures_do_not_fit_are_refused() -> None:
    text = changed({LENGTH: "until = 3024-12-31", PLACES: f"groups.a = {{ {VALUES} }}\n{PLACES}"})
    scenario = flowsim.loads(text)
    with pytest.raises(flowsim.SimulationError, match="replications: found 1000, whose figures"):
        flowsim.run(scenario, replications=1000)
    check_kept(scenario, 100)


# What was not predicted


def test_a_log_that_gets_too_long_ends_in_words(
    engine: str, plan_of: Callable[..., flowsim.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eventlog, "MOST_ROWS", 1000)
    with pytest.raises(flowsim.SimulationError, match="more than 1,000 rows in the event log"):
        flowsim.simulate(plan_of(DESK), seed=1, replication=0, engine=engine)
    monkeypatch.setattr(eventlog, "MOST_ROWS", MOST_ROWS)
    assert len(flowsim.simulate(plan_of(DESK), seed=1, replication=0, engine=engine)) > 1000


def test_an_engine_without_memory_says_so_and_goes_on(
    plan_of: Callable[..., flowsim.Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world of the replication before is not taken for that of the one that failed."""
    plan, large = plan_of(DESK), plan_of(changed({RATE: 'rate = "2 per day"'}))
    before = flowsim.simulate(plan, seed=1, replication=0)
    with monkeypatch.context() as without:
        without.setattr("flowsim.engine.arrays._array", no_memory)
        with pytest.raises(
            flowsim.SimulationError, match="out of memory: a replication with about"
        ):
            flowsim.simulate(large, seed=1, replication=0)
    assert flowsim.simulate(plan, seed=1, replication=0).equals(before)
    assert len(flowsim.simulate(large, seed=1, replication=0)) > len(before)


def no_memory(*_: object) -> None:
    raise MemoryError


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits on memory are those of Linux")
def test_without_memory_a_run_ends_with_one_line(tmp_path: Path) -> None:
    """A cohort of 1.5 million in 3 GB of addresses; what was there before is whole."""
    path, out = tmp_path / "desk.toml", tmp_path / "out"
    path.write_text(DESK, encoding="utf-8")
    line = ("run", str(path), "--replications", "2", "--no-report", "--quiet", "--out", str(out))
    assert flowsim_ended(*line).returncode == 0
    kept = {file.name: file.read_bytes() for file in out.iterdir()}
    cohort = "cohort = [{ date = 2025-01-01, count = 1500000 }]"
    path.write_text(changed({RATE: cohort}), encoding="utf-8")
    assert Cost(flowsim.load(path)).n_bytes < MOST_BYTES
    done = flowsim_ended(*line, memory=3_000_000 * 1024)
    assert done.returncode == 2
    assert done.stderr.startswith("out of memory: ")
    assert len(done.stderr.splitlines()) == 1
    assert {file.name: file.read_bytes() for file in out.iterdir()} == kept


def test_memory_that_ends_anywhere_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(usage, "translated", no_memory)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("out of memory: ")
