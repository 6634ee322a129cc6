"""The page: its state is its address, its figures are those of `flowsim compare`, it is safe."""

from __future__ import annotations

import html
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import flowsim
from flowsim.app.computing import Progress, TooLongError, Workshop
from flowsim.app.controls import REFERRALS, controls_of, settings_of, slider
from flowsim.app.safety import MOST_BYTES
from flowsim.report.comparison_paper.answer import section
from flowsim.report.comparison_paper.paper import ComparisonPaper
from flowsim.report.document.blocks import Prose, Table
from flowsim.report.documents import document_of
from flowsim.scenario.loading import loads
from flowsim.study.comparison.comparing import compare

starlette = pytest.importorskip("starlette", reason="starlette is not installed")
from starlette.testclient import TestClient  # noqa: E402

from flowsim.app.pages import REPLICATIONS, Site  # noqa: E402

OREBRO = Path("scenarios/orebro.toml")
COACHES = "teams.coaching.staff.coach.fte.2019"
HERE = {"host": "localhost"}
ORIGIN = {"origin": "http://localhost"}
DESK = Path("flowsim/scenario/new_scenario_sv.toml").read_text("utf-8")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Site(flowsim.load(OREBRO)).app, base_url="http://localhost")


def text_of(page: str) -> str:
    plain = re.sub(r"<(style|script|svg).*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", plain))).replace("\xa0", " ")


def upload(client: TestClient, content: bytes, name: str = "mine.toml", **more: Any) -> Any:
    files = {"scenario": (name, content, "application/toml")}
    return client.post("/upload?lang=sv", files=files, headers=ORIGIN, **more)


# Controls and state -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(Path("scenarios").glob("*.toml")), ids=lambda p: p.stem)
def test_every_control_begins_where_the_file_stands_and_can_be_moved(path: Path) -> None:
    scenario = flowsim.load(path)
    first, more = controls_of(scenario, "sv")
    assert 1 <= len(first) <= 8
    names = [one.name for one in (*first, *more)]
    assert len(names) == len(set(names))
    for one in (*first, *more):
        steps = (one.value - one.low) / one.step
        assert one.low <= one.value < one.high, one
        assert abs(steps - round(steps)) < 1e-6, one
        form = {one.name: one.written(one.value)}
        assert settings_of(scenario, [one], form) == ({}, []), (
            "what stands in the file sets nothing"
        )
    moved = {one.name: one.written(one.value + one.step) for one in first}
    settings, wrong = settings_of(scenario, first, moved)
    assert settings
    assert not wrong
    scenario.with_(settings)  # all of them together are a scenario


def test_more_referrals_are_more_of_each_source() -> None:
    scenario = flowsim.load(OREBRO)
    settings, _ = settings_of(scenario, controls_of(scenario, "sv")[0], {REFERRALS: "20"})
    assert settings == {
        "referrals.early.rate": "180 per year",
        "referrals.early.changes.0.rate": "282 per year",
        "referrals.partners.rate": "216 per year",
        "referrals.gk_direct.rate": "66 per year",
    }


def test_what_is_not_known_follows(client: TestClient) -> None:
    """As a part for scripts, and as a page without them; apart from luck."""
    page = client.get("/", params={"lang": "sv", COACHES: "5"}).text
    part = html.unescape(re.findall(r'data-part="([^"]+)"', page)[0])
    said = text_of(client.get(part).text)
    assert "Vad antagandena medger av skillnaderna" in said
    assert "Ta reda på:" in said
    assert "<html" not in client.get(part).text
    whole = client.get(part.replace("part=1&", ""))
    assert "<html" in whole.text
    assert "Vad antagandena medger av skillnaderna" in text_of(whole.text)
    alone = text_of(client.get("/unknown", params={"lang": "sv"}).text)
    assert "Det vi inte vet" in alone
    nothing = upload(client, DESK.split("[uncertain]")[0].encode())
    link = html.unescape(re.findall(r'data-part="([^"]+)"', nothing.text)[0])
    assert text_of(client.get(link).text).strip() == ""


def test_a_field_that_holds_no_number_is_named(client: TestClient) -> None:
    page = client.get("/result", params={"lang": "sv", COACHES: "många"}).text
    assert "Inget tal som reglaget tar emot: IRMA" in text_of(page)
    page = client.get("/result", params={"lang": "sv", COACHES: "1e9"}).text
    assert "Inget tal som reglaget tar emot" in text_of(page)


def test_a_number_with_a_comma_is_a_number(client: TestClient) -> None:
    pages = [client.get("/result", params={"lang": "sv", COACHES: n}).text for n in ("5,5", "5.5")]
    assert text_of(pages[0]).split("Spara")[0] == text_of(pages[1]).split("Spara")[0]


# Figures ------------------------------------------------------------------------------------------


