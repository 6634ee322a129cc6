"""The best of several options that keep their limits, with a stated confidence.

Options that are ranked by one number that is known beforehand, such as posts, are judged in its
order: one is declared to keep its limits only if all that give more do so, and to break them only
if all that give less do so (fixed-sequence tests). Of each sequence the first wrong declaration is
at one certain option, so its chance need not be divided among the options. Where more does not help
after all, a sequence ends early; a tenth of the error is kept for each option by itself.

The chance of a wrong answer, 1 - confidence, is divided (Bonferroni): where options are ranked by a
figure that varies, half goes to the limits (`feasibility`), half to the comparisons in pairs
(`screening`, KN); where they are ranked by a number known beforehand, such as posts, or have no
limits, all goes to the one part that is left to chance. Both parts run side by side on the same
replications, and an option is given up only for one that was declared to keep its limits.

With at least the confidence, if means are normal: every declared limit is as declared, and the best
option that keeps its limits is not given up for one that is worse by the indifference zone or more.

References
----------
Maurer, W., Hothorn, L. A. and Lehmacher, W. (1995), Multiple comparisons in drug clinical trials
    and preclinical assays: a-priori ordered hypotheses, in: Vollmar, J. (ed.), Biometrie in der
    chemisch-pharmazeutischen Industrie 6, 3-18.
Kim, S.-H. and Nelson, B. L. (2001), A fully sequential procedure for indifference-zone selection
    in simulation, ACM Transactions on Modeling and Computer Simulation 11, 251-273.
Andradottir, S. and Kim, S.-H. (2010), Fully sequential procedures for comparing constrained systems
    via simulation, Naval Research Logistics 57, 403-421. The division into limits and comparisons
    is theirs; here limits are judged by repeated intervals, which need no tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import combinations
from math import inf, nan

import numpy as np

from flowsim.analysis.comparison import Sample
from flowsim.analysis.feasibility import Judgement, Limit, Verdict, judge, keeps, looks, together
from flowsim.analysis.screening import Outcome, compared

N_FIRST = 50
OF_EACH = 0.1  # of the error, where options are ordered, for each by itself


@dataclass(frozen=True, slots=True)
class Drawn:
    """Replications 0, 1, ..., n - 1 of an option.

    Parameters
    ----------
    objective : what shall be small; None where the score is known beforehand
    limits : the figure of each limit
    """

    objective: Sample | None
    limits: tuple[Sample, ...] = ()


Draw = Callable[[int, int], Drawn]
"""(option, n): the first n replications of an option, all options with the same luck."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is looked for: the option with the smallest objective that keeps all limits.

    Parameters
    ----------
    n_options : how many there are
    limits : what each shall keep
    scores : their objectives (n_options,), where known beforehand
    is_ordered : whether limits are judged in the order of the scores, those of the largest first
    confidence : that the answer is right
    indifference : the smallest difference in the objective that matters
    n_first, most : replications of each option in the first stage, and in all
    """

    n_options: int
    limits: tuple[Limit, ...] = ()
    scores: tuple[float, ...] | None = None
    is_ordered: bool = False
    confidence: float = 0.95
    indifference: float = 0.0
    n_first: int = N_FIRST
    most: int = 2000

    @property
    def looks(self) -> list[int]:
        """After how many replications there is a look."""
        return looks(min(self.n_first, self.most), self.most)

    @property
    def error_of_limits(self) -> float:
        """Chance of a wrong declaration on limits, of all options and looks together."""
        is_ranked_by_chance = self.scores is None and self.n_options > 1
        return (1 - self.confidence) / (2 if is_ranked_by_chance else 1) if self.limits else 0.0

    def error_of_a_look(self, n: int, *, alone: bool = False) -> float:
        """Return the chance of a wrong declaration on one limit of one option at one look.

        Parameters
        ----------
        n : replications at that look
        alone : of an option by itself; else in the order of the options, if they are ordered
        """
        among = self.n_options
        share = 1.0
        if self.is_ordered:
            among, share = (self.n_options, OF_EACH) if alone else (2, 1 - OF_EACH)
        parts = max(among * len(self.limits), 1)
        return share * self.error_of_limits / parts * n / sum(self.looks)

    @property
    def error_of_a_pair(self) -> float:
        """Chance that the best is given up for one certain other."""
        left = 1 - self.confidence - self.error_of_limits
        return left / max(self.n_options - 1, 1)


@dataclass(slots=True)
class Standing:
    """What is known of an option.

    Parameters
    ----------
    n : replications so far
    judgements : of each limit, at the last look
    own : on all limits together, whatever is known of other options; once found it stands
    verdict : what is declared of all limits together; once declared it stands
    given_up_for : the option that was found better
    chance : share of the replications that keep all limits
    """

    n: int = 0
    judgements: tuple[Judgement, ...] = ()
    own: Verdict = Verdict.OPEN
    verdict: Verdict = Verdict.OPEN
    given_up_for: int | None = None
    chance: float = float("nan")


@dataclass(slots=True)
class Search:
    """A search under way: which options are still in it, and the answer once there is one.

    Parameters
    ----------
    task : what is looked for
    draw : gives replications
    """

    task: Task
    draw: Draw
    standings: list[Standing] = field(init=False)
    drawn: list[Drawn | None] = field(init=False)
    ended: dict[tuple[int, int], Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standings = [Standing() for _ in range(self.task.n_options)]
        self.drawn = [None] * self.task.n_options

    def run(self) -> Selection:
        """Add replications, stage by stage, until there is an answer or there may be no more."""
        for n in self.task.looks:
            for option in self.needed():
                self._look(option, n)
            self._declare_in_order()
            self._screen()
            if not self.needed():
                break
        return self.answer()

    def needed(self) -> list[int]:
        """Return the options of which more replications may change the answer."""
        if self.standings[0].n == 0:
            return list(range(self.task.n_options))
        left = self.left()
        if self.task.scores is not None:
            best = min((self.task.scores[o] for o in left if self.is_kept(o)), default=inf)
            return [o for o in left if not self.is_kept(o) and self.task.scores[o] < best]
        return [] if self._is_settled(left) else left

    def left(self) -> list[int]:
        """Return the options that are not out."""
        return [option for option, standing in enumerate(self.standings) if is_in(standing)]

    def is_kept(self, option: int) -> bool:
        """Whether an option was declared to keep its limits."""
        return self.standings[option].verdict is Verdict.KEPT

    def _is_settled(self, left: list[int]) -> bool:
        """Whether all that are left keep their limits and are exactly alike."""
        return all(self.is_kept(option) for option in left) and all(
            (outcome := self._compared(a, b)) is not None and outcome.loser < 0
            for a, b in combinations(left, 2)
        )

    def _look(self, option: int, n: int) -> None:
        """Judge the limits of an option after n replications; what was declared stands."""
        drawn = self.drawn[option] = self.draw(option, n)
        standing, task = self.standings[option], self.task
        standing.n, standing.judgements = n, _judged(task, drawn, task.error_of_a_look(n))
        standing.chance = share_that_keeps_all(task.limits, drawn.limits)
        if standing.own is Verdict.OPEN:
            standing.own = together([one.verdict for one in standing.judgements])
        if not task.is_ordered:
            standing.verdict = standing.own
        elif standing.verdict is Verdict.OPEN:
            alone = _judged(task, drawn, task.error_of_a_look(n, alone=True))
            standing.verdict = together([one.verdict for one in alone])

    def _declare_in_order(self) -> None:
        """Declare the options up to the first of which it is not found yet, from either end."""
        scores = self.task.scores
        if scores is None or not self.task.is_ordered:
            return
        order = sorted(range(self.task.n_options), key=lambda option: -scores[option])
        for verdict, options in ((Verdict.KEPT, order), (Verdict.BROKEN, order[::-1])):
            for standing in (self.standings[option] for option in options):
                if verdict not in (standing.own, standing.verdict):
                    break
                if standing.verdict is Verdict.OPEN:
                    standing.verdict = verdict

    def _screen(self) -> None:
        """Give up the options that lost a comparison, in the order in which they were lost."""
        if self.task.scores is not None:
            return
        for winner, loser in self._lost():
            better, worse = self.standings[winner], self.standings[loser]
            if better.given_up_for is None and worse.given_up_for is None:
                worse.given_up_for = winner

    def _lost(self) -> list[tuple[int, int]]:
        """Return (winner, loser) of the comparisons that ended, the first to end first.

        Each is taken from the first stage on, whenever its winner was declared to keep the limits:
        so the chance of giving up the better one is that of KN.
        """
        found = []
        for a, b in combinations(self.left(), 2):
            outcome = self._compared(a, b)
            if outcome is None or outcome.loser < 0:
                continue
            winner, loser = (a, b) if outcome.loser == 1 else (b, a)
            if self.is_kept(winner):
                found.append((outcome.after, winner, loser))
        return [(winner, loser) for _, winner, loser in sorted(found)]

    def _compared(self, a: int, b: int) -> Outcome | None:
        """Compare two options, or return None while that needs more replications."""
        if (a, b) in self.ended:
            return self.ended[a, b]
        ours, theirs = self.drawn[a], self.drawn[b]
        assert ours is not None
        assert theirs is not None
        assert ours.objective is not None
        assert theirs.objective is not None
        outcome = compared(
            ours.objective,
            theirs.objective,
            n_first=self.task.looks[0],
            indifference=self.task.indifference,
            error=self.task.error_of_a_pair,
        )
        if outcome is not None and outcome.loser >= 0:
            self.ended[a, b] = outcome
        return outcome

    def answer(self) -> Selection:
        """Return what may be said now."""
        left = self.left()
        if self.needed():
            return Selection(self.task, Answer.UNDECIDED, (), tuple(self.standings))
        kept = [option for option in left if self.is_kept(option)]
        if self.task.scores is not None and kept:
            best = min(self.task.scores[option] for option in kept)
            kept = [option for option in kept if self.task.scores[option] == best]
        answer = Answer.FOUND if kept else Answer.NONE
        return Selection(self.task, answer, tuple(kept), tuple(self.standings))


def _judged(task: Task, drawn: Drawn, error: float) -> tuple[Judgement, ...]:
    """Judge all limits of an option, each with the same chance of a wrong declaration."""
    pairs = zip(task.limits, drawn.limits, strict=True)
    return tuple(judge(limit, sample, error) for limit, sample in pairs)


class Answer(Enum):
    """How a search ended: with the best, without any option that keeps its limits, or open."""

    FOUND = "found"
    NONE = "none"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer of a search.

    Parameters
    ----------
    task : what was looked for
    answer : how it ended
    chosen : the best; several only where they are exactly alike
    standings : what is known of each option
    """

    task: Task
    answer: Answer
    chosen: tuple[int, ...]
    standings: tuple[Standing, ...]

    @property
    def open(self) -> tuple[int, ...]:
        """The options between which the search could not decide."""
        if self.answer is not Answer.UNDECIDED:
            return ()
        left = [o for o, one in enumerate(self.standings) if is_in(one)]
        scores = self.task.scores
        if scores is None:
            return tuple(left)
        kept = [scores[o] for o in left if self.standings[o].verdict is Verdict.KEPT]
        best = min(kept, default=inf)
        return tuple(o for o in left if scores[o] <= best)


