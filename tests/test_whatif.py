"""The file by mail: its texts are those of `flowsim compare`, and it needs nothing else."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from commands import flowsim_command

import flowsim
from flowsim.report.document.blocks import Table
from flowsim.study.comparison.comparing import compare
from flowsim.whatif.grid import compared, grid_of
from flowsim.whatif.page import Texts, blocks_of, page

OREBRO = Path("scenarios/orebro.toml")
COACHES = "teams.coaching.staff.coach.fte.2019"
STAY = "steps.mapping.length_of_stay.mean"
OVER = [f"{COACHES}=3.5:5.5:0.5", f"{STAY}=5 weeks, 6 weeks"]
N, DRAWS = 20, 24


@pytest.fixture(scope="module")
def written() -> str:
    base = flowsim.load(OREBRO)
    grid, texts, first = grid_of(base, OVER, "sv"), Texts(), None
    for result in compared(grid, "Förslaget", N, DRAWS):
        first = first or result
        texts.add(blocks_of(result, "sv"))
    return page(grid, first, texts, "sv")  # type: ignore[arg-type]


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_ten_places_say_what_compare_says(written: str) -> None:
    data, base = data_of(written), flowsim.load(OREBRO)
    places = product((3.5, 4, 4.5, 5, 5.5), ("5 weeks", "6 weeks"))
    assert len(data["places"]) == 11
    for place, (coaches, stay) in enumerate(places, start=1):
        other = base.with_({COACHES: coaches, STAY: stay})
        found = compare(base, {"Förslaget": other}, replications=N, draws=DRAWS)
        wanted = []
        for block in blocks_of(found, "sv"):
            if isinstance(block, Table):
                wanted.append([str(cell) for row in block.rows for cell in row])
        told = [
            [data["strings"][cell] for row in block["r"] for cell in row]
            for block in data["places"][place]
            if isinstance(block, dict)
        ]
        assert told == wanted, (coaches, stay)


def test_it_needs_nothing_else(written: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', written)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert not re.search(r"(src|href|action)=[\"'](https?:)?//", written)
    assert len(written.encode()) < 300_000
    assert "Skript är avstängda" in written
    assert data_of(written)["hasOwn"] is True


def test_texts_of_a_scenario_are_escaped(tmp_path: Path) -> None:
    text = Path("flowsim/scenario/new_scenario_sv.toml").read_text("utf-8")
    evil = text.replace('label = "', 'label = "</script><script>alert(1)</script>|')
    path = tmp_path / "evil.toml"
    path.write_text(evil, "utf-8")
    out = tmp_path / "w.html"
    done = flowsim_command(
        "whatif", path, "--over", "teams.coaching.staff.coach.fte=3:5:1", "--replications", 5,
        "--draws", 0, "--out", out, "--quiet",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = out.read_text("utf-8")
    assert "<script>alert" not in written
    assert written.count("</script>") == 2
    assert len(data_of(written)["places"]) == 4
    again = flowsim_command("whatif", path, "--over", f"{COACHES}=1:2:1", "--out", out)
    assert again.returncode == 2
    assert out.read_text("utf-8") == written, "nothing of what is there is lost"


@pytest.mark.parametrize(
    ("over", "fault"),
    [
        ([], "--over: found nothing"),
        (["teams.coaching.staff.coach.fte.2019=5:3:1"], "--over: found"),
        (["teams.coaching.staff.coach.fte.2019=3:5:0"], "--over: found"),
        (["teams.coching.staff.coach.fte=3:5:1"], 'did you mean "coaching"'),
        (["referrals.early.to=mapping, nowhere"], "nowhere"),
        ([f"{COACHES}=0:400:0.5"], "--over: found"),
        ([f"steps.{s}=1, 2" for s in "abcde"], "--over: found 5 levers; allowed: at most 4"),
    ],
)
def test_bad_input_is_one_clear_line(over: list[str], fault: str, tmp_path: Path) -> None:
    options = [word for one in over for word in ("--over", one)]
    out = tmp_path / "w.html"
    done = flowsim_command(
        "whatif", OREBRO, *options, "--out", out, "--quiet", "--set", "scenario.language=en"
    )
    assert done.returncode == 2
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


browsing = pytest.importorskip("test_report_browser", reason="selenium is not installed")
browser = browsing.browser


@pytest.mark.skipif(browsing.CHROMIUM is None or browsing.DRIVER is None, reason="no chromium")
def test_it_opens_from_disk_and_looks_up(browser: Any, written: str, tmp_path: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    path = tmp_path / "w.html"
    path.write_text(written, "utf-8")
    browser.get_log("browser")
    browsing.show(browser, path, 320)
    sliders = browser.find_elements(By.CSS_SELECTOR, "input[type=range]")
    assert [one.get_attribute("aria-valuetext") for one in sliders] == ["4,5", "6\xa0veckor"]
    data = data_of(written)
    own = browser.find_element(By.CSS_SELECTOR, "#result").text
    sliders[0].send_keys(Keys.ARROW_RIGHT)
    assert sliders[0].get_attribute("aria-valuetext") == "5"
    place = 1 + 3 * 2 + 1
    first = data["strings"][data["places"][place][0]]
    assert browser.find_element(By.CSS_SELECTOR, "#result p").get_attribute("textContent") == first
    assert browser.find_element(By.ID, "status").get_attribute("textContent") == first
    sliders[0].send_keys(Keys.ARROW_LEFT)
    assert browser.find_element(By.CSS_SELECTOR, "#result").text == own
    assert [one for one in browser.get_log("browser") if one["level"] == "SEVERE"] == []
    needed, given = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert needed <= given <= 320
    but_contrast = {"runOnly": browsing.RULES, "rules": {"color-contrast": {"enabled": False}}}
    assert not browsing.faults_found(browser, browsing.EVERYWHERE, but_contrast, least=10)
