"""The boards' questions: every file runs, its answer's words hold, and the pages tell them all."""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path

import pytest

from flowsim.report.experiment import ExperimentText, answer_lines
from flowsim.study.executors import threads
from flowsim.study.experiment.answer import Mention, parts_of
from flowsim.study.experiment.loading import Experiment, load_experiment
from flowsim.study.experiment.running import run_experiment

ROOT = Path(__file__).parent.parent
EXPERIMENTS = ROOT / "experiments"
QUESTIONS = sorted(EXPERIMENTS.glob("q*.toml"))
LEFT_OUT = {24, 49, 50, 53, 62, 73, 84}
NUMBERS = {*range(1, 56), *range(60, 69), *range(70, 75), *range(80, 85)} - LEFT_OUT
PAGES = {"en": EXPERIMENTS / "README.md", "sv": EXPERIMENTS / "LÄSMIG.md"}
PROPOSAL = re.compile(r"\b(bör|borde|föreslå\w*|rekommender\w*|should|ought|recommend\w*)\b", re.I)
FEW = 30


def number_of(path: Path) -> int:
    return int(path.name[1:3])


def test_every_question_has_a_file() -> None:
    assert [number_of(path) for path in QUESTIONS] == sorted(NUMBERS)


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_says_what_a_board_needs(path: Path) -> None:
    told = {language: load_experiment(path, language) for language in ("sv", "en")}
    for language, experiment in told.items():
        head, answer = experiment.file.experiment, experiment.file.answer
        assert head.question == f"Q{number_of(path):02}"
        assert head.source
        assert answer.holds, "nothing guards the words of the answer"
        assert "{" in answer.text, "no figure in the answer"
        assert answer.rests_on.stated + answer.rests_on.derived + answer.rests_on.assumed
        said = f"{head.title} {answer.text}"
        assert not PROPOSAL.search(said), f"{language}: a proposal for a decision"
    assert figures(told["sv"]) == figures(told["en"])
    assert told["sv"].title != told["en"].title
    assert told["sv"].file.answer.text != told["en"].file.answer.text


def figures(experiment: Experiment) -> list[str]:
    return sorted(re.findall(r"\{[^}]*\}", experiment.file.answer.text))


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_the_words_of_an_answer_hold(path: Path, tmp_path: Path) -> None:
    experiment = load_experiment(path)
    with threads(1) as pool:
        results = run_experiment(experiment, tmp_path / "out", replications=FEW, pool=pool)
    assert results.broken_claims() == ()
    for part in parts_of(experiment.file.answer.text):
        if isinstance(part, Mention):
            assert not isnan(results.figure(part).mean), part
    assert len(answer_lines(ExperimentText(results))) >= 2


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_the_pages_tell_the_answer(path: Path, language: str) -> None:
    """Its words are those of the file; the numbers are checked by `answers.py --check`."""
    experiment = load_experiment(path, language)
    (row,) = [line for line in PAGES[language].read_text("utf-8").splitlines() if path.name in line]
    assert experiment.title in row
    parts = re.split(r"\{[^}]*\}", " ".join(experiment.file.answer.text.split()))
    between = r"[^|]*".join(re.escape(part.replace("|", "\\|")) for part in parts)
    assert re.search(rf"\| {between} \|", row), "run experiments/answers.py"
    for mark in ("stated", "derived", "assumed"):
        for entry in getattr(experiment.file.answer.rests_on, mark):
            assert " ".join(entry.split()) in row


@pytest.mark.parametrize("language", PAGES)
def test_the_pages_say_what_is_left_out(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    assert {int(n) for n in re.findall(r"^\| Q(\d+) ", text, re.M)} == LEFT_OUT
