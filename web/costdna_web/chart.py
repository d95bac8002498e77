"""The daily chart: stacked bars in Bokeh, coloured from the tokens, with the table that says the same beneath it."""

from __future__ import annotations

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Span
from bokeh.plotting import figure
from costdna.export import days
from costdna.export.figures import Figures
from costdna.export.markup import tag

from .palette import palette
from .parts import pane

HATCH = {"shared": "dot", "aside": " ", "unknown": " "}


def daily(frame, figures: Figures, theme: str, top: int = 8) -> list:
    """Panes for a Report's `daily` table: the chart, its labels, its twin. Empty where there is no day."""
    at, chart = days.series(frame, top)
    if not len(at) or not chart:
        return []
    said = f"Bar chart of the cost per day in {figures.currency}; the table below it says the same."
    plot = pn.pane.Bokeh(drawn(at, chart, figures, theme), sizing_mode="stretch_width", margin=0)
    names = [tag("li", tag("span", class_=f"swatch {days.look(s)}", aria_hidden="true"), s.label) for s in chart]
    return [
        pane(
            tag("h2", "Days"),
            tag(
                "p",
                f"{figures.currency} per day, UTC. A charge longer than a day is spread over its days of the billing month.",
                class_="quiet",
            ),
            tag("p", said, class_="unseen"),
        ),
        plot,
        pane(
            tag("ul", *names, class_="legend"),
            tag("details", tag("summary", "The same as a table"), days.twin(at, chart, figures)),
        ),
    ]


def drawn(at: np.ndarray, chart: list[days.Series], figures: Figures, theme: str):
    """The Bokeh figure. Text of the bill reaches it only as data, which its tooltip writes as text."""
    ink = palette(theme)
    boxes = days.stacked(chart)
    low, high, marks = days.extent(boxes)
    plot = figure(
        height=260,
        sizing_mode="stretch_width",
        x_axis_type="datetime",
        toolbar_location=None,
        tools="",
        y_range=(low, high * 1.02 or 1.0),
        x_range=span(at),
        background_fill_color=ink["paper"],
        border_fill_color=ink["paper"],
        outline_line_color=None,
        min_border_left=0,
    )
    when = at.astype("datetime64[ms]")
    for one, (bottom, top) in zip(chart, boxes):
        color = (
            ink[f"team-{one.hue}"]
            if one.hue
            else ink["team-rest"]
            if not one.part
            else ink["paper-3"]
            if one.part == "aside"
            else ink["paper"]
        )
        shown = np.abs(top - bottom) > 1e-12
        source = ColumnDataSource(
            {
                "x": when[shown],
                "bottom": bottom[shown],
                "top": top[shown],
                "who": [one.label] * int(shown.sum()),
                "cost": [f"{figures.drawn(v)} {figures.currency}" for v in one.values[shown]],
                "day": [days.day_text(d) for d in at[shown]],
            }
        )
        edge = ink["line-strong"] if one.part else ink["paper"]
        plot.vbar(
            x="x",
            width=20 * 3600 * 1000,
            bottom="bottom",
            top="top",
            source=source,
            fill_color=color,
            line_color=edge,
            line_width=1 if one.part else 0.5,
            hatch_pattern=HATCH.get(one.part, " "),
            hatch_color=ink["ink-3"],
            hatch_alpha=0.9,
            hatch_scale=5,
        )
    plot.add_tools(HoverTool(tooltips=[("", "@who"), ("", "@day"), ("", "@cost")]))
    plot.xgrid.visible = plot.ygrid.visible = False
    plot.yaxis.ticker = FixedTicker(ticks=marks)
    step = abs(marks[1] - marks[0]) if len(marks) > 1 else 1.0
    # a bill of a few cents: no mark says the same twice
    fine = int(np.ceil(-np.log10(step))) if 0 < step < 0.01 else None
    plot.yaxis.major_label_overrides = {m: figures.drawn(m, 0 if abs(m) >= 10 or m == 0 else fine) for m in marks}
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_line_color = None
        axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color, axis.major_label_text_font_size, axis.major_label_text_font = (
            ink["ink-2"],
            "12px",
            "system-ui, sans-serif",
        )
    shown_days = at[:: max(1, -(-max(len(at), 10) // 6))]
    stamps = [int(d) for d in shown_days.astype("datetime64[ms]").astype("int64")]
    plot.xaxis.ticker = FixedTicker(ticks=stamps)
    plot.xaxis.major_label_overrides = {stamp: days.day_text(day)[5:] for stamp, day in zip(stamps, shown_days)}
    plot.add_layout(Span(location=0, dimension="width", line_color=ink["line-strong"], line_width=1))
    return plot


def span(at: np.ndarray, least: int = 10) -> tuple:
    """First and last moment of the axis: a few days do not become a few walls."""
    first, last = (
        at[0].astype("datetime64[ms]"),
        max(at[-1], at[0] + np.timedelta64(least - 1, "D")).astype("datetime64[ms]"),
    )
    margin = np.timedelta64(16, "h")
    return first - margin, last + margin
