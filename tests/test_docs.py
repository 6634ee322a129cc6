"""The documentation says what the code does: examples load, nothing is left out, links resolve."""

from __future__ import annotations

import hashlib
import json
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import typer
from pydantic import BaseModel

import flowsim
from flowsim.analysis import theory
from flowsim.cli.commands import app
from flowsim.engine import kernel
from flowsim.engine.eventlog import COLUMNS, EVENTS
from flowsim.listing.importing import import_file
from flowsim.scenario.distributions import MAY_HAVE, NEEDS
from flowsim.scenario.figures import FIGURES
from flowsim.scenario.loading import loads
from flowsim.scenario.schema import Scenario

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
LANGUAGE = (DOCS / "language.md").read_text("utf-8")
SEMANTICS = (DOCS / "semantics.md").read_text("utf-8")
RESULTS = (DOCS / "results.md").read_text("utf-8")


def blocks(text: str, language: str = "toml") -> Iterator[tuple[int, str]]:
    """Line and text of each example in a language."""
    for found in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 2, found[1]


def examples(*, whole: bool) -> list[Any]:
    """All TOML examples: those that are whole scenarios, or the others."""
    return [
        pytest.param(block, id=f"{page.name}:{line}")
        for page in PAGES
        for line, block in blocks(page.read_text("utf-8"))
        if ("scenario" in tomllib.loads(block)) == whole
        and not {"experiment", "factors", "variants", "answer"} & set(tomllib.loads(block))
    ]


def models(kind: Any) -> set[type[BaseModel]]:
    """All models that a type is made of."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        found = {kind}
        for field in kind.model_fields.values():
            found |= models(field.annotation)
        return found
    return set().union(*map(models, get_args(kind)))


KEYS = sorted(
    (model.__name__, field.alias or name)
    for model in models(Scenario)
    for name, field in model.model_fields.items()
)


# Examples


@pytest.mark.parametrize("text", examples(whole=True))
def test_scenarios_load(text: str) -> None:
    assert loads(text).steps


FIRST, *_, LARGER = [text for _, text in blocks(LANGUAGE) if "scenario" in tomllib.loads(text)]


@pytest.mark.parametrize("text", examples(whole=False))
def test_parts_fit_into_the_larger_example(text: str) -> None:
    """Entries of a part replace those of the example; of a step, key by key."""
    whole, part = tomllib.loads(LARGER), tomllib.loads(text)
    for section, table in part.items():
        if section in ("run", "population", "costs", "calendar"):
            whole[section] = table
            continue
        for name, entry in table.items():
            old = whole.setdefault(section, {}).get(name, {})
            keeps_keys = section == "steps" or (section, name) == ("teams", "coaching")
            whole[section][name] = {**old, **entry} if keeps_keys else entry
    assert loads(LARGER, set=whole).steps


def test_the_example_faults() -> None:
    shown = next(text for _, text in blocks(LANGUAGE, "text"))
    faulty = FIRST.replace("fte = 4", "fte = -2").replace('team = "coaches"', 'team = "coachs"')
    with pytest.raises(flowsim.ScenarioError) as error:
        loads(faulty, name="first.toml")
    assert f"{error.value}\n" == shown


def test_the_example_log(engine: str) -> None:
    """The table of rows is what happens in the scenario above it."""
    example = SEMANTICS.partition("### An example\n")[2].partition("\n## ")[0]
    text = next(text for _, text in blocks(example))
    rows = [
        [cell.strip() for cell in line[1:-1].split("|")]
        for line in example.splitlines()
        if line.startswith("|")
    ]
    assert rows[0] == list(COLUMNS)
    log = flowsim.simulate(flowsim.compile(loads(text)), seed=1, replication=0, engine=engine)
    frame = log.to_frame().astype(object)
    happened = [["" if value != value else str(value) for value in row] for row in frame.values]
    assert [[f"{float(time):g}", *others] for time, *others in happened] == rows[2:]


def test_the_example_draws() -> None:
    """The hashes and the four uniforms, worked out by other means: hashlib and numpy's Philox."""
    table = dict(re.findall(r"^\| `([\w:]+)` \| (\d+) \|$", SEMANTICS, re.M))
    for text, number in table.items():
        digest = hashlib.sha256(text.encode()).digest()
        assert int(number) == int.from_bytes(digest[:8], "little"), text
        assert int(number) == kernel.name_hash(*text.split(":"))
    words = [int(table["source:partners"]), 0, int(table["step:mapping"]), 0]
    before = sum(word << 64 * place for place, word in enumerate(words)) - 1
    counter = [before >> 64 * place & 2**64 - 1 for place in range(4)]
    philox = np.random.Philox(counter=np.array(counter, "u8"), key=np.array([1, 0], "u8"))
    for word in philox.random_raw(4):
        assert f"{((int(word) >> 12) + 0.5) * 2.0**-52} (" in SEMANTICS


# Nothing is left out


@pytest.mark.parametrize(("model", "key"), KEYS)
def test_every_key_is_explained(model: str, key: str) -> None:
    assert re.search(rf"`[^`\n]*(?<!\w){re.escape(key)}(?!\w)[^`\n]*`", LANGUAGE), f"{model}.{key}"


