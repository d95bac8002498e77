"""Dated evidence: a resource that is tagged anew within the bill has two owners, one after the other."""

import pandas as pd
from costdna import schema
from costdna.hands import hands

DAY = pd.Timestamp("2026-10-12")


def owned(*rows):
    """rows: (ownable, team, verdict, from, to, share)"""
    frame = pd.DataFrame(rows, columns=["x_OwnableId", "x_Team", "x_Verdict", "x_ValidFrom", "x_ValidTo", "x_Share"])
    frame = frame.assign(
        x_Probability=float("nan"),
        x_Basis="tag",
        x_Reason="its tag says so since 12 Oct",
        x_ModelId="",
        x_EvidenceHash="",
    )
    return frame.astype({"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"})


def things(*rows):
    return (
        schema.OWNABLES.empty()
        .reindex(range(len(rows)))
        .assign(
            x_OwnableId=[r[0] for r in rows],
            ResourceId=[f"r{r[0]}" for r in rows],
            ResourceName="",
            BilledCost=[r[1] for r in rows],
        )
    )


def test_each_passing_is_a_row_dearest_first():
    whole = 1_000_000
    rows = owned(
        (1, "a", "owned", None, DAY, whole),
        (1, "b", "owned", DAY, DAY + pd.Timedelta(days=3), whole),
        (1, "a", "owned", DAY + pd.Timedelta(days=3), None, whole),
        (2, "c", "owned", DAY, None, whole),
        (2, "", "vendor", None, DAY, whole),
        (3, "a", "owned", None, None, whole),
    )
    found = hands(things((1, 5), (2, -90), (3, 7)), rows.sample(frac=1, random_state=1))
    assert found[["ResourceId", "x_OldTeam", "x_NewTeam"]].values.tolist() == [
        ["r2", "", "c"],
        ["r1", "a", "b"],
        ["r1", "b", "a"],
    ]
    assert found["x_Day"].tolist() == [DAY, DAY, DAY + pd.Timedelta(days=3)]


def test_spelling_and_sharing_are_no_passing():
    rows = owned(
        (1, "Data Platform", "owned", None, DAY, 1_000_000),
        (1, "data-platform", "owned", DAY, None, 1_000_000),
        (2, "a", "owned", None, None, 500_000),
        (2, "b", "owned", None, None, 500_000),
    )
    assert hands(things((1, 5), (2, 6)), rows).empty
    assert hands(things(), rows.head(0)).columns.tolist() == schema.HANDS.names()
