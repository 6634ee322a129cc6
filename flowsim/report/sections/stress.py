"""The checklist STRESS-DES, filled from the run itself as far as a run can know.

References
----------
Monks, Currie, Onggo, Robinson, Kunc and Taylor (2019), Strengthening the reporting of empirical
simulation studies: Introducing the STRESS guidelines, Journal of Simulation 13(1), table for DES.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flowsim.report.catalogues import N_
from flowsim.report.document.blocks import Block, Prose, Table
from flowsim.report.sections import stress_logic, stress_run
from flowsim.report.sections.paper import ScenarioPaper
from flowsim.report.sections.stress_run import Answer

__all__ = ["ROWS", "answers", "section"]


class Row(NamedTuple):
    """A row of the checklist: its number, its name, and what fills it (None: only people can)."""

    number: str
    name: str
    fill: Callable[[ScenarioPaper], Answer | None] | None


ROWS = (
    Row("1.1", N_("Purpose of the model"), stress_run.purpose),
    Row("1.2", N_("Model outputs"), stress_run.outputs),
    Row("1.3", N_("Aims of experimentation"), None),
    Row("2.1", N_("Base model overview diagram"), stress_logic.overview),
    Row("2.2", N_("Base model logic"), stress_logic.base_logic),
    Row("2.3", N_("Scenario logic"), stress_logic.scenario_logic),
    Row("2.4", N_("Algorithms"), stress_logic.algorithms),
    Row("2.5.1", N_("Components: entities"), stress_logic.entities),
    Row("2.5.2", N_("Components: activities"), stress_logic.activities),
    Row("2.5.3", N_("Components: resources"), stress_logic.resources),
    Row("2.5.4", N_("Components: queues"), stress_logic.queues),
    Row("2.5.5", N_("Components: entry and exit points"), stress_logic.entry_and_exit),
    Row("3.1", N_("Data sources"), stress_run.data_sources),
    Row("3.2", N_("Pre-processing"), None),
    Row("3.3", N_("Input parameters"), stress_run.input_parameters),
    Row("3.4", N_("Assumptions"), stress_run.assumptions),
    Row("4.1", N_("Initialisation"), stress_run.initialisation),
    Row("4.2", N_("Run length"), stress_run.run_length),
    Row("4.3", N_("Estimation approach"), stress_run.estimation),
    Row("5.1", N_("Software or programming language"), stress_run.software),
    Row("5.2", N_("Random sampling"), stress_run.random_sampling),
    Row("5.3", N_("Model execution"), stress_run.execution),
    Row("5.4", N_("System specification"), stress_run.system),
    Row("6.1", N_("Computer model sharing statement"), None),
)


def answers(
    paper: ScenarioPaper, own: Mapping[str, Answer] | None = None
) -> dict[str, Answer | None]:
    """Return what fills each row, by its number; None where only people can.

    Parameters
    ----------
    own : what fills some rows in another way, where more than one scenario is told
    """
    own = own or {}
    return {
        row.number: own.get(row.number) or (row.fill(paper) if row.fill else None) for row in ROWS
    }


def section(paper: ScenarioPaper, own: Mapping[str, Answer] | None = None) -> tuple[Block, ...]:
    """Return the checklist as blocks of the annex."""
    _ = paper._
    filled = answers(paper, own)
    n_filled = sum(answer is not None for answer in filled.values())
    rows = tuple((f"{row.number} {_(row.name)}", words(filled[row.number], paper)) for row in ROWS)
    heads = (_("Row"), _("Answer"))
    intro = _(
        "STRESS-DES is a checklist for reporting simulations (Monks et al. 2019, Journal of "
        "Simulation 13(1)). {filled} of {n} rows are filled from the run itself; the rest are for "
        "those who used it to fill."
    )
    return (
        Prose(intro.format(filled=n_filled, n=len(ROWS))),
        Table(_("STRESS-DES"), heads, rows, "ll"),
    )


def words(answer: Answer | None, paper: ScenarioPaper) -> str:
    """Write an answer, and what in it only people can fill."""
    blank = paper._("not filled in")
    if answer is None:
        return blank
    return f"{answer.text} {answer.lacking}: {blank}." if answer.lacking else answer.text
