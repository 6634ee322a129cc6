"""The report in a real browser: no fault for those who use it without eyes or mouse; print.

Needs Debian's packages chromium and chromium-driver; without them these tests are skipped, and say
so. The rules are those of axe-core: 4.10 from axe-selenium-python, which wants Python 3.12, else
4.4 from axe-core-python. FLOWSIM_AXE may name a newer axe.min.js.
"""

from __future__ import annotations

import atexit
import base64
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import flowsim
from flowsim.report.document.html import html
from flowsim.report.documents import document_of
from flowsim.study.comparison.comparing import compare
from flowsim.study.comparison.results import Comparison
from flowsim.study.experiment.loading import load_experiment
from flowsim.study.experiment.results import ExperimentResults
from flowsim.study.experiment.running import run_experiment

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver import Chrome, ChromeOptions, ChromeService  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or DRIVER is None,
        reason="chromium and chromedriver are not installed "
        "(Debian: apt-get install chromium chromium-driver)",
    ),
]
PHONE, LAPTOP = 390, 1280
PHONE_HEIGHT = 844
MOST_PAGES = 25
MOST_SECONDS = 120
A4_TEXT_HEIGHT = (297 - 18 - 20) * 96 / 25.4  # CSS pixels between the margins of report.css
VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
TABLE_RULES = ["scope-attr-valid", "scrollable-region-focusable", "empty-table-header"]
RUN_AXE = """
const [where, how, done] = arguments;
const only_faults = { resultTypes: ["violations"], selectors: false };
axe.run(where, { ...only_faults, ...how }).then(done);
"""
EVERYWHERE: dict[str, Any] = {"include": [["html"]]}
WHERE_CONTRAST_CAN_BE_TOLD: dict[str, Any] = {"exclude": [["figure svg"], ["details > div"]]}
"""Not in drawings, whose grounds axe does not know, nor in what is closed, which axe 4.4 sees."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService(DRIVER))
    driver.set_script_timeout(MOST_SECONDS)
    yield driver
    driver.quit()


COMPARISON, EXPERIMENT = "comparison", "experiment"
LARGEST = "ale_kungalv_stenungsund_tjorn"
REPORTS = ["orebro-sv", "orebro-en", f"{LARGEST}-sv", f"{COMPARISON}-sv", f"{EXPERIMENT}-sv"]


@pytest.fixture(params=REPORTS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A report as a file."""
    path = tmp_path / f"{request.param}.html"
    path.write_text(report_of(str(request.param)), encoding="utf-8")
    return path


@lru_cache
def report_of(name_and_language: str) -> str:
    name, language = name_and_language.split("-")
    if name == COMPARISON:
        return html(document_of(four_against_five(), VERSIONS, language))
    if name == EXPERIMENT:
        return html(document_of(two_weeks(), VERSIONS, language))
    results = flowsim.run(flowsim.load(f"scenarios/{name}.toml"), replications=20)
    return html(document_of(results, VERSIONS, language))


def four_against_five() -> Comparison:
    """The coaches' comparison: `flowsim compare` with four of them in 2019, and with five."""
    coaches = "teams.coaching.staff.coach.fte.2019"
    four, five = (flowsim.load("scenarios/orebro.toml", {coaches: n}) for n in (4, 5))
    return compare(four, {"Fem coacher": five}, replications=20)


def two_weeks() -> ExperimentResults:
    """The boards' question of the two weeks, with all its options."""
    experiment = load_experiment(Path("experiments/q10_two_weeks.toml"))
    folder = tempfile.TemporaryDirectory()  # as long as its figures may be read
    atexit.register(folder.cleanup)
    return run_experiment(experiment, Path(folder.name), replications=10)


def axe() -> str:
    if given := os.environ.get("FLOWSIM_AXE"):
        return Path(given).read_text("utf-8")
    if find_spec("axe_selenium_python"):
        inside = files("axe_selenium_python").joinpath("node_modules", "axe-core")
    elif find_spec("axe_core_python"):
        inside = files("axe_core_python")
    else:
        pytest.skip("neither axe-selenium-python nor axe-core-python is installed")
    return inside.joinpath("axe.min.js").read_text("utf-8")


def show(browser: Chrome, page: Path, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())