def test_every_distribution_is_explained() -> None:
    for kind, needs in NEEDS.items():
        line = next(line for line in LANGUAGE.splitlines() if line.startswith(f"| `{kind}` |"))
        for key in (*needs, *MAY_HAVE.get(kind, ())):
            assert f"`{key}`" in line


def test_the_tables_of_figures_are_those_of_the_registry() -> None:
    """`python docs/figure_tables.py` writes them."""
    tables = runpy.run_path(str(DOCS / "figure_tables.py"))
    assert tables["page"](LANGUAGE, "en") == LANGUAGE
    for figure in FIGURES:
        assert f"| `{figure.pattern}` | {figure.unit} |" in LANGUAGE


def test_figures_by_month_and_ratios_are_listed() -> None:
    by_month = RESULTS.partition("**`series.parquet`**")[2].partition("\n\n")[0]
    ratios = RESULTS.partition("- Ratios are")[2].partition("\n- ")[0]
    for figure in FIGURES:
        measure = re.sub("^<(step|team)>.", "", figure.pattern)
        if figure.monthly and figure.of not in ("exit", "outcome"):
            assert f"`{measure}`" in by_month or figure.pattern.startswith("outcomes."), measure
        if figure.kind == "ratio" and figure.of != "goal":
            name = {"utilisation": "utilisation"}.get(measure, f"`{measure}`")
            assert name in ratios, measure


def test_every_event_is_explained() -> None:
    for event in EVENTS:
        assert f"\n| `{event}` | " in SEMANTICS


def test_every_column_of_the_log_is_explained() -> None:
    for column, dtype in COLUMNS.items():
        assert f"\n| `{column}` | {dtype.__name__} | " in SEMANTICS


def test_every_option_is_explained() -> None:
    """The table of options is that of `flowsim run`; commands in all pages have such options."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    options = {
        name: {opt for parameter in command.params for opt in parameter.opts if opt[:2] == "--"}
        for name, command in commands.items()
    }
    table = set(re.findall(r"^\| `(--[\w-]+)` \|", RESULTS, re.M))
    assert table == options["run"] - {"--help"}
    for page in PAGES:
        for name, words in re.findall(r"flowsim (\w+)((?: [^\s`]+)*)", page.read_text("utf-8")):
            used = set(re.findall(r"(?<= )--[\w-]+", words))
            assert name not in options or used <= options[name] | {"--help"}, (page.name, words)


def test_the_manifest_and_the_summary_are_explained(tmp_path: Path) -> None:
    results = flowsim.run(loads(FIRST), replications=2)
    table = RESULTS.partition("**`manifest.json`**")[2].partition("\n\n**")[0]
    results.write(tmp_path)
    written = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    explained = [key for line in table.splitlines() for key in re.findall("`(.*?)`", line[:60])]
    assert explained == list(written)
    for column in results.summary().columns:
        assert f"`{column}`" in RESULTS.partition("`results.summary(period")[2], column
    assert list(json.loads(next(text for _, text in blocks(RESULTS, "json")))) == list(
        results.to_json()
    )


def test_every_check_against_theory_is_listed() -> None:
    page = (DOCS / "theory.md").read_text("utf-8")
    for name in (
        *(path.name for path in (ROOT / "tests" / "theory_scenarios").glob("*.toml")),
        *theory.__all__,
    ):
        assert f"`{name}`" in page


def test_the_files_that_a_new_key_needs_are_those_of_a_key_like_it() -> None:
    """CONTRIBUTING.md lists every file that knows of `max_waiting`, its event, exit and figure."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = page.partition("## A new key, file by file")[2].partition("\nOutside the package")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall("`(.*?)`", row)}
    words = re.compile(r"\b(max_waiting|(N_)?turned_away)\b", re.I)
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "flowsim").rglob("*.py")
        if words.search(path.read_text("utf-8"))
    }
    assert listed == knowing


# The tour of a list


def test_the_synthetic_list_is_what_its_script_writes() -> None:
    written = runpy.run_path(str(DOCS / "example_list.py"))["text"]()
    assert (DOCS / "example_list.csv").read_text("utf-8-sig") == written


def test_the_tour_tells_what_the_list_tells() -> None:
    """With the command of the page; what the list was made with lies in the ranges."""
    page = (DOCS / "import.md").read_text("utf-8")
    command = next(line for line in page.splitlines() if line.startswith("flowsim import docs/"))
    _, _, path, _, kind, _, first, _, last, *_ = command.split()
    found = import_file(ROOT / path, kind, first, last)
    shown = next(line for line in page.splitlines() if line.startswith("length_of_stay"))
    assert shown in found.text.splitlines()
    (step,) = found.steps
    low, high = step.stay.mean_range
    assert low < 10 * 365.25 / 12 < high
    assert found.steps[0].arrivals is not None
    assert "0–2\u00a0månader: 17" in flowsim.WRITERS["html"](found.document("sv")).decode()
    assert found.steps[0].arrivals.range[0] < 96 < found.steps[0].arrivals.range[1]


# Links


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", prose, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        if anchor:
            assert anchor in slugs(file.read_text("utf-8")), target
