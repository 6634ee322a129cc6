"""Proofs that take too long for every run of the tests: done once, by this script.

python tests/proofs.py          # those whose inputs have changed since they were last done
python tests/proofs.py --all

A proof is a test with the mark `proof`; `pytest` leaves it out, `pytest --proofs` does not. What
has been done stands in proofs.json with a hash of the code that it rests on, which `test_proofs.py`
compares with the code as it is. Comments, docstrings and layout do not count.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

TESTS = Path(__file__).parent
ROOT = TESTS.parent
DONE = TESTS / "proofs.json"

ENGINE = ("flowsim/engine", "flowsim/scenario/distributions.py")
FIGURES = ("flowsim/analysis/kpis.py", "flowsim/analysis/visits.py", "flowsim/analysis/samples.py")
STATISTICS = ("flowsim/analysis/statistics.py", "flowsim/analysis/comparison.py")
FOLDERS = tuple(f"flowsim/study/{name}.py" for name in ("store", "workplaces", "renaming", "kinds"))

GENERATOR = ("tests/generate", "flowsim/scenario/schema.py")

# What each file of proofs rests on beside itself.
INPUTS: dict[str, tuple[str, ...]] = {
    "test_benchmark.py": ("experiments/benchmark", *ENGINE),
    "test_calibrating.py": (
        *("flowsim/analysis/posterior.py", "flowsim/analysis/identified.py"),
        "flowsim/study/calibrating.py",
    ),
    "test_comparison.py": (*ENGINE, *FIGURES, *STATISTICS, "experiments/coverage"),
    "test_cost.py": ("flowsim/scenario/cost.py", "flowsim/scenario/expected_visits.py"),
    "test_engines_agree.py": (*ENGINE, *GENERATOR),
    "test_exchange.py": FOLDERS,
    "test_experiments.py": (*FIGURES, "flowsim/study/experiment"),
    "test_generate.py": GENERATOR,
    "test_generated_turns.py": (*ENGINE, *GENERATOR),
    "test_invariants.py": (*ENGINE, *FIGURES, *GENERATOR),
    "test_kept_code.py": tuple(
        f"flowsim/engine/{name}.py" for name in ("kept_code", "jit", "compiled_model")
    ),
    "test_selection.py": ("flowsim/analysis/selection.py", *STATISTICS),
    "test_sensitivity.py": (
        *("flowsim/study/experiment/designs.py", "flowsim/study/experiment/indices.py"),
        "flowsim/study/experiment/sensitivity.py",
    ),
    "test_theory_agreement.py": (*ENGINE, "flowsim/analysis/theory.py", "tests/theory_scenarios"),
    "test_uncompiled.py": (*ENGINE, "flowsim/analysis/kpis.py", "tests/traces", "tests/mutants"),
}


def files_of(name: str) -> Iterator[Path]:
    """List the files with proofs, and what they rest on, in order."""
    for path in (TESTS / name, *(ROOT / part for part in INPUTS[name])):
        kinds = ("*.py", "*.toml")
        yield from (
            sorted(p for kind in kinds for p in path.rglob(kind)) if path.is_dir() else [path]
        )


def hash_of(name: str) -> str:
    """Return what changes when a file of proofs, or anything that it rests on, does."""
    digest = hashlib.sha256()
    for path in files_of(name):
        digest.update(f"{path.relative_to(ROOT).as_posix()}\n{_meaning(path)}\n".encode())
    return digest.hexdigest()[:16]


def _meaning(path: Path) -> str:
    """Return a file without comments, docstrings and layout, the same in every Python."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return text
    lines = text.splitlines()
    for token in tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for first, last in _docstrings(ast.parse(text)):
        lines[first - 1 : last] = [""] * (last - first + 1)
    return " ".join(" ".join(lines).split())


def _docstrings(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """List the lines of all docstrings, the first and the last of each."""
    holder = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, holder) and ast.get_docstring(node) is not None:
            yield node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno


def done() -> dict[str, dict[str, object]]:
    """Return what has been done: for each file its hash, and how many proofs it held."""
    kept: dict[str, dict[str, object]] = (
        json.loads(DONE.read_text("utf-8")) if DONE.exists() else {}
    )
    return kept


def prove(name: str) -> int:
    """Run the proofs of a file; return how many there are.

    Raises
    ------
    SystemExit
        If one fails, or there is none.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["--proofs", "-m", "proof", "-q", "--dist", "load", f"--junitxml={report}"]
        line = [sys.executable, "-m", "pytest", *options, str(TESTS / name)]
        if code := subprocess.run(line, cwd=ROOT).returncode:
            raise SystemExit(code)
        (suite,) = ElementTree.parse(report).getroot()
        return int(suite.attrib["tests"])


def main() -> None:
    """Run what has to be run, and keep what has been proved at once, file by file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true", help="also those that have been done")
    is_all = parser.parse_args().all
    for name in INPUTS:
        now, kept = hash_of(name), done()
        if not is_all and kept.get(name, {}).get("inputs") == now:
            print(f"{name}: done before")
            continue
        kept[name] = {"inputs": now, "proofs": prove(name)}
        text = json.dumps({name: kept[name] for name in INPUTS if name in kept}, indent=2)
        DONE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
