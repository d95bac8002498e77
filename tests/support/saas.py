"""The worked example of a 60-person SaaS company: shared database, cache and CDN, dedicated resources, customers with
revenue.

Sixty days of lines. What each customer costs is written down here by hand, in cents, so that no code under test is
needed to know it.
"""

from readings import line

CUSTOMERS = [
    {"customer": "acme", "name": "Acme", "mrr": "2000", "status": "active"},
    {"customer": "bolt", "name": "Bolt", "mrr": "9000", "status": "active"},
    {"customer": "crux", "name": "Crux", "mrr": "600", "status": "active"},
    {"customer": "dune", "name": "Dune (free)", "mrr": "0", "status": "active"},
]
REQUESTS = {"acme": 600, "bolt": 300, "crux": 90, "dune": 10}
STORED = {"acme": 100, "bolt": 800, "crux": 90, "dune": 10}
SHARED = {"shared-db": "100", "shared-cache": "20", "cdn": "40"}
DEDICATED = {"acme": "170.67", "bolt": "50", "crux": "30"}
BOOK = {
    "for": "customers",
    "rules": [
        {"name": "dedicated", "where": {"tag": "customer=*"}, "method": "direct", "by": "tag:customer"},
        {
            "name": "shared",
            "where": {"tag": "service=*"},
            "method": "proportional",
            "driver": "requests",
            "by": "tag:service",
        },
    ],
}


def days():
    """60 days, as (month, day)."""
    return [(9, d) for d in range(1, 31)] + [(10, d) for d in range(1, 31)]


def bill() -> list[dict]:
    """The lines: a dedicated resource inside a shared service for one customer (the case in which the original lost
    money), staging, tax, a credit.
    """
    out = []
    for month, d in days():
        at = {
            "BillingPeriodStart": f"2026-{month:02}-01T00:00:00Z",
            "ChargePeriodStart": f"2026-{month:02}-{d:02}T03:00:00Z",
            "ChargePeriodEnd": f"2026-{month:02}-{d:02}T04:00:00Z",
            "PublicOnDemand": "",
        }
        for service, cost in SHARED.items():
            out.append(
                line(
                    **at,
                    ResourceId=service,
                    ServiceName="Amazon Relational Database Service",
                    UsageType="EU-InstanceUsage:db.r5.large",
                    Unblended=cost,
                    Tags={("resource", "service"): service, ("resource", "team"): "platform"},
                )
            )
        for who, cost in DEDICATED.items():
            out.append(
                line(
                    **at,
                    ResourceId=f"db-{who}",
                    ServiceName="Amazon Relational Database Service",
                    UsageType="EU-InstanceUsage:db.r5.large",
                    Unblended=cost,
                    Tags={
                        ("resource", "service"): "shared-db",
                        ("resource", "customer"): who,
                        ("resource", "team"): "core",
                    },
                )
            )
        out.append(
            line(
                **at,
                ResourceId="i-staging",
                Unblended="90",
                Tags={("resource", "env"): "staging", ("resource", "team"): "core"},
            )
        )
    month = {
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargePeriodStart": "2026-10-01T00:00:00Z",
        "ChargePeriodEnd": "2026-11-01T00:00:00Z",
        "ResourceId": "",
        "PublicOnDemand": "",
    }
    return [
        *out,
        line(**month, LineItemType="Tax", Unblended="310"),
        line(**month, LineItemType="Credit", Unblended="-31"),
    ]


def usage() -> list[dict]:
    """Requests and stored gigabytes of each shared service, customer and day."""
    return [
        {"date": f"2026-{m:02}-{d:02}", "service": s, "customer": who, "requests": n, "stored_gb": STORED[who]}
        for m, d in days()
        for s in SHARED
        for who, n in REQUESTS.items()
    ]


def expected() -> dict[str, tuple[int, int]]:
    """{customer: (direct, shared)} in cents over 30 days."""
    return {
        who: (round(float(DEDICATED.get(who, 0)) * 100) * 30, 16000 * 30 * n // 1000) for who, n in REQUESTS.items()
    }
