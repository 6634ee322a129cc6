"""The figure of the flow: everything is in it, nothing overlaps, nothing is obeyed."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowsim
from flowsim.report.flow_diagram import flow_diagram
from flowsim.report.flow_graph import flow_graph
from flowsim.report.flow_layout import GAP, Box, lay_out, spread_out

SCENARIOS = sorted(path.stem for path in Path("scenarios").glob("*.toml"))
WIDEST = 1150  # px: on A4 the letters are then still over 5 points high


def texts(svg: str) -> str:
    """All letters of a drawing, blanks left out: labels are broken into lines."""
    found = "".join("".join(one.itertext()) for one in ElementTree.fromstring(svg).iter())
    return re.sub(r"[\s-]", "", found)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_part_of_a_scenario_is_drawn(name: str) -> None:
    scenario = flowsim.load(f"scenarios/{name}.toml")
    svg = flow_diagram(scenario, "sv")
    assert svg == flow_diagram(scenario, "sv"), "the same scenario, the same bytes"
    drawn = texts(svg).casefold()
    parts = [*scenario.steps.items(), *scenario.referrals.items()]
    used = {team for step in scenario.steps.values() for team in step.team}
    parts += [(key, team) for key, team in scenario.teams.items() if key in used]
    for key, part in parts:
        label = re.sub(r"[\s-]", "", part.label or key.replace("_", " "))
        assert label.casefold() in drawn, label
    width = float(ElementTree.fromstring(svg).attrib["width"])
    assert width <= WIDEST


def test_shares_that_differ_between_groups_are_a_span() -> None:
    """Of mapping, 28 % go on to coaching; of some 12 %, of others 90 %."""
    graph = flow_graph(flowsim.load("scenarios/orebro.toml"), "en")
    assert [(a.source, a.target, a.share) for a in graph.arrows] == [
        ("mapping", "coaching", "12–90%"),
        ("coaching", "work_trial", "30%"),
    ]


def test_a_way_back_is_told_and_makes_no_circle() -> None:
    scenario = flowsim.loads("""
    scenario.title = "Round"
    run = { start = 2025-01-01, until = 2025-12-31 }
    referrals.all = { to = "one", rate = "5 per year" }
    exits.done = { label = "Done", returns = { share = 0.2, after = "30 days", to = "one" } }
    [steps.one]
    length_of_stay = "9 days"
    next = { two = 1 }
    [steps.two]
    length_of_stay = "9 days"
    next = { one = 0.1, done = "rest" }
    """)
    graph = flow_graph(scenario, "en")
    assert [(a.source, a.target) for a in graph.arrows] == [("one", "two")]
    ways = {way.label: way.share for way in graph.cards[1].ways}
    assert ways == {"back to One": "10%", "Done (20% come back to One)": "90%"}
    assert flow_diagram(scenario, "en").startswith("<svg")


def test_labels_are_shown_and_never_obeyed() -> None:
    scenario = flowsim.loads("""
    scenario.title = "Bad"
    run = { start = 2025-01-01, until = 2025-12-31 }
    referrals.all = { label = "<script>a</script>", to = "one", rate = "5 per year" }
    [steps.one]
    label = "<b>&\\"one"
    length_of_stay = "9 days"
    next = { done = 1 }
    [exits]
    done = "<script>b</script>"
    """)
    svg = flow_diagram(scenario, "sv")
    tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()}
    assert tags <= {"svg", "title", "desc", "g", "path", "rect", "text"}
    assert '<b>&"one' in texts(svg)


boxes = st.lists(
    st.tuples(st.floats(10, 300), st.floats(10, 300), st.booleans()), min_size=1, max_size=9
)


@given(boxes, st.data())
def test_no_box_overlaps_another(
    sizes: list[tuple[float, float, bool]], data: st.DataObject
) -> None:
    """Whatever the boxes and the arrows between them, as long as these make no circle."""
    named = {f"box {k}": Box(*size) for k, size in enumerate(sizes)}
    pairs = list(combinations(named, 2))
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    layout = lay_out(named, edges)
    for one, other in pairs:
        beside = (
            layout.left[one] + named[one].width <= layout.left[other] + 1e-6
            or layout.left[other] + named[other].width <= layout.left[one] + 1e-6
        )
        above = (
            layout.top[one] + named[one].height <= layout.top[other] + 1e-6
            or layout.top[other] + named[other].height <= layout.top[one] + 1e-6
        )
        assert beside or above
    for source, target in edges:
        assert layout.top[source] + named[source].height < layout.top[target]


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(1, 200)), min_size=1, max_size=8))
def test_spreading_out_keeps_the_order_and_the_gaps(places: list[tuple[float, float]]) -> None:
    wanted, widths = zip(*places, strict=True)
    found = spread_out(wanted, widths)
    ends = [(x - w / 2, x + w / 2) for x, w in zip(found, widths, strict=True)]
    assert all(right[0] - left[1] >= GAP - 1e-6 for left, right in pairwise(ends))
