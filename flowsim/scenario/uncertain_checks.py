"""Whether what `[uncertain]` says can be drawn: keys, ranges, shares, and a file of draws."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from flowsim.errors import Fault
from flowsim.language import N_, _
from flowsim.scenario.amounts import Amount, amount_of, in_one_unit
from flowsim.scenario.draws_file import DrawsFile
from flowsim.scenario.forms import NAME_PATTERN
from flowsim.scenario.known import Known
from flowsim.scenario.positions import key_parts
from flowsim.scenario.provenance import check_key, marks
from flowsim.scenario.quantities import shown
from flowsim.scenario.ranges import (
    Range,
    Target,
    is_overwritten,
    keys_of,
    ranges_of,
    target_at,
)
from flowsim.scenario.schema import Scenario
from flowsim.scenario.share_tables import shares_in
from flowsim.scenario.source import Draws, Findings, KeyPath, has, spelled
from flowsim.scenario.texts import texts_of
from flowsim.scenario.uncertain import DRAWS, UncertainInput
from flowsim.scenario.wording import wrong

__all__ = ["UncertainCheck"]

SECTIONS = ("groups", "referrals", "teams", "steps", "exits", "population", "costs")
"""Sections that say how the real system is; the others say what is asked, or what was seen."""
NO_FACTOR = ("closures", "seasonality")
FACTOR_WORDS = N_(
    "an amount: a number, a share, a duration or a rate; dates, texts, closures and seasonality "
    "are varied by the levels of an experiment"
)
MIDDLE = 0.4367
"""Where between low and high a value is tried that is no whole number."""


class UncertainCheck:
    """Checks `[uncertain]`.

    Parameters
    ----------
    scenario : as far as it could be read
    known : its names
    findings : where faults and warnings go
    """

    def __init__(self, scenario: Scenario, known: Known, findings: Findings) -> None:
        self.scenario = scenario
        self.known = known
        self.findings = findings
        self.source = findings.source
        self.moved: dict[KeyPath, str] = {}  # which entry moves a key
        self.stated = {
            self.source.path_of(key_parts(key))
            for key, text in scenario.provenance.items()
            if marks(texts_of(text)[0])[0] == "stated"
        }

    def check(self, draws_text: str | None) -> None:
        """Tell every fault.

        Parameters
        ----------
        draws_text : of the file of draws; None where there is none, or it cannot be read
        """
        if not self.scenario.uncertain:
            return
        for name, entry in self.scenario.uncertain.items():
            path: KeyPath = ("uncertain", name)
            if self.findings.is_silenced(path):
                continue
            if name == DRAWS or entry.file is not None:
                self.check_draws(path, name, entry)
            else:
                self.check_entry(path, name, entry)
        if draws_text is not None:
            self.source.draws = self.read_draws(draws_text)
        if not self.findings.faults:
            self.check_tables()
        if not self.findings.faults:
            self.check_ends()

    # Entries ----------------------------------------------------------------------------------

    def check_entry(self, path: KeyPath, name: str, entry: UncertainInput) -> None:
        """Check one entry."""
        self.check_reason(path, entry)
        if entry.keys and not re.match(NAME_PATTERN, name):
            words = _("a name of lower-case letters, digits and _ for an entry that has keys")
            self.findings.fault(path, shown(name), words)
        targets = []
        for at, key in enumerate(keys_of(name, entry)):
            place = (*path, "keys", at) if entry.keys else path
            target = self.target(place, key)
            if target is not None:
                targets.append(target)
                self.check_target(place, target, entry)
        if self.check_form(path, entry) and targets:
            self.check_range(path, entry, targets)

    def check_reason(self, path: KeyPath, entry: UncertainInput) -> None:
        """Check that an entry has a source that there is, or a reason."""
        if entry.source is None and entry.why is None:
            words = _("source, a key of [sources], or why")
            self.findings.fault(path, _("no source and no why"), words)
        for text in texts_of(entry.source) if entry.source is not None else ():
            key = text.partition(",")[0].strip()
            if key not in self.known.sources:
                words = _("a key of [sources]")
                self.findings.unknown((*path, "source"), key, words, self.known.sources)

    def target(self, path: KeyPath, key: str) -> Target | None:
        """Find the key that an entry moves; None, and perhaps a fault, where it cannot be moved."""
        parts = self.source.path_of(key_parts(key))
        if parts and is_overwritten(self.source, parts):
            return None
        if not parts or self.source.at(parts) is None:
            check_key(path, parts, self.findings)
            return None
        target = target_at(self.source, key)
        if target is None or parts[0] not in SECTIONS or not set(parts).isdisjoint(NO_FACTOR):
            self.findings.fault(path, spelled(parts), _(FACTOR_WORDS))
            return None
        for other, name in self.moved.items():
            if other[: len(parts)] == parts or parts[: len(other)] == other:
                words = _("one entry for each key; {name} moves {key}")
                self.findings.fault(
                    path,
                    _("{key} twice").format(key=spelled(parts)),
                    words.format(name=shown(name), key=spelled(other)),
                )
                return None
        self.moved[target.path] = str(path[1])
        return target

    def check_target(self, path: KeyPath, target: Target, entry: UncertainInput) -> None:
        """Check that a key holds what can be moved, and warn where it is stated."""
        covering = (target.path[:end] for end in range(len(target.path), 0, -1))
        told = {self.source.path_of(key_parts(key)) for key in self.scenario.provenance}
        if next((one for one in covering if one in told), None) in self.stated:
            message = _("{key} is stated in a source, and yet uncertain").format(key=target.key)
            self.findings.notice(path, message, "uncertain")
        if amount_of(target.value) is not None:
            return
        if not is_table_of_amounts(target.value):
            self.findings.fault(path, shown(target.value), _(FACTOR_WORDS))
        elif entry.factor is None:
            first = next(iter(target.value))
            words = _('a factor for the whole of a table, or one of it, such as "{key}"').format(
                key=spelled((*target.path, first))
            )
            self.findings.fault(path, _("a table with low and high"), words)

    def check_form(self, path: KeyPath, entry: UncertainInput) -> bool:
        """Check that a range is given in one way; whether it is."""
        given = [key for key in ("low", "high", "mode") if getattr(entry, key) is not None]
        if entry.factor is not None:
            if given:
                found = _("factor and {given}").format(given=given[0])
                self.findings.fault((*path, given[0]), found, _("either factor, or low and high"))
            return not given
        lacking = [key for key in ("low", "high") if key not in given]
        for key in lacking:
            if not self.findings.is_touched(path, key):
                self.findings.fault((*path, key), _("nothing"), _("low and high, or factor"))
        return not lacking

    def check_range(self, path: KeyPath, entry: UncertainInput, targets: list[Target]) -> None:
        """Check low, high, mode and how the range is spread."""
        if entry.factor is not None:
            path = (*path, "factor")
            told: Mapping[str, Any] = {"low": entry.factor.low, "high": entry.factor.high}
            told = told if entry.factor.mode is None else {**told, "mode": entry.factor.mode}
            wanted = Amount(0.0)
        else:
            told = {key: getattr(entry, key) for key in ("low", "high", "mode")}
            told = {key: value for key, value in told.items() if value is not None}
            wanted = amount_of(targets[0].value) or Amount(0.0)
        amounts = {key: amount_of(value) for key, value in told.items()}
        for key, amount in amounts.items():
            if amount is None or amount.kind != wanted.kind:
                words = _("a value written as {key} is: {value}").format(
                    key=targets[0].key, value=shown(targets[0].value)
                )
                self.findings.fault((*path, key), shown(told[key]), words)
        if any(amount is None or amount.kind != wanted.kind for amount in amounts.values()):
            return
        numbers, _unit = in_one_unit([amount for amount in amounts.values() if amount])
        self.check_order(path, entry, dict(zip(amounts, numbers, strict=True)), told)
        if entry.factor is None and targets[0].table:
            self.check_shares_range(path, told)

    def check_order(
        self,
        path: KeyPath,
        entry: UncertainInput,
        numbers: dict[str, float],
        told: Mapping[str, Any],
    ) -> None:
        """Check the order of low, mode and high, and that the distribution takes them."""
        low, high = numbers["low"], numbers["high"]
        if low > high:
            words = _("at least low, {low}").format(low=shown(told["low"]))
            self.findings.fault((*path, "high"), shown(told["high"]), words)
            return
        own = path[:2]
        if "mode" in numbers and not low <= numbers["mode"] <= high:
            words = _("a value from low, {low}, to high, {high}").format(
                low=shown(told["low"]), high=shown(told["high"])
            )
            self.findings.fault((*path, "mode"), shown(told["mode"]), words)
        if ("mode" in numbers) != (entry.spread == "triangular"):
            found = (
                _("mode of {distribution}").format(distribution=entry.spread)
                if "mode" in numbers
                else _("nothing")
            )
            words = _('mode with distribution = "triangular", only there')
            self.findings.fault((*path, "mode"), found, words)
        if entry.spread == "loguniform" and low <= 0:
            words = _("a value > 0, as it is loguniform")
            self.findings.fault((*path, "low"), shown(told["low"]), words)
        is_fit = entry.spread == "uniform" and low == int(low) and high == int(high)
        if entry.whole and entry.factor is None and not is_fit:
            words = _("whole only with uniform, and with whole numbers as low and high")
            self.findings.fault((*own, "whole"), "true", words)

    def check_shares_range(self, path: KeyPath, told: Mapping[str, Any]) -> None:
        """Check that shares are from 0 to 1."""
        for key, value in told.items():
            if not 0 <= value <= 1:
                self.findings.fault((*path, key), shown(value), _("a share from 0 to 1"))

    # Shares -----------------------------------------------------------------------------------

    def check_tables(self) -> None:
        """Check the uncertain shares of each table together."""
        lows: dict[KeyPath, float] = {}
        moved: dict[KeyPath, set[str | int]] = {}
        for one in self.ranges():
            path = self.place(one)
            for target in one.targets:
                if not target.table:
                    continue
                low = one.low * target.value if one.is_factor else one.low
                high = one.high * target.value if one.is_factor else one.high
                if high > 1 + 1e-9:
                    words = _("a factor that leaves shares of at most 1")
                    self.findings.fault((*path, "high"), shown(round(high, 6)), words)
                lows[target.table] = lows.get(target.table, 0.0) + low
                if lows[target.table] > 1 + 1e-9:
                    found = _("lows that sum to {total:g}").format(
                        total=round(lows[target.table], 6)
                    )
                    words = _("lows of shares of one table that sum to at most 1")
                    self.findings.fault((*path, "low"), found, words)
                moved.setdefault(target.table, set()).add(target.share)
                self.check_others(path, target, moved[target.table])
        for key in self.source.draws.keys if self.source.draws else ():
            drawn = target_at(self.source, key)
            if drawn is not None and drawn.table:
                moved.setdefault(drawn.table, set()).add(drawn.share)
                self.check_others(("uncertain", DRAWS), drawn, moved[drawn.table])

    def check_others(self, path: KeyPath, target: Target, moved: set[str | int]) -> None:
        """Check that there are shares that can give way to those that are moved."""
        shares = shares_in(self.source.data, target.table)
        others = sum(share for key, share in shares.items() if key not in moved)
        if others <= 0:
            table = spelled(target.table)
            found = _("nothing left of {table} beside what is uncertain").format(table=table)
            words = _("shares of which at least one other, above 0, can give way")
            self.findings.fault(path, found, words)

    # Both ends --------------------------------------------------------------------------------

    def ranges(self) -> tuple[Range, ...]:
        """Return the entries in numbers, without what a file of draws has."""
        draws = self.source.draws
        keys = draws.keys if draws is not None else ()
        return ranges_of(self.scenario, [self.source.path_of(key_parts(key)) for key in keys])

    def place(self, one: Range) -> KeyPath:
        """Return the path of an entry, or of its factor."""
        return ("uncertain", one.name, *(("factor",) if one.is_factor else ()))

    def check_ends(self) -> None:
        """Check that every key takes both ends of its range, and what lies between."""
        entries = self.ranges()
        self.try_values("low", [(one, one.low) for one in entries])
        self.try_values("high", [(one, one.high) for one in entries])
        if not self.findings.faults:
            free = [one for one in entries if not one.whole and one.low < one.high]
            self.try_values(
                "whole", [(one, one.low + MIDDLE * (one.high - one.low)) for one in free]
            )
        self.try_draws()

    def try_values(self, end: str, numbers: list[tuple[Range, float]]) -> None:
        """Put one number of each entry into the file's values, and tell what the schema says."""
        data = copy.deepcopy(self.source.data)
        owner: dict[KeyPath, Range] = {}
        for one, number in numbers:
            for target, value in one.values(number):
                if not target.table:
                    put(data, target.path, value)
                    owner[target.path] = one
        for path, found, allowed in refused(data, self.findings):
            moved = next((own for at, own in owner.items() if touches(at, path)), None)
            if moved is None:
                continue
            place: KeyPath = (*self.place(moved), end)
            if end == "whole":
                place, found = ("uncertain", moved.name, end), _("nothing")
                words = _("whole = true, as {key} is {allowed}")
                allowed = words.format(key=moved.targets[0].key, allowed=allowed)
            self.findings.fault(place, found, allowed)

    # A file of draws --------------------------------------------------------------------------

    def check_draws(self, path: KeyPath, name: str, entry: UncertainInput) -> None:
        """Check that a file of draws is one, and the only thing that the entry says."""
        given = sorted(entry.model_fields_set - {"file"})
        if name != DRAWS:
            words = _("a table with low and high, or with factor, and with source or why")
            found = shown(entry.file)
            self.findings.fault(path if not given else (*path, "file"), found, words)
        elif entry.file is None or given:
            found = given[0] if given else _("nothing")
            self.findings.fault(path, found, _('the name of a CSV file, such as "draws.csv"'))

    def read_draws(self, text: str) -> Draws | None:
        """Read the file of draws; None where there is none that can be read."""
        file = self.scenario.uncertain[DRAWS].file or ""
        reader = DrawsFile(file, self.findings)
        table = reader.table(text)
        targets = []
        for column in table[0] if table else ():
            parts = self.source.path_of(key_parts(column))
            target = target_at(self.source, column) if parts else None
            if target is None or parts[0] not in SECTIONS or amount_of(target.value) is None:
                words = _("the key path of an amount of the scenario")
                near = self.findings.nearest(column, list(self.scenario.uncertain))
                self.findings.tell(Fault(file, 1, column, shown(column), words, near))
            else:
                targets.append(target)
        if not table or len(targets) < len(table[0]):
            return None
        return reader.rows(table, targets)

    def try_draws(self) -> None:
        """Check that each key takes the least and the most of its draws."""
        draws = self.source.draws
        for at, key in enumerate(draws.keys if draws is not None and draws.rows else ()):
            target = target_at(self.source, key)
            if target is None or target.table or draws is None:
                continue
            sizes = [(amount.size, row) for row in draws.rows if (amount := amount_of(row[at]))]
            for _size, row in (min(sizes, key=first), max(sizes, key=first)):
                data = copy.deepcopy(self.source.data)
                put(data, target.path, row[at])
                for path, found, allowed in refused(data, self.findings):
                    if touches(target.path, path):
                        line = 2 + draws.rows.index(row)
                        self.findings.tell(Fault(draws.file, line, key, found, allowed, ""))


def first(pair: tuple[float, Any]) -> float:
    """Return the first of two."""
    return pair[0]


def is_table_of_amounts(value: Any) -> bool:
    """Whether a table holds amounts alone, by year or by group."""
    if not isinstance(value, Mapping) or not value:
        return False
    return all(is_table_of_amounts(one) or amount_of(one) is not None for one in value.values())


def put(data: Any, path: KeyPath, value: Any) -> None:
    """Set a value in tables of one's own."""
    for key in path[:-1]:
        if not has(data, key):
            return
        data = data[key]
    data[path[-1]] = value


def touches(path: KeyPath, other: KeyPath) -> bool:
    """Whether one of two paths leads to the other."""
    return path[: len(other)] == other or other[: len(path)] == path


def refused(data: dict[str, Any], findings: Findings) -> Iterator[tuple[KeyPath, str, str]]:
    """Give what the schema refuses of values: where, what, and what is allowed."""
    try:
        Scenario.model_validate(data, context={"language": "en"})
    except ValidationError as error:
        for detail in error.errors():
            fault = wrong(detail, Scenario, data, findings.nearest)
            yield fault.path, fault.found, fault.allowed
