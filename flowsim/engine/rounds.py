"""What comes first among things that happen at one instant: rounds, and phases within a round."""

from __future__ import annotations

from heapq import heappush
from typing import Any

import simpy

MAX_ROUNDS = 10_000

# What happens first within a round.
(CAPACITY, PLACES, ENDS, PATIENCE, ARRIVALS, MEETINGS, STARTS, STOPS) = range(8)


class EndlessError(Exception):
    """More than `MAX_ROUNDS` rounds at one instant."""


class Rounds(simpy.Environment):
    """An environment in which simultaneous events happen in rounds, each in a fixed order.

    SimPy sorts events by time, then priority. Here the priority holds the round, the phase within
    the round, and the place, source and ordinal within the phase. What becomes due at the present
    instant belongs to its next round. SimPy's own events (a process that begins) have priorities
    0 and 1 and so happen at once, between ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.round = -1
        self.phase = CAPACITY

    def at(
        self, time: float, phase: int, place: int = 0, source: int = 0, ordinal: int = 0
    ) -> simpy.Event:
        """Return an event at an absolute time; at the present one, in its next round."""
        round_ = self.round + 1 if time == self.now else 0
        return self._due(time, round_, phase, place, source, ordinal)

    def in_this_round(
        self, phase: int, place: int = 0, source: int = 0, ordinal: int = 0
    ) -> simpy.Event:
        """Return an event later in the present round."""
        return self._due(self.now, self.round, phase, place, source, ordinal)

    def _due(
        self, time: float, round_: int, phase: int, place: int, source: int, ordinal: int
    ) -> simpy.Event:
        event = simpy.Event(self)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: self._reach(round_, phase))
        order = (((round_ << 4 | phase) << 24 | place) << 24 | source) << 64 | ordinal
        queue: list[Any] = self._queue
        heappush(queue, (time, order + 2, next(self._eid), event))
        return event

    def _reach(self, round_: int, phase: int) -> None:
        if round_ >= MAX_ROUNDS:
            raise EndlessError
        self.round, self.phase = round_, phase
