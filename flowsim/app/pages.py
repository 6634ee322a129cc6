"""The pages that `flowsim app` serves. The address is the whole state: nobody has a session."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from flowsim.app import searching
from flowsim.app.computing import Progress, TooLongError, Workshop
from flowsim.app.controls import Control, controls_of, settings_of
from flowsim.app.film import film_of
from flowsim.app.safety import Guard, TooLargeError, hosts_of, upload_of
from flowsim.app.telling import Told, computed, document_of, not_known, told
from flowsim.errors import FlowsimError, ScenarioError
from flowsim.language import LANGUAGES, catalogue, speaking
from flowsim.report.document.html import environment as of_reports
from flowsim.report.document.html import titled
from flowsim.report.numbers import number
from flowsim.report.words import in_language
from flowsim.scenario import saving
from flowsim.scenario.loading import loads
from flowsim.scenario.schema import Scenario
from flowsim.study.forecast import duration, forecast

__all__ = ["Site", "site"]

REPLICATIONS = (200, 50)
"""Of a page; the fewer where the more would take too long."""
DRAWS = 128
"""Of the uncertain inputs: what is not known follows when it is ready."""
MOST_UPLOADS = 50
SPEAKING = threading.Lock()
"""Faults are in the language that is spoken in the whole process: one request at a time speaks."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Parameters
    ----------
    scenario : what proposals are compared with
    file : under which it was uploaded; "" is the one that the page was started with
    language : `sv` or `en`
    first, more : controls that stand open, and the others
    form : fields with the values of the request
    settings : what the form sets otherwise than the scenario
    wrong : labels of fields that hold no number of their slider
    """

    scenario: Scenario
    file: str
    language: str
    first: list[Control]
    more: list[Control]
    form: Mapping[str, str]
    settings: dict[str, object]
    wrong: list[str]

    @property
    def query(self) -> str:
        """The address of this state, without what stands in the scenario anyway."""
        fields = {one.name: one.value for one in (*self.first, *self.more)}
        own = {
            name: text
            for name, text in self.form.items()
            if name in fields and text.strip() and text != f"{fields[name]:.10g}"
        }
        head = {"lang": self.language, **({"file": self.file} if self.file else {})}
        return urlencode({**head, **own})

    @property
    def choosable(self) -> list[Control]:
        """What the reverse question can be asked of."""
        return searching.choosable([*self.first, *self.more])

    @property
    def cautions(self) -> list[tuple[str, str, str]]:
        """What is to be said of caseloads that were raised: kind, head and text."""
        raised = [
            (one, number)
            for one in (*self.first, *self.more)
            if one.scale
            and (number := one.reads(self.form.get(one.name, ""))) is not None
            and number > one.value
        ]
        return [caution(one, number, self) for one, number in raised]

    def number(self, text: str) -> str:
        """Write a number of the form as readers do."""
        try:
            value = float(text)
        except ValueError:
            return text
        decimals = next((d for d in range(7) if round(value, d) == value), 6)
        return number(value, self.language, decimals)

    def said(self, control: Control, text: str) -> str:
        """Write an amount of the form as readers do."""
        return f"{self.number(text)} {self.unit(control)}".rstrip()

    def unit(self, control: Control) -> str:
        """Write the unit of a control as readers do."""
        return catalogue(self.language).gettext(control.unit) if control.unit else ""

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal work."""
        settings = tuple(sorted((key, str(value)) for key, value in self.settings.items()))
        return (self.file, self.language, settings)


