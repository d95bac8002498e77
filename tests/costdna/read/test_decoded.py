"""What the arrays of a reading say: codes of any width, days that are missing, hours of the week."""

import numpy as np
import pytest
from readings import line, reading

from costdna import pipeline
from costdna.errors import BillError
from costdna.read import assemble
from costdna.workspace import Workspace


def test_codes_may_come_in_narrow_integers():
    wide = reading([line(ResourceId=f"i-{k:04x}", SubAccountId=str(k % 200)) for k in range(300)])
    codes = tuple(
        """
        codes. rhythm.ProviderName rhythm.SubAccountId rhythm.ResourceId rhythm.class rhythm.hour rhythm.hours hours.S
        hours.B hours.class
        """.split()
    )
    narrow = {
        k: v.astype("uint8" if v.max() < 256 else "uint16") if k.startswith(codes) else v
        for k, v in wide["arrays"].items()
    }
    assert {v.dtype.name for v in narrow.values()} >= {"uint8", "uint16"}
    one, two = assemble([wide]), assemble([dict(wide, arrays=narrow)])
    for name in ("charges", "rhythm", "hours"):
        assert len(getattr(one, name)) and getattr(one, name).equals(getattr(two, name))


def test_a_month_long_fee_keeps_its_end():
    bill = assemble(
        [
            reading(
                [
                    line(
                        LineItemType="RIFee",
                        ResourceId="",
                        ChargePeriodStart="2026-10-01T00:00:00Z",
                        ChargePeriodEnd="2026-10-31T23:59:59Z",
                    )
                ]
            )
        ]
    )
    assert str(bill.charges["ChargePeriodEnd"].iat[0]) == "2026-10-31 23:59:59"
    assert bill.rhythm.empty


def undated(one, rows, period=True):
    """The reading with the days of these rows, and perhaps their billing periods, gone."""
    arrays = {k: v.copy() for k, v in one["arrays"].items()}
    for name in ("day", *(() if period else ("period",))):
        arrays[name][rows] = -(2**31)
    return {"meta": dict(one["meta"]), "arrays": arrays}


def test_lines_that_do_not_say_when_are_of_their_billing_period():
    one = reading([line(), line(ResourceId="i-2"), line(ResourceId="i-3")])
    bill = assemble([undated(one, [1, 2])])
    when = bill.charges.set_index("ResourceId")[["ChargePeriodStart", "ChargePeriodEnd"]].astype(str)
    assert when.loc["i-2"].tolist() == ["2026-10-01", "2026-11-01"] == when.loc["i-3"].tolist()
    assert [(f["code"], f["text"]) for f in bill.findings] == [
        ("undated-lines", "2 lines do not say when; counted over the billing period.")
    ]
    stray = assemble([undated(one, [1], period=False)]).charges.set_index("ResourceId")
    assert (
        str(stray.loc["i-2", "ChargePeriodStart"].date())
        == str(stray["ChargePeriodStart"].min().date())
        == "2026-10-05"
    )
    with pytest.raises(BillError) as caught:
        assemble([undated(one, [0, 1, 2], period=False)])
    assert caught.value.code == "bad-time"


def test_an_undated_line_and_one_with_another_owner_of_the_same_resource_are_reported():
    owner = lambda team: {"Tags": {("resource", "Team"): team}}
    one = undated(reading([line(**owner("a")), line(**owner("b"))]), [1])
    report = Workspace([one], pipeline.Wishes()).prove()
    assert {t["team"]: t["cost"] for t in report.to_dict()["teams"]} == {"a": "1.25", "b": "1.25"}


def test_rhythm_counts_distinct_hours():
    two_lines_one_hour = [
        line(UsageType="EU-BoxUsage:m5.large"),
        line(UsageType="EU-BoxUsage:m5.large", Operation="RunInstances:0002"),
    ]
    bill = assemble([reading(two_lines_one_hour)])
    # 2026-10-05 is a Monday, 03:00
    assert bill.rhythm[["x_HourOfWeek", "x_HoursSeen"]].to_numpy(dtype="int64").tolist() == [[3, 1]]
    assert np.isclose(bill.rhythm["x_Cost"].iat[0], 2.5)
