"""TOML -> Scenario, with every fault at once: line, key path, nearest name.

The file's values are checked key by key against the schema, and then as a whole by `checks`. Where
keys are faulty, the rest is still checked, so that one reading shows all there is to mend.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from flowsim.errors import Fault, ScenarioError
from flowsim.language import ENGLISH, LANGUAGES, _, follow, language_in, ngettext
from flowsim.letters import composed
from flowsim.scenario.checks import check_all
from flowsim.scenario.contents import check_contents
from flowsim.scenario.lists import read_list
from flowsim.scenario.overrides import Overrides, apply_overrides, language_set, pairs
from flowsim.scenario.positions import KeyLines
from flowsim.scenario.proportional import in_proportion, is_moved
from flowsim.scenario.schema import Scenario
from flowsim.scenario.source import Findings, KeyPath, Lists, Source
from flowsim.scenario.staff import check_vacant_amounts
from flowsim.scenario.toml_reading import FILE_WORDS, parse
from flowsim.scenario.uncertain import DRAWS
from flowsim.scenario.user_files import decoded, name_of, path_of
from flowsim.scenario.validating import validated
from flowsim.scenario.wording import keys_at

__all__ = ["data_with", "drawn", "load", "loads", "proportional_settings", "varied"]

STAND_INS: dict[str, Any] = {
    "length_of_stay": "1 day",
    "to": "-",
    "title": "-",
    "start": dt.date(2000, 1, 1),
    "until": dt.date(2000, 12, 31),
    "scenario": {"title": "-"},
    "run": {"start": dt.date(2000, 1, 1), "until": dt.date(2000, 12, 31)},
    "steps": {},
}
"""What takes the place of a needed key that is faulty, so that the rest can be checked."""


def load(path: str | Path, set: Overrides = None) -> Scenario:  # noqa: A002
    """Read a scenario file, with values set from outside if need be.

    These are given by key path, such as {"teams.coaching.staff.coach.fte": 6}, or as texts, such as
    ["teams.coaching.staff.coach.fte=6"].

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    path = Path(path)
    try:
        text = decoded(path)
    except ValueError as error:
        raise ScenarioError([Fault(name_of(path), 0, "", str(error), _(FILE_WORDS))]) from None
    source = Source(
        text=text,
        name=name_of(path.stem),
        file=name_of(path),
        path=path,
        lists_in=(path.parent,),
    )
    return read_guarded(source, set)


def loads(
    text: str,
    name: str = "scenario",
    base: str | Path = ".",
    set: Overrides = None,  # noqa: A002
    lists: Mapping[str, str] | None = None,
) -> Scenario:
    r"""Read a scenario from a text.

    CSV lists are looked for in the folder `base`, or, where `lists` has their texts, by name as in
    the scenario, there alone: then no file is touched.

    Raises
    ------
    ScenarioError
        With every fault found.

    Examples
    --------
    >>> loads("[scenario]\ntitel = 'x'")
    Traceback (most recent call last):
    ...
    flowsim.errors.ScenarioError: scenario: run: found nothing; ...
    """
    name = name_of(name)
    where = Path(base) if lists is None else lists
    source = Source(text=text, name=name.removesuffix(".toml"), file=name, lists_in=(where,))
    return read_guarded(source, set)


def varied(
    scenario: Scenario,
    settings: Overrides,
    lists_in: Sequence[Lists] | None = None,
    shares: Literal["as_written", "proportional"] = "as_written",
) -> Scenario:
    """Return a scenario with more values set from outside, checked; its text is not read again.

    Parameters
    ----------
    scenario : what it is a variant of; what was set in that already stays set
    settings : as of `load`
    lists_in : where CSV lists are looked for; default: in memory, and then where those of the
        scenario were found
    shares : as of `Scenario.with_`

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    known = scenario._source
    places = (known.attachments, *known.lists_in) if lists_in is None else tuple(lists_in)
    if shares == "proportional":
        settings = proportional_settings(known, settings)
    source = Source(
        text=known.text,
        name=known.name,
        file=known.file,
        path=known.path,
        tables=known.tables,
        lines=known.lines,
        lists_in=places,
    )
    return read_guarded(source, known.overrides, settings)


def drawn(scenario: Scenario, settings: Overrides) -> Scenario:
    """Return a variant whose values lie in the ranges of `[uncertain]`.

    The ends of the ranges have been checked, and how values hang together is the scenario's own:
    so only what a value between the ends may break is looked at, which takes half the time of
    `varied`. Its figures are those of the same values set by `varied`, to the last bit.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    known = scenario._source
    source = Source(
        text=known.text,
        name=known.name,
        file=known.file,
        path=known.path,
        tables=known.tables,
        lines=known.lines,
        lists_in=(known.attachments,),
    )
    return checked(source, known.overrides, settings, check=check_drawn)


def check_drawn(scenario: Scenario, findings: Findings) -> None:
    """Check what values within their ranges may break together."""
    check_vacant_amounts(scenario, findings)


def check_whole(scenario: Scenario, findings: Findings) -> None:
    """Check everything of a scenario."""
    check_contents(findings.source.data, findings)
    check_all(scenario, findings, draws_text(scenario, findings))


