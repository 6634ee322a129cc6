"""Mutants of the readable engine: each breaks one rule of `docs/semantics.md` on purpose.

A mutant is an exact piece of the engine's source and what it becomes. The mutated engine is loaded
beside the real one, in memory; no file is touched.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

RULES = Path(__file__).parent / "rules"
PACKAGE = "flowsim.engine"
MODULES = ("rounds", "state", "simpy_model")  # each imports only those before it


class MutantError(Exception):
    """A mutant that is none: its source text is not there, or there more than once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule broken: `old` occurs exactly once in `module` and becomes `new`.

    `section` is that of `docs/semantics.md` with the rule, `rule` what the mutant breaks.
    """

    name: str
    section: int
    rule: str
    module: str
    old: str
    new: str


def mutants() -> list[Mutant]:
    """Read all mutants, section by section; the name of a file begins with its section."""
    return [
        Mutant(section=int(path.stem.split("_")[0]), **entry)
        for path in sorted(RULES.glob("*.toml"))
        for entry in tomllib.loads(path.read_text("utf-8"))["mutant"]
    ]


def mutated(source: str, mutant: Mutant) -> str:
    """Return the source with the mutant in it.

    Raises
    ------
    MutantError
        If the text to replace does not occur exactly once.
    """
    if (found := source.count(mutant.old)) != 1:
        raise MutantError(
            f"{mutant.name}: its text occurs {found} times in {mutant.module}.py; "
            f"allowed: once\n{mutant.old}"
        )
    return source.replace(mutant.old, mutant.new)


def engine_with(mutant: Mutant) -> ModuleType:
    """Load the readable engine with one rule broken; the engine itself stays as it is.

    Raises
    ------
    MutantError
        If the mutant does not fit the source.
    """
    if mutant.module not in MODULES:
        raise MutantError(f"{mutant.name}: found module {mutant.module}; allowed: {MODULES}")
    names = [f"{PACKAGE}.{module}" for module in MODULES]
    real = {name: import_module(name) for name in names}
    try:
        for module, name in zip(MODULES, names, strict=True):
            source = Path(str(real[name].__file__)).read_text("utf-8")
            text = mutated(source, mutant) if module == mutant.module else source
            _load(name, text)
        return sys.modules[names[-1]]
    finally:
        sys.modules.update(real)


class _Text(InspectLoader):
    """A module whose source is a text in memory."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, fullname: str) -> str:
        return self.text


def _load(name: str, text: str) -> None:
    """Load a module under a name, where the modules that import it by that name will find it."""
    loader = _Text(text)
    spec = spec_from_loader(name, loader, is_package=False)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
