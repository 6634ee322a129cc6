"""Runs every question file beside it, and writes its answers into README.md and LÄSMIG.md.

python experiments/answers.py            # what is finished under results/ is not run again
python experiments/answers.py --check    # writes nothing; fails where a page would change
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.progress import track

from flowsim.letters import shown
from flowsim.report.experiment_paper.paper import ExperimentPaper
from flowsim.report.experiment_paper.result import answer_text
from flowsim.study.executors import threads
from flowsim.study.experiment.loading import Experiment, load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import default_folder, run_experiment

HERE = Path(__file__).parent
PAGES = {"en": HERE / "README.md", "sv": HERE / "LÄSMIG.md"}
BEGIN, END = "<!-- answers -->", "<!-- end of answers -->"
HEADS = {
    "en": "| Question | Answer | Rests on |",
    "sv": "| Fråga | Svar | Vilar på |",
}
MARKS = {
    "en": {"stated": "Stated", "derived": "Derived", "assumed": "Assumed"},
    "sv": {"stated": "Angivet", "derived": "Härlett", "assumed": "Antaget"},
}


def questions() -> list[Path]:
    """List the files that hold a question with a number, in its order."""
    return sorted(HERE.glob("q*.toml"))


def cell(text: str) -> str:
    """Write a text so that it stays in a cell of a table."""
    return " ".join(shown(text).split()).replace("|", "\\|")


def rests_on(experiment: Experiment) -> str:
    """List what an answer rests on, by mark."""
    answer = experiment.file.answer
    marks = MARKS[experiment.language]
    found = [(name, getattr(answer.rests_on, mark)) for mark, name in marks.items()]
    return "<br>".join(f"*{name}:* {cell('; '.join(inputs))}" for name, inputs in found if inputs)


def row(path: Path, results: ExperimentResults, language: str) -> str:
    """Write the row of a question."""
    told = load_experiment(path, language)
    broken = results.broken_claims()
    if broken:
        raise SystemExit(f"{path.name}: does not hold: {'; '.join(broken)}")
    paper = ExperimentPaper(replace(results, experiment=told))
    head, answer = told.file.experiment, cell(answer_text(paper))
    asked = f"[{head.question}]({path.name}) {cell(head.title)}<br>*{cell(head.source)}*"
    return f"| {asked} | {answer} | {rests_on(told)} |"


def rows(paths: list[Path], language: str, found: dict[Path, ExperimentResults]) -> Iterator[str]:
    """Give the lines of the table."""
    yield HEADS[language]
    yield "|---|---|---|"
    for path in paths:
        yield row(path, found[path], language)


def page(old: str, lines: list[str]) -> str:
    """Put the table into a page."""
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}"


def run(path: Path) -> ExperimentResults:
    """Run a question as far as it is not run yet."""
    experiment = load_experiment(path)
    with threads(None) as pool:
        return run_experiment(experiment, default_folder(experiment), pool=pool)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; compare")
    is_check = parser.parse_args().check
    os.chdir(HERE.parent)
    paths = questions()
    found = {path: run(path) for path in track(paths, "questions")}
    changed = []
    for language, target in PAGES.items():
        old = target.read_text("utf-8")
        new = page(old, list(rows(paths, language, found)))
        if new != old:
            changed.append(target.name)
            if not is_check:
                target.write_text(new, "utf-8")
    for name in changed:
        print(f"{name}: {'differs' if is_check else 'written'}")
    return int(is_check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
