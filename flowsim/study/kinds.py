"""The kinds of folders that flowsim writes, and the names in each that it may take away again.

Every `manifest.json` says of which kind its folder is. In a folder of its own kind a command
replaces the names listed here; whatever else lies there belongs to somebody else and is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowsim.language import N_
from flowsim.scenario.user_files import decoded

__all__ = ["KINDS", "MANIFEST", "MOST_BYTES", "Kind", "kind_in", "kind_of_folder"]

MANIFEST = "manifest.json"
MOST_BYTES = 200_000_000  # of a manifest, which holds the texts of scenarios and lists
REPORTS = tuple(f"report.{form}" for form in ("html", "pdf", "docx", "xlsx", "json"))


@dataclass(frozen=True)
class Kind:
    """A kind of folder.

    Parameters
    ----------
    name : as the manifest has it
    noun : as messages have it
    replaced : the files that a command of this kind writes anew or takes away
    later : what is made of its results, perhaps by another command; kept where it is not made anew
    keys : of a manifest written before manifests said their kind
    """

    name: str
    noun: str
    replaced: frozenset[str]
    later: tuple[str, ...]
    keys: frozenset[str]


def _kind(name: str, noun: str, files: str, keys: str, later: tuple[str, ...] = ()) -> Kind:
    return Kind(name, noun, frozenset([MANIFEST, *files.split()]), later, frozenset(keys.split()))


_DRAWN = " ".join(
    f"{name}.{ending}"
    for name in ("queue", "waits", "curves", "places", "exits", "costs")
    for ending in ("svg", "png", "pdf", "csv")
)
_KINDS = (
    _kind(
        "comparison",
        N_("a comparison"),
        "comparison.parquet comparison.csv comparison.svg comparison.png waiting.parquet "
        "unknown.parquet",
        "flowsim compared scenarios libraries",
        REPORTS,
    ),
    _kind(
        "experiment",
        N_("an experiment"),
        "points.parquet summary.csv",
        "flowsim experiment experiment_text libraries",
        REPORTS,
    ),
    _kind(
        "search",
        N_("a search"),
        "options.csv values.parquet",
        "flowsim criterion subject_to libraries",
        REPORTS,
    ),
    _kind(
        "warm-up",
        N_("a warm-up"),
        "averages.parquet series.csv warmup.svg warmup.png",
        "scenario verdict days_per_value values_per_batch",
        REPORTS,
    ),
    _kind(
        "run",
        N_("a run"),
        "kpis.parquet series.parquet events.parquet unknown.parquet summary.csv draws.csv",
        "flowsim scenario_text wall_time_seconds libraries",
        (*REPORTS, "figures"),
    ),
    _kind("figures", N_("figures"), _DRAWN, "figures"),
)
KINDS = {kind.name: kind for kind in _KINDS}


def kind_in(manifest: object) -> Kind | None:
    """Return the kind that the content of a manifest is of; None if it is none of flowsim's.

    Examples
    --------
    >>> kind_in({"kind": "run", "flowsim": "0.1.0"}) is KINDS["run"]
    True
    >>> kind_in({"name": "a web page", "icons": []})
    """
    if not isinstance(manifest, dict):
        return None
    if "kind" in manifest:
        name = manifest["kind"]
        return KINDS.get(name) if isinstance(name, str) and "flowsim" in manifest else None
    for kind in KINDS.values():
        if kind.keys <= manifest.keys() and (kind.name != "figures" or _is_index(manifest)):
            return kind
    return None


def _is_index(manifest: dict[str, Any]) -> bool:
    """Whether a manifest of before manifests said their kind is that of figures."""
    figures, keys = manifest["figures"], {"name", "title", "caption", "text", "files"}
    is_list = len(manifest) == 1 and isinstance(figures, list)
    return is_list and all(isinstance(one, dict) and one.keys() == keys for one in figures)


def kind_of_folder(folder: Path) -> Kind | None:
    """Return the kind of a folder; None if there is no manifest of flowsim in it."""
    try:
        return kind_in(json.loads(decoded(folder / MANIFEST, MOST_BYTES)))
    except (ValueError, RecursionError):
        return None
