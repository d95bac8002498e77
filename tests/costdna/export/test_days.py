"""The daily chart and its twin."""

import numpy as np
import pandas as pd
from costdna.export import days
from costdna.export.figures import Figures
from hypothesis import given
from hypothesis import strategies as st

F = Figures("USD", 2)


def frame(rows):
    return pd.DataFrame(rows, columns=["x_Day", "x_Team", "x_Verdict", "cost"]).astype(
        {"x_Day": "datetime64[ns]", "cost": "float64"}
    )


DAILY = frame(
    [("2026-10-01", f"t{i}", "owned", 20.0 - i) for i in range(12)]
    + [("2026-10-04", "t0", "owned", 1.0), ("2026-10-04", "", "abstained", 3.0), ("2026-10-04", "", "shared", -2.0)]
)


def test_the_dearest_have_a_colour_the_rest_is_one_and_no_day_is_skipped():
    at, chart = days.series(DAILY, top=8)
    assert [str(d) for d in at] == ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"]
    assert [s.label for s in chart][:2] == ["t0", "t1"] and [s.hue for s in chart] == [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0]
    assert [s.label for s in chart][8:] == ["all other teams (4)", "shared", "unknown"]
    assert sum(s.values.sum() for s in chart) == DAILY["cost"].sum()


def test_a_team_named_like_a_verdict_stays_a_team():
    _, chart = days.series(frame([("2026-10-01", "shared", "owned", 1.0), ("2026-10-01", "", "shared", 2.0)]))
    assert [(s.label, s.part, s.values.tolist()) for s in chart] == [("shared", "", [1.0]), ("shared", "shared", [2.0])]


def test_blocks_stack_up_and_credits_hang_below_zero():
    _, chart = days.series(DAILY)
    boxes = days.stacked(chart)
    assert np.allclose(sum(top - bottom for bottom, top in boxes), sum(np.abs(s.values) for s in chart))
    shared = next(i for i, s in enumerate(chart) if s.part == "shared")
    assert boxes[shared][0][3] == -2.0 and boxes[shared][1][3] == 0.0


@given(st.floats(-1e6, 0), st.floats(0.01, 1e6))
def test_ticks_enclose_the_values_and_hold_zero(low, high):
    marks = days.ticks(low, high)
    assert marks[0] <= low + 1e-6 * (high - low)
    assert marks[-1] >= high - 1e-6 * (high - low)
    assert 0.0 in marks
    assert 2 <= len(marks) <= 8


def test_the_twin_says_every_number_of_the_chart():
    at, chart = days.series(DAILY)
    twin = days.twin(at, chart, F)
    assert twin.count("<tr>") == 1 + len(at) and "all other teams (4)" in twin and "\u22122.00" in twin
    drawn = days.svg(at, chart, F)
    assert drawn.count("<rect") == sum(int((np.abs(s.values) > 0).sum()) for s in chart)
    assert "t0, 2026-10-01: 20.00 USD" in drawn and "per day" in drawn


def test_a_bill_without_days_draws_nothing():
    at, chart = days.series(DAILY.iloc[:0])
    assert len(at) == 0 and chart == [] and "No day" in days.svg(at, chart, F)
