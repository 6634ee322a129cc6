"""The report in a real browser: no fault for those who use it without eyes or mouse; print.

Needs Debian's packages chromium and chromium-driver; without them these tests are skipped, and say
so. The rules are those of axe-core, as the Python package axe-core-python brings it; FLOWSIM_AXE
may name a newer axe.min.js.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import flowsim
from flowsim.report.document.html import html
from flowsim.report.run_paper import run_paper

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
MOST_SECONDS = 120
A4_TEXT_HEIGHT = (297 - 2 * 18) * 96 / 25.4  # CSS pixels between the margins of report.css
VERSIONS = {"flowsim": "1.2.3", "python": "3.11.0", "machine": "Linux x86_64"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
TABLE_RULES = ["scope-attr-valid", "scrollable-region-focusable", "empty-table-header"]
RUN_AXE = """
const [chosen, done] = arguments;
document.querySelectorAll("figure svg > :not(title):not(desc)").forEach(part => part.remove());
axe.run(document, { runOnly: chosen.runOnly }).then(done);
"""


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


@pytest.fixture(
    scope="module", params=["orebro-sv", "orebro-en", "ale_kungalv_stenungsund_tjorn-sv"]
)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report as a file."""
    name, language = str(request.param).split("-")
    results = flowsim.run(flowsim.load(f"scenarios/{name}.toml"), replications=20)
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_text(html(run_paper(results, VERSIONS, language)), encoding="utf-8")
    return path


def axe() -> str:
    if given := os.environ.get("FLOWSIM_AXE"):
        return Path(given).read_text("utf-8")
    pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    return files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")


def show(browser: Chrome, page: Path, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())


def faults_found(browser: Chrome, chosen: dict[str, Any]) -> list[str]:
    """Serious and critical faults. A drawing is one image: its thousand strokes are left out."""
    browser.execute_script(axe())
    found: dict[str, Any] = browser.execute_async_script(RUN_AXE, chosen)
    assert len(found["passes"]) >= chosen["least"], "axe has looked at the page"
    return [
        f"{fault['id']} ({fault['impact']}): {fault['nodes'][0]['html'][:200]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_axe_finds_no_serious_fault(browser: Chrome, page: Path, width: int) -> None:
    show(browser, page, width)
    assert not faults_found(browser, {"runOnly": RULES, "least": 20})


def test_axe_finds_no_serious_fault_in_the_tables_of_figures(browser: Chrome, page: Path) -> None:
    """They are closed at first. The rules about tables alone: contrast is that of other tables."""
    show(browser, page, LAPTOP)
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    rules = {"type": "rule", "values": TABLE_RULES}
    assert not faults_found(browser, {"runOnly": rules, "least": 2})


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
    """No figure is higher than the text of an A4 page, so none is cut."""
    show(browser, page, round((210 - 2 * 16) * 96 / 25.4))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    heights = browser.execute_script(
        "return [...document.querySelectorAll('figure')].map(f => f.getBoundingClientRect().height)"
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
    assert 5 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 40
