"""The page in a real browser: a board member's way through it, with mouse, keyboard, or no script.

Needs what `test_report_browser.py` needs, whose browser it uses.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import flowsim
from flowsim.report.comparison_paper.answer import section
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Prose
from flowsim.study.comparison.comparing import compare

uvicorn = pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from test_report_browser import (  # noqa: E402
    EVERYWHERE,
    RULES,
    WHERE_CONTRAST_CAN_BE_TOLD,
    axe,
    browser,
    faults_found,
    pytestmark,
)

from flowsim.app.pages import REPLICATIONS, site  # noqa: E402

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver import Chrome  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

__all__ = ["browser", "pytestmark"]
COACHES = "teams.coaching.staff.coach.fte.2019"
MOST_SECONDS = 60


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page of Örebro, served as `flowsim app` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(site(flowsim.load("scenarios/orebro.toml")), log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    thread.join(10)


def answer_of(coaches: float, language: str = "sv") -> str:
    """The answer that a comparison with so many coaches begins with."""
    base = flowsim.load("scenarios/orebro.toml")
    name = {"sv": "Förslaget", "en": "The proposal"}[language]
    found = compare(base, {name: base.with_({COACHES: coaches})}, replications=REPLICATIONS[0])
    block = section(ComparisonPaper(found, language)).blocks[0]
    assert isinstance(block, Prose)
    return block.text


def shown(browser: Chrome) -> str:
    text: str = browser.execute_script(
        "return document.querySelector('#answer p, .faults').textContent"
    )
    return text


def wait_for(browser: Chrome, text: str) -> None:
    WebDriverWait(browser, MOST_SECONDS).until(lambda _: shown(browser) == text)


def slider(browser: Chrome, name: str = COACHES) -> Any:
    return browser.find_element(By.ID, f"c-{name}")


def wide(browser: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_posts_are_changed_with_the_keyboard_alone(browser: Chrome, address: str) -> None:
    """New figures without a new page: the focus stays, the address holds the state."""
    wide(browser, 1280)
    browser.get(f"{address}?lang=sv")
    browser.execute_script("window.same = true")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    for _ in range(60):
        if browser.switch_to.active_element.get_attribute("name") == COACHES:
            break
        browser.switch_to.active_element.send_keys(Keys.TAB)
    active = browser.switch_to.active_element
    active.send_keys(Keys.ARROW_RIGHT)
    wait_for(browser, answer_of(5.0))
    assert browser.switch_to.active_element == slider(browser)
    assert slider(browser).get_attribute("aria-valuetext") == "5"
    assert browser.execute_script("return window.same") is True
    assert f"{COACHES}=5" in browser.current_url
    assert browser.find_element(By.ID, "status").get_attribute("textContent") == answer_of(5.0)
    assert not browser.find_element(By.ID, "stale").is_displayed()


def test_an_address_restores_a_state_in_either_language(browser: Chrome, address: str) -> None:
    for language in ("sv", "en"):
        browser.get(f"{address}?lang={language}&{COACHES}=5.5")
        assert slider(browser).get_attribute("value") == "5.5"
        assert shown(browser) == answer_of(5.5, language)
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == language


def test_it_works_without_scripts(browser: Chrome, address: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{address}?lang=sv")
        slider(browser).send_keys(Keys.ARROW_RIGHT)
        browser.find_element(By.ID, "go").click()
        WebDriverWait(browser, MOST_SECONDS).until(
            lambda b: answer_of(5.0) in b.find_element(By.ID, "answer").get_attribute("textContent")
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_broken_upload_is_told(browser: Chrome, address: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[scenario]\ntitle = 1\n", "utf-8")
    browser.get(f"{address}?lang=sv")
    browser.find_element(By.ID, "upload").send_keys(str(path))
    browser.find_element(By.CSS_SELECTOR, "#upload ~ button").click()
    WebDriverWait(browser, MOST_SECONDS).until(lambda b: b.find_elements(By.CLASS_NAME, "faults"))
    said = browser.find_element(By.CLASS_NAME, "faults").text
    assert "mine.toml:2: scenario.title" in said
    assert "tillåtet" in said


def test_every_control_has_role_name_and_value(browser: Chrome, address: str) -> None:
    """In the tree that screen readers read, which axe does not look at."""
    browser.get(f"{address}?lang=sv")
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    sliders = [one for one in nodes if one.get("role", {}).get("value") == "slider"]
    fields = browser.find_elements(By.CSS_SELECTOR, "input[type=range]")
    assert len(sliders) == len(fields) > 8
    for one in sliders:
        assert one["name"]["value"]
        told = {p["name"]: p["value"].get("value") for p in one["properties"]}
        assert told["valuetext"]
    assert len({one["name"]["value"] for one in sliders}) == len(sliders)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("page", ["", "find", "film", "accessibility"])
def test_axe_finds_no_serious_fault(browser: Chrome, address: str, page: str, width: int) -> None:
    wide(browser, width)
    browser.get_log("browser")  # of pages before
    browser.get(f"{address}{page}?lang=sv&{COACHES}=5")
    WebDriverWait(browser, MOST_SECONDS).until(  # what is not known is there, too
        lambda b: not b.find_elements(By.CSS_SELECTOR, "#later a[data-part]")
    )
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    browser.execute_script(axe())
    but_contrast = {"runOnly": RULES, "rules": {"color-contrast": {"enabled": False}}}
    assert not faults_found(browser, EVERYWHERE, but_contrast, least=10)
    contrast = {"runOnly": ["color-contrast"]}
    assert not faults_found(browser, WHERE_CONTRAST_CAN_BE_TOLD, contrast, least=1)
    needed, given = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert needed <= given <= width
    faults = [one for one in browser.get_log("browser") if one["level"] == "SEVERE"]
    assert not [one for one in faults if "favicon" not in one["message"]]


def test_the_film_begins_still_and_moves_month_by_month(browser: Chrome, address: str) -> None:
    browser.get(f"{address}film?lang=sv")
    month = browser.find_element(By.ID, "month")
    assert month.text == "2017-01"
    time.sleep(1.2)
    assert month.text == "2017-01"
    browser.find_element(By.ID, "next").click()
    assert month.text == "2017-02"
    dots = len(browser.find_elements(By.CSS_SELECTOR, "#stage .dot:not(.away)"))
    row = browser.find_elements(By.CSS_SELECTOR, "tbody tr")[1]
    assert dots > 0
    assert row.find_element(By.TAG_NAME, "th").text == "2017-02"


def test_new_figures_come_soon_after_a_slider_is_let_go(browser: Chrome, address: str) -> None:
    """Bounded loosely here, as machines are busy; experiments/page/measure.py tells how soon."""
    browser.get(f"{address}?lang=sv")
    times = []
    for key in [Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT]:
        before = shown(browser)
        began_at = time.perf_counter()
        slider(browser).send_keys(key)
        WebDriverWait(browser, MOST_SECONDS, 0.02).until(lambda _, b=before: shown(browser) != b)
        times.append(time.perf_counter() - began_at)
    assert median(times) < 10
