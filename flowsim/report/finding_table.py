"""A search for the best option in the terminal: the answer first, then a row for each option.

Everything is in the language of the scenario. Exact figures are in the folder and in `--json`.
"""

from __future__ import annotations

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from flowsim.analysis.feasibility import Verdict
from flowsim.report.finding import MOST_ROWS, FindingText, key_words
from flowsim.report.numbers import number, percent
from flowsim.report.terminal import shown
from flowsim.scenario.marking import N_
from flowsim.study.search.found import Finding

VERDICTS = {Verdict.KEPT: N_("yes"), Verdict.BROKEN: N_("no"), Verdict.OPEN: N_("open")}


def rows(finding: Finding) -> list[int]:
    """Return the options that are told: all, or of very many those that matter most."""
    n, selection = len(finding.options), finding.selection
    if n <= MOST_ROWS:
        return list(range(n))
    near = [k for one in selection.chosen for k in finding.neighbours(one)]
    first = list(dict.fromkeys([*selection.chosen, *near, *selection.open, *range(n)]))
    return sorted(first[:MOST_ROWS])


def table_of(text: FindingText) -> Table:
    """Return a row for each option."""
    _, finding = text._, text.finding
    table = Table(title=Text(_("Options")), title_justify="left", title_style="bold")
    for key in finding.keys:
        head = Text(key_words(key, text.scenario, text.language))
        table.add_column(head, justify="right", overflow="fold")
    if finding.objective is not None:
        table.add_column(Text(text.criterion), justify="right", overflow="fold")
    for letter in dict(text.letters()):
        table.add_column(Text(letter), justify="right", overflow="fold")
    table.add_column(Text(_("Enough")), overflow="fold")
    if finding.limits:
        table.add_column(Text(_("Chance in one run")), justify="right", overflow="fold")
    table.add_column(Text(_("Replications")), justify="right", overflow="fold")
    for option in rows(finding):
        table.add_row(*map(Text, row(text, option)))
    return table


def row(text: FindingText, option: int) -> list[str]:
    """Return the cells of one option."""
    finding, standing = text.finding, text.standings[option]
    cells = [text.value(value) for value in finding.options[option].values.values()]
    if finding.objective is not None:
        cells.append(text.objective(option))
    for named, one in zip(finding.limits, standing.judgements, strict=True):
        cells.append(text.judged(named, one))
    cells.append(verdict(text, option))
    if finding.limits:
        cells.append(percent(standing.chance, text.language, 1))
    return [*cells, number(standing.n, text.language)]


def verdict(text: FindingText, option: int) -> str:
    """Say in a word what is declared of an option."""
    standing = text.standings[option]
    if option in text.finding.selection.chosen:
        return text._("→ best")
    if standing.given_up_for is not None:
        is_enough = text.finding.limits and standing.verdict is Verdict.KEPT
        return text._("yes, but worse") if is_enough else text._("worse")
    if not text.finding.limits:
        return text._("open")
    return text._(VERDICTS[standing.verdict])


def everything(text: FindingText) -> Group:
    """Everything, the answer first."""
    title = Text(shown(text.scenario.scenario.title), style="bold")
    answer = [Text(line, style="bold" if k == 0 else "") for k, line in enumerate(text.answer())]
    notes = [Text(note, style="dim") for note in text.notes()]
    limits = [Text(f"{letter}: {limit}.") for letter, limit in text.letters()]
    head = [title, Text(f"{text.question()}."), *limits, Text(f"{text.facts()}.")]
    return Group(*head, *answer, table_of(text), *notes)


def show(finding: Finding, console: Console) -> None:
    """Print a search."""
    console.print(everything(FindingText(finding)))
