"""What a list tells of its steps -> a scenario in the making."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from flowsim.language import N_, catalogue
from flowsim.listing.analysing import STAY_CV, STAY_MEAN, StepFound
from flowsim.listing.arrivals import Arrivals
from flowsim.listing.blurring import OTHER, around, blurred, grouped, rounded, two_decimals
from flowsim.listing.columns import slug
from flowsim.listing.draft import Draft, duration_text, rate_text, span_texts
from flowsim.listing.flows import Routing
from flowsim.listing.people import Listed, Window
from flowsim.scenario.schema import BUILT_IN_EXITS

__all__ = ["draft_of", "fit_words"]

KIND_WORDS = {
    "started": N_("everybody who started"),
    "active": N_("everybody who was active"),
    "closed": N_("everybody whose stay ended"),
}
FAMILY_WORDS = {
    "lognormal": N_("lognormal distribution"),
    "gamma": N_("gamma distribution"),
    "weibull": N_("Weibull distribution"),
    "exponential": N_("exponential distribution"),
}


def draft_of(steps: Sequence[StepFound], listed: Listed, title: str, language: str) -> Draft:
    """Build a draft from what a list tells.

    Parameters
    ----------
    steps : as they were described
    listed : the rows
    title, language : of the scenario
    """
    builder = _Builder(steps, listed, title, language)
    return builder.build()


def fit_words(kind: str) -> str:
    """Return what a family of distributions is called, to be translated."""
    return FAMILY_WORDS[kind]


class _Builder:
    """Builds one scenario."""

    def __init__(
        self, steps: Sequence[StepFound], listed: Listed, title: str, language: str
    ) -> None:
        self.steps, self.listed = steps, listed
        self._: Callable[[str], str] = catalogue(language).gettext
        window = listed.window
        first = window.last + dt.timedelta(days=1)
        self.draft = Draft(title or self._("Our own list"), language, self.source(window), first)
        self.exits: dict[str, str] = {}
        self.names = {step.label: step.name for step in steps}

    def source(self, window: Window) -> str:
        """Describe what the figures come from."""
        text = self._("Own list: {whom} between {first} and {last}, about {n} rows")
        whom = self._(KIND_WORDS[window.kind])
        n = blurred(len(self.listed))
        return text.format(whom=whom, first=window.first, last=window.last, n=n)

    def build(self) -> Draft:
        self.groups()
        for step in self.steps:
            self.arrivals(step)
            self.team(step)
            self.step(step)
        self.let_out()
        self.let_in()
        for name, label in self.exits.items():
            self.draft.set(("exits", name), label)
        return self.draft

    def let_out(self) -> None:
        """Give steps from which no way leads out an exit: the list shows none."""
        ways = {step.name: self.draft.tables["steps"][step.name]["next"] for step in self.steps}
        out: set[str] = set()
        while more := {name for name, to in ways.items() if name not in out and any(
            one in out or one not in ways for one in to
        )}:  # fmt: skip
            out |= more
        why = self._("the list has too few reasons for ends to tell shares")
        for name in ways.keys() - out:
            path = ("steps", name, "next")
            kept = [entry for entry in self.draft.entries if entry.path != path]
            self.draft.entries[:] = kept
            self.draft.assume(path, {self.exit_of(self._("Ended")): 1.0}, why)

    def let_in(self) -> None:
        """Give steps that nobody would come to a few who do: a scenario needs them."""
        steps = self.draft.tables["steps"]
        todo = [step.name for step in self.steps if step.arrivals or "initial" in steps[step.name]]
        seen: set[str] = set()
        for step in (None, *self.steps):
            if step is not None and step.name not in seen:
                path = ("referrals", f"to_{step.name}")
                self.draft.set((*path, "to"), step.name)
                why = self._("the list has too few who come; a rate is needed")
                self.draft.assume((*path, "rate"), rate_text(12.0), why)
                todo.append(step.name)
            while todo:
                name = todo.pop()
                if name in steps and name not in seen:
                    seen.add(name)
                    todo += steps[name]["next"]

    def groups(self) -> None:
        """Write how people are spread over the values of each group."""
        for name, labels in self.listed.groups.items():
            counts = grouped(Counter(label for label in labels if label), self._("other"))
            if len(counts) > 1:
                n = sum(counts.values())
                mix = two_decimals({label: count / n for label, count in counts.items()})
                how = self._("shares of about {n} rows").format(n=blurred(n))
                self.draft.infer(("groups", name), mix, how)

    # Who comes --------------------------------------------------------------------------------

    def arrivals(self, step: StepFound) -> None:
        """Write how many come."""
        found = step.arrivals
        if found is None:
            return
        path = ("referrals", f"to_{step.name}")
        self.draft.set((*path, "label"), self._("Referrals to {step}").format(step=step.label))
        self.draft.set((*path, "to"), step.name)
        low, high = (rate_text(rate) for rate in found.range)
        rate = (*path, "rate")
        self.draft.infer(rate, rate_text(found.per_year), self.counted(found), low=low, high=high)
        if found.months:
            how = self._("months differ by more than chance explains (p {p})")
            months = list(found.months)
            self.draft.infer((*path, "seasonality"), months, how.format(p=_p(found.p_months)))

    def counted(self, found: Arrivals) -> str:
        """Describe what the rate was counted from."""
        texts = {
            "referral": self._("about {n} referrals counted"),
            "start": self._("about {n} starts counted; who waits or gave up is not in the list"),
            "end": self._("about {n} ends counted: as many are taken to come as leave"),
        }
        text = texts[found.basis].format(n=found.n)
        if found.changes:
            day, before, _after = found.changes[-1]
            more = self._("since {day}; before that {before}")
            text += ", " + more.format(day=day, before=rate_text(before))
        return text

    # Places -----------------------------------------------------------------------------------

    def team(self, step: StepFound) -> None:
        """Give the step a team of its own."""
        path = ("teams", f"team_{step.name}")
        label = self._("Team of {step}").format(step=step.label)
        self.draft.set((*path, "label"), label)
        why = self._(
            "the number of people inside that nine and a half days in ten do not exceed; how many "
            "places there are, no list tells"
        )
        if not step.capacity.is_seen:
            why = self._("as many as rate and mean stay lead to; no list tells how many places")
        self.draft.assume((*path, "places"), step.capacity.places, why)

    # The step ---------------------------------------------------------------------------------

    def step(self, step: StepFound) -> None:
        """Write how long people stay, how they wait and where they go."""
        path = ("steps", step.name)
        self.draft.set((*path, "label"), step.label)
        self.draft.set((*path, "team"), f"team_{step.name}")
        self.stay(step)
        self.waiting(step)
        self.routes(step)
        self.initial(step)

    def stay(self, step: StepFound) -> None:
        """Write how long people stay."""
        path, fit = ("steps", step.name, "length_of_stay"), step.stay.best
        if fit is None:
            usual = {"distribution": "lognormal", "mean": duration_text(STAY_MEAN), "cv": STAY_CV}
            why = {
                "few": self._(
                    "the list has too few stays to tell (fewer than 30); 11 months is usual"
                ),
                "untold": self._("the list does not tell how long stays last; 11 months is usual"),
            }[step.stay.why_not]
            self.draft.assume(path, usual, why)
            return
        least, most = step.stay.mean_range
        low, mean, high = span_texts(least, fit.mean, most)
        table: dict[str, object] = {"distribution": fit.family, "mean": mean}
        parts: dict[tuple[str, ...], tuple[object, object, object]] = {("mean",): (mean, low, high)}
        if fit.family != "exponential":
            cv = min(rounded(fit.cv), 10.0)
            table["cv"] = cv
            low_cv, high_cv = around(fit.cv_range[0], cv, fit.cv_range[1])
            parts[("cv",)] = (cv, low_cv, min(high_cv, 10.0))
        how = self._("fitted to about {n} stays, those not yet over included")
        self.draft.infer(path, table, how.format(n=blurred(step.stay.n)), parts=parts)

    def waiting(self, step: StepFound) -> None:
        """Write how long people wait before they give up."""
        waiting = step.waiting
        if not math.isfinite(waiting.patience):
            return
        least, most = waiting.patience_range
        low, mean, high = span_texts(least, waiting.patience, most)
        table = {"distribution": "exponential", "mean": mean}
        how = self._("time waited over the number who gave up, about {n}")
        path = ("steps", step.name, "patience")
        parts = {("mean",): (mean, low, high)}
        self.draft.infer(path, table, how.format(n=waiting.n_withdrew), parts=parts)

    def routes(self, step: StepFound) -> None:
        """Write where people go."""
        path, routing = ("steps", step.name, "next"), step.routing
        if not routing.shares:
            name = self.exit_of(self._("Ended"))
            why = self._("the list has too few reasons for ends to tell shares")
            self.draft.assume(path, {name: 1.0}, why)
            return
        keys = {label: self.target(label, step) for label in routing.shares}
        shares: dict[str, float] = {}
        for label, share in routing.shares.items():
            shares[keys[label]] = round(shares.get(keys[label], 0.0) + share, 2)
        how = self._("shares of about {n} ends with a reason; Jeffreys' intervals (95 %)")
        parts = _share_parts(routing, keys, shares)
        self.draft.infer(path, shares, how.format(n=routing.n), parts=parts)

    def target(self, label: str, step: StepFound) -> str:
        """Return the step or exit that a label leads to."""
        for other in self.steps:
            if other is not step and label in (other.label, other.name):
                return other.name
            if other is not step and slug(label) == other.name:
                return other.name
        return self.exit_of(self._("Other") if label == OTHER else label, OTHER * (label == OTHER))

    def exit_of(self, label: str, name: str = "") -> str:
        """Return the exit of a label, declared when it first comes."""
        name = name or slug(label)
        taken = {one.name for one in self.steps} | set(BUILT_IN_EXITS)
        while name in taken or self.exits.get(name, label) != label:
            name = f"exit_{name}"[:60] if not name.startswith("exit_") else f"{name}_x"
        self.exits[name] = label
        return name

    def initial(self, step: StepFound) -> None:
        """Write who waits and who is inside on the first day."""
        path, inside = ("steps", step.name, "initial"), step.inside
        table: dict[str, object] = {}
        said = []
        if step.waiting.today:
            high = duration_text(2 * step.waiting.waited)
            table["waiting"] = step.waiting.today
            table["waited"] = {"distribution": "uniform", "low": "0 days", "high": high}
            said.append(self._("who waits on the last day of the list"))
        if inside.classes:
            table["in_service"] = {f"{low:g}-{high:g} months": n for low, high, n in inside.classes}
            if not inside.is_estimated:
                said.append(self._("who is inside on the last day of the list, by the time there"))
        if inside.has_earlier:
            said.append(self._("who began before the list, as rate and length of stay lead to"))
        if not table:
            return
        if inside.is_estimated and not step.waiting.today:
            why = self._(
                "as many inside as rate and length of stay lead to; the list does not show it"
            )
            self.draft.assume(path, table, why)
        else:
            self.draft.infer(path, table, "; ".join(said))


def _share_parts(
    routing: Routing, keys: Mapping[str, str], shares: Mapping[str, float]
) -> dict[tuple[str, ...], tuple[float, float, float]]:
    """Return between what each share lies, but for the largest, which takes the rest."""
    largest = max(shares, key=lambda key: shares[key])
    return {
        (keys[label],): (share, *routing.ranges[label])
        for label, share in routing.shares.items()
        if keys[label] != largest and list(keys.values()).count(keys[label]) == 1
    }


def _p(value: float) -> str:
    """Write a chance."""
    return "< 0.001" if value < 0.001 else f"= {value:.2g}"
