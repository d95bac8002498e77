"""What is true of a demo bill.

Who owns each resource, and what every total must come to, added up apart from the files.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.bill import CREDITS, Bill, measures
from costdna_companion.demo.sheet import rate_text
from costdna_companion.demo.tagging import OWNER, TEAM, creator_people, spellings


def totals(bill: Bill, basis: str) -> dict:
    """Ledger totals of a basis as decimal text: gross + credits = net, for both metrics, and the amortisation identity."""
    m = measures(bill, basis)
    credit = m["type"].isin(CREDITS).to_numpy()
    out: dict = {
        "rows": len(m),
        "resources": len({(a, r) for a, r in zip(bill.lines["account"], bill.lines["resource"]) if r}),
    }
    for metric in ("billed", "effective"):
        v = m[metric].to_numpy("int64")
        out[metric] = {"gross": rate_text(int(v[~credit].sum())), "credits": rate_text(int(v[credit].sum())), "net": rate_text(int(v.sum())),
                       "tax": rate_text(int(v[m["type"].eq("Tax").to_numpy()].sum()))}  # fmt: skip
    out["amortized_upfront"] = rate_text(int(m["amortized"].sum()))
    out["upfront_paid"] = rate_text(int(m["upfront"].sum()))
    out["by_line_type"] = {
        kind: {
            "rows": len(part),
            "cost": rate_text(int(part["base"].sum())),
            "billed": rate_text(int(part["billed"].sum())),
            "effective": rate_text(int(part["effective"].sum())),
        }
        for kind, part in m.groupby("type", sort=True)
    }
    at = bill.rows["line"].to_numpy()
    holder = np.where(
        bill.lines["team"].ne(""), bill.lines["team"], bill.lines["verdict"].replace("", "unresourced")
    ).astype(object)[at]
    owned = m.assign(owner=holder)[~credit].groupby("owner", sort=True)[["billed", "effective"]].sum()
    out["by_owner"] = {name: {k: rate_text(int(v)) for k, v in row.items()} for name, row in owned.iterrows()}
    return out


def focus_totals(bill: Bill) -> dict:
    """Totals of the FOCUS file.

    It names no line type, so a refund is an adjustment inside gross; net is the same money.
    """
    out: dict = {"rows": focus_rows(bill)}
    m = measures(bill)
    credit = m["type"].eq("Credit").to_numpy()
    for metric in ("billed", "effective"):
        v = m[metric].to_numpy("int64")
        out[metric] = {"gross": rate_text(int(v[~credit].sum())), "credits": rate_text(int(v[credit].sum())), "net": rate_text(int(v.sum())),
                       "tax": rate_text(int(v[m["type"].eq("Tax").to_numpy()].sum()))}  # fmt: skip
    return out


def focus_rows(bill: Bill) -> int:
    """Rows of the FOCUS file: without negation and split children, with a second row per commitment fee."""
    at = bill.rows["line"].to_numpy()
    kind, child = bill.lines["type"].to_numpy()[at], bill.lines["parent"].ne("").to_numpy()[at]
    return int(
        (~child & (kind != "SavingsPlanNegation")).sum() + np.isin(kind, ("RIFee", "SavingsPlanRecurringFee")).sum()
    )


def owners(bill: Bill) -> list[dict]:
    """A row per resource and interval of ownership: every (account, resource id) of the bill, half-open UTC."""
    start = dt.datetime(bill.year, bill.month, 1)
    when = lambda hour: (start + dt.timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")
    out = []
    for r in bill.world.resources:
        tagged = any(TEAM in t or OWNER in t for _, _, t in r.tags)
        for team, first, last in r.owners or [("", 0, bill.hours)]:
            out.append({"SubAccountId": bill.world.accounts[r.account], "ResourceId": r.id, "kind": r.kind, "app": r.app, "environment": r.env, "verdict": r.verdict,
                        "team": team, "ValidFrom": when(first), "ValidTo": when(last), "tagged": tagged, "note": r.note})  # fmt: skip
    for p in bill.pods:
        out.append({"SubAccountId": bill.world.accounts[p["account"]], "ResourceId": p["id"], "kind": "pod", "app": p["app"], "environment": "", "verdict": "owned",
                    "team": p["team"], "ValidFrom": when(0), "ValidTo": when(bill.hours), "tagged": False, "note": "split cost allocation child"})  # fmt: skip
    known = {(o["SubAccountId"], o["ResourceId"]) for o in out}
    lines = bill.lines.loc[
        bill.lines["resource"].ne(""), ["account", "resource", "resource_type", "verdict"]
    ].drop_duplicates(["account", "resource"])
    for line in lines.itertuples():
        if (line.account, line.resource) not in known:
            out.append({"SubAccountId": line.account, "ResourceId": line.resource, "kind": line.resource_type.lower(), "app": "", "environment": "", "verdict": line.verdict,
                        "team": "", "ValidFrom": when(0), "ValidTo": when(bill.hours), "tagged": False, "note": "fee"})  # fmt: skip
    return sorted(out, key=lambda o: (o["SubAccountId"], o["ResourceId"], o["ValidFrom"]))


def truth(bill: Bill) -> dict:
    """All of it as one JSON-ready dict."""
    return {
        "schema_version": 1,
        "company": "Fernweh (made up)", "seed": bill.seed, "period": f"{bill.year}-{bill.month:02d}", "currency": "USD", "payer": bill.world.payer,
        "accounts": {number: alias for alias, number in bill.world.accounts.items()},
        "teams": {t: {"spellings": sorted(set(spellings(t)) | {f"{t}@fernweh.example"}), "cost_center": v[1], "business_unit": v[2]} for t, v in words.TEAMS.items()},
        "people": creator_people(), "principals": bill.principals,
        "totals": {"gross": totals(bill, "gross"), "net": totals(bill, "net"), "focus": focus_totals(bill)},
        "resources": owners(bill),
    }  # fmt: skip


def write_truth(bill: Bill, folder: Path) -> dict:
    """truth.json and truth.csv; returns the dict. Text cells that a spreadsheet would run are never formulas: ids only."""
    facts = truth(bill)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as out:
        sink = csv.DictWriter(out, list(facts["resources"][0]))
        sink.writeheader()
        sink.writerows(facts["resources"])
    return facts
