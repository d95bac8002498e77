"""Tags that say where an owner's tag comes from: only where it was inferred, in characters every service takes, never
more sure than it was.
"""

import datetime as dt
import re

import pytest

from costdna_companion.write import limits, provenance

ROW = {
    "ResourceId": "arn:aws:s3:::b",
    "x_Key": "owner",
    "x_OldValue": "",
    "x_NewValue": "search",
    "x_Basis": "inferred",
    "x_Probability": 0.99999,
    "x_EvidenceHash": "e",
    "BilledCost": "1.5",
}
DAY = dt.date(2026, 11, 2)


def test_three_tags_go_beside_an_inferred_owner_with_its_evidence():
    made = provenance.beside(ROW, "model · attributor 0.2.2 <x>", DAY)
    assert {row["x_Key"]: row["x_NewValue"] for row in made} == {
        "costdna:inferred-by": "model - attributor 0.2.2 -x-",
        "costdna:confidence": "0.99",
        "costdna:date": "2026-11-02",
    }
    assert {(row["x_Beside"], row["x_EvidenceHash"], row["BilledCost"]) for row in made} == {("owner", "e", "0")}
    for row in made:
        assert re.fullmatch(r"[\w .:/=+@-]{1,256}", row["x_NewValue"]) and not limits.refusal(
            row["x_Key"], row["x_NewValue"], {}
        )


@pytest.mark.parametrize("basis", ["human", "rule", "map", "account"])
def test_a_proved_owner_carries_none(basis):
    assert provenance.beside(ROW | {"x_Basis": basis, "x_Probability": None}, "m", DAY) == []
