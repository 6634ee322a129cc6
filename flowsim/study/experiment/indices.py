"""The sensitivity indices of an experiment that was drawn by Sobol's or Morris' design."""

from __future__ import annotations

import numpy as np
import pandas as pd

from flowsim.analysis.kpi_names import Kpi
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.sensitivity import indices, unit_design

__all__ = ["INDEXED_DESIGNS", "indices_of"]

INDEXED_DESIGNS = ("sobol", "morris")


def indices_of(results: ExperimentResults, kpi: Kpi) -> pd.DataFrame:
    """Work out the indices of one figure of an experiment.

    Parameters
    ----------
    results : of an experiment with the design "sobol" or "morris"
    kpi : one of its figures

    Returns
    -------
    see `flowsim.study.experiment.sensitivity.indices`; the factors by their names, the dummy last

    Raises
    ------
    ResultsError
        If it has another design, or the figure is missing in a point or the same in all.
    """
    experiment = results.experiment
    head, factors = experiment.file.experiment, experiment.file.factors
    if head.design not in INDEXED_DESIGNS or head.n is None:
        allowed = _(" and ").join(INDEXED_DESIGNS)
        raise ResultsError(
            _("{name}: found the design {design}; indices have {allowed}").format(
                name=experiment.name, design=head.design, allowed=allowed
            )
        )
    drawn = unit_design(head.design, len(factors), head.n, experiment.seed)
    figures = [one for one in results.figures if one.kpi.name == kpi.name]
    means = np.array([one.mean for one in figures])
    std_errors = np.array([one.std_error for one in figures])
    try:
        return indices(drawn, [factor.name for factor in factors], means, std_errors)
    except ResultsError as error:
        raise ResultsError(f"{kpi.name}: {error}") from None
