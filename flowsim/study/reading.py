"""A run read back from its folder."""

from __future__ import annotations

from pathlib import Path

from flowsim.analysis import kpis
from flowsim.engine.compiling import compile_plan
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError
from flowsim.language import N_, _
from flowsim.study import manifest, tables
from flowsim.study.results import Results
from flowsim.study.unknown.drawing import draw_inputs
from flowsim.study.unknown.results import PLAYS, Unknown, table_of


def read(folder: str | Path, needed_by: str = N_("what was asked for")) -> Results:
    """Read the figures of a run from its folder; event logs stay there.

    Parameters
    ----------
    folder : what `Results.save` or `flowsim run` wrote
    needed_by : what cannot be done with a folder of another kind

    Raises
    ------
    ResultsError
        If the folder holds no results, is damaged, or its manifest was changed by hand.
    """
    record = manifest.read(folder, needed_by)
    if not record.is_unchanged:
        raise ResultsError(
            _(
                "{folder}: was changed after the run: its hash is that of "
                "another scenario, seed or engine"
            ).format(folder=record.folder / "manifest.json")
        )
    plan, n = compile_plan(record.scenario), record.replications
    return Results(
        plan=plan,
        seed=record.seed,
        engine=record.engine,
        samples=tables.read_samples(record.folder / tables.KPIS, kpis.names(plan), n),
        months=tables.read_samples(record.folder / tables.SERIES, kpis.monthly(plan), n),
        logs=(),
        wall_time=record.wall_time,
        unknown=_unknown(record, plan),
    )


def _unknown(record: manifest.RunRecord, plan: Plan) -> Unknown | None:
    """Read the draws of a run; None where there were none."""
    if record.draws == 0:
        return None
    table = table_of(plan)
    path = record.folder / tables.UNKNOWN
    samples = tables.read_samples(path, table, PLAYS * record.draws)
    return Unknown(draw_inputs(record.scenario, record.seed, record.draws), table, samples)
