"""Figures: the numbers drawn are known, texts are shown and not obeyed, files repeat themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from test_cli import assert_refused
from test_cli import flowsim as command

import flowsim
from flowsim.analysis.survival import CENSORED, OTHER, STARTED, WITHDREW, Followed
from flowsim.report.figures import NAMES, Drawing, draw
from flowsim.report.figures.curves import curves, horizon, weeks_to_half
from flowsim.report.figures.material import StepVisits
from flowsim.report.figures.queue import Course, course_of
from flowsim.report.figures.queue import sentences as queue_sentences
from flowsim.report.figures.waits import distribution
from flowsim.report.numbers import NO_BREAK_SPACE
from flowsim.report.words import Words

# Sixty days. In `line` five come at once and one on day 56, and one place is taken for 14 days at a
# time: starts after 0, 14, 28, 42 and 56 days, and the last has waited 4 days when the run ends.
# In `short` four come at once and one on day 56: starts after 0, 14 and 0 days, two give up at 21.
TITLE = '$x$ <script>alert(1)</script> & "quoted"'
SCENARIO = """
[scenario]
title = '''{title}'''
language = "{language}"
[run]
start = 2024-01-01
until = 2024-02-29
replications = {n}
[referrals]
a = {{ to = "line", cohort = [{{ date = 2024-01-01, count = 5 }}] }}
a_late = {{ to = "line", cohort = [{{ date = 2024-02-26, count = 1 }}] }}
b = {{ to = "short", cohort = [{{ date = 2024-01-01, count = 4 }}] }}
b_late = {{ to = "short", cohort = [{{ date = 2024-02-26, count = 1 }}] }}
[teams]
one = {{ places = 1, cost_per_place = 36600, label = "Team $\\\\alpha$" }}
two = {{ places = 1 }}
[steps.line]
label = "Kö $y_1$"
team = "one"
length_of_stay = "14 days"
target_wait = "5 weeks"
next = {{ done = 1.0 }}
[steps.short]
team = "two"
length_of_stay = "14 days"
patience = "21 days"
next = {{ nowait = 1.0 }}
[steps.nowait]
length_of_stay = "1 day"
next = {{ done = 1.0 }}
[exits]
done = "Klar"
[outcomes]
completed = ["done"]
"""


def drawn(language: str = "sv", n: int = 3, again: int = 100) -> dict[str, Drawing]:
    scenario = flowsim.loads(SCENARIO.format(title=TITLE, language=language, n=n))
    return {one.name: one for one in draw(flowsim.run(scenario), again)}


@pytest.fixture(scope="module")
def swedish() -> dict[str, Drawing]:
    return drawn("sv")


@pytest.fixture(scope="module")
def english() -> dict[str, Drawing]:
    return drawn("en")


def plain(text: str) -> str:
    return text.replace(NO_BREAK_SPACE, " ")


# The numbers --------------------------------------------------------------------------------------


def test_every_figure_is_there(swedish: dict[str, Drawing]) -> None:
    assert tuple(swedish) == NAMES


def test_waits(swedish: dict[str, Drawing]) -> None:
    table = swedish["waits"].table
    assert set(table["step"]) == {"line", "short"}  # nobody waits for `nowait`
    line = table[table["step"] == "line"]
    assert line["weeks_from"].tolist() == list(range(9))
    assert line["share"].tolist() == pytest.approx([0.2, 0, 0.2, 0, 0.2, 0, 0.2, 0, 0.2])
    assert set(line["still_waiting"]) == {1.0}
    short = table[table["step"] == "short"]
    assert short["share"].tolist() == pytest.approx([2 / 3, 0, 1 / 3])
    said = plain(swedish["waits"].text)
    # In each course 0, 2, 4, 6 and 8 weeks: nine of ten lie between the last two of them.
    assert said == (
        "Hälften av dem som började i ”Kö $y_1$” hade väntat högst 4,0 veckor, nio av tio högst "
        "7,2 veckor. Hälften av dem som började i ”short” hade väntat mindre än en vecka, nio av "
        "tio högst 1,6 veckor."
    )


def test_long_waits_are_one_open_bar() -> None:
    waits = np.repeat([0.0, 7.0, 210.0], [500, 498, 2])
    table = distribution(waits)
    assert table["weeks_to"].tolist() == [1, 2, 3, np.inf]
    assert table["share"].tolist() == [0.5, 0.498, 0, 0.002]
    assert distribution(np.array([3.0])).to_numpy().tolist() == [[0, 1, 1]]


@pytest.mark.parametrize("seed", range(5))
def test_no_wait_is_left_out(seed: int) -> None:
    waits = np.random.default_rng(seed).lognormal(4, 1.5, 1000)
    table = distribution(waits)
    assert table["share"].sum() == pytest.approx(1.0)
    assert len(table) <= 20
    first = float(np.mean(waits < 7 * table["weeks_to"][0]))
    assert table["share"][0] == pytest.approx(first)


def test_queue(swedish: dict[str, Drawing]) -> None:
    table = swedish["queue"].table
    line = table[table["step"] == "line"]
    assert line["month"].tolist() == ["2024-01", "2024-02"]
    days = [4 * 14 + 3 * 14 + 2 * 3, 2 * 11 + 1 * 14 + 1 * 4]  # on the list in January, February
    assert line["mean"].tolist() == pytest.approx([days[0] / 31, days[1] / 29])
    assert line["p5"].tolist() == line["p95"].tolist() == line["mean"].tolist()
    # 3.35 and 1.38 people; of the other list 2.0 and 0.0, so that both get shorter.
    assert plain(swedish["queue"].text) == (
        "Kön till ”Kö $y_1$” minskar från 3 väntande i januari 2024 till 1 i februari 2024 "
        "(i genomsnitt). Kön till ”short” minskar från 2 väntande i januari 2024 till 0 i "
        "februari 2024 (0 till 0)."
    )


@pytest.mark.parametrize(
    ("median", "way", "turn"),
    [
        ([5.0], "stays", 0),
        ([0.0, 0.4, 1.0], "stays", 2),
        ([50.0, 42.0, 45.0], "stays", 0),
        ([0.0, 3.0, 5.0, 9.0], "grows", 3),
        ([0.0, 1.0, 0.0, 5.0, 9.0], "grows_late", 2),
        ([9.0, 5.0, 2.0], "shrinks", 0),
        ([2.0, 9.0, 5.0], "peaks", 1),
        ([9.0, 2.0, 9.5], "varies", 2),
        ([8.0, 1.0, 8.0], "varies", 0),
    ],
)
def test_how_a_list_goes(median: list[float], way: str, turn: int) -> None:
    assert course_of(pd.Series(median)) == Course(way, turn)


def queue_text(**medians: list[float]) -> str:
    months = ["2024-01", "2024-02", "2024-03", "2024-04"]
    tables = {
        name: pd.DataFrame({"month": months, "mean": m, "p5": np.zeros(4), "p95": 2 * max(m)})
        for name, m in medians.items()
    }
    scenario = flowsim.loads(SCENARIO.format(title="A", language="en", n=2))
    return " ".join(queue_sentences(tables, Words(scenario, "en")))


def test_the_sentences_of_lists() -> None:
    assert queue_text(a=[0, 0, 1, 9], b=[5, 5.2, 5, 5], c=[0, 7, 0, 1]) == (
        "The list for “a” becomes longer, from 0 waiting in January 2024 to 9 in April 2024 "
        "(on average; nine of ten courses of events: 0 to 18), but will not go on growing. The "
        "list for “c” is longest in February 2024, with 7 waiting (0 to 14), against 1 in April "
        "2024. The list for “b” stays as long, with about 5 waiting (0 to 10)."
    )
    few = [0.0, 0.9, 0.0, 0.0]
    assert queue_text(a=few) == (
        "On the list for “a” fewer than one person waits in any month on average."
    )
    assert (
        queue_text(a=few, b=few) == "On each of the 2 lists fewer than one person waits on average."
    )
    many = {name: [9.0, 9.0, 9.0, 9.0] for name in "abc"}
    assert queue_text(**many, d=[4.0, 5.0, 4.0, 4.0]).endswith(
        "The list for “d” has at most 5 waiting on average."
    )
    assert queue_text(**many, d=few, e=[2.0, 2.0, 3.0, 2.0]).endswith(
        "Each of 2 other lists has at most 3 waiting on average."
    )
    assert queue_text(**many, d=few, e=few).endswith(
        "On each of 2 other lists fewer than one person waits on average."
    )


def test_places(swedish: dict[str, Drawing]) -> None:
    table = swedish["places"].table
    assert set(table["team"]) == {"two"}, "the other is full all the time"
    two = table[table["team"] == "two"]
    assert two["mean"].tolist() == pytest.approx([28 / 31, 4 / 29])
    assert plain(swedish["places"].text) == (
        "Fullast är ”Team $\\alpha$”: i genomsnitt är 1,0 av 1,0 platser belagda (100 %). "
        "Flest lediga platser har ”two”: 0,5 av 1,0 används (53 %)."
    )


def test_exits(swedish: dict[str, Drawing]) -> None:
    table = swedish["exits"].table.set_index("exit")
    assert table["mean"].to_dict() == {"done": 6.0, "withdrew": 2.0}
    assert table["share"].to_dict() == {"done": 0.75, "withdrew": 0.25}
    assert (table["lower"] == table["upper"]).all()
    assert plain(swedish["exits"].text) == (
        "I genomsnitt avslutas 8,0 personer under hela perioden. De avslutas med ”Klar” (75 %) och "
        "”Avstod under väntan” (25 %)."
    )


def test_costs(swedish: dict[str, Drawing]) -> None:
    table = swedish["costs"].table.set_index("kpi")["mean"]
    assert table.to_dict() == pytest.approx(
        {
            "cost.payer.association": 6000.0,  # 36,600 a year of 366 days, for 60 days
            "cost.team.one": 6000.0,
            "cost.per.completed": 1000.0,
            "cost.per_participant": 6000 / 8,
        }
    )
    assert plain(swedish["costs"].text) == (
        "Hela perioden kostar 6 000 SEK, och allt betalas av förbundet. Delat på alla deltagare är "
        "det 750 SEK per deltagare, och delat på avsluten i ”Avslutade” 1 000 SEK per avslut."
    )


def test_curves(swedish: dict[str, Drawing]) -> None:
    table = swedish["curves"].table
    line = table[table["step"] == "line"].set_index("weeks")
    shares = ["started", "withdrew", "other", "waiting"]
    assert line[shares].sum(axis=1).to_numpy() == pytest.approx(1.0)
    # 1/6 start at once; after the one of 4 days is censored, one of 4 on the list, one of 3 ...
    left = [5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4 * 2 / 3, 5 / 6 * 3 / 4 * 2 / 3 / 2, 0]
    for weeks, waiting in zip((1, 3, 5, 7, 8), left, strict=True):
        at = line.index[np.searchsorted(line.index, weeks - 1e-9)]
        assert line.loc[at, "waiting"] == pytest.approx(waiting, abs=1e-12)
        assert line.loc[at, "km_started"] == pytest.approx(1 - waiting)
    end = table[table["step"] == "short"].iloc[-1]
    assert end[["started", "withdrew", "other"]].tolist() == pytest.approx([0.6, 0.4, 0.0])
    assert end["km_started"] == pytest.approx(1 - 3 / 5 * 2 / 3)
    # A sixth at once, a quarter of the rest after two weeks, a third of those left after four.
    assert plain(swedish["curves"].text) == (
        "Av dem som ställdes i kö till ”Kö $y_1$” hade hälften börjat inom 4 veckor och 100 % "
        "inom 9 veckor. Av dem som ställdes i kö till ”short” hade hälften börjat inom 2 veckor "
        "och 60 % inom 4 veckor; 40 % hade lämnat kön på annat sätt."
    )


def test_weeks_to_half() -> None:
    def weeks(*days: float) -> float:
        return weeks_to_half(Followed(np.array(days), np.ones(len(days), int)))

    assert weeks(0, 0, 7, 14) == 1
    assert weeks(7, 14, 28, 56) == 2
    assert weeks(7, 15, 28, 56) == 3
    withdrawn = Followed(np.array([7.0, 8.0, 9.0]), np.array([STARTED, WITHDREW, WITHDREW]))
    assert weeks_to_half(withdrawn) == np.inf


def test_curves_by_each_way_off_the_list() -> None:
    """Of 4: one starts after a week, one is turned away after two, one withdraws after three."""
    time, cause = [7.0, 14.0, 21.0, 28.0], [STARTED, OTHER, WITHDREW, CENSORED]
    one = Followed(np.array(time), np.array(cause))
    table = curves(StepVisits(np.array([7.0]), (one,)))
    last = table.iloc[-1]
    ways = last[["started", "other", "withdrew", "waiting"]].tolist()
    assert ways == pytest.approx([0.25, 0.25, 0.25, 0.25])
    assert last["km_started"] == 0.25  # the others are censored
    assert table[["km_p5", "km_p95"]].isna().all(axis=None)  # of one replication alone
    both = curves(StepVisits(np.array([7.0]), (one, Followed(np.zeros(0), np.zeros(0, int)), one)))
    assert last["weeks"] == 4.0
    assert both["km_p5"].tolist() == both["km_p95"].tolist() == both["km_started"].tolist()


def test_curves_end_where_few_are_left_in_sight() -> None:
    few = Followed(np.concatenate([np.zeros(99), [700.0]]), np.ones(100, int))
    assert horizon(few) == 14.0
    assert horizon(Followed(np.full(10, 100.0), np.ones(10, int))) == 105.0


# Words --------------------------------------------------------------------------------------------


def test_each_figure_says_in_few_sentences_what_there_is_to_see(
    swedish: dict[str, Drawing], english: dict[str, Drawing]
) -> None:
    for drawings in (swedish, english):
        for one in drawings.values():
            assert len(re.findall(r"\.(?: |$)", one.text)) <= 4
            assert one.text.endswith(".")
            assert "nan" not in one.text
            assert "\n" not in one.text
    assert swedish["exits"].title == "Avslut per avslutsorsak"
    assert english["exits"].title == "Exits by kind"
    assert "75%" in english["exits"].text


def test_who_is_simulated_again_is_said() -> None:
    some = drawn("en", n=3, again=2)
    for name, one in some.items():
        from_two = name in ("waits", "curves")
        assert ("The first 2 of 3 courses of events, seed 1." in plain(one.caption)) == from_two


def test_one_replication_has_figures(tmp_path: Path) -> None:
    for one in drawn("sv", n=1).values():
        assert "nan" not in one.text
        one.save(tmp_path / f"{one.name}.svg")


def test_what_is_empty_is_left_out() -> None:
    text = SCENARIO.format(title="Empty", language="en", n=2)
    text = text.replace("places = 1", "places = 9").replace("36600", "0")
    assert {one.name for one in draw(flowsim.run(flowsim.loads(text)))} == {"places", "exits"}


# Files --------------------------------------------------------------------------------------------


def written_words(svg: str) -> Iterator[str]:
    """The texts of an SVG file, which are texts and no outlines."""
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        yield element.text or ""


def test_texts_of_the_scenario_are_shown_and_not_obeyed(swedish: dict[str, Drawing]) -> None:
    for one in swedish.values():
        svg = one.svg()
        assert "<script" not in svg.lower()
        words = " ".join(written_words(svg))
        assert "$x$" in words  # no formula
        ElementTree.fromstring(svg)
    labels = list(written_words(swedish["queue"].svg()))
    assert "Kö $y_1$" in labels


def test_numbers_on_axes_are_in_the_language(
    swedish: dict[str, Drawing], english: dict[str, Drawing]
) -> None:
    assert any(re.fullmatch(r"\d+\u00a0%", text) for text in written_words(swedish["waits"].svg()))
    assert any(re.fullmatch(r"\d+%", text) for text in written_words(english["waits"].svg()))


def test_letters_that_no_font_has_are_no_fault(tmp_path: Path) -> None:
    text = SCENARIO.format(title="\U0001f600 平均", language="en", n=2)
    for one in draw(flowsim.run(flowsim.loads(text))):
        one.save(tmp_path / f"{one.name}.png")


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_the_same_run_gives_the_same_file(kind: str, tmp_path: Path) -> None:
    for name, drawings in (("a", drawn(n=2)), ("b", drawn(n=2))):
        for one in drawings.values():
            one.save(tmp_path / f"{name}-{one.name}.{kind}")
    for name in NAMES:
        a, b = ((tmp_path / f"{which}-{name}.{kind}").read_bytes() for which in "ab")
        assert len(a) > 5000
        assert a == b


def test_settings_of_the_drawing_library_neither_matter_nor_change(tmp_path: Path) -> None:
    before = drawn(n=2)["exits"].svg()
    with mpl.rc_context({"font.size": 30, "axes.grid": True}):
        assert drawn(n=2)["exits"].svg() == before
        assert mpl.rcParams["font.size"] == 30
    assert mpl.rcParams["text.parse_math"]


def test_a_picture_between_changes_no_file() -> None:
    one = next(
        iter(draw(flowsim.run(flowsim.loads(SCENARIO.format(title="A", language="en", n=2)))))
    )
    before = one.svg()
    assert one.png(50).startswith(b"\x89PNG")
    assert one.svg() == before


def test_without_captions_only_the_caption_is_gone() -> None:
    results = flowsim.run(flowsim.loads(SCENARIO.format(title="A", language="en", n=2)))
    for with_it, without in zip(draw(results), draw(results, has_captions=False), strict=True):
        assert with_it.caption == without.caption
        words, fewer = (list(written_words(one.svg())) for one in (with_it, without))
        gone = " ".join(word for word in words if word not in fewer)
        assert gone == with_it.caption.replace("  ", " ")
        assert [word for word in words if word in fewer] == fewer
        assert without.figure.get_figheight() < with_it.figure.get_figheight()


def test_an_unknown_format_is_refused(swedish: dict[str, Drawing], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='format: found "bmp"'):
        swedish["exits"].save(tmp_path / "exits.bmp")


# The command --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenario = flowsim.loads(SCENARIO.format(title=TITLE, language="sv", n=2))
    return flowsim.run(scenario).save(tmp_path_factory.mktemp("figures") / "run")


def test_figures_of_a_folder(folder: Path, swedish: dict[str, Drawing]) -> None:
    ended = command("figures", folder, "--format", "png", "--format", "svg", cwd=folder.parent)
    assert ended.returncode == 0, ended.stderr
    assert "Sparat i" in ended.stdout
    index = json.loads((folder / "figures" / "manifest.json").read_text("utf-8"))["figures"]
    assert [one["name"] for one in index] == list(NAMES)
    for one in index:
        assert one["text"] == swedish[one["name"]].text  # nothing here is random
        for file in one["files"]:
            assert (folder / "figures" / file).stat().st_size > 0
    again = command("figures", folder, "--quiet", cwd=folder.parent)
    assert (again.returncode, again.stdout) == (0, "")
    assert not (folder / "figures" / "waits.png").exists()  # they take the place of earlier ones


def test_what_the_command_refuses(folder: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    refused = command("figures", folder, "--format", "bmp", cwd=folder.parent)
    assert_refused(refused, '--format: found "bmp"; allowed: svg, png, pdf')
    refused = command("figures", folder, "--out", folder, cwd=folder.parent)
    assert_refused(refused, "innehåller en körning, till exempel ")
    assert_refused(command("figures", "absent", cwd=tmp_path), "absent: no such folder")
    assert_refused(command("figures", tmp_path, cwd=tmp_path), "no results of flowsim")
    assert sorted(path.name for path in folder.iterdir()) == before
