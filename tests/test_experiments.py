"""Experiments: designs, faults, what is kept after a kill, what is added, and who computes."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import IO, Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from commands import flowsim_command
from rich.console import Console

import flowsim
from flowsim.analysis import statistics
from flowsim.analysis.comparison import difference, simultaneous_level
from flowsim.errors import ResultsError, ScenarioError
from flowsim.report.sections.question import precision
from flowsim.report.words import Words
from flowsim.study import executors
from flowsim.study.comparison.comparing import samples_of
from flowsim.study.executors import Pool, cluster, threads
from flowsim.study.experiment import designs, running
from flowsim.study.experiment.blocks import Answer, Block, gaps, run_block
from flowsim.study.experiment.file import is_experiment
from flowsim.study.experiment.loading import Experiment, load_experiment
from flowsim.study.experiment.running import run_experiment
from flowsim.study.experiment.schema import Factor, json_schema

ROOT = Path(__file__).parent.parent
NUMPY = re.escape(np.__version__)
DESK = """
[scenario]
title = "One desk"
[run]
start = 2025-01-01
length = "60 days"
replications = 30
[referrals]
all = { to = "desk", rate = "0.5 per day" }
[teams.clerks]
staff.clerk = { fte = 1, caseload = 1, cost_per_fte = 100000 }
[steps.desk]
team = "clerks"
length_of_stay = { distribution = "exponential", mean = "1 day" }
target_wait = "1 day"
next = { done = 0.6, left = "rest" }
[exits]
done = "Done"
left = "Left"
[outcomes]
completed = ["done"]
"""
HEAD = """
[experiment]
title = "How many clerks?"
base = "desk.toml"
kpis = ["desk.wait.mean", "desk.waiting.end", "cost.per.completed", "desk.wait.within_target"]
"""
CLERKS = """
[[factors]]
name = "clerks"
label = "Clerks"
key = "teams.clerks.staff.clerk.fte"
values = [1, 2, 3]
"""
STAY = """
[[factors]]
name = "stay"
key = "steps.desk.length_of_stay.mean"
values = [1, 1.5]
unit = "days"
"""


def written(folder: Path, text: str, name: str = "clerks.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "desk.toml").write_text(DESK)
    (folder / name).write_text(text)
    return folder / name


def loaded(folder: Path, text: str) -> Experiment:
    return load_experiment(written(folder, text))


def grid(more: str = "", head: str = "") -> str:
    return f'{HEAD}design = "grid"\n{head}{CLERKS}{more}'


def parts(folder: Path) -> dict[str, int]:
    """Every part, and when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / "parts").iterdir()}


def all_values(folder: Path) -> pd.DataFrame:
    table = pd.read_parquet(folder / "parts").astype({"point": str, "kpi": str})
    return table.sort_values(["point", "kpi", "replication"]).reset_index(drop=True)


# Designs


def test_a_grid_has_all_combinations_the_last_factor_first(tmp_path: Path) -> None:
    found = loaded(tmp_path, grid(STAY + "baseline = 1.5\n"))
    assert [dict(point.levels) for point in found.points] == [
        {"clerks": clerks, "stay": stay} for clerks in (1, 2, 3) for stay in (1, 1.5)
    ]
    assert found.points[3].settings == {
        "teams.clerks.staff.clerk.fte": 2,
        "steps.desk.length_of_stay.mean": "1.5 days",
    }
    assert found.points[3].label == "Clerks: 2, stay: 1.5 days"
    assert found.base_point == 1  # the first number of clerks, the baseline of the stay


def test_one_at_a_time_leaves_the_others_alone(tmp_path: Path) -> None:
    text = f'{HEAD}design = "one_at_a_time"\n{CLERKS}baseline = 2\n{STAY}'
    found = loaded(tmp_path, text)
    assert [dict(point.levels) for point in found.points] == [
        {"clerks": 2, "stay": None},
        {"clerks": 1, "stay": None},
        {"clerks": 3, "stay": None},
        {"clerks": 2, "stay": 1},
        {"clerks": 2, "stay": 1.5},
    ]
    assert found.base_point == 0
    assert found.points[3].settings["steps.desk.length_of_stay.mean"] == "1 days"


def test_one_at_a_time_takes_low_and_high(tmp_path: Path) -> None:
    text = f'{HEAD}design = "one_at_a_time"\n{CLERKS}'.replace(
        "values = [1, 2, 3]", "low=1\nhigh=4"
    )
    found = loaded(tmp_path, text)
    assert [point.levels["clerks"] for point in found.points] == [None, 1, 4]


def test_a_list_has_its_variants(tmp_path: Path) -> None:
    text = HEAD + (
        'design = "list"\nset = { "run.length" = "30 days" }\n'
        '[[variants]]\nname = "as_now"\nlabel = "As now"\n'
        '[[variants]]\nname = "two"\nset = { "teams.clerks.staff.clerk.fte" = 2 }\n'
    )
    found = loaded(tmp_path, text)
    assert [(point.label, dict(point.levels)) for point in found.points] == [
        ("As now", {"variant": "as_now"}),
        ("two", {"variant": "two"}),
    ]
    assert found.points[1].settings == {
        "run.length": "30 days",
        "teams.clerks.staff.clerk.fte": 2,
    }
    assert found.base_point == 0


