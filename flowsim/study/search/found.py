"""What a search gave: the options with their figures, the answer, and the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flowsim.analysis import kpis as measuring
from flowsim.analysis.comparison import own_interval
from flowsim.analysis.kpi_names import Kpi
from flowsim.analysis.selection import Answer, Drawn, Selection
from flowsim.engine.compiling import compile_plan
from flowsim.scenario.overrides import as_toml
from flowsim.scenario.schema import Scenario
from flowsim.scenario.user_files import fitting, name_of, path_of
from flowsim.study import manifest, store
from flowsim.study.csv_tables import write_csv
from flowsim.study.parquet_files import write_frame
from flowsim.study.search.limits import NamedLimit
from flowsim.study.search.option_grid import Option

Floats = NDArray[np.float64]
TABLE, VALUES = "options.csv", "values.parquet"


@dataclass(frozen=True, slots=True)
class Objective:
    """The objective of an option with its interval; a number known beforehand has none (NaN)."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Finding:
    """What a search gave.

    Parameters
    ----------
    base : the scenario with what is set for all options
    options : what there was to choose from
    criterion : what was chosen by
    objective : the figure chosen by; None where the criterion is a key of the options
    is_least : whether less of it is better
    limits : what had to be kept
    selection : the answer, and what is known of each option
    drawn : the figures of each option, replication by replication
    kept : the same by option and figure, with what ratios are made of
    period, seed, engine : how all were run
    wall_time : how long it took [s]
    """

    base: Scenario
    options: tuple[Option, ...]
    criterion: str
    objective: Kpi | None
    is_least: bool
    limits: tuple[NamedLimit, ...]
    selection: Selection
    drawn: tuple[Drawn, ...]
    kept: Mapping[int, Mapping[str, Floats]]
    period: str
    seed: int
    engine: str
    wall_time: float = float("nan")

    @property
    def answer(self) -> Answer:
        """How the search ended."""
        return self.selection.answer

    @property
    def chosen(self) -> tuple[Option, ...]:
        """The best; several only where they are exactly alike."""
        return tuple(self.options[k] for k in self.selection.chosen)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the options differ in."""
        return tuple(self.options[0].values)

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """The objective of each option, with an interval of its own at the confidence."""
        return tuple(self._objective(k) for k in range(len(self.options)))

    def _objective(self, option: int) -> Objective:
        sample = self.drawn[option].objective
        if sample is None:
            value = float(str(self.options[option].values[self.criterion]))
            return Objective(value, float("nan"), float("nan"))
        found = own_interval(sample, self.selection.task.confidence)
        return Objective(float(found.mean), float(found.lower), float(found.upper))

    @cached_property
    def kpis(self) -> tuple[Kpi, ...]:
        """The figures of the criterion and of the limits."""
        table = measuring.names(compile_plan(self.base))
        names = [named.kpi for named in self.limits]
        names += [self.criterion] if self.objective is not None else []
        return tuple(table[name] for name in dict.fromkeys(names))

    def neighbours(self, option: int) -> tuple[int, ...]:
        """Return the options that are one step away in one key: one fewer and one more."""
        values = [
            list(dict.fromkeys(as_toml(o.values[key]) for o in self.options)) for key in self.keys
        ]
        places = [
            tuple(
                known.index(as_toml(o.values[key]))
                for key, known in zip(self.keys, values, strict=True)
            )
            for o in self.options
        ]
        here = np.array(places[option])
        return tuple(k for k, at in enumerate(places) if np.abs(np.array(at) - here).sum() == 1)

    def ends(self, option: int) -> tuple[str, ...]:
        """Return the keys of which an option has the least or the largest number tried.

        Of a key that is the criterion itself only the better end counts.
        """
        found = []
        for key in self.keys:
            numbers = [x for x in self._values(key) if isinstance(x, (int, float))]
            ends = [min(numbers), max(numbers)] if len(numbers) > 1 else []
            if key == self.criterion:
                ends = ends[:1] if self.is_least else ends[1:]
            if self.options[option].values[key] in ends:
                found.append(key)
        return tuple(found)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each option.

        Returns
        -------
        option, a column for each key, objective, lower, upper (each with the confidence on its
        own); for each limit its value, lower, upper (as judged) and verdict; verdict on all, chance
        (share of the replications that keep all), given_up_for, replications, chosen
        """
        return pd.DataFrame([self._row(k) for k in range(len(self.options))])

    def _row(self, option: int) -> dict[str, object]:
        standing, objective = self.selection.standings[option], self.objectives[option]
        row: dict[str, object] = {"option": self.options[option].name}
        row |= {key: self.options[option].values[key] for key in self.keys}
        row |= {"objective": objective.value, "lower": objective.lower, "upper": objective.upper}
        for named, one in zip(self.limits, standing.judgements, strict=True):
            for name in ("value", "lower", "upper"):
                row[f"{named.text}: {name}"] = getattr(one, name)
            row[f"{named.text}: verdict"] = one.verdict.value
        better = standing.given_up_for
        return {
            **row,
            "verdict": standing.verdict.value,
            "chance": standing.chance,
            "given_up_for": None if better is None else self.options[better].name,
            "replications": standing.n,
            "chosen": option in self.selection.chosen,
        }

    def __repr__(self) -> str:
        return (
            f"<flowsim search in {self.base.name}: {len(self.options)} options, "
            f"{self.answer.value}: {'; '.join(option.name for option in self.chosen) or 'none'}>"
        )

    def _repr_html_(self) -> str:
        """Show the options, in a notebook."""
        table: str = self.to_frame().to_html(index=False, escape=True, na_rep="–")
        return table

    def to_json(self) -> dict[str, object]:
        """Return everything as plain texts and numbers, missing ones as None."""
        rows = [
            {name: _plain(value) for name, value in self._row(k).items()}
            for k in range(len(self.options))
        ]
        return {
            "scenario": self.base.name,
            "criterion": self.criterion,
            "direction": "least" if self.is_least else "most",
            "subject_to": [one.text for one in self.limits],
            "answer": self.answer.value,
            "chosen": [option.name for option in self.chosen],
            "undecided_between": [self.options[k].name for k in self.selection.open],
            "confidence": self.selection.task.confidence,
            "indifference": self.selection.task.indifference,
            "period": self.period,
            "seed": self.seed,
            "engine": self.engine,
            "options": rows,
        }

    # The folder -------------------------------------------------------------------------------

    def manifest(self) -> dict[str, object]:
        """Return all that is needed to repeat the search."""
        told = {name: value for name, value in self.to_json().items() if name != "options"}
        return {
            **told,
            "over": {key: [_plain(v) for v in self._values(key)] for key in self.keys},
            "choices": {key: [as_toml(v) for v in self._values(key)] for key in self.keys},
            "max_replications": self.selection.task.most,
            "wall_time_seconds": round(self.wall_time, 3),
            **manifest.scenario_fields(self.base),
        }

    def _values(self, key: str) -> list[object]:
        return list({as_toml(o.values[key]): o.values[key] for o in self.options}.values())

    def values(self) -> pd.DataFrame:
        """Return every figure of every replication: option, figure, replication, value.

        Beside the figures asked for stand those that their ratios are made of.
        """
        parts = []
        for number, option in enumerate(self.options):
            for kpi, values in self.kept[number].items():
                columns = {"option": option.name, "kpi": kpi, "replication": np.arange(len(values))}
                parts.append(pd.DataFrame({**columns, "value": values}))
        return pd.concat(parts, ignore_index=True)

    def write(self, folder: Path) -> None:
        """Write the table, every value, and what is needed to repeat the search."""
        manifest.write(folder / store.MANIFEST, "search", self.manifest())
        write_frame(self.values(), folder / VALUES)
        write_csv(self.to_frame(), folder / TABLE)

    def save(self, folder: str | Path) -> Path:
        """Write options.csv, values.parquet and manifest.json.

        Parameters
        ----------
        folder : what is not flowsim's in an earlier search there is kept

        Raises
        ------
        ResultsError
            If the folder holds anything but a search, is in use, or cannot be written.
        """
        with store.whole_folder(Path(folder), "search") as new:
            self.write(new.path)
        return Path(folder)


def default_folder(scenario: Path, words: list[str]) -> Path:
    """Return results/find-<scenario>-<eight characters that stand for what is asked>."""
    text = "\n".join(words)
    key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
    return Path("results") / path_of(f"find-{fitting(name_of(scenario.stem))}-{key}")


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if isinstance(value, (bool, int, str)) or value is None else as_toml(value)
