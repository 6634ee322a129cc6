"""What a command writes into: never what is not flowsim's, and nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from commands import separate
from typer.testing import CliRunner, Result

import flowsim
from flowsim import FlowsimError, ResultsError
from flowsim.cli.commands import app

DESK = """
scenario = { title = "One desk", language = "sv" }
run = { start = 2025-01-01, until = 2025-12-31, replications = 12 }
referrals.all = { to = "desk", rate = "2 per week" }
teams.team = { places = 1, cost_per_place = 100000 }
steps.desk = { team = "team", length_of_stay = "2 days", next = { done = 1.0 } }
exits.done = "Done"
"""
PLACES = """
[experiment]
title = "Places"
base = "desk.toml"
design = "one_at_a_time"
kpis = ["desk.wait.mean"]
replications = 4
[[factors]]
name = "places"
key = "teams.team.places"
baseline = 1
values = [1, 2]
"""
SEARCH = ("--over", "teams.team.places=1:2:1", "--minimise", "teams.team.places")
LIMIT = ("--subject-to", "desk.wait.mean <= 52 weeks", "--max-replications", "20")
COMMANDS = {
    "run": ("run", "desk.toml", "--events", "--out"),
    "comparison": ("compare", "desk.toml", "--set", "teams.team.places=2", "--out"),
    "search": ("find", "desk.toml", *SEARCH, *LIMIT, "--out"),
    "warm-up": ("warmup", "desk.toml", "--length", "2 years", "--replications", "10", "--out"),
    "figures": ("figures", "a run", "--format", "png", "--out"),
    "experiment": ("experiment", "places.toml", "--out"),
}
IN_PLACE = {"parts", ".lock", "tornado-desk.wait.mean.svg", "tornado-desk.wait.mean.csv"}


def command(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refusal(*words: object) -> str:
    """Return the message with which a command is refused, as `main` prints it before code 2."""
    ended = command(*words)
    assert isinstance(ended.exception, FlowsimError), ended.output
    return str(ended.exception)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "desk.toml").write_text(DESK, encoding="utf-8")
    (tmp_path / "places.toml").write_text(PLACES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run_there(here: Path) -> Path:
    return flowsim.run(flowsim.load("desk.toml"), replications=2).save(here / "a run")


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_is_not_of_flowsim_is_refused(run_there: Path, kind: str) -> None:
    """A web project has a manifest.json as well."""
    web = run_there.parent / "web"
    (web / "src").mkdir(parents=True)
    (web / "src" / "index.js").write_text("years of work")
    assert "web: is a folder with other files in it, such as src" in refusal(*COMMANDS[kind], "web")
    (web / "manifest.json").write_text('{"name": "PWA", "icons": [], "figures": [1]}')
    message = refusal(*COMMANDS[kind], "web")
    assert "web: is a folder with other files in it, such as manifest.json; name a new" in message
    assert (web / "src" / "index.js").read_text() == "years of work"
    assert sorted(os.listdir(web)) == ["manifest.json", "src"]


def test_the_exit_code_is_2(here: Path) -> None:
    (here / "web").mkdir()
    (here / "web" / "manifest.json").write_text('{"name": "PWA"}')
    ended = separate("run", "desk.toml", "--out", "web")
    assert ended.returncode == 2
    assert "till exempel manifest.json" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_every_kind_goes_only_where_it_may(run_there: Path) -> None:
    """Each writes its folder again, with a file of the user's in it; of another kind it is refused.

    The names that a kind may take away are those that it writes, of which a kind is told apart also
    in folders of before manifests said their kind.
    """
    from flowsim.study.kinds import KINDS, kind_of_folder

    assert KINDS.keys() == COMMANDS.keys()
    for kind, words in COMMANDS.items():
        folder = run_there.parent / kind
        ended = command(*words, folder)
        assert ended.exit_code == 0, ended.output
        (folder / "notes.txt").write_text("mine")
        written = set(os.listdir(folder)) - {"notes.txt"}
        known = KINDS[kind].replaced | set(KINDS[kind].later)
        assert written <= known | (IN_PLACE if kind == "experiment" else set()), kind
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        assert list(manifest)[:2] == ["kind", "flowsim"]
        assert manifest.pop("kind") == kind
        if kind in ("figures", "warm-up"):  # whose manifests had no version either
            del manifest["flowsim"]
        (folder / "manifest.json").write_text(json.dumps(manifest))
        assert kind_of_folder(folder) == KINDS[kind]
        assert command(*words, folder).exit_code == 0
        assert (folder / "notes.txt").read_text() == "mine"
        for other, noun in ((other, KINDS[kind].noun) for other in COMMANDS if other != kind):
            before = sorted(os.listdir(folder))
            assert f"{kind}: holds {noun}, such as " in refusal(*COMMANDS[other], folder)
            assert sorted(os.listdir(folder)) == before
    assert not list(run_there.parent.glob(".*"))
    needed = "holds figures; flowsim report needs a run, a comparison, an experiment, a search or a"
    assert needed in refusal("report", "figures")


def test_an_earlier_run_is_exchanged_and_what_is_not_written_anew_is_told(run_there: Path) -> None:
    folder = run_there
    assert command("run", "desk.toml", "--out", folder, "--events", "--quiet").exit_code == 0
    for name in ("notes.txt", "report.docx", "kpis.csv"):
        (folder / name).write_text("mine")
    (folder / "figures").mkdir()
    (folder / "figures" / "sketch.svg").write_text("mine")
    ended = command("run", "desk.toml", "--out", folder, "--replications", 3, "--no-report")
    assert ended.exit_code == 0, ended.output
    told = "Kvar från den tidigare körningen: report.html, report.docx, figures"
    assert told in ended.output
    assert not (folder / "events.parquet").exists(), "events of other replications"
    ended = command("run", "--extend", folder, "--replications", 5)
    assert "Kvar från den tidigare körningen: report.docx, figures" in ended.output
    for name in ("notes.txt", "report.docx", "kpis.csv", "figures/sketch.svg"):
        assert (folder / name).read_text() == "mine"
    quiet = command("run", "--extend", folder, "--replications", 6, "--quiet")
    assert quiet.output == ""
    flowsim.run(flowsim.load("desk.toml"), replications=2).save(folder)
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["search", "warm-up"])
def test_a_report_of_an_earlier_search_or_warm_up_is_told_of(here: Path, kind: str) -> None:
    assert command(*COMMANDS[kind], "out").exit_code == 0
    (here / "out" / "report.docx").write_text("mine")
    ended = command(*COMMANDS[kind], "out")
    assert ended.exit_code == 0, ended.output
    assert "Kvar från den tidigare körningen: report.docx" in ended.output
    assert (here / "out" / "report.docx").read_text() == "mine"


def test_the_working_folder_and_a_folder_with_a_files_name_are_refused(
    run_there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run_there / "events.parquet").mkdir()
    assert "events.parquet: is a folder" in refusal("run", "desk.toml", "--out", run_there)
    (run_there / "events.parquet").rmdir()
    monkeypatch.chdir(run_there)
    assert "is the working folder" in refusal("run", "../desk.toml", "--out", ".")


def test_an_experiment_keeps_what_only_looks_temporary(here: Path) -> None:
    assert command(*COMMANDS["experiment"], "out").exit_code == 0
    (here / "out" / "notes.tmp").write_text("mine")
    (here / "out" / "parts" / "mine.tmp").write_text("mine")
    assert command(*COMMANDS["experiment"], "out").exit_code == 0
    assert (here / "out" / "notes.tmp").read_text() == "mine"
    assert (here / "out" / "parts" / "mine.tmp").read_text() == "mine"


def test_the_users_umask_holds_for_folders_and_files(here: Path) -> None:
    """And the rights of a folder that is there are those of what takes its place."""
    for mask, of_folder, of_file in ((0o077, 0o700, 0o600), (0o002, 0o775, 0o664)):
        before = os.umask(mask)
        try:
            folder = flowsim.run(flowsim.load("desk.toml"), replications=2).save(f"{mask}")
            assert command(*COMMANDS["experiment"], f"x{mask}", "--quiet").exit_code == 0
        finally:
            os.umask(before)
        for path in (folder, *folder.rglob("*"), Path(f"x{mask}"), *Path(f"x{mask}").rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (of_folder if path.is_dir() else of_file), path
    folder.chmod(0o750)
    flowsim.run(flowsim.load("desk.toml"), replications=2).save(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_names_that_can_be_foreseen_lead_nowhere(run_there: Path) -> None:
    """Links that somebody put where temporary files would be are not written through."""
    victim, here = run_there.parent / "victim", run_there.parent
    victim.write_text("years of work")
    (here / "x" / "parts").mkdir(parents=True)
    end = os.getpid()
    for folder, name in (
        (run_there, f".report.docx.{end}"),
        (here, f".new.toml.{end}"),
        (here, f".log.csv.{end}"),
        (here / "x", f".points.parquet.{end}.tmp"),
        (here / "x", f".manifest.json.{end}.tmp"),
    ):
        (folder / name).symlink_to(victim)
    assert command("report", run_there, "--format", "docx").exit_code == 0
    assert command("new", "new").exit_code == 0
    assert command("export", run_there, "--format", "csv", "--out", "log.csv").exit_code == 0
    assert command(*COMMANDS["experiment"], "x").exit_code == 0
    assert victim.read_text() == "years of work"
    (here / "y" / "parts").mkdir(parents=True)
    (here / "y" / ".lock").symlink_to(victim)
    with pytest.raises(ResultsError, match="y: cannot be written"):
        flowsim_experiment("y")
    assert victim.read_text() == "years of work"


def flowsim_experiment(folder: str) -> None:
    from flowsim.study.experiment.loading import load_experiment
    from flowsim.study.experiment.running import run_experiment

    run_experiment(load_experiment("places.toml"), folder)


def test_a_report_takes_its_form_from_the_ending(run_there: Path) -> None:
    for out, starts in (
        ("r.docx", b"pk"),
        ("r.xlsx", b"pk"),
        ("r.json", b"{\n"),
        ("r.HTML", b"<!"),
    ):
        assert command("report", run_there, "--out", out).exit_code == 0
        assert Path(out).read_bytes().lstrip()[:2].lower() == starts
    pytest.importorskip("weasyprint")
    assert command("report", run_there, "--out", "r.pdf").exit_code == 0
    assert Path("r.pdf").read_bytes()[:5] == b"%PDF-"


def test_an_ending_that_is_none_or_another_is_told(run_there: Path) -> None:
    before = sorted(os.listdir())
    assert (
        refusal("report", run_there, "--out", "r.txt")
        == "--out: found r.txt; allowed: a file that ends in .html, .pdf, .docx, .xlsx, .json"
    )
    for words in (("--out", "desk.toml"), ("--out", "desk.toml", "--format", "html")):
        assert "--out: found desk.toml; allowed: a file" in refusal("report", run_there, *words)
    assert (
        refusal("report", run_there, "--out", "r.html", "--format", "docx")
        == "--out: found r.html with --format docx; allowed: --format html"
    )
    assert (
        refusal("export", run_there, "--format", "xes", "--out", "log.csv")
        == "--out: found log.csv with --format xes; allowed: --format csv"
    )
    assert sorted(os.listdir()) == before
    assert command("report", run_there, "--out", "r", "--format", "html").exit_code == 0
