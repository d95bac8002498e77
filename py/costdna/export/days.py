"""Cost per day as stacked bars: which teams get a colour, where each block lies, and the table that says the same."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.export.certainty import LABEL
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table

VERDICT_PART = {
    "shared": "shared",
    "vendor": "aside",
    "ownerless": "aside",
    "abstained": "unknown",
    "unallocatable": "unknown",
}
REST = "all other teams"


@dataclass(frozen=True)
class Series:
    """One colour of the chart. part: "" for a team, else a part of certainty; hue: 1–12, 0 = the rest of the teams."""

    label: str
    part: str
    hue: int
    values: np.ndarray  # (days,) float64, for drawing only


def series(daily: pd.DataFrame, top: int = 8) -> tuple[np.ndarray, list[Series]]:
    """Days (datetime64[D], without gaps) and the series of a Report's `daily`.

    The dearest teams, the rest, then what no team owns.
    """
    if daily.empty:
        return np.array([], dtype="datetime64[D]"), []
    day = daily["x_Day"].to_numpy().astype("datetime64[D]")
    days = np.arange(day.min(), day.max() + 1, dtype="datetime64[D]")
    at = (day - days[0]).astype("int64")
    owned = (daily["x_Verdict"] == "owned").to_numpy()
    cost = daily["cost"].to_numpy()

    def line(rows: np.ndarray) -> np.ndarray:
        return np.bincount(at[rows], weights=cost[rows], minlength=len(days)).astype("float64")

    team = daily["x_Team"].to_numpy()
    sums = daily[owned].groupby("x_Team", sort=True)["cost"].sum().round(9).sort_values(ascending=False, kind="stable")
    chosen = sums.index[: top if len(sums) > top + 1 else top + 1].tolist()
    out = [Series(name, "", hue + 1, line(owned & (team == name))) for hue, name in enumerate(chosen)]
    rest = owned & ~np.isin(team, chosen)
    if rest.any():
        out.append(Series(f"{REST} ({len(sums) - len(chosen)})", "", 0, line(rest)))
    part = daily["x_Verdict"].map(VERDICT_PART).fillna("").to_numpy()
    for name in ("shared", "aside", "unknown"):
        if (part == name).any():
            out.append(Series(LABEL[name], name, 0, line(part == name)))
    return days, [s for s in out if np.abs(s.values).max() > 1e-9]


def stacked(chart: list[Series]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(bottom, top) of each series; what is negative hangs below zero."""
    if not chart:
        return []
    up, down, out = np.zeros(len(chart[0].values)), np.zeros(len(chart[0].values)), []
    for one in chart:
        low = np.where(one.values >= 0, up, down + one.values)
        out.append((low, np.where(one.values >= 0, up + one.values, down)))
        up, down = up + np.maximum(one.values, 0), down + np.minimum(one.values, 0)
    return out


def look(one: Series) -> str:
    """The style sheet's class of a series."""
    return one.part or (f"hue-{one.hue}" if one.hue else "hue-rest")


def day_text(day: np.datetime64) -> str:
    """A day as people of any language read it: 2026-10-05."""
    return str(day.astype("datetime64[D]"))


def twin(days: np.ndarray, chart: list[Series], figures: Figures) -> Safe:
    """The chart as a table: a row a day, a column a series."""
    rows = [
        [day_text(d), *(figures.drawn(s.values[i]) for s in chart), figures.drawn(sum(s.values[i] for s in chart))]
        for i, d in enumerate(days)
    ]
    return table(
        f"Cost per day in {figures.currency}",
        ["Day (UTC)", *(s.label for s in chart), "Sum"],
        rows,
        numbers=tuple(range(1, len(chart) + 2)),
    )


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers from low to high, zero among them.

    >>> ticks(0, 97)
    [0.0, 25.0, 50.0, 75.0, 100.0]
    """
    span = max(high - low, 1e-9)
    size = 10 ** np.floor(np.log10(span / wanted))
    step = float(next(size * m for m in (1, 2, 2.5, 5, 10) if span / (size * m) <= wanted))
    first, last = int(np.floor(low / step + 1e-9)), int(np.ceil(high / step - 1e-9))
    return [round(i * step, 9) + 0.0 for i in range(first, max(last, first + 1) + 1)]


def extent(boxes: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float, list[float]]:
    """Lowest and highest value of the axis and its ticks. A little below zero gets room, but no tick of its own."""
    low, high = min(0.0, min(b.min() for b, _ in boxes)), max(0.0, max(t.max() for _, t in boxes))
    if -low < 0.1 * high:
        marks = ticks(0.0, high)
        return float(low), marks[-1], marks
    marks = ticks(low, high)
    return marks[0], marks[-1], marks


def svg(days: np.ndarray, chart: list[Series], figures: Figures) -> Safe:
    """The chart as inline SVG: the blocks scale with the page, the words beside them do not."""
    if not chart:
        return tag("p", "No day to draw.")
    boxes = stacked(chart)
    low, high, marks = extent(boxes)
    place = lambda value: 100 * (high - value) / (high - low)
    blocks = []
    for one, (bottom, top) in zip(chart, boxes):
        blocks += [
            tag(
                "rect",
                tag("title", f"{one.label}, {day_text(days[i])}: {figures.drawn(one.values[i])} {figures.currency}"),
                class_=look(one),
                x=f"{i + 0.1:.2f}",
                width="0.8",
                y=f"{place(top[i]):.3f}",
                height=f"{place(bottom[i]) - place(top[i]):.3f}",
            )
            for i in range(len(days))
            if top[i] - bottom[i] > 0
        ]
    drawn = tag("svg", *blocks, viewBox=f"0 0 {len(days)} 100", preserveAspectRatio="none", aria_hidden="true")
    zero = tag("div", class_="zero", style=f"top:{place(0):.2f}%")
    axis = [
        tag("span", figures.drawn(m, 0 if abs(m) >= 10 or m == 0 else None), style=f"top:{place(m):.2f}%")
        for m in marks
    ]
    every = max(1, len(days) // 6)
    feet = [
        tag("span", day_text(d)[5:], style=f"left:{100 * (i + 0.5) / len(days):.2f}%")
        for i, d in enumerate(days)
        if i % every == 0
    ]
    names = [tag("li", tag("span", class_=f"swatch {look(s)}", aria_hidden="true"), s.label) for s in chart]
    return join(
        tag("p", f"{figures.currency} per day, UTC", class_="quiet"),
        tag(
            "div",
            tag("div", *axis, class_="axis", aria_hidden="true"),
            tag("div", drawn, zero, class_="plot"),
            tag("div", *feet, class_="feet", aria_hidden="true"),
            class_="days",
        ),
        tag("ul", *names, class_="legend"),
    )
