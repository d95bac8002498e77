"""Every collector of an account: what it is called, what it unlocks, which rights it needs, what its calls cost. The
command line, the window, the doctor and the roles read this list.

A new collector is a row of `COLLECTORS`; progress, stopping, resuming and COVERAGE come with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pandas as pd

from costdna.errors import UsageError
from costdna.export.principals import unnamed
from costdna_companion.collect import azure, flows, gcp
from costdna_companion.collect.clients import HOME
from costdna_companion.collect.inventory.anywhere import EXPLORER, RECORDED, TAGGED
from costdna_companion.collect.inventory.call import Call
from costdna_companion.collect.inventory.fetch import fetch
from costdna_companion.collect.inventory.iam import PEOPLE
from costdna_companion.collect.inventory.services import CALLS, TOGETHER
from costdna_companion.collect.inventory.tabulate import partition, tabulate


@dataclass(frozen=True)
class Collector:
    """One collector. feature: what it unlocks, in words a person would use. calls: what it asks, as data."""

    name: str
    feature: str
    calls: tuple[Call, ...]
    optional: bool = False
    """A service that an account need not have on."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """The rights it needs, in IAM's spelling, sorted."""
        return tuple(sorted({call.permission for call in self.calls}))


COLLECTORS = (
    Collector("inventory", "resources as the services list them, also those that no charge names", CALLS),
    Collector("tags", "tags that the bill does not carry: not activated for billing, or younger than it", TAGGED),
    Collector("groups", "stacks, scaling groups, clusters and network interfaces: what belongs together", TOGETHER),
    Collector("iam", "roles and users with their tags, and which workload runs under which role", PEOPLE),
    Collector(
        "explorer",
        "resources of kinds that no row of ours lists, from Resource Explorer where it is on",
        EXPLORER,
        optional=True,
    ),
    Collector("config", "resources as AWS Config recorded them, where it is on", RECORDED, optional=True),
)
"""In the order in which they are asked."""

PRICED = {
    "s3.list_buckets": Decimal("0.000005"),
    "secretsmanager.list_secrets": Decimal("0.000005"),
    "kms.list_keys": Decimal("0.000003"),
    "sqs.list_queues": Decimal("0.0000004"),
    "sns.list_topics": Decimal("0.0000005"),
    "cloudwatch.describe_alarms": Decimal("0.00001"),
}
"""Dollars a request, about, of the calls that fall under their service's price by the request; all others are free."""

PAGES = 10
"""So many pages of each call are reckoned with when a price is told beforehand."""

CLOUDS = {"azure": azure, "gcp": gcp}
"""Clouds whose log and resources come over plain HTTPS; untested on a live account."""

TOLD = {"cloudformation.list_stack_resources": ("stack",), "ec2.describe_network_interfaces": ("attachment", "vpc")}
"""Groups that a call tells of beside its declared links (`inventory/special.py`)."""

PERMISSIONS = ("ec2:DescribeRegions",)
"""What `--region all` asks beside them."""


def chosen(names: list[str]) -> tuple[Collector, ...]:
    """The collectors of these names; `all` is every one. Raises UsageError for a name that is none."""
    known = {c.name: c for c in COLLECTORS}
    alien = [n for n in names if n not in known and n != "all"]
    if alien:
        raise UsageError(
            "There is no such collector.",
            found=alien[0],
            where="--collect",
            next_step=f"Choose from {', '.join(known)}, or all.",
            code="collector",
        )
    return COLLECTORS if "all" in names else tuple(known[n] for n in dict.fromkeys(names))


def price(collectors: tuple[Collector, ...], places: list[tuple[str, str]]) -> Decimal:
    """What the calls may cost in dollars: an upper guess, told before they are made."""
    return sum(
        (
            PRICED.get(call.key, Decimal(0)) * PAGES * (len({a for a, _ in places}) if call.everywhere else len(places))
            for one in collectors
            for call in one.calls
        ),
        Decimal(0),
    )