def test_levels_set_several_keys_together(tmp_path: Path) -> None:
    text = HEAD + (
        'design = "grid"\n[[factors]]\nname = "money"\n'
        'levels = [{ label = "as now", set = {} }, { label = "more", set = '
        '{ "teams.clerks.staff.clerk.fte" = 2, "steps.desk.length_of_stay.mean" = "2 days" } }]\n'
    )
    found = loaded(tmp_path, text)
    assert [len(point.settings) for point in found.points] == [0, 2]
    assert [point.levels["money"] for point in found.points] == ["as now", "more"]


def test_several_keys_get_the_same_value(tmp_path: Path) -> None:
    text = (
        grid()
        .replace("key =", "keys =")
        .replace('.fte"', '.fte", "teams.clerks.staff.clerk.caseload"')
    )
    text = text.replace('keys = "', 'keys = ["').replace('caseload"', 'caseload"]')
    assert loaded(tmp_path, text).points[1].settings == {
        "teams.clerks.staff.clerk.fte": 2,
        "teams.clerks.staff.clerk.caseload": 2,
    }


@pytest.mark.parametrize(
    ("design", "n", "points"), [("lhs", 8, 8), ("sobol", 8, 40), ("morris", 5, 20)]
)
def test_drawn_designs_lie_between_low_and_high(
    tmp_path: Path, design: str, n: int, points: int
) -> None:
    text = f'{HEAD}design = "{design}"\nn = {n}\n{CLERKS}{STAY}'
    text = text.replace("values = [1, 2, 3]", "low = 1\nhigh = 3\nwhole = true")
    text = text.replace("values = [1, 1.5]", "low = 0.5\nhigh = 1.5")
    found = loaded(tmp_path, text)
    assert len(found.points) == points == designs.n_points(design, n, 2)
    assert found.base_point is None
    levels = pd.DataFrame([point.levels for point in found.points])
    assert set(levels.clerks) <= {1, 2, 3}
    assert levels.stay.between(0.5, 1.5).all()
    assert [p.levels for p in loaded(tmp_path, text).points] == [p.levels for p in found.points]


@pytest.mark.parametrize(
    ("distribution", "mean"),
    [
        ("uniform", 3.0),
        ("triangular", (2 + 2.5 + 4) / 3),
        ("normal", 3.0),
        ("loguniform", 2 / np.log(2)),
    ],
)
def test_values_follow_their_distribution(distribution: Any, mean: float) -> None:
    """The mean over quantiles in the middle of 20 000 strips; exact up to the strips' width."""
    mode = 2.5 if distribution == "triangular" else None
    factor = Factor(name="x", low=2.0, high=4.0, distribution=distribution, mode=mode)
    found = [designs.between(factor, (i + 0.5) / 20_000) for i in range(20_000)]
    assert np.mean(found) == pytest.approx(mean, abs=1e-4)
    assert 2 <= min(found) < 2.02
    assert 3.98 < max(found) <= 4


# Figures


def test_figures_are_those_of_run(tmp_path: Path) -> None:
    """Bit by bit; means, intervals and paired differences from the same replications."""
    text = grid(head='period = "2025"\nseed = 5\nreplications = 25\n')
    found = loaded(tmp_path, text)
    table = run_experiment(found, tmp_path / "out").summary()
    samples = []
    for point in found.points:
        scenario = flowsim.load(tmp_path / "desk.toml", set=point.settings)
        results = flowsim.run(scenario, replications=25, seed=5)
        samples.append(samples_of(results, found.kpis, "2025"))
        own = results.summary(period="2025").set_index("kpi").loc[[k.name for k in found.kpis]]
        ours = table[table.number == point.number].set_index("kpi")
        for column in ("mean", "std_error", "lower", "upper", "n"):
            pd.testing.assert_series_equal(ours[column], own[column], rtol=1e-12)
    level = simultaneous_level(4 * 2)
    for one in table[table.number > 0].itertuples():
        apart = difference(samples[0][one.kpi], samples[one.number][one.kpi], level=level)
        assert one.difference == pytest.approx(apart.mean, rel=1e-12)
        assert one.difference_lower == pytest.approx(apart.lower, rel=1e-12)
        assert one.claimed == apart.is_claimed
    assert table[table.number == 0].difference.isna().all()


def test_values_are_kept_to_the_last_bit(tmp_path: Path) -> None:
    found = loaded(tmp_path, grid(head="replications = 70\n"))
    results = run_experiment(found, tmp_path / "out")
    kept = all_values(tmp_path / "out")
    names = ["desk.wait.mean", "desk.waiting.end", "cost.per.completed", "desk.wait.within_target"]
    assert set(kept.kpi) == {*names, "cost.total", "outcomes.completed", "desk.started"}
    run = flowsim.run(
        flowsim.load(tmp_path / "desk.toml", set={CLERKS.split('"')[5]: 2}), replications=70
    )
    for name in names:
        rows = kept[(kept.point == results.hashes[1]) & (kept.kpi == name)]
        assert rows.replication.tolist() == list(range(70))
        theirs = run.values[:, 0, 0, run.table.position[name]]
        assert rows.value.to_numpy().tobytes() == theirs.tobytes()


