"""The registry of figures: what each is called, what it means, how it is counted, who is told it.

Everything that knows figures reads `FIGURES`: the checks of a scenario, the tables of values, the
terminal, reports, workbooks, and the documentation (`docs/figure_tables.py` writes its tables).
A new figure of what the passes over the event log count already is one entry here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from flowsim.language import N_

__all__ = [
    "A_VACANCY",
    "CURRENCY",
    "FIGURES",
    "HIGHER",
    "LOWER",
    "NEITHER",
    "Figure",
    "is_told_in_months",
]

HIGHER, LOWER, NEITHER = 1, -1, 0
PART, ANY_SIZE = (0.0, 1.0), (-inf, inf)
CURRENCY = "currency"
A_VACANCY = "teams.<team>.staff.<role>.vacant"  # of a team of the step


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, or one for each step, team, exit, outcome, payer or goal.

    Parameters
    ----------
    pattern : its name, with `<step>` and so on where the name of one stands
    label : what it is called within a sentence; {name} is what the exit (and so on) is called
    definition : what it is; {steps} are those counted in, {exits} those of the outcome
    over : names of slots in the cells of the compiled passes, the first over the second; none
        where it is worked out afterwards
    unit : days, count, share, places, fte or currency
    kind : how it is taken over replications: count, mean, quantile, money, ratio (a ratio of
        means) or chance (1 where a goal is met, else 0)
    sums : of a ratio, the figures whose sums make it; without the first it is value x second.
        `<user>` is every step that uses the team, `<any>` every exit
    better : 1 if a higher figure is better, -1 if a lower one is, 0 if neither
    needs : the key that a scenario must have for it to exist
    tables : where boards see it: waits, places, years, costs (of a run), compared (by which
        scenarios are compared); what stands in any of them is defined in every report
    a_year : whether boards are told how much it is a year
    in_months : whether boards are told it in months, not in weeks
    monthly : whether it is kept month by month
    by_group : whether it exists for each value of a group
    limits : the least and the most that it can be; no interval goes beyond
    follows : of people followed after the end: joined (a list) or referred; else empty
    still_open : the figure that tells how many are still open; where any are, it is the least that
        this one can be
    """

    pattern: str
    label: str
    definition: str
    over: tuple[str, str] | None = None
    unit: str = "count"
    kind: str = "count"
    sums: tuple[str, str] = ("", "")
    better: int = NEITHER
    needs: str = ""
    tables: tuple[str, ...] = ()
    a_year: bool = False
    in_months: bool = False
    monthly: bool = False
    by_group: bool = True
    limits: tuple[float, float] = (0.0, inf)
    follows: str = ""
    still_open: str = ""

    @property
    def of(self) -> str:
        """What there is one for each of: step, team, exit, outcome, payer or goal; or nothing."""
        return "".join(re.findall(r"<(\w+)>", self.pattern))

    @property
    def is_wait(self) -> bool:
        """Whether it is a time, or of a step: what boards read first."""
        return self.of == "step" or self.unit == "days"