def collect(
    collectors: tuple[Collector, ...],
    clients,
    places: list[tuple[str, str]],
    folder: Path,
    tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
    **more,
) -> list[dict]:
    """Fetch every (account, Region) of `places` into `folder`; rows of COVERAGE. A global service is asked once an
    account, in its home Region.

    tell: calls done, calls in all, what is asked now. stop: true ends it after the calls that run; the next run goes
    on.
    """
    jobs = []
    for account, regions in _by_account(places).items():
        home = HOME[partition(regions[0])]
        for collector in collectors:
            jobs += [
                (collector.name, tuple(c for c in collector.calls if not c.everywhere), account, region)
                for region in regions
            ]
            jobs.append((collector.name, tuple(c for c in collector.calls if c.everywhere), account, home))
    jobs = [job for job in jobs if job[1]]
    total, before, coverage = sum(len(calls) for _, calls, _, _ in jobs), 0, []
    for name, calls, account, region in jobs:
        coverage += fetch(
            calls,
            clients,
            account,
            region,
            folder / name,
            name,
            lambda done, _, what, b=before: tell(b + done, total, what),
            stop,
            **more,
        )
        before += len(calls)
    return coverage


def places(clients, accounts: list, regions: list[str]) -> tuple[list[tuple[str, str]], list[dict]]:
    """((account, Region) to ask, rows of COVERAGE of accounts that could not be entered).

    accounts: `Account`s; none for the credentials' own. regions: for accounts that name none of their own; `all` for
    every Region that is enabled there, none for the partition's home.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from costdna.errors import CostDNAError
    from costdna_companion.collect.accounts import Account

    home, out, rows = HOME[clients.partition], [], []
    for one in accounts or [Account(clients.identity()["Account"])]:
        wanted = list(one.regions or regions or [home])
        base = {"x_Source": "account", "SubAccountId": one.account, "RegionId": ""}
        try:
            if "all" in wanted:
                answer = clients("ec2", one.account, home).describe_regions()
                wanted = sorted(r["RegionName"] for r in answer["Regions"])
            clients("sts", one.account, home)
        except CostDNAError as error:
            rows.append(
                {
                    **base,
                    "x_Status": "denied",
                    "x_Detail": f"{one.name and one.name + ': '}{error.message} {unnamed(error.found)}"[:300],
                }
            )
            continue
        except (ClientError, BotoCoreError) as error:
            rows.append(
                {
                    **base,
                    "x_Status": "partial",
                    "x_Detail": f"its Regions cannot be listed: {unnamed(str(error))}"[:300],
                }
            )
            wanted = [home]
        out += [(one.account, region) for region in wanted if partition(region) == clients.partition]
        rows += [
            {
                **base,
                "RegionId": region,
                "x_Status": "partial",
                "x_Detail": "not asked: these credentials are of another partition",
            }
            for region in wanted
            if partition(region) != clients.partition
        ]
    return out, rows


def _by_account(places: list[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for account, region in places:
        out.setdefault(account, []).append(region)
    return out


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(INVENTORY, MEMBERSHIPS) of all that collectors fetched into `folder`."""
    from costdna_companion.collect.inventory.tabulate import inventory, memberships

    parts = [tabulate(folder / c.name, c.calls) for c in COLLECTORS if (folder / c.name).is_dir()]
    rows = [{**row, "Tags": _mapping(row["Tags"])} for own, _ in parts for row in own.to_dict("records")]
    members = [tuple(row) for _, joined in parts for row in joined.itertuples(index=False)]
    for name, cloud in CLOUDS.items():
        own, joined = cloud.tables(folder / name)
        rows, members = rows + own, members + joined
    return inventory(rows), memberships(members + flows.kept(folder))


def events(folder: Path) -> pd.DataFrame | None:
    """What people did in the other clouds, with the columns `costdna.events.WROTE`; None where nothing was collected of
    it.
    """
    parts = [
        part
        for part in (cloud.events(folder / name) for name, cloud in CLOUDS.items() if (folder / name).is_dir())
        if len(part)
    ]
    return pd.concat(parts, ignore_index=True) if parts else None


def _mapping(text: str) -> dict[str, str]:
    import json

    return {key: value for _, key, value in json.loads(text)}
