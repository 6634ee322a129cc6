"""Which figures scenarios are compared in: those asked for, or a short list for a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flowsim.analysis.kpi_names import Kpi, KpiTable
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.scenario.known import figures_of, lacking, names_of
from flowsim.scenario.quantities import nearest, shown
from flowsim.scenario.schema import Scenario

__all__ = ["board_figures", "check_period", "chosen_figures"]

Tables = Mapping[str, KpiTable]  # of each scenario by its name, the base first


def chosen_figures(
    tables: Tables, scenarios: Mapping[str, Scenario], asked: Sequence[str] | None
) -> tuple[Kpi, ...]:
    """Return the figures to compare, in the order asked for or in that of the base.

    Raises
    ------
    ResultsError
        With one line for each figure that a scenario does not have, or has in another unit.
    """
    base = next(iter(tables.values()))
    if asked is None:
        everywhere = set.intersection(*(set(table.names) for table in tables.values()))
        for_board = board_figures(next(iter(scenarios.values())))
        wanted = [name for name in for_board if name in everywhere]
    else:
        wanted = list(dict.fromkeys(asked))
    faults = [fault for name in wanted for fault in _faults(name, tables)]
    if not wanted:
        faults = [_("no figure that all scenarios have; name one with --kpi")]
    if faults:
        raise ResultsError("\n".join(faults))
    return tuple(base[name] for name in wanted)


def board_figures(scenario: Scenario) -> list[str]:
    """Return what a board looks at first: waits, outcomes, what they cost, goals.

    Examples
    --------
    >>> import flowsim
    >>> board_figures(flowsim.load("scenarios/orebro.toml"))[:3]
    ['time_to_first_start.mean', 'mapping.joined.wait.mean', 'mapping.joined.wait.p90']
    """
    chosen = [
        (figure, kpi)
        for kpi, figure, of in figures_of(names_of(scenario))
        if "compared" in figure.tables
        and not lacking(figure, of, scenario)
        and (figure.of != "step" or scenario.steps[of].team or scenario.steps[of].intake)
    ]
    chosen.sort(key=lambda pair: not pair[0].is_wait)
    return [kpi for _, kpi in chosen]


def check_period(period: str, tables: Tables) -> None:
    """Refuse a period that a scenario does not have."""
    faults = []
    for name, table in tables.items():
        known = [part.name for part in table.periods]
        if period not in known:
            faults.append(
                _("{name}: period: found {period}; allowed: {known}").format(
                    name=name, period=shown(period), known=", ".join(known)
                )
            )
    if faults:
        raise ResultsError("\n".join(faults))


def _faults(kpi: str, tables: Tables) -> Iterable[str]:
    """Describe which scenarios do not have a figure, or have it in another unit than the base."""
    base = next(iter(tables.values()))
    lacking = [name for name, table in tables.items() if kpi not in table.position]
    if len(lacking) == len(tables):
        yield _("kpi: found {kpi}; allowed: a figure of the scenarios{near}").format(
            kpi=shown(kpi), near=_near(kpi, base)
        )
        return
    for name in lacking:
        yield _("{name}: has no figure {kpi}{near}").format(
            name=name, kpi=shown(kpi), near=_near(kpi, tables[name])
        )
    for name, table in tables.items():
        if not lacking and table[kpi].unit != base[kpi].unit:
            yield _("{name}: {kpi}: found {unit}; allowed: {allowed}, as the base").format(
                name=name, kpi=kpi, unit=table[kpi].unit, allowed=base[kpi].unit
            )


def _near(kpi: str, table: KpiTable) -> str:
    near = nearest(kpi, table.names)
    return _('; did you mean "{near}"?').format(near=near) if near else ""