class Site:
    """All pages of a scenario.

    Parameters
    ----------
    scenario : that the page opens with
    hosts : names under which it answers beside those of this machine
    workshop : that runs
    """

    def __init__(
        self,
        scenario: Scenario,
        hosts: tuple[str, ...] = (),
        workshop: Workshop | None = None,
    ) -> None:
        self.workshop = workshop or Workshop()
        self.scenario = scenario
        self._uploads: OrderedDict[str, Scenario] = OrderedDict()
        here = Path(__file__).parent
        self.app = Starlette(
            routes=[
                Route("/", self.front),
                Route("/result", self.result),
                Route("/unknown", self.unknown),
                Route("/place", self.place),
                Route("/upload", self.upload, methods=["POST"]),
                Route("/scenario.toml", self.toml),
                Route("/report.html", self.report),
                Route("/tables.xlsx", self.tables),
                Route("/find", self.find),
                Route("/film", self.film),
                Route("/accessibility", self.accessibility),
                Route("/static/report.css", self.style),
                Mount("/static", StaticFiles(directory=here / "static")),
            ],
            middleware=[Middleware(Guard, hosts=hosts_of(hosts))],
            exception_handlers={FlowsimError: self.fault, TooLongError: self.fault},
        )

    # Requests -----------------------------------------------------------------------------------

    def asked(self, request: Request) -> Asked:
        """Read the state from an address."""
        fields = dict(request.query_params)
        file = fields.get("file", "")
        scenario = self._uploads.get(file, self.scenario) if file else self.scenario
        file = file if scenario is not self.scenario else ""
        language = fields.get("lang", "")
        if language not in LANGUAGES:
            language = scenario.scenario.language
        first, more = controls(scenario, language)
        settings, wrong = settings_of(scenario, [*first, *more], fields)
        return Asked(scenario, file, language, first, more, fields, settings, wrong)

    async def fault(self, request: Request, error: Exception) -> Response:
        """Return a page that says why there is nothing to keep."""
        asked = self.asked(request)
        if isinstance(error, FlowsimError):
            return self.refused(asked, faults_in(error, asked.language))
        _ = asked_words(asked)
        return self.refused(asked, [_("The run took too long, and was given up.")])

    def sound(self, request: Request) -> Asked:
        """Read the state from an address from which something is kept.

        Raises
        ------
        FlowsimError
            If a field holds no number of its slider: what is kept must be what was asked for.
        """
        asked = self.asked(request)
        if asked.wrong:
            _ = asked_words(asked)
            text = _("Not a number that the slider takes: {fields}.")
            raise FlowsimError(text.format(fields="; ".join(asked.wrong)))
        return asked

    async def front(self, request: Request) -> Response:
        """Return the whole page, with what the controls of the address give."""
        asked = self.asked(request)
        page = self.page(
            "page.html", asked, shown=await self.shown(asked), is_lost=self.is_lost(request)
        )
        return HTMLResponse(page)

    def is_lost(self, request: Request) -> bool:
        """Whether an address names an upload that is not kept any more."""
        return request.query_params.get("file", "") not in ("", *self._uploads)

    async def result(self, request: Request) -> Response:
        """Return what the controls give, to be put into the page."""
        asked = self.asked(request)
        return HTMLResponse(self.page("result.html", asked, shown=await self.shown(asked)))

    async def place(self, request: Request) -> Response:
        """Return how many runs come before this one."""
        return JSONResponse({"place": self.workshop.place_of(("run", *self.asked(request).key))})

    async def upload(self, request: Request) -> Response:
        """Take a scenario, and show it; or what is wrong with it."""
        asked = self.asked(request)
        _ = asked_words(asked)
        try:
            content, name = await upload_of(request, "scenario")
            with SPEAKING, speaking(asked.language):
                scenario = loads(content.decode("utf-8-sig"), name=name or "scenario", lists={})
        except TooLargeError:
            return self.refused(asked, [_("The file is larger than 1 MB.")], 413)
        except UnicodeDecodeError:
            return self.refused(asked, [_("The file is no text in UTF-8.")])
        except ScenarioError as error:
            return self.refused(asked, faults_in(error, asked.language))
        file = hashlib.sha256(content).hexdigest()[:16]
        self._uploads[file] = scenario
        while len(self._uploads) > MOST_UPLOADS:
            self._uploads.popitem(last=False)
        query = urlencode({"lang": asked.language, "file": file})
        return RedirectResponse(f"/?{query}", status_code=303)

    def refused(self, asked: Asked, faults: Sequence[str], status: int = 422) -> Response:
        """Return a page that says what is wrong with an upload."""
        page = self.page("refused.html", asked, faults=faults)
        return HTMLResponse(page, status_code=status)

    # Results ------------------------------------------------------------------------------------

    async def shown(self, asked: Asked, begin: Callable[[], Future[Told]] | None = None) -> Shown:
        """Return what the page says of a state: a result, or why there is none.

        Parameters
        ----------
        begin : begins the work; default: what the page shows first
        """
        _ = asked_words(asked)
        if asked.wrong:
            text = _("Not a number that the slider takes: {fields}.")
            return Shown(None, [text.format(fields="; ".join(asked.wrong))])
        try:
            return Shown(await finished(begin() if begin else self.told(asked)), [])
        except TooLongError:
            return Shown(None, [_("The run took too long, and was given up.")])
        except FlowsimError as error:
            return Shown(None, faults_in(error, asked.language))

    def told(self, asked: Asked) -> Future[Told]:
        """Return what will hold what is told of a state."""

        def work(progress: Progress) -> Told:
            return told(self.compute(asked, progress), asked.language)

        return self.workshop.asked(("run", *asked.key), work)

    def compute(self, asked: Asked, progress: Progress, draws: int = 0) -> Any:
        """Run a state; refuse what would take too long.

        Raises
        ------
        FlowsimError
            If the settings have faults, or the run would take too long.
        """
        _ = asked_words(asked)
        scenario = in_language(asked.scenario, asked.language)
        with SPEAKING, speaking(asked.language):
            other = scenario.with_(asked.settings) if asked.settings else scenario
            times = 2 if asked.settings else 1
            for n in REPLICATIONS:
                predicted = times * forecast(other, n).seconds
                if predicted <= self.workshop.most_seconds:
                    break
            else:
                text = _(
                    "This would take about {time}; the page runs {most} at most. On the command "
                    "line it can be run: flowsim run."
                )
                most = duration(self.workshop.most_seconds)
                raise FlowsimError(text.format(time=duration(predicted), most=most))
        return computed(scenario, asked.settings, _("The proposal"), n, progress, draws)

    async def unknown(self, request: Request) -> Response:
        """Return what is not known of a state: a part of the page, or a page of its own."""
        asked = self.asked(request)

        def work(progress: Progress) -> Told:
            return not_known(self.compute(asked, progress, DRAWS), asked.language)

        shown = await self.shown(asked, lambda: self.workshop.asked(("unknown", *asked.key), work))
        template = "unknown.html" if "part" in request.query_params else "unknown_page.html"
        return HTMLResponse(self.page(template, asked, shown=shown))

    async def whole(self, asked: Asked) -> Any:
        """Return the result itself, for reports and tables."""
        work = lambda progress: self.compute(asked, progress)  # noqa: E731
        return await finished(self.workshop.asked(("whole", *asked.key), work))

    # Taking it away -----------------------------------------------------------------------------

    async def toml(self, request: Request) -> Response:
        """Return the proposal as a scenario file, with its comments."""
        asked = self.sound(request)
        text = saving.with_settings(asked.scenario.text, asked.settings)
        return download(text.encode(), "scenario.toml", "application/toml")

    async def report(self, request: Request) -> Response:
        """Return the whole report."""
        from flowsim.report.document.writers import WRITERS

        asked = self.sound(request)
        result = await self.whole(asked)
        document = await asyncio.to_thread(document_of, result, asked.language)
        return download(WRITERS["html"](document), "report.html", "text/html; charset=utf-8")

    async def tables(self, request: Request) -> Response:
        """Return the workbook of the report."""
        from flowsim.report.document.writers import WRITERS

        asked = self.sound(request)
        result = await self.whole(asked)
        document = await asyncio.to_thread(document_of, result, asked.language)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return download(WRITERS["xlsx"](document), "tables.xlsx", kind)

    # Other pages --------------------------------------------------------------------------------

    async def find(self, request: Request) -> Response:
        """Return the reverse question: the least that is enough."""
        asked = self.asked(request)
        _ = asked_words(asked)
        wanted, faults = searching.wanted(asked.scenario, [*asked.first, *asked.more], asked.form)
        found = None
        if wanted is not None and not faults:
            scenario = in_language(asked.scenario, asked.language)

            def work(progress: Progress) -> Told:
                return searching.found(scenario, wanted, asked.language, progress)

            try:
                key = ("find", asked.file, asked.language, wanted)
                found = await finished(self.workshop.asked(key, work))
            except TooLongError:
                faults = [_("The run took too long, and was given up.")]
            except FlowsimError as error:
                faults = faults_in(error, asked.language)
        return HTMLResponse(
            self.page(
                "find.html",
                asked,
                found=found,
                faults=faults,
                wanted=wanted or searching.default(asked.scenario, [*asked.first, *asked.more]),
                steps=searching.steps_of(asked.scenario, asked.language),
            )
        )

    async def film(self, request: Request) -> Response:
        """Return one course of events, month by month."""
        asked = self.sound(request)

        def work(_progress: Progress) -> Any:
            scenario = in_language(asked.scenario, asked.language)
            with SPEAKING, speaking(asked.language):
                other = scenario.with_(asked.settings) if asked.settings else scenario
            return film_of(other, asked.language)

        film = await finished(self.workshop.asked(("film", *asked.key), work))
        return HTMLResponse(self.page("film.html", asked, film=film))

    async def style(self, _request: Request) -> Response:
        """Return the style of the reports, which is that of the page, too."""
        loader = of_reports("en").loader
        assert loader is not None
        text, _name, _is_new = loader.get_source(of_reports("en"), "report.css")
        return Response(text, media_type="text/css")

    async def accessibility(self, request: Request) -> Response:
        """Return the statement of accessibility."""
        return HTMLResponse(self.page("accessibility.html", self.asked(request)))

    def page(self, template: str, asked: Asked, **more: Any) -> str:
        """Write a page."""
        scenario = in_language(asked.scenario, asked.language).scenario
        return (
            environment(asked.language)
            .get_template(template)
            .render(
                asked=asked,
                title=scenario.title,
                question=scenario.question,
                most_rows=None,
                **more,
            )
        )