def test_its_figures_are_those_of_compare(client: TestClient) -> None:
    base = flowsim.load(OREBRO)
    found = compare(base, {"Förslaget": base.with_({COACHES: 5.5})}, replications=REPLICATIONS[0])
    (table,) = (b for b in section(ComparisonPaper(found, "sv")).blocks if isinstance(b, Table))
    said = text_of(client.get("/", params={"lang": "sv", COACHES: "5.5"}).text)
    for row in table.rows:
        cells = " ".join(" ".join(str(cell).split("\n")) for cell in row).replace("\xa0", " ")
        assert cells in said


def test_without_a_change_it_tells_the_scenario(client: TestClient) -> None:
    said = text_of(client.get("/", params={"lang": "en"}).text)
    assert "The list for IRMA grows" in said
    assert "Work it out" in said


def test_the_proposal_as_a_file_gives_the_same_and_keeps_comments(client: TestClient) -> None:
    text = client.get("/scenario.toml", params={COACHES: "5.5", REFERRALS: "20"}).text
    assert "# 24 mappings at a time" in text
    own = loads(text, base="scenarios")
    settings = {COACHES: 5.5, "referrals.partners.rate": "216 per year"}
    wanted = flowsim.load(OREBRO).with_(
        settings
        | {
            "referrals.early.rate": "180 per year",
            "referrals.early.changes.0.rate": "282 per year",
            "referrals.gk_direct.rate": "66 per year",
        }
    )
    ours, theirs = (flowsim.run(one, replications=3).values for one in (own, wanted))
    assert (ours == theirs).sum() + ((ours != ours) & (theirs != theirs)).sum() == ours.size


def test_report_and_tables_are_whole(client: TestClient) -> None:
    report = client.get("/report.html", params={COACHES: "5.5", "lang": "en"})
    assert "What the model does not say" in report.text
    assert report.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert client.get("/tables.xlsx", params={COACHES: "5.5"}).content[:2] == b"PK"


@pytest.mark.parametrize("address", ["/report.html", "/tables.xlsx", "/scenario.toml", "/film"])
def test_nothing_is_kept_of_what_was_not_asked_for(client: TestClient, address: str) -> None:
    page = client.get(address, params={"lang": "sv", COACHES: "många"})
    assert page.status_code == 422
    assert "Inget tal som reglaget tar emot" in text_of(page.text)


def test_a_higher_caseload_is_told_on_the_ips_scale(client: TestClient) -> None:
    key = "teams.coaching.staff.coach.caseload"
    for n, points in ((24, 4), (30, 3), (41, 1)):
        said = text_of(client.get("/result", params={"lang": "sv", key: str(n)}).text)
        assert f"{n} per tjänst ger {points} poäng av 5 på IPS-skalan" in said
    assert "IPS-skalan för coacher" not in text_of(client.get("/result", params={key: "20"}).text)


def test_the_reverse_question_is_that_of_find(client: TestClient) -> None:
    fields = {"control": COACHES, "step": "coaching", "weeks": "6", "share": "0.8", "lang": "en"}
    said = text_of(client.get("/find", params=fields).text)
    found = flowsim.find(
        OREBRO,
        over=[f"{COACHES}=2.5:8:0.5"],
        minimise=COACHES,
        subject_to=["coaching.joined.wait.p90 <= 6 weeks in 0.8 of runs"],
        max_replications=400,
    )
    answer = document_of(found, language="en", is_short=True).sections[0].blocks[0]
    assert isinstance(answer, Prose)
    assert answer.text.replace("\xa0", " ") in said


def test_the_film_counts_what_the_log_says(client: TestClient) -> None:
    from flowsim.app.film import film_of

    scenario = flowsim.load(OREBRO)
    film = film_of(scenario, "sv")
    log = flowsim.simulate(flowsim.compile(scenario), seed=1, replication=0).to_frame()
    exits = int((log["event"] == "exited").sum())
    labels = {one.label for one in scenario.exits.values()}
    left = [at for at, head in enumerate(film.table.heads) if head in labels]
    assert sum(film.table.rows[-1][at].numbers[0] for at in left) == exits  # nobody returns here
    assert film.n_people == log[log["event"] == "referred"].shape[0]
    assert "</script" not in film.json


# Queue and cost -----------------------------------------------------------------------------------


def test_the_same_work_is_done_once_and_the_others_wait() -> None:
    shop, begun, go = Workshop(workers=1), [], threading.Event()

    def work(progress: Progress) -> int:
        begun.append(1)
        go.wait(10)
        return len(begun)

    first, again, other = (shop.asked(key, work) for key in ("a", "a", "b"))
    assert first is again
    time.sleep(0.05)
    assert (shop.place_of("a"), shop.place_of("b")) == (0, 1)
    go.set()
    assert (first.result(10), other.result(10)) == (1, 2)


def test_work_ends_when_its_time_is_over_and_may_be_asked_for_again() -> None:
    shop = Workshop(workers=1, most_seconds=0.05)

    def long(progress: Progress) -> None:
        while True:
            time.sleep(0.01)
            progress(0, 1)

    with pytest.raises(TooLongError):
        shop.asked("a", long).result(10)
    assert shop.asked("a", lambda progress: 5).result(10) == 5


