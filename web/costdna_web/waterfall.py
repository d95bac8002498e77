"""A difference drawn as a waterfall: from what was, effect by effect, to what is, one below the other so that it fits a
phone. Its table twin says the same.
"""

from __future__ import annotations

import panel as pn
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FixedTicker, HoverTool, Span
from bokeh.plotting import figure
from costdna.export import days
from costdna.export.figures import Figures

from .palette import palette

ROW, FOOT = 34, 40
"""Pixels of a bar's row, and of the axis below."""


def steps(found: dict) -> list[tuple[str, int, int]]:
    """(name, from, to) of each bar in units: the period before, each effect that is not nothing, the period after."""
    a, b = (p["name"] for p in found["periods"])
    out, at = [(a, 0, found["old"])], found["old"]
    for name, size in found["effects"].items():
        if size:
            out.append((name, at, at + size))
            at += size
    return [*out, (b, 0, found["new"])]


def waterfall(found: dict, figures: Figures, theme: str):
    """The chart as a pane. Where the effects are small against the whole, the axis begins near them and says so; the
    twin is exact.
    """
    ink, bars = palette(theme), steps(found)
    scale = 10.0**figures.scale
    ends = [v / scale for _, a, b in bars[1:-1] for v in (a, b)] + [found["old"] / scale, found["new"] / scale]
    low, high = min(ends), max(ends)
    cut = low > 0 and high - low < 0.25 * high
    base = low - 0.35 * (high - low) if cut and high > low else min(0.0, low)
    left, right = (
        [
            (max(f(a, b) / scale, base) if 0 < i < len(bars) - 1 else (base if f is min else max(b / scale, base)))
            for i, (_, a, b) in enumerate(bars)
        ]
        for f in (min, max)
    )
    color = [
        ink["ink-3"] if i in (0, len(bars) - 1) else ink["team-1"] if b >= a else ink["team-2"]
        for i, (_, a, b) in enumerate(bars)
    ]
    rows = [-i for i in range(len(bars))]
    source = ColumnDataSource(
        {
            "y": rows,
            "left": left,
            "right": right,
            "color": color,
            "name": [n for n, _, _ in bars],
            "cost": [figures.money(b - a) for _, a, b in bars],
        }
    )
    room = 0.45 * ((high - base) or 1.0)  # for the longest amount at the end of the longest bar, on a phone too
    plot = figure(
        height=ROW * len(bars) + FOOT,
        sizing_mode="stretch_width",
        toolbar_location=None,
        tools="",
        y_range=(-len(bars) + 0.4, 0.6),
        x_range=(base, high + room),
        background_fill_color=ink["paper"],
        border_fill_color=ink["paper"],
        outline_line_color=None,
        min_border_left=0,
    )
    plot.hbar(y="y", height=0.62, left="left", right="right", source=source, fill_color="color", line_color="color")
    plot.text(
        x="right",
        y="y",
        text="cost",
        source=source,
        x_offset=6,
        text_baseline="middle",
        text_font_size="12px",
        text_color=ink["ink-2"],
        text_font=value("system-ui, sans-serif"),
    )
    plot.add_tools(HoverTool(tooltips=[("", "@name"), ("", "@cost")]))
    plot.xgrid.visible = plot.ygrid.visible = False
    plot.yaxis.ticker = FixedTicker(ticks=rows)
    plot.yaxis.major_label_overrides = {y: n for y, (n, _, _) in zip(rows, bars)}
    marks = [m for m in days.ticks(base, high) if base <= m <= high]
    plot.xaxis.ticker = FixedTicker(ticks=marks[:: max(1, len(marks) // 3)])
    plot.xaxis.major_label_overrides = {m: figures.drawn(m, 0 if abs(m) >= 10 or m == 0 else None) for m in marks}
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color, axis.major_label_text_font_size, axis.major_label_text_font = (
            ink["ink-2"],
            "12px",
            "system-ui, sans-serif",
        )
    if not cut:
        plot.add_layout(Span(location=0, dimension="height", line_color=ink["line-strong"], line_width=1))
    return pn.pane.Bokeh(plot, sizing_mode="stretch_width", margin=0), cut
