"""What asking the accounts adds to a bill.

The demo companies' bills with all tags activated, without AWS's own tags, and with none, each alone and with what
`costdna scan --collect` brings.

    python -m costdna_companion.bench.collected --companies 3 --scale 0.6 --out docs/bench-collected.md
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gzip
import tempfile
from pathlib import Path

import numpy as np

from costdna import pipeline
from costdna.workspace import Workspace
from costdna_companion.bench.demo import FIRST_SEED, Truth

ACTIVATED = {
    "every tag": lambda column: True,
    "none of AWS's own": lambda column: not column.startswith("resourceTags/aws:"),
    "no tag": lambda column: not column.startswith("resourceTags/"),
}
"""Which tag columns the bill still has: a user who activated every cost allocation tag, one who left out AWS's, one who
activated none.
"""


def run(*, session, companies: int = 3, scale: float = 0.6, say=lambda text: None) -> list[dict]:
    """A row a bill and evidence: shares of the truly owned money that ended with the right team, the wrong one, nobody.

    All are means over companies.
    """
    lines: dict[tuple[str, str], list[dict]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + companies):
        with tempfile.TemporaryDirectory(prefix="costdna-collected-") as folder:
            for key, found in company(Path(folder), seed, scale, session):
                lines.setdefault(key, []).append(found)
                say(f"company {seed}, {key[0]}, {key[1]}: {found}")
    return [
        {
            "activated": bill,
            "evidence": evidence,
            "companies": len(found),
            **{name: float(np.mean([f[name] for f in found])) for name in found[0]},
        }
        for (bill, evidence), found in lines.items()
    ]


def company(folder: Path, seed: int, scale: float, session):
    """((activated, evidence), shares) for each bill of one company."""
    from costdna_companion import native
    from costdna_companion.collect import registry
    from costdna_companion.demo.account import write_account
    from costdna_companion.demo.bill import build
    from costdna_companion.demo.write import write_demo

    write_demo(folder, seed=seed, scale=scale, formats=["v1"])
    write_account(build(seed, scale=scale, year=2026, month=9, negative=False), folder)
    inventory, memberships = registry.tables(folder / "collected")
    truth, (source,) = Truth.read(folder), (folder / "cur-v1").iterdir()
    for name, keeps in ACTIVATED.items():
        bill = folder / "cut" / "bill.csv.gz"
        cut(source, bill, keeps)
        readings, _ = native.read([bill])
        for evidence, wishes in (
            ("bill", pipeline.Wishes()),
            ("accounts asked", pipeline.Wishes(inventory=inventory, memberships=memberships)),
        ):
            space = Workspace(readings, wishes, session)
            asyncio.run(space.run())
            yield (name, evidence), shares(space, truth)


def cut(source: Path, target: Path, keeps) -> None:
    """The same bill without the columns that are not kept."""
    target.parent.mkdir(exist_ok=True)
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as handle,
        gzip.open(target, "wt", encoding="utf-8", newline="", compresslevel=1) as out,
    ):
        rows = csv.reader(handle)
        header = next(rows)
        kept = [n for n, column in enumerate(header) if keeps(column)]
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([header[n] for n in kept])
        writer.writerows([row[n] for n in kept] for row in rows)


def shares(space: Workspace, truth: Truth) -> dict[str, float]:
    """right, wrong, nobody: shares of the money of resources that have an owner in truth.

    known: its part proved, not inferred. given: money of what has none, handed to a team.
    """
    frame = space.report.resources
    money = {"right": 0.0, "wrong": 0.0, "nobody": 0.0}
    known = strangers = given = 0.0
    for row in frame[frame["ResourceId"] != ""].to_dict("records"):
        key, cost = (row["SubAccountId"], row["ResourceId"]), abs(float(row["BilledCost"]))
        if truth.verdict.get(key) != "owned":
            strangers, given = strangers + cost, given + cost * (row["x_Verdict"] == "owned")
            continue
        owned = row["x_Verdict"] == "owned"
        money["nobody" if not owned else "right" if truth.right(key, row["x_Team"]) else "wrong"] += cost
        known += cost * (owned and row["x_Basis"] not in ("inferred", ""))
    total = sum(money.values())
    return {
        **{name: value / total for name, value in money.items()},
        "known": known / total,
        "given": given / strangers,
    }


def shown(rows: list[dict], companies: int, scale: float) -> str:
    """The table in Markdown, with the command that made it."""
    lines = [
        "# What asking the accounts adds",
        "",
        f"`python -m costdna_companion.bench.collected --companies {companies} --scale {scale:g}`: {companies} demo companies, shares of the money of resources that truly have an owner.",
        "The accounts' answers are made from the same truth as the bills (`demo/account.py`): tags, disks and their machines, stacks, scaling groups. Real accounts are messier.",
        "",
        "| tags activated for billing | evidence | right team | wrong team | nobody | proved | of ownerless, shared and vendors' money: given to a team |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['activated']} | {r['evidence']} | {r['right']:.1%} | {r['wrong']:.1%} | {r['nobody']:.1%} | {r['known']:.1%} | {r['given']:.1%} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    import sys

    from costdna_companion.cli._inputs import session

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.6)
    parser.add_argument("--out", type=Path)
    wanted = parser.parse_args()
    text = shown(
        run(
            session=session(),
            companies=wanted.companies,
            scale=wanted.scale,
            say=lambda line: print(line, file=sys.stderr),
        ),
        wanted.companies,
        wanted.scale,
    )
    wanted.out.write_text(text, encoding="utf-8") if wanted.out else print(text, end="")


if __name__ == "__main__":
    main()
