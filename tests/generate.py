"""Random scenarios that use every word of the language together, for the tests.

`random_scenario(rng)` writes a whole scenario file. It takes any `random.Random`: a seeded one for
plain loops, or one that hypothesis makes, which then shrinks a failing scenario (`scenarios`).
Most times lie on whole days, so that many things happen at one instant; that is where engines err.
"""

from __future__ import annotations

import datetime as dt
import re
from random import Random
from typing import Any

from hypothesis import strategies as st

START = dt.date(2023, 10, 20)  # runs of more than ten weeks cross a New Year
Table = dict[str, Any]


def random_scenario(rng: Random) -> str:
    """Write a scenario that passes every check."""
    return _Writer(rng).write()


def scenarios() -> st.SearchStrategy[str]:
    """Scenarios for hypothesis, which shrinks the choices behind them."""
    return st.randoms(use_true_random=False).map(random_scenario)


def toml(table: Table) -> str:
    """Write sections as [name] or [name.entry] with inline values."""
    lines = []
    for name, section in table.items():
        if all(isinstance(entry, dict) for entry in section.values()) and name != "groups":
            for key, entry in section.items():
                lines += ["", f"[{name}.{key}]", *_pairs(entry)]
        else:
            lines += ["", f"[{name}]", *_pairs(section)]
    return "\n".join(lines[1:]) + "\n"


def _pairs(table: Table) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{key}"'


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(_pairs(value)) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


