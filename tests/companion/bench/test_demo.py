"""The demo company against its own truth: answers are counted by what is true of the resource, money beside count."""

import pytest

from costdna_companion.bench import demo, product


def test_what_is_inferred_of_the_demo_bill_is_held_against_the_truth():
    session = product.shipped()
    if session is None:
        pytest.skip("no model is shipped")
    result = demo.run(session=session, scale=0.12)
    assert [r["evidence"] for r in result["rows"] if r["truly"] == "all"] == list(demo.EVIDENCE)
    for evidence in demo.EVIDENCE:
        rows = {r["truly"]: r for r in result["rows"] if r["evidence"] == evidence}
        assert set(rows) >= {"owned", "all"}
        assert rows["all"]["resources"] == sum(r["resources"] for name, r in rows.items() if name != "all")
        assert rows["owned"]["right"] <= rows["owned"]["answered"] <= rows["owned"]["resources"]
        # there nothing can be right but abstaining
        assert all(r["right"] == 0 for name, r in rows.items() if name in ("vendor", "ownerless"))
