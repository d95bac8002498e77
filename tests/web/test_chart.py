"""The chart in Bokeh: the same blocks as its twin, colours of the theme, text as data only."""

import bills
import numpy as np
import pytest
from bokeh.models import HoverTool, VBar
from costdna.export import days, story
from costdna_web.chart import daily, drawn, span
from costdna_web.palette import palette


@pytest.fixture(scope="module")
def report():
    return bills.run(bills.company()).report


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_blocks_add_up_to_the_days(report, theme):
    at, chart = days.series(report.daily)
    plot = drawn(at, chart, story.figures(report), theme)
    bars = [r for r in plot.renderers if isinstance(r.glyph, VBar)]
    sizes = sum(np.sum(r.data_source.data["top"] - r.data_source.data["bottom"]) for r in bars)
    assert len(bars) == len(chart) and np.isclose(sizes, sum(np.abs(s.values).sum() for s in chart))
    assert (
        plot.background_fill_color == palette(theme)["paper"] and bars[0].glyph.fill_color == palette(theme)["team-1"]
    )
    assert all("{safe}" not in text for tool in plot.select(HoverTool) for _, text in tool.tooltips)


def test_it_has_a_twin_table_and_no_chart_without_days(report):
    f = story.figures(report)
    panes = daily(report.daily, f, "light")
    assert len(panes) == 3 and "<table" in panes[2].object and "the table below" in panes[0].object
    assert daily(report.daily.iloc[:0], f, "light") == []


def test_one_day_is_a_bar_and_no_wall():
    first, last = span(np.array(["2026-10-05"], dtype="datetime64[D]"))
    assert (last - first) / np.timedelta64(1, "D") > 9


def test_both_themes_know_every_colour_of_the_chart():
    light, dark = palette("light"), palette("dark")
    assert set(dark) == set(light) and dark["paper"] != light["paper"]
    assert {f"team-{i}" for i in range(1, 13)} | {"team-rest", "paper", "ink-2", "line-strong"} <= set(light)