# fmt: off
FIGURES: tuple[Figure, ...] = (
    # Of the whole
    Figure("referred", N_("referred"),
           N_("Referrals that came in the period."),
           over=("ALL_REFERRED", "ONE"), tables=("years",), monthly=True),
    Figure("returned", N_("returned"),
           N_("Returns after an exit."),
           over=("ALL_RETURNED", "ONE")),
    Figure("opening", N_("inside at the beginning"),
           N_("Participants when the period begins."),
           over=("ALL_OPENING", "ONE")),
    Figure("new", N_("new"),
           N_("First starts in the period."),
           over=("ALL_NEW", "ONE"), monthly=True),
    Figure("participants", N_("participants"),
           N_("Everybody who in the period was between the first start in one of these steps and "
              "the exit: {steps}."),
           over=("ALL_PARTICIPANTS", "ONE"), tables=("years",), monthly=True),
    Figure("left", N_("left"),
           N_("Participants who left in the period."),
           over=("ALL_LEFT", "ONE"), monthly=True),
    Figure("closing", N_("inside at the end"),
           N_("Participants when the period ends: opening + new = participants = left + closing."),
           over=("ALL_CLOSING", "ONE")),
    Figure("coverage", N_("participants, of the target group"),
           N_("Participants over the target group."),
           unit="share", kind="mean", better=HIGHER, needs="population.target_group"),
    Figure("time_to_first_start.mean", N_("mean wait from referral to the first start"),
           N_("Time from the referral to the start of the first step of all."),
           over=("FIRST_START_SUM", "FIRST_START_N"), unit="days", kind="ratio",
           sums=("", "time_to_first_start.n"), better=LOWER, tables=("compared",)),
    Figure("time_to_first_start.n", N_("first starts counted"),
           N_("How many times from referral to the first start the mean is of."),
           over=("FIRST_START_N", "ONE")),
    Figure("time_in_system.mean", N_("mean time from referral to exit"),
           N_("Time from the referral, or the return, to the exit."),
           over=("SYSTEM_SUM", "SYSTEM_N"), unit="days", kind="ratio",
           sums=("", "time_in_system.n"), better=LOWER, in_months=True),
    Figure("time_in_system.n", N_("times from referral to exit counted"),
           N_("How many times from referral to exit the mean is of."),
           over=("SYSTEM_N", "ONE")),
    Figure("exits.<exit>", "{name}",
           N_("Exits in the period by this way."),
           over=("EXIT", "ONE"), needs="exits.<exit>", monthly=True),
    Figure("exits.<exit>.share", N_("{name}, share"),
           N_("Exits by this way over all exits."),
           over=("EXIT", "ALL_EXITS"), unit="share", kind="ratio",
           sums=("exits.<exit>", "exits.<any>"), needs="exits.<exit>", limits=PART),
    Figure("outcomes.<outcome>", "{name}",
           N_("Exits in the period by any of these ways: {exits}."),
           over=("OUTCOME", "ONE"), better=HIGHER, tables=("years", "compared"), monthly=True),
    Figure("outcomes.<outcome>.share", N_("{name}, share"),
           N_("Exits in the outcome over those in the outcome “{completed}”."),
           over=("OUTCOME", "completed"), unit="share", kind="ratio",
           sums=("outcomes.<outcome>", "outcomes.completed"), better=HIGHER,
           needs="outcomes.completed"),
    Figure("completed.share", N_("completed, of the participants"),
           N_("Exits in the outcome “{completed}” over participants."),
           over=("completed", "ALL_PARTICIPANTS"), unit="share", kind="ratio",
           sums=("outcomes.completed", "participants"), better=HIGHER,
           needs="outcomes.completed", tables=("compared",)),
    Figure("outcomes.sustained", N_("exits that held"),
           N_("Exits that held, as their way out says."),
           over=("HELD", "ONE"), better=HIGHER, monthly=True),
    # Of a step
    Figure("<step>.joined.wait.mean", N_("mean wait of those who joined"),
           N_("Time from joining the step's waiting list to the start, the mean over those who "
              "joined in the period and started, also after its end: the run is played on for "
              "them. Whoever still waits when that ends counts with the wait so far; then it is "
              "the least that the mean can be."),
           over=("AWAITED_SUM", "AWAITED_N"), unit="days", kind="ratio",
           sums=("", "<step>.joined.wait.n"), better=LOWER, tables=("waits", "years", "compared"),
           follows="joined", still_open="<step>.joined.open"),
    Figure("<step>.joined.wait.p90", N_("wait that nine in ten of those who joined stay below"),
           N_("Nine in ten of those who joined in the period, and started or still wait, waited "
              "less than this (the 90th percentile)."),
           over=("AWAITED_P90", "ONE"), unit="days", kind="quantile", better=LOWER,
           tables=("waits", "compared"), follows="joined"),
    Figure("<step>.joined.wait.n", N_("waits of those who joined"),
           N_("How many waits the mean of those who joined is of."),
           over=("AWAITED_N", "ONE"), follows="joined"),
    Figure("<step>.joined.within_target", N_("joined and started within target"),
           N_("Of those who joined in the period, the share who started and had waited no longer "
              "than the step's longest acceptable wait."),
           over=("AWAITED_WITHIN", "AWAITED"), unit="share", kind="ratio",
           sums=("", "<step>.joined"), better=HIGHER, needs="steps.<step>.target_wait",
           tables=("compared",), follows="joined"),
    Figure("<step>.joined.left", N_("joined and left without a start"),
           N_("Of those who joined in the period, the share who left the list without a start."),
           over=("AWAITED_LEFT", "AWAITED"), unit="share", kind="ratio",
           sums=("", "<step>.joined"), better=LOWER, tables=("waits",), follows="joined"),
    Figure("<step>.joined.open", N_("joined and still waiting"),
           N_("Of those who joined in the period, the share who still waited when playing on "
              "after the end of the run ended."),
           over=("AWAITED_OPEN", "AWAITED"), unit="share", kind="ratio",
           sums=("", "<step>.joined"), better=LOWER, tables=("waits",), follows="joined"),
    Figure("<step>.referred.time_to_start.mean", N_("mean time from referral to start, of those "
                                                    "referred"),
           N_("Time from the referral to the first start of this step, in the first episode: the "
              "mean over those referred in the period who came to the step's list and started, "
              "also after its end. Whoever still waits there when playing on ends counts with the "
              "time so far. A run has it of the steps to which somebody is referred, and of those "
              "where the file names a figure of those referred."),
           over=("SOUGHT_SUM", "SOUGHT_N"), unit="days", kind="ratio",
           sums=("", "<step>.referred.time_to_start.n"), better=LOWER, follows="referred",
           still_open="<step>.referred.open"),
    Figure("<step>.referred.time_to_start.p90", N_("time from referral to start that nine in ten "
                                                   "of those referred stay below"),
           N_("Nine in ten of those referred in the period who started, or of whom it is not told, "
              "started sooner than this (the 90th percentile)."),
           over=("SOUGHT_P90", "ONE"), unit="days", kind="quantile", better=LOWER,
           follows="referred"),
    Figure("<step>.referred.time_to_start.n", N_("times from referral to start of those referred"),
           N_("How many times from referral to start the mean of those referred is of."),
           over=("SOUGHT_N", "ONE"), follows="referred"),
    Figure("<step>.referred.open", N_("referred, and not told whether they start"),
           N_("Of those referred in the period, the share who might still have come to a start of "
              "this step when playing on after the end of the run ended."),
           over=("SOUGHT_OPEN", "SOUGHT"), unit="share", kind="ratio", sums=("", "referred"),
           better=LOWER, follows="referred"),
    Figure("<step>.wait.mean", N_("mean wait"),
           N_("Time from joining the step's waiting list to the start, the mean over those who "
              "started in the period. Those who still wait, or gave up, are not in it: on a "
              "growing list it is too short."),
           over=("WAIT_SUM", "N_STARTED"), unit="days", kind="ratio",
           sums=("", "<step>.started"), better=LOWER, tables=("waits",)),
    Figure("<step>.wait.median", N_("median wait"),
           N_("Half of those who started had waited less than this."),
           over=("WAIT_MEDIAN", "ONE"), unit="days", kind="quantile", better=LOWER,
           tables=("waits",)),
    Figure("<step>.wait.p90", N_("wait that nine in ten stay below"),
           N_("Nine in ten of those who started had waited less than this (the 90th percentile)."),
           over=("WAIT_P90", "ONE"), unit="days", kind="quantile", better=LOWER,
           tables=("waits",)),
    Figure("<step>.wait.over_60", N_("waited longer than 60 days"),
           N_("How many passed their 60th day on the step's waiting list in the period, whether "
              "they started later or not."),
           over=("N_OVER_60", "ONE"), better=LOWER, tables=("waits",), monthly=True),
    Figure("<step>.recovery", N_("time until the list is as short as before the vacancy"),
           N_("Days from the end of the last vacancy in the step's teams until the waiting list is "
              "first no longer than it was on average in the 90 days before the vacancy began, or "
              "than one person. Infinite where it is not that short before the run ends: a list "
              "that grows anyway does not recover. Missing where fewer than 90 days of the run lie "
              "before the vacancy, or the run ends first."),
           unit="days", kind="quantile", better=LOWER, needs=A_VACANCY, tables=("waits",),
           by_group=False),
    Figure("<step>.wait.first.mean", N_("mean wait of those who go first"),
           N_("Of those who started, the mean wait of those whom the step's priority names."),
           over=("FIRST_WAIT_SUM", "N_FIRST"), unit="days", kind="ratio",
           sums=("", "<step>.started.first"), better=LOWER,
           needs="steps.<step>.priority", tables=("waits",)),
    Figure("<step>.wait.others.mean", N_("mean wait of those who do not go first"),
           N_("Of those who started, the mean wait of all others than the step's priority names."),
           over=("OTHERS_WAIT_SUM", "N_OTHERS"), unit="days", kind="ratio",
           sums=("", "<step>.started.others"), better=LOWER,
           needs="steps.<step>.priority", tables=("waits",)),
    Figure("<step>.wait.within_target", N_("started within target"),
           N_("Of those who started, the share who had waited no longer than the step's longest "
              "acceptable wait."),
           over=("WITHIN_TARGET", "N_STARTED"), unit="share", kind="ratio",
           sums=("", "<step>.started"), better=HIGHER, needs="steps.<step>.target_wait",
           tables=("waits", "compared"), limits=PART),
    Figure("<step>.wait.km_median", N_("median wait, those still waiting included"),
           N_("Median time from joining the list to a start by Kaplan and Meier, of those who "
              "joined in the period: whoever still waits at its end, or left the list without a "
              "start, counts as far as seen. Infinite where fewer than half are estimated to start "
              "within the time seen. On a growing list it is too short, as those cut off are those "
              "who wait longest."),
           over=("KM_MEDIAN", "ONE"), unit="days", kind="quantile", better=LOWER),
    Figure("<step>.listed.mean", N_("mean time on the list"),
           N_("Waiting-list time whatever ended it: start, withdrawal, being turned away, the "
              "team's end."),
           over=("LISTED_SUM", "LISTED_N"), unit="days", kind="ratio",
           sums=("", "<step>.listed.n"), better=LOWER),
    Figure("<step>.listed.n", N_("times on the list counted"),
           N_("How many times on the list the mean is of."),
           over=("LISTED_N", "ONE")),
    Figure("<step>.time_to_start.mean", N_("mean time from referral to start"),
           N_("Time from the referral to the first start of this step, in the first episode."),
           over=("TO_START_SUM", "TO_START_N"), unit="days", kind="ratio",
           sums=("", "<step>.time_to_start.n"), better=LOWER),
    Figure("<step>.time_to_start.n", N_("times from referral to start counted"),
           N_("How many times from referral to start the mean is of."),
           over=("TO_START_N", "ONE")),
    Figure("<step>.waiting.mean", N_("waiting on average"),
           N_("People on the step's waiting list, averaged over time."),
           over=("WAITING_AREA", "DAYS"), kind="mean", better=LOWER, monthly=True),
    Figure("<step>.waiting.end", N_("waiting at the end"),
           N_("People on the step's waiting list when the period ends."),
           over=("WAITING_END", "ONE"), better=LOWER, tables=("waits", "years", "compared"),
           monthly=True),
    Figure("<step>.still_waiting.mean", N_("wait so far of those waiting at the end"),
           N_("How long those on the list at the end of the period have waited by then, on "
              "average."),
           over=("STILL_SUM", "WAITING_END"), unit="days", kind="ratio",
           sums=("", "<step>.waiting.end"), better=LOWER, tables=("waits",)),
    Figure("<step>.in_service.mean", N_("inside on average"),
           N_("People in the step, averaged over time; those who keep a place are among them."),
           over=("STAY_AREA", "DAYS"), kind="mean", monthly=True),
    Figure("<step>.blocked.mean", N_("finished but keeping a place, on average"),
           N_("People whose stay is over but who keep their place, averaged over time."),
           over=("BLOCKED_AREA", "DAYS"), kind="mean"),
    Figure("<step>.joined", N_("joined the waiting list"),
           N_("How often somebody joined the step's waiting list."),
           over=("N_JOINED", "ONE"), monthly=True),
    Figure("<step>.started", N_("started"),
           N_("How often somebody started the step."),
           over=("N_STARTED", "ONE"), tables=("waits",), a_year=True, monthly=True),
    Figure("<step>.started.first", N_("started of those who go first"),
           N_("How often somebody started whom the step's priority names."),
           over=("N_FIRST", "ONE"), needs="steps.<step>.priority"),
    Figure("<step>.started.others", N_("started of those who do not go first"),
           N_("How often somebody started whom the step's priority does not name."),
           over=("N_OTHERS", "ONE"), needs="steps.<step>.priority"),
    Figure("<step>.finished", N_("finished"),
           N_("How often the length of stay was over, wherever the route leads."),
           over=("N_FINISHED", "ONE"), monthly=True),
    Figure("<step>.interrupted", N_("interrupted"),
           N_("How often a stay was interrupted."),
           over=("N_INTERRUPTED", "ONE"), better=LOWER),
    Figure("<step>.withdrew", N_("withdrew from the waiting list"),
           N_("How often somebody gave up waiting for the step."),
           over=("N_WITHDREW", "ONE"), better=LOWER, tables=("waits",), a_year=True, monthly=True),
    Figure("<step>.turned_away", N_("turned away"),
           N_("How often somebody was turned away because the list was full."),
           over=("N_TURNED_AWAY", "ONE"), better=LOWER),
    Figure("<step>.opening", N_("inside at the beginning"),
           N_("Stays that go on when the period begins."),
           over=("OPENING", "ONE")),
    Figure("<step>.new", N_("new"),
           N_("Stays that began in the period."),
           over=("N_STARTED", "ONE")),
    Figure("<step>.participants", N_("participants"),
           N_("Stays that went on at any time in the period."),
           over=("PARTICIPANTS", "ONE")),
    Figure("<step>.left", N_("left"),
           N_("Stays that ended in the period."),
           over=("N_LEFT", "ONE")),
    Figure("<step>.closing", N_("inside at the end"),
           N_("Stays that go on when the period ends: opening + new = participants = left + "
              "closing."),
           over=("CLOSING", "ONE")),
    Figure("<step>.length_of_stay.mean", N_("mean length of stay"),
           N_("From the start of a step to leaving it, the mean of those who left in the period."),
           over=("STAY_SUM", "N_LEFT"), unit="days", kind="ratio", sums=("", "<step>.left"),
           tables=("waits",), in_months=True),
    Figure("<step>.meetings", N_("meetings"),
           N_("Meetings held, or groups formed."),
           over=("N_MEETINGS", "ONE"), needs="steps.<step>.intake"),
    Figure("<step>.meetings.empty", N_("meetings that started nobody"),
           N_("Of these, those that started nobody."),
           over=("N_EMPTY", "ONE"), needs="steps.<step>.intake"),
    Figure("<step>.per_meeting.mean", N_("starts per meeting"),
           N_("Starts over meetings or groups."),
           over=("N_STARTED", "N_MEETINGS"), kind="ratio",
           sums=("<step>.started", "<step>.meetings"), needs="steps.<step>.intake"),
    # Of a team
    Figure("<team>.utilisation", N_("places in use"),
           N_("Places taken, over places, on average over time."),
           over=("IN_USE", "PLACE_DAYS"), unit="share", kind="ratio",
           sums=("<user>.in_service.mean", "<team>.places.mean"), tables=("places",)),
    Figure("<team>.places.mean", N_("places on average"),
           N_("Places that the team has, averaged over time."),
           over=("PLACE_DAYS", "DAYS"), unit="places", kind="mean", monthly=True),
    Figure("<team>.vacant_fte.mean", N_("vacant posts on average"),
           N_("Vacancies in full-time posts, averaged over time."),
           over=("VACANT", "DAYS"), unit="fte", kind="mean", monthly=True),
    Figure("<team>.fte.mean", N_("posts filled on average"),
           N_("Staff in post, in full-time posts, averaged over time."),
           over=("IN_POST", "DAYS"), unit="fte", kind="mean", monthly=True),
    # Money
    Figure("cost.total", N_("total cost"),
           N_("All costs in the period."),
           unit=CURRENCY, kind="money", better=LOWER, tables=("years", "costs", "compared"),
           by_group=False),
    Figure("cost.payer.<payer>", N_("paid by {name}"),
           N_("The part of the whole cost that one payer bears."),
           unit=CURRENCY, kind="money", better=LOWER, tables=("costs",), by_group=False),
    Figure("cost.team.<team>", N_("cost of {name}"),
           N_("The part of the whole cost that a team stands for."),
           unit=CURRENCY, kind="money", better=LOWER, by_group=False),
    Figure("cost.administration", N_("administration"),
           N_("The part of the whole cost that administration stands for."),
           unit=CURRENCY, kind="money", better=LOWER, by_group=False),
    Figure("cost.administration.share", N_("administration, of the cost"),
           N_("Administration over the whole cost."),
           unit="share", kind="ratio", sums=("cost.administration", "cost.total"), better=LOWER,
           by_group=False, limits=PART),
    Figure("cost.per_participant", N_("cost per participant"),
           N_("The whole cost of the period over its participants."),
           unit=CURRENCY, kind="ratio", sums=("cost.total", "participants"), better=LOWER,
           tables=("costs", "compared"), by_group=False),
    Figure("cost.per.<outcome>", N_("cost per exit in {name}"),
           N_("The whole cost of the period over the exits in the outcome. All costs are in it, "
              "also those of people who left in another way or have not left yet."),
           unit=CURRENCY, kind="ratio", sums=("cost.total", "outcomes.<outcome>"), better=LOWER,
           tables=("costs", "compared"), by_group=False),
    Figure("fte.<payer>", N_("posts paid by {name}"),
           N_("Staff in post, in full-time posts, averaged over time."),
           unit="fte", kind="mean", by_group=False),
    Figure("budget.result", N_("result of the year"),
           N_("The budget less what the association pays."),
           unit=CURRENCY, kind="money", needs="costs.budget", tables=("years",), by_group=False,
           limits=ANY_SIZE),
    Figure("budget.equity", N_("equity"),
           N_("Equity at the end of the period: that at the beginning, and the results since."),
           unit=CURRENCY, kind="money", needs="costs.budget", tables=("years",), by_group=False,
           limits=ANY_SIZE),
    Figure("budget.equity_share", N_("equity, of the budget"),
           N_("Equity over the budget of the year."),
           unit="share", kind="mean", needs="costs.budget", by_group=False, limits=ANY_SIZE),
    Figure("budget.administration_share", N_("administration, of the budget"),
           N_("Administration over the budget."),
           unit="share", kind="mean", needs="costs.budget", by_group=False),
    # Goals
    Figure("goals.<goal>", "{name}",
           N_("The value that the goal is about: of a goal within a time, the share who reached "
              "the outcome in time; else its figure, in the unit of that."),
           over=("GOAL", "FOLLOWED"), unit="share", kind="ratio",
           sums=("", "goals.<goal>.followed"), limits=PART),
    Figure("goals.<goal>.followed", N_("{name}: followed so long"),
           N_("How many could be followed for as long as the goal says."),
           over=("FOLLOWED", "ONE"), needs="goals.<goal>.within"),
    Figure("goals.<goal>.met", N_("{name}: chance that it is met"),
           N_("The share of the replications in which it was met."),
           unit="share", kind="chance", better=HIGHER, tables=("compared",), limits=PART),
)
# fmt: on


def is_told_in_months(kpi: str) -> bool:
    """Return whether boards are told a time in months, not in weeks.

    Examples
    --------
    >>> is_told_in_months("coaching.length_of_stay.mean"), is_told_in_months("coaching.wait.mean")
    (True, False)
    """
    patterns = (figure.pattern for figure in FIGURES if figure.in_months)
    return kpi.endswith(tuple(pattern.rpartition(">.")[2] for pattern in patterns))