def test_the_folder_is_one_table(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiment(loaded(tmp_path, grid(STAY, head="replications = 3\n")), out)
    table = pd.read_parquet(out / "parts").merge(
        pd.read_parquet(out / "points.parquet"), on="point"
    )
    assert len(table) == 6 * 3 * 7
    assert table.groupby(["clerks", "stay"]).size().tolist() == [21] * 6
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["finished"]
    assert manifest["replications"] == 3
    summary = pd.read_csv(out / "summary.csv")
    assert len(summary) == 6 * 4
    assert not list(out.glob("*.tmp"))


def test_json_has_every_digit(tmp_path: Path) -> None:
    results = run_experiment(loaded(tmp_path, grid(head="replications = 7\n")), tmp_path / "out")
    found = json.loads(json.dumps(results.to_json(), allow_nan=False))
    assert found["replications"] == 7
    table = results.summary()
    assert [one["mean"] for one in found["figures"]] == table["mean"].tolist()
    assert [one["difference"] is None for one in found["figures"]] == (table.number == 0).tolist()


def test_engines_give_the_same_figures(tmp_path: Path) -> None:
    found = loaded(tmp_path, grid(head="replications = 3\n"))
    one = run_experiment(found, tmp_path / "kernel").summary().drop(columns="point")
    other = run_experiment(found, tmp_path / "simpy", engine="simpy").summary()
    pd.testing.assert_frame_equal(one, other.drop(columns="point"))


def test_a_precision_decides_the_replications(tmp_path: Path) -> None:
    rule = 'precision = { kpi = "desk.wait.mean", relative_half_width = 0.2, max = 2000 }\n'
    found = loaded(tmp_path, grid(head=rule))
    results = run_experiment(found, tmp_path / "out")
    widths = results.widths
    assert len(widths) == 3
    assert 100 < results.replications <= 2000
    assert results.reached == max(widths)
    assert statistics.is_precise(max(widths), 0.2) or results.replications == 2000
    again = run_experiment(found, tmp_path / "out")
    assert again.replications == results.replications
    words = Words(again.experiment.scenario, again.experiment.language)
    (told,) = precision(again.experiment.precision, again, words)
    assert f"known to within {again.reached:.1%}" in told


# What is added later


def test_more_replications_are_added(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    run_experiment(found, out, replications=70)
    before = parts(out)
    table = run_experiment(found, out, replications=130).summary()
    after = parts(out)
    assert {name: after[name] for name in before} == before
    assert len(all_values(out)) == 3 * 130 * 7
    whole = run_experiment(found, tmp_path / "whole", replications=130).summary()
    pd.testing.assert_frame_equal(table, whole)
    pd.testing.assert_frame_equal(all_values(out), all_values(tmp_path / "whole"))


def test_fewer_replications_need_nothing_new(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    run_experiment(found, out, replications=70)
    before = parts(out)
    table = run_experiment(found, out, replications=20).summary()
    assert parts(out) == before
    pd.testing.assert_frame_equal(
        table, run_experiment(found, tmp_path / "few", replications=20).summary()
    )


def test_more_points_are_added(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiment(loaded(tmp_path, grid()), out, replications=10)
    before = parts(out)
    wider = loaded(tmp_path, grid().replace("[1, 2, 3]", "[1, 2, 3, 4]"))
    results = run_experiment(wider, out, replications=10)
    after = parts(out)
    assert {name: after[name] for name in before} == before
    assert [name for name in after if name not in before] == [f"{results.hashes[3]}-0.parquet"]
    whole = run_experiment(wider, tmp_path / "whole", replications=10)
    pd.testing.assert_frame_equal(results.summary(), whole.summary())


@pytest.mark.parametrize(
    ("old", "new"), [('rate = "0.5', 'rate = "0.6'), ("# x", "# y"), ("mean = ", "mean =  ")]
)
def test_another_text_of_the_base_is_another_point(tmp_path: Path, old: str, new: str) -> None:
    path = written(tmp_path, grid())
    base = tmp_path / "desk.toml"
    base.write_text("# x\n" + DESK)
    first = run_experiment(load_experiment(path), tmp_path / "out", replications=2).hashes
    base.write_text(("# x\n" + DESK).replace(old, new))
    second = run_experiment(load_experiment(path), tmp_path / "out", replications=2).hashes
    assert not set(first) & set(second)


def test_gaps_and_what_is_kept_make_the_whole() -> None:
    generator = random.Random(1)
    for _ in range(300):
        n, size = generator.randint(1, 60), generator.randint(1, 12)
        edges = sorted(generator.sample(range(60), 6))
        kept = [(begin, end - begin) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
        todo = list(gaps(kept, n, size))
        had = {r for first, count in kept for r in range(first, first + count)}
        new = [r for first, count in todo for r in range(first, first + count)]
        assert sorted(new) == [r for r in range(n) if r not in had]
        assert all(1 <= count <= size for _, count in todo)


# Killed, stopped, damaged


def command(path: Path, out: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "flowsim.cli",
        "experiment",
        str(path),
        "--out",
        str(out),
        "--force",
    ]


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    """kill -9 at moments that differ from test to test; the figures must not."""
    path, out = written(tmp_path, grid(head="replications = 3000\n")), tmp_path / "out"
    generator, kills, n_kept = random.SystemRandom(), 0, 0
    while kills < 4:
        running = subprocess.Popen([*command(path, out), "--quiet"])
        begun = time.monotonic()
        while running.poll() is None and len(list(out.glob("parts/*.parquet"))) <= n_kept:
            assert time.monotonic() - begun < 120
            time.sleep(0.02)
        time.sleep(generator.uniform(0, 0.3))
        running.send_signal(signal.SIGKILL)
        ended = running.wait()
        if ended == 0:
            break
        kills += 1
        kept = all_values(out)  # whatever is there can be read
        assert not kept.duplicated(["point", "kpi", "replication"]).any()
        n_kept = len(list(out.glob("parts/*.parquet")))
    assert kills > 0
    before = parts(out)
    results = run_experiment(load_experiment(path), out)
    after = parts(out)
    assert {
        name: after[name] for name in before if name.endswith(".parquet")
    }.items() <= after.items()
    assert not [name for name in after if not name.endswith(".parquet")]
    whole = run_experiment(load_experiment(path), tmp_path / "whole")
    pd.testing.assert_frame_equal(all_values(out), all_values(tmp_path / "whole"))
    pd.testing.assert_frame_equal(results.summary(), whole.summary())


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    path, out = written(tmp_path, grid(head="replications = 100000\n")), tmp_path / "out"
    running = subprocess.Popen(
        command(path, out),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored behind an "&"
    )
    begun = time.monotonic()
    while not list(out.glob("parts/*.parquet")) and time.monotonic() - begun < 120:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert told == f"stopped; what is finished is kept in {out}: run it again to go on\n"
    assert not json.loads((out / "manifest.json").read_text())["finished"]
    assert len(all_values(out)) > 0


def test_what_was_half_written_is_taken_away(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    (out / "parts").mkdir(parents=True)
    (out / "parts" / ".abc-0.parquet.77.tmp").write_bytes(b"half")
    run_experiment(found, out, replications=2)
    assert len(parts(out)) == 3


def test_a_foreign_part_is_no_part(tmp_path: Path) -> None:
    """A Parquet file of something else under a part's name is not taken for figures."""
    results = run_experiment(loaded(tmp_path, grid()), tmp_path / "out")
    one, other = sorted((tmp_path / "out" / "parts").iterdir())[:2]
    one.write_bytes(other.read_bytes())
    with pytest.raises(ResultsError, match=r"damaged: it holds something else"):
        run_experiment(results.experiment, tmp_path / "out")


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    run_experiment(found, out, replications=2)
    part = sorted((out / "parts").iterdir())[0]
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(ResultsError, match=r"damaged: .*; delete it, and it is computed again"):
        run_experiment(found, out, replications=2)
    part.unlink()
    table = run_experiment(found, out, replications=2).summary()
    whole = run_experiment(found, tmp_path / "whole", replications=2).summary()
    pd.testing.assert_frame_equal(table, whole)


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("Dear all")
    with pytest.raises(ResultsError, match="other files"):
        run_experiment(found, out, replications=2)
    assert [path.name for path in out.iterdir()] == ["letter.txt"]
    other = load_experiment(written(tmp_path, grid(), "others.toml"))
    run_experiment(other, tmp_path / "others", replications=2)
    with pytest.raises(ResultsError, match="holds the experiment others"):
        run_experiment(found, tmp_path / "others", replications=2)


def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"

    def again(done: int, total: int) -> None:
        with pytest.raises(ResultsError, match="another run is writing to it"):
            run_experiment(found, out, replications=2)

    run_experiment(found, out, replications=2, progress=again)


def test_progress_counts_what_is_there(tmp_path: Path) -> None:
    found, out = loaded(tmp_path, grid()), tmp_path / "out"
    run_experiment(found, out, replications=60)
    told: list[tuple[int, int]] = []
    run_experiment(found, out, replications=80, progress=lambda *one: told.append(one))
    assert told[0] == (180, 240)
    assert told[-1] == (240, 240)


# Memory


class Instantly(Executor):
    """Gives random figures at once, so that only keeping and summarising them takes anything."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        block, _ = args
        found: Future[Any] = Future()
        generator = np.random.default_rng(block.first)
        figures = generator.gamma(2.0, 1.0, (len(block.task.kpis), block.count))
        found.set_result(Answer(figures, block.made_with))
        return found


MILLION = """
import resource, sys
sys.path.insert(0, {tests!r})
from test_experiments import Instantly
from flowsim.study.executors import Pool
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.running import run_experiment
pool = Pool(Instantly(), lambda: 2, "")
results = run_experiment(load_experiment({path!r}), {out!r}, replications=1_000_000, pool=pool)
assert results.summary().n.eq(1_000_000).all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.proof
def test_a_million_replications_fit_into_a_gigabyte(tmp_path: Path) -> None:
    path = written(tmp_path, grid().replace("[1, 2, 3]", "[1, 2]"))
    code = MILLION.format(tests=str(ROOT / "tests"), path=str(path), out=str(tmp_path / "out"))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 < 1e9


# Faults


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        loaded(folder, text)
    return [str(fault).removeprefix(f"{folder}/") for fault in error.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "title =",
            "titel =",
            'clerks.toml:3: experiment.titel: found unknown key; .* did you mean "title"',
        ),
        (
            '"desk.wait.mean"',
            '"desk.wait.maen"',
            r"5: experiment.kpis\.0: .* mean .desk.wait.mean",
        ),
        ("desk.toml", "dask.toml", r'4: experiment.base: found no such file \("dask.toml"\)'),
        ('design = "grid"', 'design = "gird"', '6: experiment.design: found "gird".*mean "grid"'),
        ('"grid"', '"grid"\nperiod = "2031"', "7: experiment.period: found .2031.; .*run, 2025"),
        ('"grid"', '"grid"\nn = 3', "7: experiment.n: found n of the design grid"),
        ('"grid"', '"lhs"', "experiment.n: found nothing"),
        ('"grid"', '"grid"\nset = { "run.lenght" = 3 }', '7: .*"run.lenght": .* mean "length"'),
        (
            '"grid"',
            '"grid"\nset = { "run.seed" = -1 }',
            '7: .*"run.seed": found -1; allowed: a whole',
        ),
        ('"grid"', '"grid"\nset = { run.seed = 3 }', "7: .*run: found a key path without quotes"),
        ("[1, 2, 3]", "[1, -2]\nbaseline = -2", r"13: factors\.0.baseline: .*found .*-2"),
        ("clerks.staff", "clreks.staff", r"11: factors\.0.key: .*did you mean .clerks"),
        (".fte", ".fet", r"11: factors\.0.key: .*unknown key.*did you mean .fte"),
        ("[1, 2, 3]", "[1, -2, 3]", r"12: factors\.0.values\.1: .*fte: -2; .* number >= 0"),
        ("[1, 2, 3]", "[1,\n 2,\n 'x']", r"14: factors\.0.values\.2: .*found .*x"),
        ("[1, 2, 3]", "[1, 2, 1]", r"12: factors\.0.values\.2: found 1 twice"),
        ("[1, 2, 3]", "[]", r"8: factors\.0: found no values"),
        ("[1, 2, 3]", "[1, 2]\nbaseline = 7", r"13: factors\.0.baseline: found 7; .*1, 2"),
        ("[1, 2, 3]", "[1, 2]\nunit = 'moons'", r"13: factors\.0.unit: found .moons"),
        ("[1, 2, 3]", "[1, 2]\nlow = 3", r"13: factors\.0.low: found low with values"),
        ('name = "clerks"', 'name = "Clerks"', r"9: factors\.0.name: found .Clerks"),
        ('name = "clerks"', 'name = "kpi"', r"9: factors\.0.name: found .kpi"),
        ('name = "clerks"\n', "", r"factors\.0.name: found nothing"),
        ("[[factors]]", "[[factor]]", r"8: factor: found unknown key; .*mean .factors"),
    ],
)
def test_faults_have_line_and_path(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in grid()
    assert any(re.search(told, fault) for fault in faults(tmp_path, grid().replace(old, new, 1)))


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = grid(STAY, head="replications = 0\nseed = -3\n")
    text = (
        text.replace("title =", "titel =").replace("[1, 2, 3]", "[1, -2]").replace("days", "dais")
    )
    found = faults(tmp_path, text)
    lines = [fault.partition(": ")[0] for fault in found]
    assert lines == [f"clerks.toml:{line}" for line in (3, 7, 8, 14, 20)]


def test_faults_of_the_base_are_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, grid())
    (tmp_path / "desk.toml").write_text(DESK.replace("fte = 1", "fte = -1"))
    with pytest.raises(ScenarioError) as error:
        load_experiment(path)
    assert str(error.value).startswith(f"{tmp_path / 'desk.toml'}:11: teams.clerks.staff.clerk.fte")


def test_values_that_do_not_go_together(tmp_path: Path) -> None:
    """Each alone is allowed: that both are set shows only in the point."""
    text = HEAD + (
        'design = "one_at_a_time"\n'
        '[[factors]]\nname = "min"\nkey = "steps.desk.intake.min"\nvalues = [3]\nbaseline = 2\n'
        '[[factors]]\nname = "max"\nkey = "steps.desk.intake.max"\nvalues = [2]\nbaseline = 4\n'
    )
    path = written(tmp_path, text.replace('"one_at_a_time"', '"grid"').replace("baseline", "# "))
    groups = DESK.replace("target_wait", "intake = { min = 1, max = 4 }\ntarget_wait")
    (tmp_path / "desk.toml").write_text(groups.replace("fte = 1", "fte = 8"))
    with pytest.raises(ScenarioError, match=r"min: 3, max: 2: steps\.desk\.intake\.min: 3"):
        load_experiment(path)


@pytest.mark.parametrize("text", ["", "x = ", "[experiment]\n", "experiment = 3", "factors = 3"])
def test_nonsense_is_a_fault(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_a_scenario_is_no_experiment(tmp_path: Path) -> None:
    assert faults(tmp_path, DESK) == [
        "clerks.toml:2: scenario: found a scenario file; allowed: an experiment file, with "
        "[experiment]; a scenario is run by flowsim run"
    ]


def test_check_knows_both_kinds(tmp_path: Path) -> None:
    path = written(tmp_path, grid())
    assert is_experiment(path)
    assert not is_experiment(tmp_path / "desk.toml")
    names = [str(path), str(tmp_path / "desk.toml")]
    done = flowsim_command("check", *names)
    assert done.returncode == 0, done.stderr
    _, first, *_, last = done.stdout.splitlines()
    assert first == f"{names[0]}: no faults, 3 points"
    assert last.startswith(f"{names[1]}: no faults, ")


# The schema, the words, the shipped experiments


def plain(value: Any) -> Any:
    """Write dates as editors see them."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value if isinstance(value, (str, int, float)) else value.isoformat()


SHIPPED = sorted(path for path in (ROOT / "experiments").glob("*.toml") if is_experiment(path))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_schema_accepts_shipped_experiments(path: Path) -> None:
    jsonschema.validate(plain(tomllib.loads(path.read_text("utf-8"))), json_schema())


SAMPLES = [path for path in SHIPPED if not path.name.startswith("q")]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_runs(path: Path, tmp_path: Path) -> None:
    """Small, by the command; where one factor changes at a time, each figure has a tornado."""
    words = ("experiment", path, "--replications", 3, "--out", tmp_path / "out")
    done = flowsim_command(*words)
    assert done.returncode == 0, done.stderr
    experiment = load_experiment(path)
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert len(summary) == len(experiment.points) * len(experiment.kpis)
    drawn = {figure.stem for figure in (tmp_path / "out").glob("*.svg")}
    one_by_one = experiment.file.experiment.design == "one_at_a_time"
    assert drawn == ({f"tornado-{kpi.name}" for kpi in experiment.kpis} if one_by_one else set())


def test_the_sample_has_no_faults() -> None:
    assert len(load_experiment(ROOT / "experiments" / "coaches.toml").points) == 3


def test_the_schema_for_editors_is_up_to_date() -> None:
    kept = json.loads((ROOT / "flowsim-experiment.schema.json").read_text("utf-8"))
    assert kept == json_schema()
    jsonschema.Draft202012Validator.check_schema(kept)


def test_every_key_is_described() -> None:
    schema = json_schema()
    for table in [schema, *schema["$defs"].values()]:
        for key, entry in table.get("properties", {}).items():
            assert entry.get("description"), key


@pytest.mark.parametrize(("old", "new"), [("grid", "gird"), ("[1, 2, 3]", "3"), ("title", "titel")])
def test_the_schema_refuses(old: str, new: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(grid().replace(old, new)), json_schema())


@pytest.mark.parametrize(
    ("language", "word"), [("sv", "Skillnad mot punkt 0"), ("en", "Difference from point 0")]
)
def test_the_tables_are_in_the_language_asked_for(
    tmp_path: Path, language: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from flowsim.report.document.terminal import show
    from flowsim.report.documents import document_of

    found = loaded(tmp_path, grid(head=f'language = "{language}"\nreplications = 5\n'))
    results = run_experiment(found, tmp_path / "out")
    show(document_of(results, is_short=True), Console())
    assert word in " ".join(capsys.readouterr().out.split())


# Clusters


def drain(stream: IO[str]) -> None:
    """Read to the end, and close: a full pipe would stop who writes."""
    with stream:
        stream.read()


def started(*arguments: str, wait_for: str) -> subprocess.Popen[str]:
    """Start a part of a cluster, and wait until it says that it is ready."""
    running = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if wait_for in line:
            Thread(target=drain, args=[running.stderr], daemon=True).start()
            return running
    raise AssertionError("".join(said))


def a_worker(address: str, folder: Path, *more: str) -> subprocess.Popen[str]:
    options = [address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    options += ["--local-directory", str(folder), *more]
    return started("distributed.cli.dask_worker", *options, wait_for="Registered to")


@pytest.fixture
def a_cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Address of a scheduler on loopback; its process, and those of two workers."""
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    processes = [started("distributed.cli.dask_scheduler", *options, wait_for="Scheduler at")]
    try:
        processes += [a_worker(address, tmp_path / f"worker{number}") for number in range(2)]
        yield address, processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_that_loses_a_worker_gives_the_same(
    tmp_path: Path, a_cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    pytest.importorskip("distributed")
    address, (_, *workers) = a_cluster
    found = loaded(tmp_path, grid())
    killed_at = []

    def kill_one(done: int, total: int) -> None:
        if not killed_at and done > 0:
            workers[0].kill()
            workers[0].wait()
            killed_at.append((done, total))

    with cluster(address) as pool:
        assert pool.size() == 2
        table = run_experiment(
            found, tmp_path / "out", replications=600, pool=pool, progress=kill_one
        ).summary()
    assert killed_at[0][0] < killed_at[0][1]
    with threads(1) as one:
        serial = run_experiment(found, tmp_path / "serial", replications=600, pool=one).summary()
    pd.testing.assert_frame_equal(table, serial)
    pd.testing.assert_frame_equal(all_values(tmp_path / "out"), all_values(tmp_path / "serial"))


@pytest.mark.slow
def test_a_lost_scheduler_is_one_clear_line(
    tmp_path: Path, a_cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    """Of the command: beside it nothing is said, and what is finished is kept."""
    address, (scheduler, *_) = a_cluster
    path, out = written(tmp_path, grid(head="replications = 100000\n")), tmp_path / "out"
    running = subprocess.Popen(
        [*command(path, out), "--dask", address], stderr=subprocess.PIPE, encoding="utf-8"
    )
    begun = time.monotonic()
    while not list(out.glob("parts/*.parquet")) and time.monotonic() - begun < 120:
        time.sleep(0.02)
    scheduler.kill()
    _, told = running.communicate(timeout=120)
    assert running.returncode == 2, told
    assert re.fullmatch(
        r"--dask: tcp://.*: the cluster was lost .* is kept: run it again to go on\n", told
    )
    assert len(all_values(out)) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_worker_of_another_version_that_joins_later_is_refused(
    tmp_path: Path, a_cluster: tuple[str, list[subprocess.Popen[str]]]
) -> None:
    """When the versions of all workers have been asked already."""
    address, processes = a_cluster
    other = tmp_path / "other_numpy.py"
    other.write_text(
        "import flowsim.study.experiment.blocks\n"  # so that it is ready before the others
        "from importlib.metadata import version\n"
        "import flowsim.study.made_with as here\n"
        "here.version = lambda name: '1.99' if name == 'numpy' else version(name)\n"
    )

    def join(done: int, total: int) -> None:
        if len(processes) == 3:
            processes.append(a_worker(address, tmp_path / "late", "--preload", str(other)))

    experiment, message = loaded(tmp_path, grid()), rf"found numpy 1\.99; allowed: numpy {NUMPY}"
    with cluster(address) as pool, pytest.raises(ResultsError, match=f"worker on .*: {message}"):
        run_experiment(experiment, tmp_path / "out", replications=2000, pool=pool, progress=join)
    with pytest.raises(ResultsError, match=f"--dask: tcp.*: {message}"), cluster(address):
        pass


def test_a_block_of_another_version_is_not_computed(tmp_path: Path) -> None:
    found = loaded(tmp_path, grid())
    block = Block(running.task_of(found, found.points[0], "kernel"), 0, 3)
    old = dataclasses.replace(block, made_with=("flowsim 0.0.9", *block.made_with[1:]))
    with pytest.raises(ResultsError, match=r"found flowsim 0\.1\.0; allowed: flowsim 0\.0\.9"):
        run_block(old)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros((5, 50)), "a worker: found a flowsim of unknown version; allowed: flowsim 0"),
        (Answer(np.zeros((5, 50)), ("code 1",)), "a worker: found code 1; allowed: flowsim 0"),
    ],
)
def test_figures_of_another_version_are_not_kept(
    tmp_path: Path, answer: object, message: str
) -> None:
    """Of a worker so old that it takes the block and computes without a word."""

    class Late(ThreadPoolExecutor):
        n = 0

        def submit(self, *arguments: Any, **more: Any) -> Future[Any]:
            self.n += 1
            return super().submit(*arguments, **more) if self.n <= 3 else settled(answer)

    def settled(value: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(value)
        return future

    pool = Pool(Late(1), lambda: 1, "late")
    with pytest.raises(ResultsError, match=message):
        run_experiment(loaded(tmp_path, grid()), tmp_path / "out", replications=500, pool=pool)
    assert 0 < len(parts(tmp_path / "out")) <= 3
    with threads(1) as one:
        run_experiment(loaded(tmp_path, grid()), tmp_path / "serial", replications=500, pool=one)
    kept, all_of_them = all_values(tmp_path / "out"), all_values(tmp_path / "serial")
    assert len(kept.merge(all_of_them)) == len(kept)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_without_workers_is_told_and_goes_on_with_new_ones(
    tmp_path: Path,
    a_cluster: tuple[str, list[subprocess.Popen[str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.2)
    address, processes = a_cluster
    told: list[str] = []

    def kill_all(done: int, total: int) -> None:
        if done > 0 and not told:
            for worker in processes[1:3]:
                worker.kill()
                worker.wait()

    def tell(sentence: str) -> None:
        told.append(sentence)
        if len(told) == 1:
            processes.append(a_worker(address, tmp_path / "new"))

    with cluster(address, tell) as pool:
        table = run_experiment(
            loaded(tmp_path, grid()),
            tmp_path / "out",
            replications=600,
            pool=pool,
            progress=kill_all,
        ).summary()
    first, *_, last = told
    assert re.fullmatch(
        r"--dask: tcp.*: all workers are gone; waiting 6 hours for others .*", first
    )
    assert last == f"--dask: {address}: there are workers again"
    with threads(1) as one:
        serial = run_experiment(
            loaded(tmp_path, grid()), tmp_path / "serial", replications=600, pool=one
        ).summary()
    pd.testing.assert_frame_equal(table, serial)


def test_without_workers_for_hours_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours count from the moment that the last one went; each loss is told once."""
    now, n_threads, told = [0.0], [4], list[str]()
    monkeypatch.setattr(executors.time, "monotonic", lambda: now[0])  # type: ignore[attr-defined]

    class Client:
        def nthreads(self) -> dict[str, int]:
            return {"tcp://a:1": n_threads[0]} if n_threads[0] else {}

    workers = executors._Workers(Client(), "tcp://a:1", told.append)
    for hour, n, size, n_told in [(0, 4, 4, 0), (1, 0, 1, 1), (6, 0, 1, 1), (6.9, 2, 2, 2)]:
        now[0], n_threads[0] = hour * 3600, n
        assert (workers.count(), len(told)) == (size, n_told), hour
    for hour in (8, 13.9):
        now[0], n_threads[0] = hour * 3600, 0
        assert workers.count() == 1
    now[0] = 14 * 3600
    with pytest.raises(ResultsError, match="no workers for 6 hours; what is finished is kept"):
        workers.count()
    assert len(told) == 3


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:9",
        "tls://127.0.0.1:9",
        "http://127.0.0.1:9",
        "ucx://127.0.0.1:9",
        "inproc://x",
        "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:abc",
        "tcp://[::1",
        "nonsense",
        "",
    ],
)
@pytest.mark.filterwarnings("default")
def test_no_scheduler_is_one_clear_line(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("flowsim.study.executors.CONNECT_SECONDS", 0.2)
    message = rf'--dask: "{re.escape(address)}": no scheduler of Dask answers \(.+\); allowed: .*'
    with pytest.raises(ResultsError) as raised, cluster(address):
        pass
    assert re.fullmatch(message, str(raised.value))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("scheme", ["tcp", "ws"])
def test_another_server_at_that_port_is_one_clear_line(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("flowsim.study.executors.CONNECT_SECONDS", 1)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"{scheme}://127.0.0.1:{server.server_port}"
        with pytest.raises(ResultsError, match="no scheduler of Dask answers"), cluster(address):
            pass
        server.shutdown()


def test_a_wrong_address_ends_the_command_with_2(tmp_path: Path) -> None:
    """Of a kind that Dask's client begins to connect to and then cannot even close."""
    pytest.importorskip("distributed")
    ended = subprocess.run(
        [*command(written(tmp_path, grid()), tmp_path / "out"), "--dask", "tls://127.0.0.1:9"],
        capture_output=True,
        encoding="utf-8",
    )
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stderr.startswith('--dask: "tls://127.0.0.1:9": no scheduler of Dask answers (TLS')


def test_without_distributed_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ResultsError, match=r"pip install 'flowsim\[cluster\]'"), cluster("x:1"):
        pass


def test_a_block_needs_nothing_but_itself(tmp_path: Path) -> None:
    """It is pickled, and run where no file of ours is."""
    import pickle

    task = running.task_of(loaded(tmp_path, grid()), loaded(tmp_path, grid()).points[1], "kernel")
    (tmp_path / "desk.toml").unlink()
    block = pickle.loads(pickle.dumps(Block(task, 5, 3)))
    answer, more = run_block(block), run_block(Block(task, 0, 8))
    assert answer.figures.tolist() == more.figures[:, 5:].tolist()
    assert block.task.hash == task.hash


# The page

PAGE = (ROOT / "docs" / "experiments.md").read_text("utf-8")


EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_page_load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "example.toml"
    whole = text if "[experiment]" in text else EXAMPLES[0] + text
    path.write_text(whole.replace('"../scenarios', f'"{ROOT}/scenarios'))
    assert len(load_experiment(path).points) >= 3


def test_the_page_has_every_key() -> None:
    schema = json_schema()
    for table in [schema, *schema["$defs"].values()]:
        for key in table.get("properties", {}):
            assert re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", PAGE), key


def test_the_faults_of_the_page(tmp_path: Path) -> None:
    example = EXAMPLES[0]
    path = tmp_path / "coaches.toml"
    told = re.findall(r"^coaches\.toml:.*$", PAGE, re.M)
    found = []
    for old, new in (("coaching.staff", "coachng.staff"), ("4.5, 5.5", "-4.5, 5.5")):
        text = example.replace(old, new).replace("baseline = 4.5", "")
        path.write_text(text.replace('"../scenarios', f'"{ROOT}/scenarios'))
        with pytest.raises(ScenarioError) as error:
            load_experiment(path)
        found += [str(fault).removeprefix(f"{tmp_path}/") for fault in error.value.faults]
    assert found == told


def test_drawn_whole_numbers_may_give_one_point_twice(tmp_path: Path) -> None:
    """Eight draws of 1, 2 or 3: a scenario that comes twice is run once, and told twice."""
    text = (
        HEAD
        + """
design = "lhs"
n = 8
replications = 120
[[factors]]
name = "clerks"
key = "teams.clerks.staff.clerk.fte"
low = 1
high = 3
whole = true
"""
    )
    results = run_experiment(loaded(tmp_path, text), tmp_path / "out")
    table = results.summary()
    waits = table[table.kpi == "desk.wait.mean"]
    assert len(waits) == 8
    assert waits.groupby("clerks")["mean"].nunique().tolist() == [1, 1, 1]
    parts = pd.read_parquet(tmp_path / "out" / "parts")
    assert not parts.duplicated(["point", "replication", "kpi"]).any()
    assert len(parts.point.unique()) == 3
