"""The event logs of a run: as they were kept, or simulated again from its manifest.

Every draw has a key (seed, replication, participant ...), so that a log simulated again is the one
that was not kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from flowsim.engine.compiling import compile_plan
from flowsim.engine.engines import simulate
from flowsim.engine.eventlog import EventLog
from flowsim.engine.plan import Plan
from flowsim.errors import ResultsError
from flowsim.language import _
from flowsim.study.kept_tables import EVENTS, KeptTable
from flowsim.study.manifest import RunRecord
from flowsim.study.results import event_frame
from flowsim.study.verifying.differences import Comparison, compare_events


class KeptLogs:
    """Logs of a run, replication by replication.

    Parameters
    ----------
    record : from `manifest.read`
    replication : the number of one replication; None: all of them

    Raises
    ------
    ResultsError
        If there is no such replication.
    """

    def __init__(self, record: RunRecord, replication: int | None = None) -> None:
        last = record.replications - 1
        if replication is not None and not 0 <= replication <= last:
            raise ResultsError(
                _("replication: found {replication}; allowed: 0 to {last}").format(
                    replication=replication, last=last
                )
            )
        self.record = record
        self.plan: Plan = compile_plan(record.scenario, ())
        self.path = record.folder / "events.parquet"
        self.wanted = (
            range(last + 1) if replication is None else range(replication, replication + 1)
        )

    def frames(self) -> Iterator[pd.DataFrame]:
        """Return the events with names, from the folder where they were kept."""
        if not self.path.exists():
            yield from (event_frame(self._simulated(replication)) for replication in self.wanted)
            return
        yield from (frame for _, frame in self._kept())

    def logs(self) -> Iterator[EventLog]:
        """Simulate the logs again; where they were kept as well, the two must be the same.

        Raises
        ------
        ResultsError
            If a kept log is not what is simulated now.
        """
        if not self.path.exists():
            yield from map(self._simulated, self.wanted)
            return
        for replication, kept in self._kept():
            log = self._simulated(replication)
            compared = Comparison("events")
            compare_events(compared, kept, event_frame(log))
            if compared.n_different:
                raise ResultsError(
                    _(
                        "{path}: cannot be simulated again, so that who the participants were is "
                        "not known; flowsim verify says what differs; --format parquet and csv do "
                        "without"
                    ).format(path=self.path)
                )
            yield log

    def _simulated(self, replication: int) -> EventLog:
        record = self.record
        return simulate(self.plan, seed=record.seed, replication=replication, engine=record.engine)

    def _kept(self) -> Iterator[tuple[int, pd.DataFrame]]:
        table = KeptTable(self.path, EVENTS)
        for replication in range(self.wanted.stop):
            rows = table.rows(replication, replication + 1)
            if replication in self.wanted:
                yield replication, rows
        if self.wanted.stop == self.record.replications:
            table.must_end()
