"""The commands as a user meets them: what they print, what they write, how they end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from commands import Ended, separate
from commands import flowsim_command as flowsim

from flowsim.cli.commands import app

SCENARIO = """
scenario.title = "One desk <script>alert(1)</script>"
run = { start = 2025-01-01, until = 2025-12-31, replications = 5 }
referrals.all = { to = "desk", rate = "2 per week" }
teams.team = { places = 1, cost_per_place = 100000 }
steps.desk = { team = "team", length_of_stay = "2 days", next = { done = 1.0 } }
exits.done = "Done"
outcomes.completed = ["done"]
observed.2025."participants" = { value = 104 }
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def assert_refused(ended: Ended, *parts: str) -> None:
    """One clear message, exit code 2, no traceback."""
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    for part in parts:
        assert part in ended.stderr


def test_run_prints_tables_and_writes_a_whole_folder(desk: Path) -> None:
    ended = separate("run", desk.name, cwd=desk.parent, COLUMNS="200")
    assert ended.returncode == 0, ended.stderr
    for text in (
        "One desk <script>",
        "Load of each team",
        "Waiting in the whole run",
        "What was observed beside what is simulated",
    ):
        assert text in ended.stdout
    folders = list((desk.parent / "results").iterdir())
    assert [folder.name.split("-")[0] for folder in folders] == ["desk"]
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == [
        "kpis.parquet",
        "manifest.json",
        "report.html",
        "series.parquet",
        "summary.csv",
    ]
    manifest = json.loads((folders[0] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario_text"] == SCENARIO
    assert (manifest["seed"], manifest["replications"]) == (1, 5)


def test_json_is_one_object_with_the_promised_shape(desk: Path) -> None:
    ended = flowsim("run", desk, "--json", "--out", "out", cwd=desk.parent)
    found = json.loads(ended.stdout)
    assert list(found) == ["scenario", "seed", "replications", "engine", "kpis"]
    assert found["scenario"] == "desk"
    wait = found["kpis"]["desk.wait.mean"]
    assert list(wait) == ["mean", "std_error", "lower", "upper", "unit"]
    assert wait["unit"] == "days"
    assert wait["lower"] < wait["mean"] < wait["upper"]
    kpis = pd.read_parquet(desk.parent / "out" / "kpis.parquet")
    rows = kpis[(kpis["kpi"] == "desk.wait.mean") & (kpis["period"] == "run")]
    everybody = rows[rows["group"] == "all"]
    assert list(kpis.columns) == ["replication", "period", "group", "kpi", "value"]
    started = kpis[(kpis["kpi"] == "desk.started") & (kpis["period"] == "run")]
    n = started.loc[started["group"] == "all", "value"].to_numpy()
    assert (everybody["value"].to_numpy() * n).sum() / n.sum() == pytest.approx(wait["mean"])


def test_the_same_run_gives_the_same_figures(desk: Path) -> None:
    runs = [
        flowsim("run", desk, "--json", "--seed", seed, "--out", f"out{n}", cwd=desk.parent).stdout
        for n, seed in enumerate((3, 3, 4))
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_set_changes_a_value_for_this_run(desk: Path) -> None:
    runs = [
        json.loads(flowsim("run", desk, "--json", *more, cwd=desk.parent).stdout)
        for more in ((), ("--set", "teams.team.places=3"))
    ]
    places = [run["kpis"]["team.places.mean"]["mean"] for run in runs]
    assert places == [1.0, 3.0]


def test_events_are_kept_when_asked_for(desk: Path) -> None:
    flowsim("run", desk, "--quiet", "--events", "--out", "out", cwd=desk.parent)
    events = pd.read_parquet(desk.parent / "out" / "events.parquet")
    assert set(events["replication"]) == {0, 1, 2, 3, 4}
    assert (events["event"] == "referred").sum() > 400


def test_quiet_prints_nothing(desk: Path) -> None:
    ended = flowsim("run", desk, "--quiet", cwd=desk.parent)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_check_names_every_file_and_its_faults(desk: Path) -> None:
    bad = desk.parent / "bad.toml"
    bad.write_text(SCENARIO.replace("done = 1.0", "done = 0.97"), encoding="utf-8")
    ended = flowsim("check", desk.name, bad.name, cwd=desk.parent)
    assert ended.returncode == 2
    assert "desk.toml: no faults" in ended.stdout
    # 2 a week for 2 days each keep 4/7 of the one place busy.
    assert "Team: 104 come a year and 183 can start (load 57%); has room\n" in ended.stdout
    assert ended.stderr.startswith("bad.toml:6: steps.desk.next: found shares that sum to 0.97")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (bytes(range(256)), "bad.toml: found "),
        (b"this is no toml", "bad.toml:1: found what is no TOML"),
    ],
)
def test_files_that_are_no_scenarios_are_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    assert_refused(flowsim("run", "bad.toml", cwd=tmp_path), message)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


@pytest.mark.parametrize(
    ("found", "put", "message"),
    [
        ('length_of_stay = "2 days"', "length_of_stay = 2", "steps.desk.length_of_stay"),
        ("places = 1", "places = -1", "teams.team.places"),
        ("places = 1", "places = nan", "teams.team.places"),
        ("2 per week", "1e12 per year", "referrals.all.rate"),
        ('to = "desk"', 'to = "dekk"', 'did you mean "desk"?'),
        ("replications = 5", "replicatoins = 5", 'did you mean "replications"?'),
        ('rate = "2 per week"', 'file = "absent.csv"', "absent.csv"),
    ],
)
def test_faults_of_a_scenario_are_refused(desk: Path, found: str, put: str, message: str) -> None:
    desk.write_text(SCENARIO.replace(found, put), encoding="utf-8")
    assert_refused(flowsim("run", desk.name, cwd=desk.parent), message)
    assert not (desk.parent / "results").exists()


def test_missing_file_and_unknown_option_are_refused(tmp_path: Path) -> None:
    assert_refused(flowsim("run", "absent.toml", cwd=tmp_path), "absent.toml")
    assert_refused(flowsim("run", "absent.toml", "--replicatoins", "3", cwd=tmp_path))


def test_unknown_engine_is_refused(desk: Path) -> None:
    assert_refused(flowsim("run", desk, "--engine", "magic", cwd=desk.parent), "magic", "simpy")
    assert sorted(path.name for path in desk.parent.iterdir()) in (
        ["desk.toml"],
        ["desk.toml", "results"],
    )


def test_a_folder_that_cannot_be_written_is_named(desk: Path) -> None:
    (desk.parent / "out").write_text("a file", encoding="utf-8")
    assert_refused(flowsim("run", desk, "--out", "out", cwd=desk.parent), "out: is a file")
    assert_refused(flowsim("run", desk, "--out", "out/below", cwd=desk.parent), "cannot be written")
    assert_refused(flowsim("run", desk, "--out", "/proc/x/y", cwd=desk.parent), "cannot be written")


def test_other_files_in_the_output_folder_are_never_touched(desk: Path) -> None:
    folder = desk.parent / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert_refused(flowsim("run", desk, "--out", "mine", cwd=desk.parent), "other files")
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_results_are_replaced_as_a_whole(desk: Path) -> None:
    for replications in ("2", "3"):
        flowsim("run", desk, "--replications", replications, "--out", "out", cwd=desk.parent)
    manifest = json.loads((desk.parent / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["replications"] == 3
    assert sorted(path.name for path in desk.parent.iterdir()) == ["desk.toml", "out"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_nothing(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full is told in one line; no folder is left half-written."""
    import errno

    from flowsim import ResultsError, load, run
    from flowsim.study import results as module

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    results = run(load(desk), replications=2)
    monkeypatch.setattr(module.manifest, "write_manifest", full)
    with pytest.raises(ResultsError, match="out: cannot be written: no space left on device"):
        results.save(desk.parent / "out")
    assert [path.name for path in desk.parent.iterdir()] == ["desk.toml"]


def interrupted(desk: Path, seconds: float, *options: str) -> tuple[int, str]:
    """Start a run far too long, press Ctrl-C some time after it began, and see how it ends."""
    command = [sys.executable, "-m", "flowsim.cli", "run", desk.name, *options, "--out", "out"]
    command.append("--force")  # on a slow machine it is predicted to take over an hour
    process = subprocess.Popen(command, cwd=desk.parent, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while len(list(desk.parent.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.1)  # the temporary folder appears when the run begins
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    return process.returncode, errors


def test_ctrl_c_keeps_what_is_finished_and_it_can_be_gone_on_with(desk: Path) -> None:
    for seconds in (1, 4, 16):  # on a busy machine nothing may be finished yet
        code, errors = interrupted(desk, seconds, "--replications", "1000000")
        assert code == 130
        if "nothing was written" not in errors:
            break
    assert "replications are kept. To go on: flowsim run --extend out" in errors
    assert sorted(path.name for path in desk.parent.iterdir()) == ["desk.toml", "out"]
    kept = json.loads((desk.parent / "out" / "manifest.json").read_text())["replications"]
    assert 0 < kept < 1_000_000
    more = str(kept + 5)
    assert (
        flowsim("run", "--extend", "out", "--replications", more, cwd=desk.parent).returncode == 0
    )
    at_once = flowsim("run", desk.name, "--replications", more, "--out", "new", cwd=desk.parent)
    assert at_once.returncode == 0
    one, other = (pd.read_parquet(desk.parent / name / "kpis.parquet") for name in ("out", "new"))
    pd.testing.assert_frame_equal(one, other)


def test_ctrl_c_before_anything_is_finished_leaves_nothing(desk: Path) -> None:
    long = ("--engine", "simpy", "--set", "run.until=2800-12-31")
    code, errors = interrupted(desk, 0.5, *long)
    assert code == 130
    assert errors.endswith("stopped; nothing was written\n")
    assert [path.name for path in desk.parent.iterdir()] == ["desk.toml"]


def test_precision_on_the_command_line(desk: Path) -> None:
    ended = flowsim("run", desk.name, "--precision", "referred=0.05", "--out", "o", cwd=desk.parent)
    assert ended.returncode == 0, ended.stderr
    manifest = json.loads((desk.parent / "o" / "manifest.json").read_text())
    assert manifest["precision"]["reached"] <= 0.05 / 1.05
    assert manifest["replications"] % 10 == 0
    most = ("--precision", "referred=0.0001", "--replications", "20")
    assert flowsim("run", desk.name, *most, "--out", "o", cwd=desk.parent).returncode == 0
    assert json.loads((desk.parent / "o" / "manifest.json").read_text())["replications"] == 20
    for faulty in ("referred", "referred=much", "referred=2"):
        assert_refused(flowsim("run", desk.name, "--precision", faulty, cwd=desk.parent), "allowed")
    assert_refused(
        flowsim("run", desk.name, "--precision", "refered=0.1", cwd=desk.parent), "did you"
    )


def test_extend_refuses_what_does_not_go_with_it(desk: Path) -> None:
    assert_refused(flowsim("run", cwd=desk.parent), "SCENARIO: found nothing")
    assert flowsim("run", desk.name, "--out", "o", cwd=desk.parent).returncode == 0
    for extra in (
        (),
        ("--replications", "9", "--seed", "2"),
        ("--replications", "5"),
        (desk.name,),
    ):
        assert_refused(flowsim("run", "--extend", "o", *extra, cwd=desk.parent), "replications")
    text = (desk.parent / "o" / "manifest.json").read_text()
    (desk.parent / "o" / "manifest.json").write_text(text.replace('"seed": 1', '"seed": 2'))
    again = flowsim("run", "--extend", "o", "--replications", "9", cwd=desk.parent)
    assert_refused(again, "was changed after the run")


def test_new_writes_a_scenario_that_runs_and_overwrites_nothing(tmp_path: Path) -> None:
    ended = flowsim("new", "mine", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert_refused(flowsim("new", "mine", cwd=tmp_path), "mine.toml: exists already")
    assert (tmp_path / "mine.toml").read_text(encoding="utf-8") == text
    ran = flowsim("run", "mine.toml", "--replications", "3", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_schema_accepts_the_scenario(desk: Path) -> None:
    import tomllib

    schema = json.loads(flowsim("schema", cwd=desk.parent).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(json.dumps(tomllib.loads(SCENARIO), default=str))
    jsonschema.validate(data, schema)


def test_every_option_has_an_example(tmp_path: Path) -> None:
    commands = [
        command.callback.__name__ for command in app.registered_commands if command.callback
    ]
    assert "compare" in commands
    for command in commands:
        text = flowsim(command, "--help", cwd=tmp_path, COLUMNS="300").stdout
        for option in re.split(r"\n  (?=--)", text)[1:]:
            words = " ".join(option.split())
            assert "Example: --" in words or option.startswith("--help"), option
        assert "Example: flowsim" in text


def test_new_on_a_full_or_missing_disk_leaves_nothing(tmp_path: Path) -> None:
    assert_refused(flowsim("new", "absent/mine", cwd=tmp_path), "cannot be written")
    assert_refused(flowsim("new", "..", cwd=tmp_path), "no name for a file")
    assert list(tmp_path.iterdir()) == []


def test_a_setting_takes_the_place_of_a_value_whose_provenance_is_finer() -> None:
    """Örebro's coaches are given, and marked, year by year; a single number replaces them."""
    ended = flowsim(
        "run",
        "scenarios/orebro.toml",
        *("--set", "teams.coaching.staff.coach.fte=6", "--replications", "2", "--json"),
        *("--out", os.devnull + "/x"),
        cwd=Path(__file__).parent.parent,
    )
    assert_refused(ended, "kan inte skrivas")  # nothing but the folder is at fault
    assert "provenance" not in ended.stderr.replace("ingen uppgift i [provenance]", "")


@pytest.mark.parametrize("stream", ["ascii", "latin-1"])
def test_a_terminal_that_cannot_show_a_letter_is_no_reason_to_fail(desk: Path, stream: str) -> None:
    ended = separate("run", desk, cwd=desk.parent, PYTHONIOENCODING=stream)
    assert ended.returncode == 0, ended.stderr


def main_after(code: str, *words: str, **environment: str) -> Ended:
    """Run a command in another process, in which some code has come first."""
    return subprocess.run(
        [sys.executable, "-c", f"{code}\nfrom flowsim.cli import main\nmain()", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=300,
    )


@pytest.mark.parametrize("module", ["typer", "flowsim.cli.compare", "flowsim.scenario.loading"])
def test_ctrl_c_while_everything_is_being_loaded_ends_cleanly(desk: Path, module: str) -> None:
    code = (
        "import sys\n"
        "class Stops:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stops())"
    )
    ended = main_after(code, "check", str(desk))
    assert (ended.returncode, ended.stderr) == (130, "")


def test_nothing_but_ctrl_c_is_told_as_aborted(desk: Path) -> None:
    """typer takes the end of a file that something reads for Ctrl-D."""
    code = (
        "from flowsim.scenario import loading\n"
        "def load(*_, **__): raise EOFError('Ran out of input')\n"
        "loading.load = load"
    )
    ended = main_after(code, "check", str(desk))
    assert ended.returncode == 1
    first, second = ended.stderr.splitlines()
    assert first == "flowsim: a fault of its own: RuntimeError: EOFError: Ran out of input"
    assert "FLOWSIM_TRACEBACK=1" in second
    shown = main_after(code, "check", str(desk), FLOWSIM_TRACEBACK="1")
    assert "Traceback" in shown.stderr


def test_out_of_memory_is_one_line(desk: Path) -> None:
    code = (
        "from flowsim.scenario import loading\n"
        "def load(*_, **__): raise MemoryError\n"
        "loading.load = load"
    )
    ended = main_after(code, "check", str(desk))
    assert_refused(ended, "out of memory: ")


def test_a_file_that_fails_is_not_told_as_standard_output(desk: Path) -> None:
    code = (
        "from flowsim.scenario import loading\n"
        "def load(*_, **__): raise OSError(5, 'Input/output error', 'some/file')\n"
        "loading.load = load"
    )
    ended = main_after(code, "check", str(desk))
    assert_refused(ended, "some/file: input/output error")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_a_full_standard_output_is_told_as_that(desk: Path) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "flowsim.cli", "check", str(desk)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
        )
    assert ended.returncode == 2
    assert ended.stderr == "standard output: cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_no_reason_to_fail(desk: Path, closed: str) -> None:
    line = f'"{sys.executable}" -m flowsim.cli check "{desk}" {closed}'
    ended = subprocess.run(
        ["sh", "-c", line], cwd=desk.parent, capture_output=True, text=True, timeout=300
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("command", ["report", "figures"])
def test_a_nonsensical_backend_of_matplotlib_stops_nothing(desk: Path, command: str) -> None:
    flowsim("run", desk.name, "--out", "out", "--no-report", "--quiet", cwd=desk.parent)
    ended = separate(command, "out", "--quiet", cwd=desk.parent, MPLBACKEND="nonsense")
    assert (ended.returncode, ended.stderr) == (0, "")
