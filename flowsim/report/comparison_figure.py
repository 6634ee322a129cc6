"""The figure of a comparison: each difference with its interval, figure by figure.

Told apart by place, shape and fill, not by colour, so that it reads the same on a grey printer; its
text stays text in the SVG, and the SVG's description says in words what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from flowsim.analysis.kpi_names import Kpi
from flowsim.report.comparison import LEVEL, ComparisonText
from flowsim.report.numbers import number
from flowsim.report.terminal import shown
from flowsim.scenario.marking import N_
from flowsim.study.comparison.results import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "comparison"
DOTS_PER_INCH = 150
WIDTH, ROW, PANEL, MARGIN = 9.0, 0.24, 0.62, 1.1  # inches
INK, GREY = "0.1", "0.55"
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")
DIRECTIONS = {  # to the left and to the right of 0
    "time": (N_("shorter"), N_("longer")),
    "count": (N_("fewer"), N_("more")),
    "level": (N_("lower"), N_("higher")),
}


def draw(comparison: Comparison, language: str | None = None, some: Sequence[Kpi] = ()) -> Figure:
    """Draw all differences from the base, a panel for each figure.

    Parameters
    ----------
    comparison : what to draw
    language : "sv" or "en"; default: that of the base
    some : of the figures, for a page that has title and notes of its own; default: all
    """
    from matplotlib.figure import Figure

    text = ComparisonText(comparison, language)
    chosen = some or comparison.kpis
    n, n_others = len(chosen), len(comparison.others)
    height = MARGIN + n * (PANEL + ROW * n_others)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    panels = figure.subplots(n, 1, squeeze=False).ravel()
    for panel, kpi in zip(panels, chosen, strict=True):
        _draw_figure(panel, kpi, text)
    if some:
        return figure
    title = text._("Differences from {base}").format(base=shown(comparison.base))
    figure.suptitle(_plain(f"{title}. {text.facts()}"), fontsize=10, wrap=True)
    figure.supxlabel(
        _plain(
            text._(
                "Filled: a difference that is claimed. Hollow: cannot be told apart. Lines: "
                "intervals that hold all at once with {level} confidence."
            ).format(level=LEVEL)
        ),
        fontsize=8,
        wrap=True,
    )
    return figure


def save(comparison: Comparison, folder: Path) -> None:
    """Write the figure into a folder, as SVG and as PNG."""
    import matplotlib as mpl

    figure, text = draw(comparison), ComparisonText(comparison)
    title = text._("Differences from {base}").format(base=shown(comparison.base))
    about = {"Title": title, "Description": described(text)}
    # The same run gives the same file: no date in it, and names that do not depend on luck.
    with mpl.rc_context({"svg.hashsalt": NAME, "svg.fonttype": "none"}):
        figure.savefig(folder / f"{NAME}.svg", metadata={**about, "Date": None})
        figure.savefig(folder / f"{NAME}.png", dpi=DOTS_PER_INCH, metadata=about)


def described(text: ComparisonText) -> str:
    """Say in words what the figure shows, for those who do not see it."""
    return "\n".join(
        f"{text.name(kpi)}, {shown(variant)}: {text.sentence(kpi, variant)}."
        for variant in text.comparison.others
        for kpi in text.comparison.kpis
    )


def _draw_figure(panel: Axes, kpi: Kpi, text: ComparisonText) -> None:
    """Draw one figure: a line for each variant, 0 where the base is."""
    comparison, scale = text.comparison, text.scale(kpi)
    panel.axvline(0.0, color=GREY, linewidth=1.0, zorder=1)
    for row, other in enumerate(comparison.others):
        found = comparison.differences[kpi.name, other]
        at, marker = found.mean / scale.size, MARKERS[row % len(MARKERS)]
        if not isnan(found.lower):
            ends = found.lower / scale.size, found.upper / scale.size
            panel.plot(ends, (row, row), color=INK, linewidth=1.6, marker="|", zorder=2)
        fill = INK if found.is_claimed else "white"
        style = {"marker": marker, "markersize": 7, "color": INK, "markerfacecolor": fill}
        panel.plot([at], [row], linestyle="none", zorder=3, **style)  # type: ignore[arg-type]
    _label(panel, kpi, text)


def _label(panel: Axes, kpi: Kpi, text: ComparisonText) -> None:
    others, scale = text.comparison.others, text.scale(kpi)
    panel.set_title(_plain(text.name(kpi)), fontsize=9, loc="left", pad=3)
    panel.set_yticks(range(len(others)), [_plain(_short(shown(other))) for other in others])
    panel.set_ylim(len(others) - 0.4, -0.6)
    low, high = panel.get_xlim()
    reach = max(abs(low), abs(high)) or 1.0
    panel.set_xlim(-1.08 * reach, 1.08 * reach)
    less, more = map(text._, DIRECTIONS[scale.kind])
    unit = f"  ({scale.unit})" if scale.unit else ""
    panel.set_xlabel(_plain(f"← {less}      {more} →{unit}"), fontsize=7, labelpad=1)
    panel.tick_params(labelsize=8)
    panel.xaxis.set_major_formatter(lambda value, _: _tick(value, text.language))
    panel.spines[["top", "right", "left"]].set_visible(False)


def _short(name: str, most: int = 40) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _plain(text: str) -> str:
    import matplotlib as mpl

    reads_mathematics = mpl.rcParams["text.parse_math"]
    return text.replace("$", r"\$") if reads_mathematics else text


def _tick(value: float, language: str) -> str:
    """Write a tick as the language does, with as many decimals as it has, at most four."""
    decimals = next((d for d in (0, 1, 2, 3) if round(value, d) == round(value, 4)), 4)
    return number(value, language, decimals)
