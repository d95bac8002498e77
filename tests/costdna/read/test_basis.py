"""A bill is read by one set of costs, gross or net."""

from readings import line, reading

from costdna.read import assemble


def test_net_basis_is_refused_when_the_totals_differ():
    bill = assemble([reading([line(Unblended="10", NetUnblended="9")])])
    assert bill.basis == "gross"
    assert [f["code"] for f in bill.findings] == ["net-basis-refused"]
    assert bill.findings[0]["amount"] == "1"
