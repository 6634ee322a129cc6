"""Whether flowsim works with the lowest dependencies that pyproject.toml allows, and the newest.

`python tests/dependencies.py lowest` installs every requirement at its lower bound, `newest` each
at the newest version that pip finds, into a fresh virtual environment; constraints.txt plays no
part. Then it runs the tests that between them use every library as users do: TESTS, less the slow
ones. The exit code is 0 if they pass, 1 if they do not, 2 if the versions cannot be installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
EXTRAS = ("cluster", "import", "pdf", "test")
TESTS = (
    "test_cli.py",  # typer, rich
    "test_loading.py",  # tree-sitter, pydantic
    "test_schema.py",
    "test_public_api.py",
    "test_engines_agree.py",  # numba, numpy, simpy
    "test_samplers.py",  # scipy
    "test_export.py",  # pandas, pyarrow, xlsxwriter
    "test_sensitivity.py",  # SALib
    "test_figures.py",  # matplotlib
    "test_report.py",  # jinja2
    "test_report_files.py",  # python-docx, resvg-py
    "test_report_pdf.py",  # weasyprint
    "test_experiments.py",  # distributed
    "test_listing_reading.py",  # python-calamine
    "test_listing_privacy.py",  # python-stdnum
)
# How the lines of pip begin that say what it is doing.
TALK = ("Collecting", "Obtaining", "Requirement", "Processing", "Looking", "WARNING: Location", " ")


def requirements() -> list[Requirement]:
    """Return what pyproject.toml asks for on this Python, without and with extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *(text for extra in EXTRAS for text in extras[extra])]
    asked = [Requirement(text) for text in dict.fromkeys(texts)]
    return [one for one in asked if one.marker is None or one.marker.evaluate()]


def lowest(requirement: Requirement) -> str:
    """Return a requirement that only its lower bound meets.

    Raises
    ------
    ValueError
        If it has none.
    """
    bounds = [one.version for one in requirement.specifier if one.operator in (">=", "==")]
    if len(bounds) != 1:
        raise ValueError(f"pyproject.toml: {requirement}: found no lower bound; allowed: one >=")
    return f"{requirement.name}=={bounds[0]}"


def install(folder: Path, pins: list[str]) -> Path:
    """Make a virtual environment with flowsim and these versions; return its Python.

    Raises
    ------
    CalledProcessError
        If they cannot be installed together as wheels: nobody should need a compiler.
    """
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    flowsim = ["--editable", f"{ROOT}[{','.join(EXTRAS)}]"]
    whole = [*pip, "install", "--progress-bar", "off", "--only-binary", ":all:", *pins, *flowsim]
    installed = subprocess.run(whole, capture_output=True, encoding="utf-8")
    if installed.returncode:  # pip says on standard output which bounds are in each other's way
        lines = (installed.stdout + installed.stderr).splitlines()
        print(*(line for line in lines if not line.startswith(TALK)), sep="\n", file=sys.stderr)
        installed.check_returncode()
    subprocess.run([*pip, "check"], check=True)
    subprocess.run([*pip, "list", "--format", "freeze", "--exclude-editable"], check=True)
    return python


def test(python: Path, cache: Path) -> int:
    """Run the tests, compiling anew; return the exit code."""
    files = [str(ROOT / "tests" / name) for name in TESTS]
    command = [str(python), "-m", "pytest", "-q", "-m", "not slow", *files]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def main(which: str) -> int:
    """Install, test, and say in one last line how it went."""
    pins = [lowest(one) for one in requirements()] if which == "lowest" else []
    print(f"{which}:", *pins, flush=True)
    with tempfile.TemporaryDirectory(prefix="flowsim-dependencies-") as folder:
        try:
            python = install(Path(folder) / "venv", pins)
        except subprocess.CalledProcessError as error:
            command = " ".join(map(str, error.cmd[1:4]))
            print(f"{which}: cannot be installed together ({command}), see above", file=sys.stderr)
            return 2
        failed = test(python, Path(folder) / "numba")
    print(f"{which}: {'tests failed, see above' if failed else 'all tests passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("lowest", "newest"):
        sys.exit("found no choice; allowed: python tests/dependencies.py lowest | newest")
    sys.exit(main(sys.argv[1]))
