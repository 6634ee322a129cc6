"""The house: imports go down only, few files know numba, the door is light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flowsim"
FLOORS = {
    "letters": 0,
    "language": 0,
    "errors": 0,
    "scenario": 1,
    "engine": 2,
    "analysis": 3,
    "study": 4,
    "report": 5,
    "listing": 5,
    "app": 6,
    "whatif": 6,
    "cli": 7,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")
KERNEL = PACKAGE / "engine" / "kernel.py"
COMPILERS = {"numba", "llvmlite"}
HEAVY = ("numba", "matplotlib", "pandas", "xarray")


def name_of(path: Path) -> str:
    """flowsim/engine/plan.py -> flowsim.engine.plan"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(nodes: Iterator[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are written in full"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Statements that run when a module is imported, and those for type checkers."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from at_import([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from at_import([*node.body, *node.orelse, *node.finalbody])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_only(path: Path) -> None:
    """Also those inside functions and for type checkers."""
    floor = FLOORS[name_of(path).split(".")[1]]
    for line, name in imports(ast.walk(tree_of(path))):
        if name.split(".")[0] != "flowsim":
            continue
        below = name.split(".")[1]
        assert below in FLOORS, f"{path}:{line}: imports {name} through the door of the house"
        assert FLOORS[below] <= floor, f"{path}:{line}: imports {name} from a floor above"


def test_no_circle_of_imports() -> None:
    known = {name_of(path): path for path in MODULES}
    graph = {
        name: {
            whole if whole in known else whole.rpartition(".")[0]
            for _, whole in imports(at_import(tree_of(path).body))
        }
        & set(known)
        for name, path in known.items()
    }
    while leaves := [name for name, below in graph.items() if not below]:
        graph = {name: below - set(leaves) for name, below in graph.items() if name not in leaves}
    assert not graph


def test_only_two_files_know_numba() -> None:
    """What is compiled, and how: numba's own parts change from version to version."""
    users = [
        name_of(path)
        for path in MODULES
        if COMPILERS & {name.split(".")[0] for _, name in imports(ast.walk(tree_of(path)))}
    ]
    assert users == ["flowsim.engine.jit", name_of(KERNEL)]


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh Python has loaded after some code."""
    show = (
        "import atexit, sys\natexit.register(lambda: print('|', *sys.modules, file=sys.stderr))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", show + code],
        check=True,
        capture_output=True,
        cwd=ROOT,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    return set(done.stderr.rpartition("|")[2].split())


def test_the_door_is_light() -> None:
    loaded = loaded_by("import flowsim")
    assert "flowsim" in loaded
    assert not loaded.intersection(HEAVY)


def test_help_is_light() -> None:
    loaded = loaded_by(
        "import sys\nsys.argv = ['flowsim', '--help']\nfrom flowsim.cli import main\nmain()"
    )
    assert "flowsim.cli" in loaded
    assert not loaded.intersection(HEAVY)


def test_no_name_of_the_kernel_is_given_twice() -> None:
    """A file so long has room for two constants of one name, of which the later one would win."""
    tree = ast.parse(KERNEL.read_text(encoding="utf-8"))
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        for target in getattr(node, "targets", ()):
            names += [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
    assert [name for name in sorted(set(names)) if names.count(name) > 1] == []


def test_only_what_is_drawn_loads_matplotlib() -> None:
    """The terminal and the numbers of a workbook draw nothing."""
    code = (
        "import flowsim\n"
        "from flowsim.report.document.terminal import terminal\n"
        "from flowsim.report.documents import document_of\n"
        "results = flowsim.run(flowsim.load('scenarios/orebro.toml'), replications=2)\n"
        "document = document_of(results, is_short=True)\n"
        "assert terminal(document)\n"
        "assert len(document.book().sheets) > 8\n"
    )
    loaded = loaded_by(code)
    assert "flowsim.report.document.terminal" in loaded
    assert "matplotlib" not in loaded