class _Writer:
    """One scenario in the making; each method writes one part from what is already there."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.days = rng.choice([30, 45, 80, 120, 200, 400])
        self.grid = self.chance(0.7)
        self.groups: Table = {"age": {"young": 0.4, "old": 0.6}}
        if self.chance(0.6):
            self.groups["town"] = {"ale": 0.5, "tjorn": 0.2, "kil": "rest"}
        self.team_names = [f"team{i}" for i in range(rng.randint(1, 3))]
        self.step_names = [f"step{i}" for i in range(rng.randint(1, 4))]
        self.exit_names = ["work", "study", "other"][: rng.randint(1, 3)]
        self.teams: Table = {}
        self.secure: dict[str, int] = {}  # places a team has for some time at least
        self.steps: Table = {}
        self.exits: Table = {}
        self.referrals: Table = {}

    # --- choices ---

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def day(self, low: int, high: int) -> dt.date:
        """A date from day `low` to day `high` of the run."""
        return START + dt.timedelta(days=self.rng.randint(low, max(low, high)))

    def condition(self) -> str:
        group = self.rng.choice([*self.groups, "source"])
        values = list(self.groups[group]) if group != "source" else self.source_names
        return f"{group}={self.rng.choice(values)}"

    def duration(self, low: int, high: int) -> Any:
        """A distribution of durations, on whole days where the scenario lives on a grid."""
        mean = self.rng.randint(low, high)
        kind = self.rng.randrange(3 if self.grid else 10)
        if kind == 0:
            return f"{mean} days"
        if kind == 1:
            return {"mean": f"{mean} days"}
        if kind == 2:
            table = {"distribution": "empirical", "values": [f"{mean} days", f"{high + 1} days"]}
            return table | ({"weights": [3.0, 1.0]} if self.chance(0.5) else {})
        mean += 1
        return [
            {"distribution": "exponential", "mean": f"{mean} days"},
            {"mean": f"{mean} days", "cv": 0.6},
            {"distribution": "lognormal", "mean": f"{mean} days", "cv": 0.8},
            {"distribution": "weibull", "mean": f"{mean} days", "cv": 1.3},
            {"distribution": "erlang", "mean": f"{mean} days", "shape": 3},
            {"distribution": "uniform", "low": "0 days", "high": f"{2 * mean} days"},
            {"distribution": "pert", "low": "0 days", "mode": "1 day", "high": f"{3 * mean} days"},
        ][kind - 3]

    # --- parts ---

    def write(self) -> str:
        self.source_names = [f"from{i}" for i in range(self.rng.randint(1, 3))]
        for name in self.team_names:
            self.teams[name] = self.team(name)
        for i, name in enumerate(self.step_names):
            self.steps[name] = self.step(i)
        self.endings()
        self.keeping()
        for i, name in enumerate(self.source_names):
            self.referrals[name] = self.referral(i)
        for name in [*self.exit_names, "lost", "fired"]:
            self.exits[name] = self.exit(name)
        if self.chance(0.2):
            self.exits["withdrew"] = self.exit("withdrew")
        return toml(self.everything())

    def everything(self) -> Table:
        until = START + dt.timedelta(days=self.days - 1)
        calendar: Table = {}
        if self.chance(0.4):
            calendar["closures"] = [self.closure()]
        if self.chance(0.2):
            calendar["seasonality"] = [1.1, 1.0, 1.0, 1.0, 1.0, 0.9, 0.4, 1.0, 1.2, 1.1, 1.1, 0.0]
        table: Table = {
            "scenario": {"title": "generated"},
            "run": {"start": START, "until": until},
            "groups": self.groups,
        }
        if self.chance(0.3):
            table["run"]["report_from"] = self.day(0, self.days // 2)
        if calendar:
            table["calendar"] = calendar
        table |= {"referrals": self.referrals, "teams": self.teams, "steps": self.steps}
        return table | {"exits": self.exits, "outcomes": {"good": [self.exit_names[0]]}}

    def closure(self) -> Table:
        if self.chance(0.3):
            table: Table = {"from": "12-23", "until": "01-06"}
        else:
            first = self.rng.randint(-5, self.days)
            first_day = START + dt.timedelta(days=first)
            last_day = first_day + dt.timedelta(days=self.rng.randint(0, 12))
            table = {"from": first_day, "until": last_day}
        return table | ({"pauses": True} if self.chance(0.6) else {})

    def team(self, name: str) -> Table:
        table: Table = {}
        places = self.rng.choice([1, 1, 2, 3, 5])
        self.secure[name] = places
        per = "town" in self.groups and self.chance(0.25)
        if per:
            table["per"] = "town"
        if self.chance(0.4):
            self.staff(table, places)
        elif per and self.chance(0.5):
            table["places"] = {"ale": places, "tjorn": places + 1, "kil": places}
        elif not per and self.chance(0.4):
            table["places"] = {"2023": places, "2024": self.rng.randint(0, 4)}
        else:
            table["places"] = places
        if "places" in table and self.chance(0.3):
            table["cost_per_place"] = 1000
        if self.chance(0.15):
            table["from"] = self.day(1, self.days // 3)
            if "2024" in (table["places"] if isinstance(table.get("places"), dict) else {}):
                table["places"]["2024"] = places  # it may begin in 2024
        if self.chance(0.5):
            table["closures"] = [self.closure() for _ in range(self.rng.randint(0, 3))]
        if self.chance(0.2):
            table["overheads"] = 5000
            table["financed_by"] = {"association": 0.5, "members": 0.5}
        return table

    def staff(self, table: Table, places: int) -> None:
        staff: Table = {"main": {"fte": 1.0, "caseload": places, "cost_per_fte": 600000}}
        table["staff"] = staff
        if self.chance(0.5):
            first = self.rng.randint(1, self.days - 1)
            extra: Table = {"fte": 0.75, "caseload": 3, "from": self.day(first, first)}
            if self.chance(0.7):
                extra["until"] = self.day(first, self.days + 20)
            staff["extra"] = extra
        if self.chance(0.3):
            staff["varying"] = {"fte": {"2023": 1.5, "2024": 0.5}, "caseload": 2}
        if self.chance(0.2):
            bought = {"money": 150000, "cost_per_fte": 600000, "caseload": 8, "paid_by": "members"}
            staff["bought"] = bought
        if self.chance(0.2):
            staff["boss"] = {"fte": 0.5, "cost_per_fte": 700000}
        if self.chance(0.4):
            leave = f"{self.rng.choice([1, 6, 20])} per year"
            table["turnover"] = {"leave": leave, "vacancy": self.duration(0, 20)}

    def step(self, i: int) -> Table:
        name = self.step_names[i]
        table: Table = {}
        n_teams = self.rng.choice([0, 1, 1, 1, 1, 2])
        needed = self.rng.sample(self.team_names, min(n_teams, len(self.team_names)))
        if needed:
            table["team"] = needed[0] if len(needed) == 1 and self.chance(0.8) else needed
        zero = self.chance(0.1)
        stay = "0 days" if zero else self.duration(1, 12)
        if not zero and self.chance(0.3):
            stay = {"mean": stay} if isinstance(stay, str) else stay
            conditions = {self.condition() for _ in range(self.rng.randint(1, 3))}
            stay |= {"factors": {who: self.rng.choice([0.5, 2, 3]) for who in sorted(conditions)}}
        table["length_of_stay"] = stay
        self.routes(table, i, loops=not zero)
        if self.chance(0.4):
            table["patience"] = self.patience()
        if self.chance(0.3):
            table["interruption"] = self.interruption()
        if self.chance(0.3):
            ranks = {self.condition() for _ in range(self.rng.randint(1, 2))}
            table["priority"] = sorted(ranks)
        if self.chance(0.35):
            intake = self.intake(needed)
            if intake:
                table["intake"] = intake
                table["cost_per_group"] = 100
        if needed and self.chance(0.25):
            table["max_waiting"] = self.rng.choice([0, 1, 3])
        if self.chance(0.3):
            table["initial"] = self.initial(name)
        if self.chance(0.3):
            table |= {"cost_per_participant": 500, "target_wait": "1 week"}
        return table

    def routes(self, table: Table, i: int, *, loops: bool) -> None:
        """Later steps, the next one always, back where a stay takes time, and an exit."""
        targets: list[str] = self.step_names[i + 1 : i + 2]
        targets += [name for name in self.step_names[i + 2 :] if self.chance(0.4)]
        if loops:
            targets += [name for name in self.step_names[: i + 1] if self.chance(0.2)]
        table["next"] = self.shares(targets)
        if self.chance(0.3):
            conditions = {self.condition() for _ in range(self.rng.randint(1, 3))}
            table["next_for"] = {who: self.shares(targets) for who in sorted(conditions)}
        elif self.chance(0.1):  # everybody has routes of their own
            group = self.rng.choice(list(self.groups))
            everybody = [f"{group}={value}" for value in self.groups[group]]
            table["next_for"] = {who: self.shares(targets) for who in everybody}
            del table["next"]

    def shares(self, targets: list[str]) -> Table:
        """Each target 0.2, of which some are delayed; an exit takes the rest."""
        table: Table = {}
        for name in targets:
            delayed = self.chance(0.25)
            table[name] = {"share": 0.2, "after": self.duration(0, 9)} if delayed else 0.2
        if targets and self.chance(0.3):
            table[targets[0]] = 0.25
        rest: Any = {"share": "rest", "after": self.duration(0, 9)} if self.chance(0.1) else "rest"
        table[self.rng.choice(self.exit_names)] = rest
        return table

    def patience(self) -> Any:
        patience = self.duration(0, 25)
        if self.chance(0.5):
            patience = {"mean": patience} if isinstance(patience, str) else patience
            if self.chance(0.5):
                patience["since"] = "referral"
            if self.chance(0.5):
                patience["exit"] = "lost"
        return patience

    def interruption(self) -> Any:
        first: Table = {"rate": "5 per year"}
        second: Table = {"after": self.duration(1, 30), "exit": "fired"}
        many = [{"after": self.duration(5, 60), "exit": "fired"} for _ in range(6)]
        choices = [first, second, [first, second], [second, {"after": "7 days"}], [*many, first]]
        return self.rng.choice(choices)

    def intake(self, needed: list[str]) -> Table:
        most = min((self.secure[name] for name in needed), default=3)
        smallest = self.rng.randint(1, min(most, 3))
        table: Table = {}
        if not needed or self.chance(0.6):
            table["every"] = f"{self.rng.choice([0.7, 1, 3, 7, 14])} days"
            if self.chance(0.5):
                table["first"] = self.day(-10, 10)
            if self.chance(0.3):
                table["cut_off"] = f"{self.rng.randint(1, 4)} days"
            if self.chance(0.5):
                table["min"] = smallest
        else:
            table["min"] = smallest
        if self.chance(0.4):
            table["max"] = smallest + self.rng.randint(0, 2)
        if self.chance(0.2):
            table["max_per_year"] = smallest + self.rng.randint(2, 15)
        return table

    def initial(self, name: str) -> Table:
        table: Table = {}
        if self.chance(0.7):
            table["waiting"] = self.rng.randint(1, 4)
            if self.chance(0.7):
                table["waited"] = self.duration(0, 20)
        if not table or self.chance(0.5):
            table["in_service"] = self.rng.randint(1, 4)
        return table

    def endings(self) -> None:
        """Some teams end; their people go to an exit, or to a step that no ending team serves."""
        ending = [name for name in self.team_names if self.chance(0.15)]
        safe = [step for step in self.steps if not set(self.teams_of(step)) & set(ending)]
        for name in ending:
            self.teams[name]["until"] = self.day(self.days // 2, self.days - 3)
            self.teams[name]["then"] = self.rng.choice([*self.exit_names, *safe])

    def teams_of(self, step: str) -> list[str]:
        team = self.steps[step].get("team", [])
        return [team] if isinstance(team, str) else team

    def keeping(self) -> None:
        """Steps keep their place only towards teams later in the file: no deadlock."""
        rank = self.team_names.index
        for name, step in self.steps.items():
            routes = [step.get("next", {}), *step.get("next_for", {}).values()]
            targets = [target for table in routes for target in table]
            pairs = [
                (rank(held), rank(needed))
                for held in self.teams_of(name)
                for target in targets
                if target in self.steps
                for needed in self.teams_of(target)
            ]
            if pairs and all(held <= needed for held, needed in pairs) and self.chance(0.7):
                step["keeps_place"] = True

    def referral(self, i: int) -> Table:
        """A cohort or a rate; the first leads to the first step, from which all are reached."""
        to = self.step_names[0] if i == 0 else self.rng.choice(self.step_names)
        table: Table = {"to": to}
        if self.chance(0.3):
            group = self.rng.choice(list(self.groups))
            value = self.rng.choice(list(self.groups[group]))
            table["groups"] = {group: value}
        if self.chance(0.75 if self.grid else 0.3):
            last = self.days - 1
            table["cohort"] = [
                {"date": self.day(0, last), "count": self.rng.randint(1, 6)}
                for _ in range(self.rng.randint(1, 12))
            ]
            return table
        table["rate"] = f"{self.rng.choice([50, 120, 300])} per year"
        if self.chance(0.4):
            changes = sorted({self.rng.randint(2, self.days - 1) for _ in range(2)})
            rates = [f"{self.rng.choice([0, 1, 9])} per week" for _ in changes]
            days = [START + dt.timedelta(days=day) for day in changes]
            pairs = zip(days, rates, strict=True)
            table["changes"] = [{"from": day, "rate": rate} for day, rate in pairs]
        else:
            if self.chance(0.3):
                table["from"] = self.day(0, 10)
            if self.chance(0.3):
                table["until"] = self.day(15, self.days - 1)
        if self.chance(0.3):
            table["seasonality"] = [1, 1, 1, 1, 1, 1, 0, 1, 1, 2, 1, 0.5]
        if self.chance(0.2):
            table["at_most"] = self.rng.randint(1, 30)
        return table

    def exit(self, name: str) -> Table:
        table: Table = {"label": name.title()}
        if self.chance(0.4):
            table["sustained"] = {"after": f"{self.rng.randint(1, 20)} days", "share": 0.5}
        if self.chance(0.3):
            to = self.rng.choice(self.step_names)
            # No circle without time: a return at once leads to a step that takes some.
            soonest = 1 if self.steps[to]["length_of_stay"] == "0 days" else 0
            table["returns"] = {"share": 0.4, "after": self.duration(soonest, 20), "to": to}
        return table


def single_step_scenario(rng: Random) -> str:
    """One step in which more places can only help: no patience, priority, stop, min, interruption.

    Its team is `team0`, with a plain number of places, so that a test can override it.
    """
    writer = _Writer(rng)
    writer.source_names = [f"from{i}" for i in range(rng.randint(1, 3))]
    writer.step_names, writer.team_names = ["step0"], ["team0"]
    closures = [writer.closure() for _ in range(rng.randint(0, 2))]
    writer.teams = {"team0": {"places": rng.randint(1, 4), "closures": closures}}
    step: Table = {"team": "team0", "length_of_stay": writer.duration(1, 15)}
    if writer.chance(0.4):
        step["intake"] = {"every": f"{rng.choice([2, 7])} days"}
        if writer.chance(0.5):
            step["intake"] |= {"max": rng.randint(1, 3)}
    step["next"] = {name: "rest" if i == 0 else 0.2 for i, name in enumerate(writer.exit_names)}
    writer.steps = {"step0": step}
    writer.referrals = {name: writer.referral(0) for name in writer.source_names}
    writer.exits = {name: {"label": name} for name in writer.exit_names}
    return toml(writer.everything())
