"""Files become one bill: in one order, each once, every table as declared."""

import pytest
from readings import line, reading

from costdna import money, schema
from costdna.errors import BillError
from costdna.read import assemble


def test_tables_keep_their_declarations():
    bill = assemble([reading([line(), line(ResourceId="")])])
    for name in ("sources", "charges", "rhythm", "hours"):
        schema.TABLES[name.upper()].check(getattr(bill, name))


def test_order_of_lines_and_files_changes_nothing():
    rows = [line(ResourceId=f"i-{k:04x}", Unblended=str(k / 7)[:8]) for k in range(40)]
    a, b = reading(rows[:25], name="a"), reading(rows[25:], name="b")
    one, two = assemble([a, b]), assemble([b, a])
    assert one.charges.equals(two.charges)
    shuffled = dict(
        a,
        arrays={
            k: v[::-1].copy() if len(v) == len(a["arrays"]["rows"]) and not k.startswith(("rhythm", "hours")) else v
            for k, v in a["arrays"].items()
        },
    )
    assert assemble([shuffled]).charges.equals(assemble([a]).charges)


def test_a_file_dropped_twice_counts_once():
    one = reading([line()])
    bill = assemble([one, one])
    assert money.total(bill.charges["BilledCost"]) == 125
    assert [f["code"] for f in bill.findings] == ["repeated-file"]


def test_an_empty_drop_is_an_error_that_says_what_to_do():
    with pytest.raises(BillError) as caught:
        assemble([])
    assert caught.value.code == "empty" and caught.value.next_step