def select(task: Task, draw: Draw) -> Selection:
    """Find the option with the smallest objective that keeps all limits.

    Parameters
    ----------
    task : what is looked for; to find the largest, give objectives with the sign turned
    draw : gives the first n replications of an option, all options with the same luck

    Examples
    --------
    >>> luck = np.random.default_rng(1).normal(size=500)
    >>> def draw(option, n):
    ...     return Drawn(None, (Sample(luck[:n] + 10 - option),))
    >>> task = Task(5, (Limit(7.5, at_least=False),), scores=(0, 1, 2, 3, 4), most=500)
    >>> found = select(task, draw)
    >>> found.answer.value, found.chosen
    ('found', (3,))
    """
    return Search(task, draw).run()


def is_in(standing: Standing) -> bool:
    """Whether an option is not out: neither breaks a limit nor was given up for a better one."""
    return standing.verdict is not Verdict.BROKEN and standing.given_up_for is None


def share_that_keeps_all(limits: Sequence[Limit], samples: Sequence[Sample]) -> float:
    """Return in how large a share of the replications all limits are kept at once.

    A replication in which a figure is missing, as it is of nobody, says nothing and is left out.
    """
    if not limits:
        return nan
    kept = [keeps(limit, sample) for limit, sample in zip(limits, samples, strict=True)]
    known = np.logical_and.reduce([sample.known() for sample in samples])
    return float(np.logical_and.reduce(kept)[known].mean()) if known.any() else nan