def faults_found(
    browser: Chrome, where: dict[str, Any], how: dict[str, Any], least: int
) -> list[str]:
    """Serious and critical faults; `least` rules must have found something to look at."""
    browser.execute_script(axe())
    found: dict[str, Any] = browser.execute_async_script(RUN_AXE, where, how)
    assert len(found["passes"]) >= least, "axe has looked at the page"
    return [
        f"{fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:200]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("page", "width"),
    [
        ("orebro-sv", PHONE), ("orebro-sv", LAPTOP), (f"{LARGEST}-sv", PHONE),
        (f"{COMPARISON}-sv", PHONE), (f"{COMPARISON}-sv", LAPTOP),
        (f"{EXPERIMENT}-sv", PHONE), (f"{EXPERIMENT}-sv", LAPTOP),
    ],
    indirect=["page"],
)  # fmt: skip
def test_axe_finds_no_serious_fault(browser: Chrome, page: Path, width: int) -> None:
    """Drawings are looked at too; contrast apart, as axe 4.4 takes minutes for it in drawings."""
    show(browser, page, width)
    but_contrast = {"runOnly": RULES, "rules": {"color-contrast": {"enabled": False}}}
    assert not faults_found(browser, EVERYWHERE, but_contrast, least=20)
    contrast = {"runOnly": ["color-contrast"]}
    assert not faults_found(browser, WHERE_CONTRAST_CAN_BE_TOLD, contrast, least=1)


@pytest.mark.parametrize("page", ["orebro-sv"], indirect=True)
def test_axe_sees_what_is_wrong(browser: Chrome, page: Path) -> None:
    """A faint heading, and a drawing without a text."""
    show(browser, page, LAPTOP)
    browser.execute_script(
        "document.querySelector('h1').style.color = '#ddd';"
        "const drawing = document.querySelector('figure svg');"
        "drawing.removeAttribute('aria-label');"
        "drawing.removeAttribute('aria-labelledby');"
        "drawing.replaceChildren();"
    )
    for rule, where in (("color-contrast", "header"), ("svg-img-alt", "#figures figure")):
        only = {"runOnly": {"type": "rule", "values": [rule]}}
        (fault,) = faults_found(browser, {"include": [[where]]}, only, least=0)
        assert fault.startswith(f"{rule} (serious)")


def test_axe_finds_no_serious_fault_in_the_tables_of_figures(browser: Chrome, page: Path) -> None:
    """They are closed at first. The rules about tables alone: contrast is that of other tables."""
    show(browser, page, LAPTOP)
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    rules = {"runOnly": {"type": "rule", "values": TABLE_RULES}}
    assert not faults_found(browser, EVERYWHERE, rules, least=2)


@pytest.mark.parametrize("page", ["orebro-sv", "orebro-en"], indirect=True)
def test_the_question_and_the_first_figure_stand_on_the_first_screen(
    browser: Chrome, page: Path
) -> None:
    """On a phone the contents are closed, and open when asked for; with more room they stand."""
    show(browser, page, PHONE)
    assert contents_shown(browser) is False
    assert bottom(browser, "#answer tbody tr") < PHONE_HEIGHT
    browser.execute_script("document.querySelector('nav summary').click()")
    assert contents_shown(browser) is True
    show(browser, page, LAPTOP)
    assert contents_shown(browser) is True


def contents_shown(browser: Chrome) -> object:
    return browser.execute_script("return document.querySelector('nav li').checkVisibility()")


def bottom(browser: Chrome, what: str) -> float:
    script = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom"
    return float(browser.execute_script(script, what))


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_nothing_hangs_over_the_edge(browser: Chrome, page: Path, width: int) -> None:
    """Wide tables and figures scroll in a frame of their own; the page itself never does."""
    show(browser, page, width)
    needed, given = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert needed <= given <= width


def test_nothing_is_fetched(browser: Chrome, page: Path) -> None:
    show(browser, page, LAPTOP)
    fetched = browser.execute_script(
        "return performance.getEntriesByType('resource').map(one => one.name)"
    )
    assert fetched == []
    faults = [one for one in browser.get_log("browser") if one["level"] == "SEVERE"]
    assert faults == []


def test_figures_fit_on_a_page_of_paper(browser: Chrome, page: Path) -> None:
    """No drawing is, with its caption, higher than the text of an A4 page, so none is cut.

    Only the sentence above may stand on the page before, where many steps make it long.
    """
    show(browser, page, round((210 - 2 * 16) * 96 / 25.4))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    heights = browser.execute_script(
        "return [...document.querySelectorAll('figure')].map(one => "
        "one.querySelector('figcaption').getBoundingClientRect().bottom - "
        "one.querySelector('.drawn').getBoundingClientRect().top)"
    )
    assert heights
    assert max(heights) < A4_TEXT_HEIGHT


def test_prints(browser: Chrome, page: Path) -> None:
    """As many pages as a paper with its annex has; the size of each is A4."""
    show(browser, page, LAPTOP)
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    pdf = base64.b64decode(printed["data"])
    sizes = {
        (round(float(wide) * 25.4 / 72), round(float(high) * 25.4 / 72))
        for wide, high in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    }
    assert sizes == {(210, 297)}
    assert 5 <= len(re.findall(rb"/Type /Page\b", pdf)) <= MOST_PAGES