def proportional_settings(known: Source, settings: Overrides) -> dict[str, Any]:
    """Return settings in which a share moves the others of its table.

    Raises
    ------
    ScenarioError
        With every share that cannot be moved, and every text that is no setting.
    """
    findings = Findings(Source(file=known.file, tables=known.tables, data=known.data))
    own = dict(pairs(settings, findings))
    if not findings.faults:
        moved = {key: one for key, one in own.items() if is_moved(known.data, key, one)}
        straight = {key: one for key, one in own.items() if key not in moved}
        own = {**straight, **in_proportion(data_with(known, straight), moved, findings)}
    if findings.faults:
        raise ScenarioError(in_order(findings.faults, known.file))
    return own


def data_with(known: Source, settings: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a scenario with some set; what cannot be set is left, and not told."""
    unheard = Findings(Source(file=known.file, tables=known.tables, data=known.data))
    return apply_overrides(known.data, unheard, partial(keys_at, Scenario), settings)


def read_guarded(source: Source, *overrides: Overrides) -> Scenario:
    """Read a scenario; one nested too deeply to be read is a fault like others."""
    try:
        if not source.tables:
            follow(language_set(overrides) or language_in(source.text))
            source.tables = parse(source)
            source.lines = KeyLines(source.mended or source.text)
        return checked(source, *overrides)
    except RecursionError:
        fault = Fault(source.file, 0, "", _("tables or lists nested too deeply"), _(FILE_WORDS))
        raise ScenarioError([fault]) from None


def checked(
    source: Source,
    *overrides: Overrides,
    check: Callable[[Scenario, Findings], None] | None = None,
) -> Scenario:
    """Check and complete a scenario whose text is parsed, with values set from outside.

    Parameters
    ----------
    check : what is checked beyond each value by itself; default: everything
    """
    findings = Findings(source)
    source.data = apply_overrides(source.tables, findings, partial(keys_at, Scenario), *overrides)
    language = source.at(("scenario", "language"))
    follow(language)
    context = {"language": language if language in LANGUAGES else ENGLISH}
    scenario = validated(Scenario, source.data, findings, STAND_INS, context)
    if scenario is None:
        check_contents(source.data, findings)
    else:
        scenario._source = source
        read_lists(scenario, findings)
        (check or check_whole)(scenario, findings)
    if findings.faults or scenario is None:
        raise ScenarioError(in_order(findings.faults, source.file))
    source.notices = findings.notices
    return completed(scenario, source)


def in_order(faults: list[Fault], file: str) -> list[Fault]:
    """Sort faults by line, those of lists last."""
    return sorted(faults, key=lambda fault: (fault.file != file, fault.file, fault.line))


# Lists, and what the file leaves to be completed


def read_lists(scenario: Scenario, findings: Findings) -> None:
    """Read the CSV list of every source that has one."""
    groups = {group: tuple(mix) for group, mix in scenario.groups.items()}
    dates_known = not findings.is_touched(("run",), "start", "until", "length")
    for name, referral in scenario.referrals.items():
        path: KeyPath = ("referrals", name, "file")
        if referral.file is None or findings.is_touched(path[:-1], "file") or not dates_known:
            continue
        try:
            text = list_text(findings.source.lists_in, referral.file)
        except ValueError as error:
            findings.fault(
                path, f'{error} ("{referral.file}")', _("a CSV file beside the scenario")
            )
            continue
        read_rows, faults, n_late = read_list(
            text, referral.file, groups, scenario.run.start, scenario.run.until
        )
        findings.tell(*faults)
        findings.source.attachments[referral.file] = text
        findings.source.lists[name] = read_rows
        if n_late:
            message = ngettext(
                "{n} row of {file} left out: after the end of the run",
                "{n} rows of {file} left out: after the end of the run",
                n_late,
            ).format(n=n_late, file=referral.file)
            findings.notice(path, message, "list")


def draws_text(scenario: Scenario, findings: Findings) -> str | None:
    """Read the file of draws that a scenario names; None where there is none to read."""
    entry = scenario.uncertain.get(DRAWS)
    path: KeyPath = ("uncertain", DRAWS)
    if entry is None or entry.file is None or findings.is_silenced(path):
        return None
    try:
        text = list_text(findings.source.lists_in, entry.file)
    except ValueError as error:
        words = _("a CSV file beside the scenario")
        findings.fault(path, f'{error} ("{entry.file}")', words)
        return None
    findings.source.attachments[entry.file] = text
    return text


def list_text(lists_in: Sequence[Lists], file: str) -> str:
    """Return the text of a list; an error says in plain words why there is none."""
    for place in lists_in:
        if isinstance(place, Path):
            return decoded(place / path_of(file))
        for name, text in place.items():
            if composed(name) == file:
                return text
    raise ValueError(_("no such list"))


def completed(scenario: Scenario, source: Source) -> Scenario:
    """Return the mixes of sources every value of their group, in the order of [groups]."""
    referrals = {
        name: referral.model_copy(
            update={
                "groups": {
                    group: {value: mix.get(value, 0.0) for value in scenario.groups[group]}
                    for group, mix in referral.groups.items()
                }
            }
        )
        for name, referral in scenario.referrals.items()
    }
    whole = scenario.model_copy(update={"referrals": referrals})
    whole._source = source
    return whole
