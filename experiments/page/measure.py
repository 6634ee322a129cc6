"""How soon the page answers, how large it is, and what it keeps: python experiments/page/measure.py

Needs chromium and chromedriver. A slider is let go 20 times in the browser, each time to a state
that has not been worked out before; 1,000 addresses are asked for, 200 of them different.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import uvicorn
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import flowsim
from flowsim.app.pages import site

ROOT = Path(__file__).parent.parent.parent
STAY = "steps.coaching.length_of_stay.mean"
TRIES, REQUESTS, STATES = 20, 1000, 200


def served() -> str:
    """Serve Örebro in a thread, and return its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    scenario = flowsim.load(ROOT / "scenarios" / "orebro.toml")
    server = uvicorn.Server(uvicorn.Config(site(scenario), log_level="error"))
    threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True).start()
    while not server.started:
        time.sleep(0.02)
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def first_page(address: str) -> tuple[int, float]:
    """Return the bytes of the first page and the seconds until it is there, compiled code apart."""
    urlopen(address).read()
    began_at = time.perf_counter()
    content = urlopen(f"{address}?lang=en").read()
    return len(content), time.perf_counter() - began_at


def releases(address: str) -> list[float]:
    """Return the seconds from letting a slider go to new figures."""
    options = ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    browser = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        browser.get(f"{address}?lang=sv")
        seconds = []
        for k in range(TRIES):
            slider = browser.find_element(By.ID, f"c-{STAY}")
            key = Keys.ARROW_RIGHT if k < TRIES // 2 else Keys.ARROW_LEFT
            if k == TRIES // 2:
                browser.get(f"{address}?lang=sv")
                slider = browser.find_element(By.ID, f"c-{STAY}")
            before = browser.find_element(By.CSS_SELECTOR, "#answer").text
            began_at = time.perf_counter()
            slider.send_keys(key)
            WebDriverWait(browser, 60, 0.02).until(
                lambda b, old=before: (
                    b.find_element(By.CSS_SELECTOR, "#answer").text != old
                    and not b.find_element(By.ID, "stale").is_displayed()
                )
            )
            seconds.append(time.perf_counter() - began_at)
            time.sleep(4)  # until what is not known has been filled in
        return seconds
    finally:
        browser.quit()


def resident() -> float:
    """Return the memory of this process [MB]."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def grown(address: str) -> float:
    """Return by how much memory grows over many requests, after as many states as are kept [MB]."""
    ask = [
        f"{address}result?lang=sv&{quote(STAY)}={1 + k % 31}&referrals={5 * (k // 31)}"
        for k in range(STATES)
    ]
    for state in ask[:80]:
        urlopen(state).read()
    gc.collect()
    before = resident()
    for k in range(REQUESTS):
        urlopen(ask[k % STATES]).read()
    gc.collect()
    return resident() - before


def main() -> None:
    """Measure, and print."""
    address = served()
    n_bytes, seconds = first_page(address)
    print(f"first page: {n_bytes / 1000:.0f} kB in {seconds:.2f} s")
    tries = releases(address)
    print(f"slider to figures: median {statistics.median(tries):.2f} s, longest {max(tries):.2f} s")
    print(f"memory after {REQUESTS} requests: {grown(address):+.1f} MB")


if __name__ == "__main__":
    main()
