"""What the bill costs besides customers: environments, language models, and what is paid for and not used. The command
line's own tables, for the Customers screen.
"""

from __future__ import annotations

from costdna import money
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table

from .state import State

SHOWN = 40


def standing(state: State) -> Safe:
    """Three closed parts. Counted once for a run and metric."""
    kept = state.kept.setdefault("standing", {})
    key = (state.result, state.metric)
    if kept.get("key") is None or any(a is not b for a, b in zip(kept["key"], key)):
        kept.update(key=key, drawn=join(environments(state), models(state), unused(state)))
    return kept["drawn"]


def environments(state: State) -> Safe:
    """Cost per environment, adding up to the bill."""
    f, found = state.figures, state.workspace.list_environments(state.metric)
    cell = lambda text: amount(money.parse(text, f.scale), f)
    rows = [
        [e["environment"], cell(e["cost"]), f"{e['percent']}\u202f%" if e["percent"] is not None else "–"]
        for e in found["environments"]
    ]
    return tag(
        "details",
        tag("summary", "Environments"),
        table(
            f"Cost by environment, {f.currency}",
            ["Environment", "Cost", "Share"],
            rows,
            numbers=(1, 2),
            foot=["The bill", cell(found["total"]), ""],
        ),
        class_="asked",
    )


def models(state: State) -> Safe:
    """Spend on language models by principal, model and kind of token, where the bill has any."""
    f, found = state.figures, state.workspace.list_ai_spend(SHOWN, state.metric)
    if not found["rows"]:
        return join()
    rows = [
        [
            r["principal"] or "not said",
            r["model"],
            r["token"],
            f"{r['quantity']} {r['unit']}".strip(),
            amount(money.parse(r["cost"], f.scale), f),
        ]
        for r in found["rows"]
    ]
    more = tag("p", f"and {f.count(found['left_out'])} more", class_="quiet") if found["left_out"] else None
    return tag(
        "details",
        tag("summary", "Language models"),
        table(
            f"Language models by who called, {f.currency}",
            ["Who", "Model", "Tokens", "Used", "Cost"],
            rows,
            numbers=(4,),
            foot=["Together", "", "", "", amount(money.parse(found["total"], f.scale), f)],
        ),
        more,
        class_="asked",
    )


def unused(state: State) -> Safe:
    """What is paid for and not used: savings are the cost of the bill's own rows."""
    f, found = state.figures, state.workspace.list_waste(metric=state.metric)
    units = lambda text: money.parse(text, f.scale)
    rows = [
        [
            r["kind"],
            r["name"] or r["resource"] or r["service"],
            r["team"] or f"({r['verdict']})",
            amount(units(r["cost"]), f),
            amount(units(r["saving"]), f),
            join(r["why"], f"; {r['needs']}" if r["needs"] else ""),
        ]
        for r in found["rows"][:SHOWN]
    ]
    more = len(found["rows"]) - SHOWN
    return tag(
        "details",
        tag("summary", "Paid for and not used"),
        tag(
            "p",
            f"{f.money(units(found['saving']))} from {found['from']} up to {found['to']}; off hours are {found['hours']}.",
        ),
        tag("ul", *[tag("li", n) for n in found["notes"]]) if found["notes"] else None,
        table(
            f"Paid for and not used, {f.currency}",
            ["Kind", "What", "Owner", "Cost", "Saving", "Why"],
            rows,
            numbers=(3, 4),
        )
        if rows
        else tag("p", "Nothing of the kinds that a bill shows.", class_="quiet"),
        tag("p", f"and {f.count(more)} more", class_="quiet") if more > 0 else None,
        class_="asked",
    )
