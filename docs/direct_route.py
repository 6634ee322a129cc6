"""Draw the figure of the README: Örebro's waiting list to mapping, with and without a direct route.

Run it from the top of the checkout: python docs/direct_route.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

import flowsim

HERE = Path(__file__).parent
SCENARIO = HERE.parent / "scenarios" / "orebro.toml"
REPLICATIONS = 200
# Two colours that differ in print and for colour-blind readers (Okabe and Ito).
WITH_ROUTE = {"color": "#0072B2", "linestyle": "-", "label": "direct route from 2019"}
WITHOUT = {"color": "#D55E00", "linestyle": "--", "label": "everybody is mapped first"}


def waiting(**changes: object) -> tuple[list[str], np.ndarray]:
    """Return months, and the people waiting for mapping in each (n_replications, n_months)."""
    scenario = flowsim.load(SCENARIO, set=changes)
    series = flowsim.run(scenario, replications=REPLICATIONS).series
    rows = series[(series["kpi"] == "mapping.waiting.mean") & (series["period"] != "run")]
    table = rows.pivot_table(index="replication", columns="period", values="value", observed=True)
    return [str(month) for month in table.columns], table.to_numpy()


def draw(axes: Axes, months: list[str], people: np.ndarray, style: dict[str, str]) -> None:
    """Draw the median, and the band that holds nine of ten."""
    low, middle, high = np.quantile(people, [0.05, 0.5, 0.95], axis=0)
    axes.fill_between(months, low, high, color=style["color"], alpha=0.2, linewidth=0)
    axes.plot(months, middle, linewidth=2, **style)


def main() -> None:
    """Draw and write the figure."""
    mpl.rcParams.update({"svg.hashsalt": "flowsim", "font.size": 11})
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    draw(axes, *waiting(**{"referrals.gk_direct.to": "mapping"}), WITHOUT)
    draw(axes, *waiting(), WITH_ROUTE)
    axes.set_title("People waiting for joint mapping, Örebro", loc="left")
    axes.set_ylabel("people")
    axes.set_ylim(bottom=0)
    axes.set_xticks([0, 12, 24, 35], ["Jan 2017", "Jan 2018", "Jan 2019", "Dec 2019"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(HERE / "direct_route.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
