"""Every combination of some levers, run beside the scenario with the same luck."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isclose

import pandas as pd

from flowsim.analysis import kpis as measuring
from flowsim.analysis.comparison import Sample
from flowsim.analysis.kpi_names import Kpi
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.report.input_words import input_words, value_words
from flowsim.report.words import Words
from flowsim.scenario.amounts import amount_of, in_one_unit
from flowsim.scenario.positions import key_parts
from flowsim.scenario.schema import Scenario
from flowsim.study import replications as study
from flowsim.study.comparison import waiting_lists
from flowsim.study.comparison.comparing import plays_of, samples_of
from flowsim.study.comparison.figures import chosen_figures
from flowsim.study.comparison.results import Comparison
from flowsim.study.comparison.unknown import UnknownDifferences
from flowsim.study.results import Results
from flowsim.study.search.option_grid import Option, options_of, read_ranges
from flowsim.study.unknown.drawing import has_unknown

__all__ = ["Grid", "Lever", "compared", "grid_of"]

MOST_LEVERS = 4
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Lever:
    """A key that can be moved, with the values that it can have.

    Parameters
    ----------
    key : path of the scenario
    label : what people see
    values : as they are set
    texts : the same as people read them
    start : the place of the scenario's own value among them; 0 where it is not one
    has_own : whether it is one
    """

    key: str
    label: str
    values: tuple[object, ...]
    texts: tuple[str, ...]
    start: int
    has_own: bool


@dataclass(frozen=True)
class Grid:
    """What a page looks up.

    Parameters
    ----------
    base : the scenario
    levers : what can be moved
    options : every combination, the last lever changing fastest
    """

    base: Scenario
    levers: tuple[Lever, ...]
    options: tuple[Option, ...]

    def places(self) -> Iterator[tuple[int, ...]]:
        """List the places of the levers at each option, in their order."""
        yield from product(*(range(len(one.values)) for one in self.levers))


def grid_of(base: Scenario, over: Sequence[str], language: str) -> Grid:
    """Read what can be moved.

    Raises
    ------
    ResultsError
        If a text is no range, there are too many levers, combinations or none.
    ScenarioError
        With every fault of every combination.
    """
    values = read_ranges(over)
    if len(values) > MOST_LEVERS:
        raise ResultsError(
            _("--over: found {n} levers; allowed: at most {most}").format(
                n=len(values), most=MOST_LEVERS
            )
        )
    options = options_of(values, lambda chosen: base.with_(dict(chosen)))
    words = Words(base, language)
    levers = tuple(
        _lever(key, some, options[0].scenario, base, words) for key, some in values.items()
    )
    return Grid(base, levers, options)


def _lever(
    key: str, values: Sequence[object], option: Scenario, base: Scenario, words: Words
) -> Lever:
    path = option._source.path_of(key_parts(key)) or key_parts(key)
    own = base._source.at(path)
    texts = tuple(value_words(value, words) for value in values)
    start = next((at for at, value in enumerate(values) if is_same(value, own)), None)
    label = input_words(path, words)
    return Lever(key, label, tuple(values), texts, start or 0, start is not None)


def is_same(value: object, own: object) -> bool:
    """Whether two values are one amount, however it is written.

    Examples
    --------
    >>> is_same("6 weeks", "42 days"), is_same(5, 5.0), is_same("5 weeks", "5 days")
    (True, True, False)
    """
    if value == own:
        return True
    amounts = [amount_of(one) for one in (value, own)]
    if None in amounts or amounts[0] is None or amounts[1] is None:
        return False
    if amounts[0].kind != amounts[1].kind:
        return False
    (one, other), _unit = in_one_unit([amounts[0], amounts[1]])
    return bool(isclose(one, other, rel_tol=1e-12))


def compared(
    grid: Grid, name: str, replications: int, draws: int, progress: Progress | None = None
) -> Iterator[Results | Comparison]:
    """Run the scenario once, and each option beside it with the same luck.

    Parameters
    ----------
    name : what an option is called
    draws : of the uncertain inputs, each played twice; 0 for none
    progress : called with (options done, all options)

    Yields
    ------
    of the scenario itself a run, which comes first; then of each option a comparison with it
    """
    base = grid.base
    if not any(map(has_unknown, (base, *(option.scenario for option in grid.options)))):
        draws = 0
    results = study.run(base, replications=replications, draws=draws)
    yield results
    figures = chosen_figures({base.name: measuring.names(results.plan)}, {base.name: base}, None)
    own = _taken(results, figures, draws)
    for at, option in enumerate(grid.options):
        run = study.run(option.scenario, replications=replications)
        yield _comparison(base, name, option, figures, own, _taken(run, figures, draws), results)
        if progress is not None:
            progress(at + 1, len(grid.options))


@dataclass(frozen=True)
class Taken:
    """What a comparison needs of a run: its figures, their plays, and its lists."""

    samples: Mapping[str, Sample]
    plays: Mapping[str, Sample]
    lists: pd.DataFrame


def _taken(results: Results, figures: Sequence[Kpi], draws: int) -> Taken:
    """Take what a comparison needs, so that the rest of a run can be let go."""
    asked = [kpi.name for kpi in figures]
    plays: Mapping[str, Sample] = (
        plays_of(results.plan, results.seed, results.engine, draws, figures, "run", asked)
        if draws
        else {}
    )
    return Taken(samples_of(results, figures), plays, waiting_lists.of_run(results))


def _comparison(
    base: Scenario,
    name: str,
    option: Option,
    figures: Sequence[Kpi],
    own: Taken,
    other: Taken,
    results: Results,
) -> Comparison:
    scenarios = {base.name: base, name: option.scenario}
    plays = {base.name: own.plays, name: other.plays}
    is_drawn = own.plays and any(map(has_unknown, scenarios.values()))
    return Comparison(
        scenarios=scenarios,
        kpis=tuple(figures),
        samples={base.name: own.samples, name: other.samples},
        period="run",
        seed=results.seed,
        engine=results.engine,
        waiting=waiting_lists.together({base.name: own.lists, name: other.lists}),
        unknown=UnknownDifferences(scenarios, plays, results.seed) if is_drawn else None,
    )
