"""Break each rule of the language in one engine and see whether the comparison notices.

    python tests/mutants/run.py                      # every mutant on every case
    python tests/mutants/run.py --kinds generated    # what the generated scenarios notice alone
    python tests/mutants/run.py --only never_closed  # one mutant

Prints a table and exits with 1 if a mutant survives, 2 if one does not fit the source.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent.parent))

from mutants.cases import KINDS, Case, agree, cases, outcome, plan_and_log
from mutants.mutation import Mutant, MutantError, engine_with, mutants


def noticed_by(mutant: Mutant, among: Iterable[Case]) -> Case | None:
    """Return the first case on which the mutated engine parts from the compiled one."""
    simulate = engine_with(mutant).simulate
    for case in among:
        plan, log = plan_and_log(case)
        try:
            if not agree(outcome(simulate, plan, case), log):
                return case
        except Exception as error:  # it breaks Python, not a rule
            raise MutantError(f"{mutant.name}: {case.kind}/{case.name}: {error!r}") from error
    return None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="cases to use")
    parser.add_argument("--only", nargs="+", default=[], help="names of mutants")
    options = parser.parse_args(arguments)
    try:
        return _print_table(chosen(options.only), cases(*options.kinds))
    except MutantError as error:
        print(error, file=sys.stderr)
        return 2


def chosen(names: list[str]) -> list[Mutant]:
    """Return the mutants of these names; of none, all."""
    known = {mutant.name: mutant for mutant in mutants()}
    if unknown := [name for name in names if name not in known]:
        raise MutantError(f"found {', '.join(unknown)}; allowed: {', '.join(known)}")
    return [known[name] for name in names or known]


def _print_table(among: list[Mutant], on: tuple[Case, ...]) -> int:
    survivors = 0
    print("| mutant | section | rule it breaks | noticed by | ms |\n|---|---|---|---|---|")
    for mutant in among:
        begun = process_time()
        case = noticed_by(mutant, on)
        time = 1000 * (process_time() - begun)
        survivors += case is None
        where = f"{case.kind}/{case.name}" if case else "**nothing: it survives**"
        row = (mutant.name, mutant.section, mutant.rule, where, f"{time:.0f}")
        print("|", " | ".join(map(str, row)), "|", flush=True)
    print(f"\n{len(among)} mutants, {survivors} survive {len(on)} cases")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
