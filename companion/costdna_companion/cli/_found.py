"""What a scan finds beside the owners: tags that contradict what people do, resources that changed hands, what is paid
for and not used.
"""

from decimal import Decimal

import pandas as pd

from costdna import money, schema
from costdna.export.principals import hide
from costdna.hands import hands
from costdna.misfits import misfits
from costdna.names import counted
from costdna_companion.cli._output import rounded

IDLE = ("idle address", "idle gateway", "abandoned", "volume")
"""Kinds of waste that nobody uses at all; costdna waste has the others too."""
NAMED = 3
"""How many of each the table names; JSON and the saved tables have all."""


def found(space, principals: bool = False) -> tuple[dict, dict[str, pd.DataFrame]]:
    """(JSON: misfits, changed_hands, idle; tables by name, as _save takes them) of an attributed workspace. Principals
    are hashed unless asked for as written.
    """
    run, report = space.result, space.report
    related = run.relations if principals else hide(run.relations)
    wrong, passed, waste = (
        misfits(run.ownables, related, run.known.labels),
        hands(run.ownables, run.ownership),
        space.list_waste(metric=report.metric),
    )
    idle = [r for r in waste["rows"] if r["kind"] in IDLE]
    told = {
        "misfits": [
            {
                "resource": r["ResourceId"],
                "name": r["ResourceName"],
                "tagged": r["x_Team"],
                "likely": r["x_OtherTeam"],
                "why": r["x_Reason"],
                "cost": report.text(r["BilledCost"]),
            }
            for r in wrong.to_dict("records")
        ],
        "changed_hands": [
            {
                "resource": r["ResourceId"],
                "name": r["ResourceName"],
                "from": f"{r['x_Day']:%Y-%m-%d}",
                "before": r["x_OldTeam"],
                "now": r["x_NewTeam"],
                "basis": r["x_Basis"],
                "cost": report.text(r["BilledCost"]),
            }
            for r in passed.to_dict("records")
        ],
        "idle": {
            "kinds": [
                {
                    "kind": k["kind"],
                    "resources": k["resources"],
                    "cost": _sum(idle, k["kind"], "cost"),
                    "saving": k["saving"],
                }
                for k in waste["kinds"]
                if k["kind"] in IDLE
            ],
            "notes": waste["notes"],
            "rows": idle,
        },
    }
    return told, {"MISFITS": wrong, "HANDS": passed, "WASTE": _waste(waste["rows"], run.bill.scale)}


def show(told: dict, currency: str) -> None:
    """A line for each finding, under the table; none where there is none."""
    amount = lambda rows, key="cost": f"{rounded(str(sum((Decimal(r[key]) for r in rows), Decimal(0))))} {currency}"
    name = lambda r: r["name"] or r["resource"]
    lines = []
    if rows := told["misfits"]:
        some = "; ".join(f"{name(r)} is tagged {r['tagged']}, {r['why']}" for r in rows[:NAMED])
        lines.append(
            f"{counted(len(rows), 'owner tag contradicts', 'owner tags contradict')} who touches the resource or what it belongs to ({amount(rows)}): {some}"
        )
    if rows := told["changed_hands"]:
        some = "; ".join(
            f"{name(r)}, {r['before'] or '(no owner)'} → {r['now'] or '(no owner)'} on {r['from']}"
            for r in rows[:NAMED]
        )
        lines.append(
            f"{counted(len({r['resource'] for r in rows}), 'resource')} changed hands within the bill ({amount(list({r['resource']: r for r in rows}.values()))}): {some}"
        )
    if rows := told["idle"]["rows"]:
        kinds = ", ".join(f"{k['kind']} {k['resources']:,}" for k in told["idle"]["kinds"] if k["resources"])
        lines.append(
            f"{counted(len(rows), 'finding')} of what stands idle or abandoned ({amount(rows)}, {amount(rows, 'saving')} of it for nothing): {kinds}. costdna waste says why of each."
        )
    if lines:
        print("\n" + "\n".join(lines))


def _waste(rows: list[dict], scale: int) -> pd.DataFrame:
    if not rows:
        return schema.WASTE.empty()
    names = {
        "x_Kind": "kind",
        "ResourceId": "resource",
        "ResourceName": "name",
        "ServiceName": "service",
        "SubAccountId": "account",
        "x_Team": "team",
        "x_Verdict": "verdict",
        "x_Reason": "why",
        "x_Needs": "needs",
    }
    frame = pd.DataFrame({column: [r[key] for r in rows] for column, key in names.items()})
    for column, key in (("x_Cost", "cost"), ("x_Saving", "saving")):
        frame[column] = money.fit([money.parse(r[key], scale) for r in rows])
    return schema.WASTE.check(frame[schema.WASTE.names()])


def _sum(rows: list[dict], kind: str, key: str) -> str:
    return f"{sum((Decimal(r[key]) for r in rows if r['kind'] == kind), Decimal(0)):f}"
