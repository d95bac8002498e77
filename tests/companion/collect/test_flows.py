"""Flow logs: what two resources exchanged, in the default format and in one of their own; crowds, whispers and refused
traffic tell nothing.
"""

import doctest
import gzip

import pytest
from costdna.errors import BillError
from costdna_companion.collect import flows as module
from costdna_companion.collect.flows import CROWD, LEAST, keep, memberships, pairs
from costdna_companion.collect.inventory import special

BIG = LEAST + 1


def interface(number: int, **more) -> dict:
    return {
        "account": "111",
        "NetworkInterfaceId": f"eni-{number}",
        "VpcId": "vpc-1",
        "PrivateIpAddress": f"10.0.0.{number}",
        "PrivateIpAddresses": [{"PrivateIpAddress": f"10.0.0.{number}"}],
        "Attachment": {"InstanceId": f"i-{number}"},
        **more,
    }


def record(eni: int, src: str, dst: str, size, action: str = "ACCEPT") -> str:
    return f"2 111 eni-{eni} {src} {dst} 443 50000 6 10 {size} 1 2 {action} OK"


def write(path, *lines):
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def groups(rows) -> dict:
    out = {}
    for account, who, kind, group, source in rows:
        assert (account, kind, source) == ("111", "network", "vpc flow logs")
        out.setdefault(group, set()).add(who)
    return out


def test_the_examples_hold():
    for one in (module, special):
        assert doctest.testmod(one).attempted and doctest.testmod(one).failed == 0


def test_both_formats_are_read_and_refused_or_empty_records_are_not(tmp_path):
    plain = write(
        tmp_path / "a.log.gz",
        record(1, "10.0.0.1", "10.0.0.2", 100),
        record(1, "10.0.0.2", "10.0.0.1", 50),
        record(1, "10.0.0.1", "10.0.0.9", 7, "REJECT"),
        "2 111 eni-1 - - - - - - - 1 2 - NODATA",
    )
    own = write(tmp_path / "b.log.gz", "bytes dstaddr srcaddr interface-id", "1000 10.0.0.2 10.0.0.1 eni-1")
    odd = write(tmp_path / "c.log.gz", "srcaddr dstaddr", "10.0.0.1 10.0.0.2")
    assert pairs([plain, own, odd]) == {("eni-1", "10.0.0.1"): 1150, ("eni-1", "10.0.0.2"): 1150}


def test_those_that_exchange_traffic_are_a_group_of_each_of_them():
    traffic = {
        ("eni-1", "10.0.0.1"): BIG,
        ("eni-1", "10.0.0.2"): BIG,
        ("eni-1", "10.0.0.3"): LEAST - 1,
        ("eni-1", "8.8.8.8"): BIG,
        ("eni-99", "10.0.0.1"): BIG,
    }
    found = groups(memberships(traffic, [interface(1), interface(2), interface(3, VpcId="vpc-1")]))
    assert found == {"traffic with i-1": {"i-1", "i-2"}, "traffic with i-2": {"i-1", "i-2"}}


def test_a_crowd_says_nothing_but_its_members_own_groups_stay():
    many = [interface(n) for n in range(1, CROWD + 3)]
    traffic = {("eni-1", f"10.0.0.{n}"): BIG for n in range(2, CROWD + 3)}
    found = groups(memberships(traffic, many))
    assert "traffic with i-1" not in found and found["traffic with i-2"] == {"i-1", "i-2"}


def test_the_same_address_in_another_network_is_another():
    assert memberships({("eni-1", "10.0.0.2"): BIG}, [interface(1), interface(2, VpcId="vpc-2")]) == []


def test_the_same_files_are_not_read_twice(tmp_path, monkeypatch):
    file = write(tmp_path / "a.log.gz", record(1, "10.0.0.1", "10.0.0.2", 100))
    assert keep([file], tmp_path / "flows") == 2
    monkeypatch.setattr(module, "pairs", None)
    assert keep([file], tmp_path / "flows") == 2


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-20], lambda raw: b"no gzip at all"], ids=["cut", "plain"])
def test_a_spoilt_file_is_named(tmp_path, spoil):
    file = write(tmp_path / "f.log.gz", *[record(n, "10.0.0.1", "10.0.0.2", n) for n in range(500)])
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(BillError, match="not a flow log") as error:
        pairs([file])
    assert error.value.where == str(file)