@dataclass(frozen=True)
class Shown:
    """What stands where results stand: what is told, or faults."""

    told: Told | None
    faults: list[str]


def caution(control: Control, number_: float, asked: Asked) -> tuple[str, str, str]:
    """Say where a caseload stands on the IPS scale, a standard for supported employment."""
    _ = asked_words(asked)
    levels = ((20, "best", 5), (25, "good", 4), (30, "fair", 3), (40, "low", 2))
    kind, points = next(((k, p) for most, k, p in levels if number_ <= most), ("low", 1))
    text = _(
        "{label}: {n} for each post, {points} points of 5 on the IPS scale for coaches (up to 20 "
        "gives 5). A higher caseload costs nothing in this model, unless the scenario says that "
        "stays get longer: in reality it takes time from each participant."
    )
    said = text.format(label=control.label, n=asked.number(f"{number_:g}"), points=points)
    return kind, _("Caseload raised."), said


def site(scenario: Scenario, hosts: tuple[str, ...] = ()) -> Starlette:
    """Return the pages of a scenario, as a server runs them."""
    return Site(scenario, hosts).app


def faults_in(error: FlowsimError, language: str) -> list[str]:
    """Write what is wrong in a language, fault by fault."""
    with SPEAKING, speaking(language):
        faults = error.faults if isinstance(error, ScenarioError) else [error]
        return [str(fault) for fault in faults]


