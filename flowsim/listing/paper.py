"""What was inferred, assumed and dropped, as a paper. No row of the list is in it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from flowsim.language import N_
from flowsim.listing.analysing import StepFound
from flowsim.listing.blurring import FEWEST, blurred
from flowsim.listing.building import fit_words
from flowsim.listing.draft import Entry, duration_text, span_texts
from flowsim.listing.people import Oddity
from flowsim.listing.stays import MONTH, StayFit
from flowsim.report.document.blocks import (
    Block,
    Bullets,
    Document,
    Prose,
    Section,
    Table,
)
from flowsim.report.figures.drawing import BLACK, BLUE, GREY, ORANGE, WIDTH, Drawing
from flowsim.report.input_words import input_words, value_words
from flowsim.report.numbers import MISSING, span
from flowsim.report.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from flowsim.listing.importing import Imported

__all__ = ["odd_sentence", "role_words", "tell"]

ROLE_WORDS = {
    "referral": N_("referral"),
    "start": N_("start"),
    "end": N_("end"),
    "reason": N_("reason for the end"),
    "step": N_("step"),
    "id": N_("number of the case"),
}
DROP_WORDS = {
    "bad-date": N_("rows with a date that is none"),
    "end-before-start": N_("rows with an end before the start"),
    "duplicate": N_("rows that stood twice"),
}


class ImportPaper(Words):
    """An import, told in a language."""

    def __init__(self, found: Imported, language: str) -> None:
        super().__init__(found.scenario, language)
        self.found, self.draft = found, found.drafts[language]

    def about(self, n: float) -> str:
        """Write how many, to the nearest five."""
        few = self._("fewer than {n}").format(n=FEWEST)
        return self._("about {n}").format(n=self.number(blurred(n))) if n >= FEWEST else few

    def days(self, days: float) -> str:
        """Write a time with two significant digits; a dash where there is none."""
        if not math.isfinite(days):
            return MISSING
        return str(value_words(duration_text(days), self))

    def between(self, low: object, high: object) -> str:
        """Write a range of values as the file has them, their unit once."""
        first, last = (value_words(one, self) for one in (low, high))
        for space in ("\u00a0", " "):
            number, gap, unit = first.partition(space)
            if gap and last.endswith(gap + unit):
                return f"{span(number, last.removesuffix(gap + unit))}{gap}{unit}"
        return span(first, last)

    def months_between(self, low: float, mean: float, high: float) -> str:
        """Write a range of times in months, rounded away from the mean."""
        least, _, most = span_texts(low, mean, high)
        return self.between(least, most)

    def in_months(self, days: float) -> str:
        """Write a time in months."""
        return (
            str(value_words(duration_text(days, "month"), self)) if math.isfinite(days) else MISSING
        )


def role_words(role: str, words: Words) -> str:
    """Describe what a column was read as."""
    known = ROLE_WORDS.get(role)
    return words._(known) if known else words._("group: {name}").format(name=role)


def odd_sentence(oddity: Oddity, words: Words) -> str:
    """Describe what is odd, without its rows."""
    values = {
        key: value if isinstance(value, str) else ", ".join(map(words._, value))
        for key, value in oddity.values.items()
    }
    return words._(oddity.what).format(**values)


def tell(found: Imported, language: str) -> Document:
    """Describe an import.

    Parameters
    ----------
    found : from `import_list`, `import_file` or `import_counts`
    language : `sv` or `en`
    """
    paper = ImportPaper(found, language)
    title = paper._("From a list to a scenario: {title}").format(title=paper.title)
    digest = hashlib.sha256(found.text.encode()).hexdigest()[:8]
    return Document(title, language, tuple(_sections(paper)), version("flowsim"), digest)


def _sections(paper: ImportPaper) -> Iterator[Section]:
    """Return all sections."""
    _, found = paper._, paper.found
    yield Section("inferred", _("Inferred"), tuple(_inferred(paper)))
    if found.steps:
        yield Section("stays", _("How long stays last"), tuple(_stays(paper)))
        yield Section("arrivals", _("Who comes, who waits"), tuple(_arrivals(paper)))
    yield Section("assumed", _("Assumed"), tuple(_assumed(paper)))
    if found.window is not None:
        yield Section("dropped", _("Dropped"), (Bullets(tuple(_dropped(paper))),))
        yield Section("odd", _("What is odd"), tuple(_odd(paper)))
        yield Section("columns", _("How the columns were read"), (_columns(paper),))
    yield Section("method", _("How it was done"), (Bullets(tuple(_method(paper))),))


# Inferred and assumed -------------------------------------------------------------------------


def _inferred(paper: ImportPaper) -> Iterator[Block]:
    _ = paper._
    yield Prose(f"{paper.draft.source}.")
    entries = [entry for entry in paper.draft.entries if not entry.is_assumed]
    heads = (_("Input"), _("Value"), _("Between (95 %)"), _("How"))
    rows = tuple(row for entry in entries for row in _rows(entry, paper))
    note = _("Ranges say what the list leaves open; they do not hold what is assumed.")
    yield Table(_("What the list tells"), heads, rows, "lrrl", note)


def _rows(entry: Entry, paper: ImportPaper) -> Iterator[tuple[str, str, str, str]]:
    """Return a row for a value, and one for each of its parts that has a range."""
    name, value = input_words(entry.path, paper), value_words(_plain(entry.value), paper)
    between = MISSING
    if entry.low is not None:
        between = paper.between(entry.low, entry.high)
    yield name, value, between, entry.how
    for keys, (part, low, high) in entry.parts.items():
        words = input_words((*entry.path, *keys), paper)
        yield words, value_words(part, paper), paper.between(low, high), ""


def _plain(value: object) -> object:
    """Return a value as the file has it."""
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def _assumed(paper: ImportPaper) -> Iterator[Block]:
    _ = paper._
    entries = [entry for entry in paper.draft.entries if entry.is_assumed]
    if not entries:
        yield Prose(_("Nothing."))
        return
    rows = tuple(
        (input_words(entry.path, paper), value_words(_plain(entry.value), paper), entry.how)
        for entry in entries
    )
    heads = (_("Input"), _("Value"), _("Why"))
    yield Prose(_("Nobody has measured these. Change them to what you know."))
    yield Table(_("What is assumed"), heads, rows, "lrl")


# Stays ----------------------------------------------------------------------------------------


def _stays(paper: ImportPaper) -> Iterator[Block]:
    _ = paper._
    yield Prose(_kind_sentence(paper))
    for step in paper.found.steps:
        if step.stay.fits:
            yield _fits_table(step, paper)
        if len(step.stay.curve) > 1:
            yield stay_drawing(step, paper).picture(_curve_table(step, paper))
        elif not step.stay.fits:
            text = _("{step}: too few stays to tell how long they last.")
            yield Prose(text.format(step=step.label))


def _kind_sentence(paper: ImportPaper) -> str:
    """Describe what is special about the kind of list."""
    _ = paper._
    assert paper.found.window is not None
    return {
        "started": _(
            "The list has everybody who started. Stays that go on when it ends are counted as far "
            "as they were seen; the mean of the ended ones alone would be too short."
        ),
        "active": _(
            "The list has everybody who was active. Those who began before it are seen only "
            "because they stayed long; the fit takes that into account. The mean of the ended "
            "stays and a plain Kaplan-Meier curve would be too long."
        ),
        "closed": _(
            "The list has everybody whose stay ended. A stay is seen only if it ended in the "
            "window; the fit takes that into account. The plain mean is right only where as many "
            "have come each year for a long time."
        ),
    }[paper.found.window.kind]


def _fits_table(step: StepFound, paper: ImportPaper) -> Table:
    """Return a row for each family, and what should not be used."""
    _, stay = paper._, step.stay
    rows = []
    for fit in stay.fits:
        between = paper.months_between(fit.mean_range[0], fit.mean, fit.mean_range[1])
        better = paper.number(fit.aic - stay.fits[0].aic, 1)
        rows.append((_(fit_words(fit.family)), paper.in_months(fit.mean), between, better))
    wrong = _("not to be used: mean of the ended stays")
    rows.append((wrong, paper.in_months(stay.naive), MISSING, MISSING))
    heads = (step.label, _("Mean"), _("Between (95 %)"), _("AIC above the best"))
    note = _("Median: {median}. A plain Kaplan-Meier curve would say {plain}.")
    said = note.format(
        median=paper.in_months(stay.median), plain=paper.in_months(stay.plain_median)
    )
    return Table(
        _("Distributions compared: {step}").format(step=step.label),
        heads,
        tuple(rows),
        "lrrr",
        said,
    )


def _curve_table(step: StepFound, paper: ImportPaper) -> Table:
    """Return the numbers drawn."""
    _ = paper._
    rows = []
    for month, share in step.stay.curve:
        fitted = MISSING
        if step.stay.best is not None:
            at = step.stay.best.longer_than(np.array([month * MONTH]))[0]
            fitted = paper.percent(float(round(at, 2)), 0)
        rows.append((paper.number(month), paper.percent(share, 0), fitted))
    heads = (_("Months"), _("Last longer, counted"), _("Last longer, fitted"))
    return Table(_("The curve in numbers"), heads, tuple(rows), "rrr")


def stay_drawing(step: StepFound, paper: ImportPaper) -> Drawing:
    """Draw the share that stays longer, counted and fitted, and the plain mean struck through.

    The counted share is drawn at whole months between which five stays ended at least: the steps of
    the curve itself would be the lengths of single stays.
    """
    _, stay = paper._, step.stay
    title = _("How long stays last: {step}").format(step=step.label)
    caption = _("Share of stays that last longer. Points: counted; line: fitted.")
    text = _stay_sentence(stay, paper)
    frame = pd.DataFrame(stay.curve, columns=["months", "share"])
    return Drawing(f"stay-{step.name}", title, caption, text, frame, lambda: _drawn(step, paper))


def _stay_sentence(stay: StayFit, paper: ImportPaper) -> str:
    _ = paper._
    if stay.best is None:
        return _("Half of the stays last longer than {median}.").format(
            median=paper.in_months(stay.median)
        )
    text = _("Stays last {mean} on average (95 %: {between}).")
    low, high = stay.mean_range
    between = paper.months_between(low, stay.best.mean, high)
    return text.format(mean=paper.in_months(stay.best.mean), between=between)


def _drawn(step: StepFound, paper: ImportPaper) -> Figure:
    from matplotlib.figure import Figure as NewFigure

    from flowsim.report.figures.panels import write_numbers

    _, stay = paper._, step.stay
    figure = NewFigure(figsize=(WIDTH, 2.6), layout="constrained")
    panel = figure.subplots()
    months = stay.curve[:, 0]
    panel.plot(months, stay.curve[:, 1], "o", color=BLACK, markersize=2.5, label=_("counted"))
    if stay.best is not None:
        at = np.linspace(0.0, max(float(months[-1]), 2 * stay.best.mean / MONTH), 121)
        share = np.round(stay.best.longer_than(at * MONTH), 3)
        panel.plot(at, share, color=BLUE, label=_("fitted"))
        panel.axvline(
            round(stay.best.mean / MONTH, 1), color=BLUE, linestyle="--", label=_("mean, fitted")
        )
    if math.isfinite(stay.naive):
        naive = float(f"{stay.naive / MONTH:.2g}")
        panel.axvline(naive, color=ORANGE, linestyle=":", label=_("mean of the ended stays: wrong"))
        panel.plot([naive], [0.5], marker="x", color=GREY, markersize=9, linestyle="none")
    panel.set_xlabel(_("months since the start"))
    panel.set_ylabel(_("share that lasts longer"))
    panel.set_ylim(0, 1.02)
    panel.set_xlim(left=0)
    for axis in (panel.xaxis, panel.yaxis):
        write_numbers(axis, paper.language)
    figure.legend(loc="outside lower center", ncols=4)
    return figure


# Arrivals and waits ---------------------------------------------------------------------------


def _arrivals(paper: ImportPaper) -> Iterator[Block]:
    items = []
    for step in paper.found.steps:
        items += [f"{step.label}: {text}" for text in _step_sentences(step, paper)]
    yield Bullets(tuple(items))


def _step_sentences(step: StepFound, paper: ImportPaper) -> Iterator[str]:
    _, found, waiting = paper._, step.arrivals, step.waiting
    if found is None:
        yield _("too few come to it from outside to say how many.")
    else:
        if math.isfinite(found.p_months):
            seen = _("months differ more than chance explains (p {p}).")
            none = _("no differences between months that chance does not explain (p {p}).")
            yield (seen if found.months else none).format(p=_p(found.p_months, paper))
        else:
            yield _("too few, or too short a time, to test whether months differ.")
        for day, before, after in found.changes:
            text = _("the rate changed about {day}, from {before} to {after} a year.")
            rates = (paper.number(rate) for rate in (before, after))
            yield text.format(day=day, **dict(zip(("before", "after"), rates, strict=True)))
        if not found.changes and math.isfinite(found.p_change):
            text = _("no change of the rate that chance does not explain (p {p}).")
            yield text.format(p=_p(found.p_change, paper))
    if not waiting.is_known:
        yield _("the list does not tell how long people wait.")
        return
    if math.isfinite(waiting.median):
        text = _("half of those referred start within {median}.")
        yield text.format(median=paper.days(waiting.median))
    if not math.isfinite(waiting.patience):
        yield _("too few gave up waiting to say how long people wait before they do.")
    if step.capacity.waits_beside:
        yield _(
            "on many days people waited although places seemed free. Perhaps there are fewer "
            "places than assumed, or something else is waited for."
        )


def _p(value: float, paper: ImportPaper) -> str:
    """Write a chance."""
    return f"< {paper.number(0.001, 3)}" if value < 0.001 else f"= {paper.number(value, 3)}"


# Dropped and odd ------------------------------------------------------------------------------


def _dropped(paper: ImportPaper) -> Iterator[str]:
    _, found = paper._, paper.found
    assert found.window is not None
    if found.n_outside:
        text = _("{n} rows that do not lie between {first} and {last}.")
        n = paper.about(found.n_outside)
        yield text.format(n=n, first=found.window.first, last=found.window.last)
    for why, count in found.n_dropped.items():
        yield f"{_(DROP_WORDS[why])}: {paper.about(count)}."
    if found.has_small_steps:
        yield _("Steps that fewer than five people went through.")
    if found.unread:
        yield _("Columns that were not read: {names}.").format(names=", ".join(found.unread))
    yield _("What happened after the last day of the window.")
    yield _(
        "Reasons, groups and classes with fewer than five people: they were put together with "
        "others."
    )
    yield _("Every single row: only what stands in this report and in the scenario is kept.")


def _odd(paper: ImportPaper) -> Iterator[Block]:
    _ = paper._
    items: Sequence[str] = [odd_sentence(one, paper) for one in paper.found.oddities]
    if not items:
        yield Prose(_("Nothing."))
        return
    yield Prose(_("The command named the rows when it read the list; they are not kept."))
    yield Bullets(tuple(items))


def _columns(paper: ImportPaper) -> Table:
    _ = paper._
    rows = tuple(
        (heading, role_words(role, paper)) for role, heading in paper.found.matched.items()
    )
    note = _("Something else is meant? Say it in a columns.toml, and give it with --columns.")
    return Table(_("Columns"), (_("Heading"), _("Read as")), rows, "ll", note)


def _method(paper: ImportPaper) -> Iterator[str]:
    _ = paper._
    if paper.found.window is None:
        yield _("Little's law: the mean stay is the number inside over how many leave in a time.")
        yield _("Ranges: 95 % by chance alone, of counts that vary like Poisson's.")
        return
    yield _(
        "Stays: the likelihood of each stay as far as it was seen, given that it was listed "
        "(delayed entry; Klein and Moeschberger 2003). The distribution with the smallest AIC was "
        "taken; its range covers every distribution that fits nearly as well."
    )
    yield _(
        "Months: chi-square of twelve months. Change: the largest likelihood ratio of two rates "
        "against one, its chance by drawing. Both at 1 %."
    )
    yield _("Shares: Jeffreys' intervals. The number of people is given to the nearest five.")
    yield _("Capacity: the 95 % quantile of those inside at once, never the most there were.")
