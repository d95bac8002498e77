"""A scan step by step against the truth of a small demo company: the stages, what counts in them, and that nothing is
given away for where it lies.
"""

import pytest

from costdna_companion.bench import product, scan


def test_each_stage_of_a_scan_is_held_against_the_truth():
    session = product.shipped()
    if session is None:
        pytest.skip("no model is shipped")
    result = scan.run(session=session, first=8, scale=0.12, own_model=False)
    rows = {row["stage"]: row for row in result["rows"]}
    assert list(rows) == [stage for stage in scan.STAGES if stage != "fine-tuned"] and not result["verdicts"]
    assert [line["company"] for line in result["companies"]] == [8] * 4
    assert all(row["companies"] == 1 and row["accuracy_sd"] == 0 for row in rows.values())
    before, after = rows["and the accounts asked"], rows["after 20 answers"]
    # what was asked about counts no more
    assert before["resources"] - scan.ANSWERS <= after["resources"] < before["resources"]
    assert rows["with CloudTrail"]["accuracy"] >= rows["bill"]["accuracy"]
    assert all(row["ownerless_assigned"] <= 0.02 for row in rows.values())
