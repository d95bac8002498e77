"""VPC flow logs as S3 delivers them → who exchanges traffic with whom → MEMBERSHIPS, through the network interfaces
that an inventory knows.

`[prefix/]AWSLogs/<account>/vpcflowlogs/<region>/YYYY/MM/DD/…log.gz`, a header line with the fields, then a record a
line. Source: Amazon VPC user guide, "Flow log records" and "Flow log files".
"""

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from costdna.errors import BillError
from costdna_companion.collect.inventory.fetch import read
from costdna_companion.collect.inventory.special import served

DEFAULT = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status".split()
CROWD = 12
"""A resource that more others talk to says nothing of a team: a resolver, a proxy, a shared database."""

LEAST = 1 << 20
"""Bytes that two must have exchanged: a health check is no acquaintance."""


def holds_flows(key: str) -> bool:
    """Whether a key names a flow log file of text form.

    >>> holds_flows("AWSLogs/1/vpcflowlogs/eu-west-1/2026/01/02/1_vpcflowlogs_eu-west-1_fl-1_20260102T0000Z_ab.log.gz"), holds_flows("AWSLogs/1/CloudTrail/x.json.gz")
    (True, False)
    """
    return "vpcflowlogs" in key and key.endswith(".log.gz")


def pairs(files: Iterable[Path], tell: Callable[[int], None] = lambda done: None) -> dict[tuple[str, str], int]:
    """(interface, address it exchanged with) → accepted bytes, over all records. Lines without data and those that were
    rejected are left out; memory grows with the pairs alone.
    """
    out: dict[tuple[str, str], int] = {}
    for number, file in enumerate(files, 1):
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as handle:
            fields = None
            for line in _lines(handle, file):
                part = line.split()
                if fields is None:
                    named = "srcaddr" in part
                    fields = {name: n for n, name in enumerate(part if named else DEFAULT)}
                    missing = {"interface-id", "srcaddr", "dstaddr", "bytes"} - set(fields)
                    if missing:
                        break  # a format of its own that leaves out whom or how much
                    eni, src, dst, size, act = (
                        fields.get(n, -1) for n in ("interface-id", "srcaddr", "dstaddr", "bytes", "action")
                    )
                    if named:
                        continue
                if len(part) < len(fields) or not part[size].isdigit() or (act >= 0 and part[act] != "ACCEPT"):
                    continue
                # one of them is the interface's own; it is left out when addresses are known
                for peer in (part[src], part[dst]):
                    at = (part[eni], peer)
                    out[at] = out.get(at, 0) + int(part[size])
        tell(number)
    return out


def _lines(handle, file: Path):
    """The lines of a file; one that is cut or no gzip is named."""
    try:
        yield from handle
    except (OSError, EOFError, zlib.error) as error:
        raise BillError(
            "This is not a flow log file.",
            found=str(error)[:120],
            where=str(file),
            next_step="Fetch it again, or leave it out.",
            code="not-a-flow-log",
        ) from error


def memberships(traffic: dict[tuple[str, str], int], interfaces: Iterable[dict]) -> list[tuple]:
    """Rows of MEMBERSHIPS (account, resource, network, group, source): a resource and those that exchange traffic with
    it, where they are few.

    interfaces: items of DescribeNetworkInterfaces with `account` beside; only traffic between two of them counts,
    within one VPC.
    """
    own: dict[str, tuple[str, str, str]] = {}
    at: dict[tuple[str, str], str] = {}
    for item in interfaces:
        eni, who = item.get("NetworkInterfaceId", ""), served(item) or item.get("NetworkInterfaceId", "")
        own[eni] = (item.get("account", ""), who, item.get("VpcId", ""))
        for address in [
            item.get("PrivateIpAddress"),
            *[a.get("PrivateIpAddress") for a in item.get("PrivateIpAddresses") or []],
        ]:
            if address:
                at[item.get("VpcId", ""), address] = eni
    peers: dict[tuple[str, str], dict[tuple[str, str], int]] = {}
    for (eni, address), size in traffic.items():
        if eni not in own:
            continue
        account, who, vpc = own[eni]
        other = at.get((vpc, address))
        if other is None or own[other][1] == who:
            continue
        a, b = (account, who), own[other][:2]
        for one, two in ((a, b), (b, a)):
            found = peers.setdefault(one, {})
            found[two] = max(found.get(two, 0), size)  # each end may have a log of its own
    out = set()
    for (account, hub), found in peers.items():
        near = [who for who, size in found.items() if size >= LEAST]
        if near and len(near) <= CROWD:
            out |= {
                (owner, who, "network", f"traffic with {hub}", "vpc flow logs")
                for owner, who in [(account, hub), *near]
            }
    return sorted(out)


def keep(files: list[Path], folder: Path, tell: Callable[[int], None] = lambda done: None) -> int:
    """Add the files up into `folder`/pairs.json; the number of pairs. The same files are not read twice."""
    target, mark = folder / "pairs.json", [[f.name, f.stat().st_size, int(f.stat().st_mtime)] for f in sorted(files)]
    if target.exists() and (known := json.loads(target.read_text(encoding="utf-8")))["files"] == mark:
        return len(known["pairs"])
    found = pairs(sorted(files), tell)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_text(
        json.dumps({"files": mark, "pairs": [[*k, v] for k, v in sorted(found.items())]}), encoding="utf-8"
    )
    os.replace(beside, target)
    return len(found)


def kept(folder: Path) -> list[tuple]:
    """Rows of MEMBERSHIPS of what was kept in `folder`/flows, with the interfaces that `groups` collected beside it."""
    target = folder / "flows" / "pairs.json"
    if not target.is_file():
        return []
    traffic = {(eni, peer): size for eni, peer, size in json.loads(target.read_text(encoding="utf-8"))["pairs"]}
    interfaces = [
        {**item, "account": page["account"]}
        for file in sorted((folder / "groups").glob("*/*/ec2.describe_network_interfaces.jsonl"))
        for page in read(file)
        for item in page["response"].get("NetworkInterfaces", [])
    ]
    return memberships(traffic, interfaces)
