"""Rows that people hand over become tables; what is wrong with them is named."""

import pandas as pd
import pytest

from costdna import said
from costdna.errors import CostDNAError


def test_each_kind_is_read():
    words = said.feedback(
        [
            {
                "dimension": "service",
                "value": "'=Amazon EC2",
                "start": "2026-10-05",
                "percent": "41.5",
                "verdict": " No ",
                "at": "2026-10-07T11:00:00+02:00",
            },
            {"dimension": "total", "value": "", "start": "2026-10-06", "verdict": "yes"},
        ]
    )
    assert words["x_Value"].tolist() == ["=Amazon EC2", ""]
    assert words["x_At"].iat[0] == pd.Timestamp("2026-10-07 09:00")
    assert words["x_Verdict"].tolist() == ["no", "yes"]
    days = said.planned([{"from": "2026-10-05", "to": "2026-10-06", "dimension": "", "reason": "holiday"}])
    assert days["x_Dimension"].tolist() == ["total"] and days["x_Reason"].tolist() == ["holiday"]
    assert said.deploys([{"team": "search", "timestamp": "2026-10-05T14:00:00Z", "repo": "web", "commit": "abc"}])[
        "x_EventName"
    ].tolist() == ["web abc"]


@pytest.mark.parametrize(
    "kind, row, found",
    [
        ("planned", {"from": "2026-10-05", "dimension": "total"}, ""),
        ("planned", {"from": "soon", "to": "2026-10-05", "dimension": "total"}, "soon"),
        ("deploys", {"team": "a", "timestamp": ""}, ""),
        ("deploys", {"team": "a", "timestamp": "yesterday-ish"}, "yesterday-ish"),
        (
            "feedback",
            {"dimension": "total", "value": "", "start": "2026-10-05", "verdict": "no", "percent": "much"},
            "much",
        ),
        ("feedback", {"dimension": "total", "value": "", "start": "2026-10-05", "verdict": "perhaps"}, None),
    ],
)
def test_what_is_wrong_is_named(kind, row, found):
    with pytest.raises(CostDNAError) as caught:
        getattr(said, kind)([row], "a file")
    assert found is None or caught.value.found == found and caught.value.where == "a file"
