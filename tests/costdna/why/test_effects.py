"""The effects add up to the difference, whatever the bill; and each says what it should on a bill made for it."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moving import day, space

from costdna.errors import UsageError
from costdna.trends import parse
from costdna.why import EFFECTS, compare, effects

OCT, NOV = parse("2026-10"), parse("2026-11")


def use(month, cost, quantity="1", d=5, **more):
    return day(d, cost, month, **{"ConsumedQuantity": str(quantity), **more})


def split(*rows):
    made, _ = space(list(rows)).facts()
    found = effects(made, OCT, NOV).iloc[0]
    return {e: int(found[e]) / 10**made.scale for e in EFFECTS if found[e]}


def test_twice_the_hours_is_volume():
    assert split(use(10, "3.00", 3), use(11, "6.01", 6)) == {"volume": 3.00, "price": 0.01}


def test_a_dearer_hour_is_price():
    assert split(use(10, "3", 3), use(11, "4", 3)) == {"price": 1}


def test_other_sizes_of_the_same_thing_are_mix():
    small, large = {"UsageType": "EU-BoxUsage:m5.large"}, {"UsageType": "EU-BoxUsage:m5.xlarge"}
    assert split(use(10, "1", 1, **small), use(10, "2", 1, **large), use(11, "4", 2, **large)) == {"mix": 1}


def test_new_and_gone_things():
    assert split(use(10, "2", ServiceName="Old"), use(11, "5", ServiceName="New")) == {"new": 5, "gone": -2}


def test_credits_fees_and_commitments_have_rows_of_their_own():
    monthly = dict(ResourceId="", ConsumedQuantity="0")
    found = split(
        use(10, "9", 9),
        use(11, "9", 9),
        use(10, "1", **{**monthly, "LineItemType": "Tax"}) | {"ConsumedQuantity": "0"},
        use(11, "3", LineItemType="Tax", ResourceId="") | {"ConsumedQuantity": "0"},
        use(11, "-4", LineItemType="Credit", ResourceId=""),
        use(11, "2", LineItemType="RIFee", ResourceId=""),
    )
    assert found == {"commitment": 2, "credit": -4, "unmeasured": 2}


ENTRY = st.tuples(
    st.sampled_from([10, 11]),
    st.integers(1, 28),
    st.integers(-(10**7), 10**7),
    st.sampled_from([0, 0.0000001, 0.5, 3, 1e9]),
    st.sampled_from(["S1", "S2"]),
    st.sampled_from(["EU-BoxUsage:m5.large", "EU-BoxUsage:c5.large", "TimedStorage"]),
    st.sampled_from(["Usage", "Usage", "Credit", "Tax", "RIFee", "DiscountedUsage"]),
)


@given(st.lists(ENTRY, min_size=1, max_size=14), st.randoms())
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_effects_add_up_on_any_bill_in_any_order(entries, shuffle):
    rows = [
        use(m, f"{c}e-4", q, d=d, ServiceName=s, UsageType=u, LineItemType=kind) for m, d, c, q, s, u, kind in entries
    ]
    rows += [
        use(10, "1", d=1),
        use(11, "1", d=28),
        use(10, "0", d=31),
        use(11, "0", d=1),
        use(11, "0", d=30),
        use(10, "0", d=1),
    ]
    mixed = list(rows)
    shuffle.shuffle(mixed)
    one, other = space(rows), space(mixed)
    for by in ("service", "usage-type"):
        found = one.compared("2026-10", "2026-11", by, 2)
        assert found == other.compared("2026-10", "2026-11", by, 2)
        assert sum(found["effects"].values()) == found["change"] == found["new"] - found["old"]
        moved = found["movers"] + ([found["rest"]] if found["rest"] else [])
        assert sum(r["change"] for r in moved) == found["change"]
        assert all(sum(r["effects"].values()) == r["change"] for r in found["movers"])
    whole = effects(one.facts()[0], OCT, NOV).iloc[0]
    assert one.report.net == whole["old"] + whole["new_cost"]


def test_moves_that_cancel_out_are_named():
    rows = [
        use(m, c, ResourceId=s, ServiceName=s)
        for m, s, c in ((10, "A", 100), (10, "B", 10), (10, "C", 90), (11, "A", 60), (11, "B", 51), (11, "C", 90))
    ]
    made, known = space([*rows, *(use(10, 0, d=d) for d in (1, 31)), *(use(11, 0, d=d) for d in (1, 30))]).facts()
    first = compare(made, known, OCT, NOV)["masked"][0]
    assert (first["level"], first["by"], first["hidden"]) == ("account", "service", 4000)
    assert first["up"] == [{"label": "B", "change": 4100}] and first["down"] == [{"label": "A", "change": -4000}]


def test_partial_periods_are_compared_by_the_days_both_have():
    rows = [use(10, 1, d=d) for d in range(1, 32)] + [use(11, 2, d=d) for d in range(1, 8)]
    found = space(rows).compared("2026-10", "2026-11")
    assert (found["old"], found["new"]) == (700, 1400) and "only days 1 to 7" in found["note"]
    with pytest.raises(UsageError, match="overlap"):
        space(rows).compared("2026-10", "2026-10-05/2026-11-05")
    with pytest.raises(UsageError, match="covers no day"):
        space(rows).compared("2026-08", "2026-10")


def test_the_headline_says_how_much_and_of_what():
    rows = [use(10, 1, d=d) for d in range(1, 32)] + [use(11, 2, 2, d=d) for d in range(1, 31)]
    said = space(rows).why()
    assert said["headline"].startswith(
        "$29.00 more in 2026-11 than in 2026-10 (93.5\u202f%): $29.00 because more was used"
    )
    assert said["effects"]["volume"] == "29" and said["periods"][0]["days"] == 31
