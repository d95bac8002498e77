"""Ready bills for the tests of screens and exports: a run of the whole pipeline over lines written in a test."""

import asyncio

from costdna import pipeline
from readings import line, reading

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "a,b\r\nc",
)


def run(lines: list[dict], session=None, **wishes) -> pipeline.Result:
    """The result of the pipeline over one CUR of these lines."""
    return asyncio.run(pipeline.run([reading(lines)], pipeline.Wishes(**wishes), session))


def company(teams: int = 6, per_team: int = 12, untagged: int = 3, days: int = 6) -> list[dict]:
    """Lines of a plausible company: each team's resources share a name and a stack, some carry no team tag; credits,
    tax, fees.
    """
    out = []
    for t in range(teams):
        name = f"team{t:02d}"
        for r in range(per_team):
            tags = {
                ("resource", "aws:cloudformation:stack-name"): f"{name}-stack",
                ("resource", "Name"): f"{name}-node-{r}",
            }
            if r >= untagged:
                tags["resource", "team"] = name
            for d in range(days):
                out.append(
                    line(
                        ResourceId=f"i-{t:03d}{r:05d}",
                        Unblended=f"{(t + 1) * 1.75 + r * 0.013 + d * 0.1:.4f}",
                        Tags=tags,
                        ChargePeriodStart=f"2026-10-{d + 5:02d}T03:00:00Z",
                        ChargePeriodEnd=f"2026-10-{d + 5:02d}T04:00:00Z",
                        ServiceName=(
                            "Amazon Elastic Compute Cloud",
                            "Amazon Relational Database Service",
                            "Amazon Simple Storage Service",
                        )[r % 3],
                    )
                )
    month = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z", "ResourceId": ""}
    out.append(line(**month, LineItemType="Credit", Unblended="-25.5", ConsumedQuantity="0"))
    out.append(line(**month, LineItemType="Tax", Unblended="19.25", ConsumedQuantity="0"))
    out.append(line(ResourceId="", Unblended="7.125", UsageType="EU-DataTransfer-Out-Bytes"))
    return out


def hostile() -> list[dict]:
    """A bill whose every text a stranger wrote."""
    return [
        line(
            ResourceId=f"arn:{text}",
            ServiceName=text,
            UsageType=text,
            RegionId=text,
            Tags={("resource", "team"): text, ("resource", text): text},
            Unblended=str(i + 1),
        )
        for i, text in enumerate(HOSTILE)
    ]
