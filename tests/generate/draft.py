"""What all parts of a scenario share: its days, its groups, its names, and how values are written.

Most times lie on whole days, so that many things happen at one instant; that is where engines err.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from random import Random
from typing import Any

from flowsim.scenario.quantities import DAYS_PER_UNIT, after_length, parse_length
from generate.written import Table

STARTS = [
    dt.date(2023, 10, 20),  # runs of more than ten weeks cross a New Year
    dt.date(2023, 12, 28),
    dt.date(2024, 1, 1),
    dt.date(2024, 2, 29),
    dt.date(2023, 2, 25),
    dt.date(2024, 12, 31),
]
DAYS = [1, 9, 30, 45, 60, 80, 80, 120, 120, 200, 200, 430, 800, 800]
LENGTHS = ["1 day", "40 days", "5 weeks", "2 months", "7 months", "0.5 years", "1 year"]
WARM_UPS = ["0 days", "10 days", "2 weeks", "1 month", "0.5 years"]
VALUES = ["ale", "kil", "16-29", "30 år", "på väg=nu", "a, b", 'so "called"', "x;y", "O'Neill & co"]
CVS = [0.3, 0.6, 0.8, 1, 1.3, 2, 4, 10]
FIXED_KINDS, SPREAD_KINDS = 6, 10


class Draft:
    """One scenario in the making: choices, and what has been chosen first."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.grid = self.chance(0.7)
        self.start = rng.choice(STARTS)
        self.run = self._run()
        self.slowness = max(1.0, self.days / 150)  # long runs have fewer events a day
        self.groups = self._groups()
        self.source_names = [f"from{i}" for i in range(rng.choice([1, 1, 2, 2, 3, 4]))]
        self.team_names = [f"team{i}" for i in range(rng.choice([1, 1, 2, 2, 3, 4, 5]))]
        self.step_names = [f"step{i}" for i in range(rng.choice([1, 2, 2, 3, 3, 4, 5, 6]))]
        self.exit_names = ["work", "study", "other"][: rng.randint(1, 3)]
        self.origins = list(self.source_names)  # those there at the start come to them
        self.secure: dict[str, int] = {}  # places a team has for some time at least
        self.initial: dict[int, Table] = {}
        self.teams: Table = {}
        self.steps: Table = {}
        self.exits: Table = {}
        self.costs: Table = {}
        self.referrals: Table = {}
        self.lists: dict[str, str] = {}

    # --- choices ---

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def some(self, names: list[str], most: int) -> list[str]:
        """One to `most` of some names, in an order of their own."""
        return self.rng.sample(names, self.rng.randint(1, min(most, len(names))))

    def maybe(self, p: float, table: Table, key: str, value: Callable[[], Any]) -> None:
        if self.chance(p):
            table[key] = value()

    # --- days ---

    def _run(self) -> Table:
        """Choose the days of the run, in either of the ways to say them."""
        run: Table = {"start": self.start}
        if self.chance(0.3):
            run["length"] = self.rng.choice(LENGTHS)
            self.days = (after_length(self.start, parse_length(run["length"])) - self.start).days
        else:
            self.days = self.rng.choice(DAYS)
            run["until"] = self.date(self.days - 1)
        lengths = [text for text in WARM_UPS if self.day_after(text) < self.days]
        if self.chance(0.2):
            run["warm_up"] = self.rng.choice(lengths)
        elif self.chance(0.3):
            run["report_from"] = self.day(0, self.days // 2)
        return run

    def day_after(self, length: str) -> int:
        return (after_length(self.start, parse_length(length)) - self.start).days

    def date(self, day: int) -> dt.date:
        return self.start + dt.timedelta(days=day)

    def day(self, low: int, high: int) -> dt.date:
        """A date from day `low` to day `high` of the run."""
        return self.date(self.rng.randint(low, max(low, high)))

    @property
    def years(self) -> list[int]:
        """Calendar years that the run touches."""
        return list(range(self.start.year, self.date(self.days - 1).year + 1))

    def closures(self, most: int) -> list[Table]:
        return [self.closure() for _ in range(self.rng.randint(0, most))]

    def closure(self) -> Table:
        if self.chance(0.4):
            table: Table = self.yearly()
        else:
            first = self.rng.randint(-5, self.days)
            table = {"from": self.date(first), "until": self.day(first, first + 12)}
        self.maybe(0.6, table, "pauses", lambda: self.chance(0.8))
        return table

    def yearly(self) -> Table:
        """Days of every year: over New Year, over the leap day, or wherever the run is."""
        if self.chance(0.3):
            return {"from": "12-23", "until": "01-06"}
        if self.chance(0.2):
            return {"from": "02-28", "until": "03-01"}
        first = self.rng.randint(-5, self.days)
        days = [self.date(first), self.day(first, first + 12)]
        if self.chance(0.1):
            days.reverse()  # almost the whole year
        first_day, last_day = (f"{day:%m-%d}".replace("02-29", "02-28") for day in days)
        return {"from": first_day, "until": last_day}

    # --- groups ---

    def _groups(self) -> Table:
        names = ["age", "town", "kind", "way"][: self.rng.choice([0, 1, 1, 2, 2, 2, 3, 4])]
        return {name: self._group() for name in names}

    def _group(self) -> Any:
        values = self.rng.sample(VALUES, self.rng.choice([1, 2, 2, 3, 4]))
        return values[0] if len(values) == 1 and self.chance(0.5) else self.parts(values)

    def values(self, group: str) -> list[str]:
        mix = self.groups[group]
        return [mix] if isinstance(mix, str) else list(mix)

    def mix(self, group: str) -> Any:
        """A mix of a source: one value, or shares of some."""
        values = self.some(self.values(group), 4)
        return values[0] if self.chance(0.4) else self.parts(values)

    def condition(self) -> str:
        group = self.rng.choice([*self.groups, "source"])
        values = self.values(group) if group != "source" else self.origins
        return f"{group}={self.rng.choice(values)}"

    def conditions(self, most: int) -> list[str]:
        return sorted({self.condition() for _ in range(self.rng.randint(1, most))})

    # --- values ---

    def parts(self, names: list[str]) -> Table:
        """Shares of a whole: weights, shares with a rest, or shares alone; some of them 0."""
        style = self.rng.randrange(3)
        if style == 0:
            weights = [self.rng.choice([0, 1, 2, 5]) for _ in names]
            weights[self.rng.randrange(len(names))] = 3
            return dict(zip(names, weights, strict=True))
        part = self.rng.choice([0, 0.2, 0.25]) if len(names) > 1 else 1
        table: Table = dict.fromkeys(names, part)
        table[self.rng.choice(names)] = "rest" if style == 1 else 1 - part * (len(names) - 1)
        return table

    def span(self, days: float) -> str:
        """A duration in one of its units; on a grid in one that leaves it whole."""
        if days % 7 == 0 and self.chance(0.5):
            return f"{days / 7:g} weeks"
        unit = "day" if self.grid else self.rng.choice(["day", "week", "month", "year"])
        return f"{round(days / DAYS_PER_UNIT[unit], 4):.10g} {unit}{'s' if days != 1 else ''}"

    def rate(self, per_year: float) -> str:
        unit = self.rng.choice(["year", "year", "month", "week", "day"])
        return f"{round(per_year * DAYS_PER_UNIT[unit] / DAYS_PER_UNIT['year'], 5):.10g} per {unit}"

    def duration(self, low: int, high: int) -> Any:
        """A distribution of durations of about `low` to `high` days, whole ones on a grid."""
        days = self.rng.randint(low, high)
        if self.chance(0.2):
            return self.span(days)
        if self.grid or self.chance(0.2):
            return self._fixed(self.rng.randrange(FIXED_KINDS), days, high)
        return self._spread(self.rng.randrange(SPREAD_KINDS), days + 1)

    def _fixed(self, kind: int, days: int, high: int) -> Any:
        """Durations of one length, or of a few."""
        mean = self.span(days)
        values = [mean, self.span(high + 1), self.span(high + 3)]
        weights = self.rng.choice([[3.0, 1.0, 2.0], [1, 0, 1], [0, 2, 1]])
        named = self.rng.choice(["constant", "lognormal", "gamma", "weibull"])
        return [
            mean,
            {"mean": mean},
            {"distribution": named, "mean": mean} | ({"cv": 0} if named != "constant" else {}),
            {"mean": mean, "cv": 0},
            {"distribution": "empirical", "values": values[: self.rng.randint(1, 3)]},
            {"distribution": "empirical", "values": values, "weights": weights},
        ][kind]

    def _spread(self, kind: int, days: int) -> Table:
        """Durations that fall anywhere."""
        mean, cv = self.span(days), self.rng.choice(CVS)
        ends = {"low": self.span(self.rng.choice([0, days])), "high": self.span(3 * days)}
        mode = {"mode": self.rng.choice([ends["low"], self.span(2 * days), ends["high"]])}
        shares = self.rng.choice([[0.5, 0.5], [0.25, 0.75], [3, 1], [0, 1], [1, 0]])
        return [
            {"distribution": "exponential", "mean": mean},
            {"mean": mean, "cv": cv},
            {"distribution": "gamma", "mean": mean, "cv": cv},
            {"distribution": "lognormal", "mean": mean, "cv": cv},
            {"distribution": "weibull", "mean": mean, "cv": cv},
            {"distribution": "erlang", "mean": mean, "shape": self.rng.choice([1, 3])},
            {"distribution": "uniform"} | ends,
            {"distribution": "triangular"} | ends | mode,
            {"distribution": "pert"} | ends | mode,
            {"distribution": "hyperexponential", "shares": shares, "means": [mean, ends["high"]]},
        ][kind]

    def as_table(self, duration: Any) -> Table:
        return {"mean": duration} if isinstance(duration, str) else duration

    def number(self, amounts: list[Any], group: str | None = None) -> Any:
        """A number that may differ by year, and by value of a group."""
        if group is None or self.chance(0.4):
            return self._by_year(amounts)
        return {value: self._by_year(amounts) for value in self.values(group)}

    def _by_year(self, amounts: list[Any]) -> Any:
        if self.chance(0.5):
            return self.rng.choice(amounts)
        years = self.rng.sample([self.years[0] - 1, *self.years, self.years[-1] + 1], 2)
        return {str(year): self.rng.choice(amounts) for year in years}