async def finished(future: Future[Any]) -> Any:
    """Wait for work without keeping others waiting; who goes away does not end it for others."""
    return await asyncio.shield(asyncio.wrap_future(future))


def asked_words(asked: Asked) -> Any:
    """Return what translates a text for a request."""
    return catalogue(asked.language).gettext


def controls(scenario: Scenario, language: str) -> tuple[list[Control], list[Control]]:
    """Return the controls of a scenario, worked out once."""
    key = (id(scenario), language)
    if key not in _KNOWN:
        _KNOWN[key] = (scenario, controls_of(in_language(scenario, language), language))
        while len(_KNOWN) > 2 * MOST_UPLOADS:
            _KNOWN.popitem(last=False)
    return _KNOWN[key][1]


_KNOWN: OrderedDict[tuple[int, str], tuple[Scenario, tuple[list[Control], list[Control]]]] = (
    OrderedDict()
)


def download(content: bytes, name: str, kind: str) -> Response:
    """Return a file to be kept."""
    header = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=header)


@lru_cache
def environment(language: str) -> Environment:
    """Return where the pages' templates come from; those of reports are below them."""
    reports = of_reports(language)
    found = Environment(
        loader=ChoiceLoader([PackageLoader("flowsim.app"), reports.loader]),  # type: ignore[list-item]
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.filters["safe_svg"] = lambda svg: Markup(str(svg))
    found.filters["titled_svg"] = titled
    found.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    return found