def test_only_the_latest_results_are_kept() -> None:
    shop = Workshop(workers=1, most_kept=3)
    for key in range(20):
        shop.asked(key, lambda progress: None).result(10)
    assert len(shop._known) <= 4


def test_what_costs_too_much_is_refused_in_words() -> None:
    text = re.sub(r'rate = "[^"]+"', 'rate = "900 per day"', DESK)
    big = Site(loads(text), workshop=Workshop(most_seconds=2.0))
    with TestClient(big.app, base_url="http://localhost") as client:
        began_at = time.perf_counter()
        said = text_of(client.get("/result", params={"lang": "sv"}).text)
        assert "Det skulle ta omkring" in said
        assert time.perf_counter() - began_at < 10


def test_twenty_at_once_get_their_own_right_answers(client: TestClient) -> None:
    counts = [f"{3 + k / 2:g}" for k in range(10)] * 2
    with ThreadPoolExecutor(20) as pool:
        pages = list(
            pool.map(
                lambda n: client.get("/result", params={"lang": "sv", COACHES: n}).text, counts
            )
        )
    for n, page in zip(counts, pages, strict=True):
        assert f"{quote(COACHES)}={n}" in page or n == "4.5"
        assert page == client.get("/result", params={"lang": "sv", COACHES: n}).text


# Safety -------------------------------------------------------------------------------------------


def test_only_its_own_names_and_origin(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403
    assert client.post("/upload", files={"scenario": b"x"}).status_code == 403
    files = {"scenario": ("a.toml", DESK.encode())}
    evil = client.post("/upload", files=files, headers={"origin": "http://evil.example"})
    assert evil.status_code == 403
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_no_page_asks_elsewhere_or_runs_what_stands_in_it(client: TestClient) -> None:
    for address in ("/", "/find", "/film", "/accessibility"):
        page = client.get(address).text
        assert not re.search(r"(src|href|action)=[\"'](https?:)?//", page)
        assert not re.search(r"\son\w+=", page)
        scripts = re.findall(r"<script([^>]*)>", page)
        assert all("src=" in one or "application/json" in one for one in scripts)


def test_an_upload_is_a_page_of_its_own(client: TestClient) -> None:
    page = upload(client, DESK.encode())
    assert page.status_code == 200
    assert "file=" in str(page.url)
    assert "Örebro" not in text_of(page.text)
    assert "Örebro" in text_of(client.get("/").text), "nothing of one user is seen by another"


HOSTILE = {
    "no UTF-8": (b"\xff\xfe\x00", "inte text i UTF-8"),
    "no TOML": (b"[scenario\ntitle = 1", "tillåtet"),
    "deep": (b"x = " + b"[" * 50_000 + b"]" * 50_000, "tillåtet"),
    "huge number": (re.sub(r"fte = [\d.]+", "fte = 1e300", DESK).encode(), "tillåtet"),
    "a list of the server": (
        re.sub(r'rate = "[^"]+"', 'file = "../../../../etc/passwd"', DESK, count=1).encode(),
        "tillåtet",
    ),
    "draws of the server": (
        (DESK.split("[uncertain]")[0] + '[uncertain]\ndraws = "/etc/passwd"\n').encode(),
        "tillåtet",
    ),
    "empty": (b"", "tillåtet"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_in_words(client: TestClient, name: str) -> None:
    content, words = HOSTILE[name]
    page = upload(client, content)
    assert page.status_code == 422
    said = text_of(page.text)
    assert words in said
    assert "root:" not in said
    assert "Traceback" not in said


def test_an_upload_is_not_read_beyond_its_limit(client: TestClient) -> None:
    page = upload(client, b"#" * (50 * MOST_BYTES))
    assert page.status_code == 413
    assert "större än 1 MB" in text_of(page.text)


def test_texts_of_a_scenario_are_escaped(client: TestClient) -> None:
    evil = DESK.replace('label = "', 'label = "<script>alert(1)</script>')
    page = upload(client, evil.encode(), name='<img src=x onerror="alert(1)">.toml').text
    assert "<script>alert" not in page
    assert "<img" not in page
    query = page.split('href="/film?')[1].split('"')[0]
    assert "<script>alert" not in client.get(f"/film?{html.unescape(query)}").text


def test_an_address_of_an_upload_that_is_gone_says_so(client: TestClient) -> None:
    said = text_of(client.get("/", params={"file": "0123456789abcdef", "lang": "sv"}).text)
    assert "finns inte kvar" in said


def test_uploads_are_kept_within_a_cap() -> None:
    site = Site(flowsim.load(OREBRO))
    with TestClient(site.app, base_url="http://localhost") as client:
        for k in range(53):
            text = f"# {k}\n{DESK}".encode()
            files = {"scenario": ("a.toml", text)}
            client.post("/upload", files=files, headers=ORIGIN, follow_redirects=False)
    assert len(site._uploads) == 50


def test_slider_ends() -> None:
    for value in (0.0, 0.6, 1.25, 2.8, 4.5, 12.0, 66.0, 658027.0):
        low, high, step = slider(value, "fte")
        assert 0 <= low <= value < high
        assert step > 0
