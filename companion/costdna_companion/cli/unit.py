"""costdna unit: what a customer, a service, an environment or a token costs."""

from typing import Annotated

import typer

from costdna_companion.cli._options import BillsOrStore, Currency, Json, Metric, Printed, Quiet
from costdna_companion.cli._output import Output
from costdna_companion.cli._sharing import Customers, Sharing, Usage


def unit(
    paths: BillsOrStore,
    sharing: Sharing = None,
    usage: Usage = None,
    customers: Customers = None,
    customer: Annotated[str, typer.Option(help="One customer: what it costs to serve, by service and rule.")] = "",
    service: Annotated[
        str, typer.Option(help="One service: cost, daily average, trend, what drives it, cost per unit.")
    ] = "",
    by: Annotated[str, typer.Option(help="What --service names: service, or a tag such as tag:service.")] = "service",
    environments: Annotated[bool, typer.Option("--environments", help="Cost per environment.")] = False,
    ai: Annotated[bool, typer.Option("--ai", help="Language models: by principal, model and kind of token.")] = False,
    days: Annotated[int, typer.Option(min=1, help="How many of the last wholly known days.")] = 30,
    metric: Metric = "billed",
    currency: Currency = "",
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Customers by margin, worst first, direct and shared cost beside revenue; or one customer, service, the
    environments, AI spend.

    Without revenue a margin is undefined: those customers stand apart. Exit codes: 0 done, 1 it could not be done, 2
    bad usage.
    """
    from costdna_companion.cli import _sharing
    from costdna_companion.cli._output import console, rounded, rows

    space = _sharing.prepared(paths, metric, currency, None, None, None, quiet, False, sharing, usage, customers)
    found = (
        space.customer(customer, days)
        if customer
        else space.service_cost(service, by, days)
        if service
        else space.list_environments()
        if environments
        else space.list_ai_spend()
        if ai
        else space.list_customers(days)
    )
    if _sharing.said(found, json_ or output == Output.json):
        return
    show = rounded if output == Output.table else str
    # csv and markdown are the rows alone
    say = print if output == Output.table else lambda words: console(quiet).print(words, markup=False, highlight=False)
    nothing = "" if output == Output.csv else "–"
    percent = lambda v: nothing if v is None else v if output == Output.csv else f"{v} %"
    span = f"{found['from']} to {found['to']}" if "from" in found else "the whole bill"
    if environments:
        rows(
            [
                {"environment": e["environment"], "cost": show(e["cost"]), "percent": percent(e["percent"])}
                for e in found["environments"]
            ],
            output,
            columns=("environment", "cost", "percent"),
        )
    elif ai:
        rows(
            [
                {
                    "principal": r["principal"] or "(not said)",
                    "model": r["model"],
                    "token": r["token"],
                    "quantity": r["quantity"],
                    "unit": r["unit"],
                    "cost": show(r["cost"]),
                }
                for r in found["rows"]
            ],
            output,
            columns=("principal", "model", "token", "quantity", "unit", "cost"),
        )
    elif service:
        say(
            f"{service}: {show(found['cost'])} {found['currency']} {found['metric']} from {span}, {show(found['daily_average'])} a day, {percent(found['trend_percent'])} to the {found['days']} days before."
        )
        for driver, cost in found["per"].items():
            say(f"  {cost} {found['currency']} per {driver}")
        rows(
            [{"usage type": d["usage_type"], "cost": show(d["cost"])} for d in found["drivers"]],
            output,
            columns=("usage type", "cost"),
        )
    elif customer:
        margin = (
            f"margin {show(found['margin'])} ({percent(found['margin_percent'])})"
            if found["margin"] is not None
            else "no revenue, so no margin"
        )
        say(
            f"{found['name']} ({found['id']}) costs {show(found['cost'])} {found['currency']} from {span}: {show(found['direct'])} direct and {show(found['shared'])} shared. It pays {show(found['revenue'])}: {margin}."
        )
        rows(
            [
                {"service": b["service"], "method": b["method"], "rule": b["rule"], "cost": show(b["cost"])}
                for b in found["breakdown"]
            ],
            output,
            columns=("service", "method", "rule", "cost"),
        )
    else:
        if output == Output.table:
            print(
                f"{show(found['served'])} {found['currency']} {found['metric']} from {span} serves customers, {show(found['nobody'])} serves none; together {show(found['total'])}."
            )
            for driver, tau in found["agreement"].items():
                print(f"  by {driver} instead, the ranking agrees to {tau} (Kendall's tau)")
        line = lambda r: {
            "customer": r["name"],
            "id": r["id"],
            "direct": show(r["direct"]),
            "shared": show(r["shared"]),
            "cost": show(r["cost"]),
            "revenue": show(r["revenue"]),
            "margin": show(r["margin"]) if r["margin"] is not None else nothing,
            "percent": percent(r["margin_percent"]),
            "trend": percent(r["trend_percent"]),
            "rank": f"{r['rank']} ({r['rank_low']}–{r['rank_high']})" if "rank" in r else nothing,
        }
        rows(
            [line(r) for r in (*found["customers"], *found["without_revenue"])],
            output,
            columns=("customer", "id", "direct", "shared", "cost", "revenue", "margin", "percent", "trend", "rank"),
        )
