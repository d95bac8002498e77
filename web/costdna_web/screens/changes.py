"""Why did the bill move, and what is odd?

A difference split to the last unit, its movers, and alerts that take an answer.
"""

from __future__ import annotations

import costdna.said
import panel as pn
import pandas as pd
from costdna.errors import CostDNAError
from costdna.export.figures import MINUS
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table
from costdna.trends import DIMENSIONS, grid
from costdna.why.effects import WORDS

from .. import bridge
from ..parts import button, heading, pane
from ..state import State
from ..waterfall import waterfall
from . import Screen

NAMES = {
    "total": "Whole bill",
    "team": "Team",
    "service": "Service",
    "account": "Account",
    "region": "Region",
    "usage-type": "Usage type",
    "operation": "Operation",
    "category": "Kind of charge",
    "line-type": "Line type",
    "resource": "Resource",
    "environment": "Environment",
}
DAYS, SAYINGS = ("7", "14", "30", "90", "0"), {"yes": "Yes, odd", "no": "No, normal", "planned": "We planned it"}
SHOWN, FIRST, MOST_TEXT = 25, 6, 4_000_000
HANDED = {"planned": "calendar", "feedback": "earlier answers", "deploys": "deploys"}


def chosen(state: State) -> dict:
    """What was chosen on this screen."""
    return state.kept.setdefault(
        "changes", {"before": "", "after": "", "by": "service", "sensitivity": "medium", "days": "14"}
    )


def hear(state: State, item: str, said: dict) -> str:
    """`changes:before|after|by|sensitivity|days` with a value, `changes:say:ID:VERDICT`, `changes:save`."""
    kept, value = chosen(state), str(said.get("value", ""))
    kind, _, rest = item.partition(":")
    if kind == "say":
        name, _, verdict = rest.partition(":")
        card = next((a for a in kept.get("cards", ()) if a["id"] == name), None)
        if card is None or verdict not in (*SAYINGS, ""):
            return ""
        state.workspace.say(
            card["dimension"],
            card["value"],
            card["start"],
            card["percent"],
            verdict,
            pd.Timestamp.now(tz="UTC").tz_localize(None),
        )
        return "screen"
    if kind == "save" and state.workspace.feedback is not None:
        rows = state.workspace.feedback
        from costdna.export.as_csv import to_csv

        plain = pd.DataFrame(
            {
                "dimension": rows["x_Dimension"],
                "value": rows["x_Value"],
                "start": rows["x_Start"].dt.strftime("%Y-%m-%d"),
                "percent": rows["x_Percent"].map(repr),
                "verdict": rows["x_Verdict"],
                "at": rows["x_At"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f"),
            }
        )
        bridge.download("anomaly-feedback.csv", to_csv(plain, 0, ()), "text/csv")
        return ""
    if kind in HANDED:
        return take(state, kind, value)
    known = {
        "by": set(NAMES),
        "sensitivity": {"low", "medium", "high"},
        "days": set(DAYS),
        "before": None,
        "after": None,
    }
    if kind in known and (known[kind] is None or value in known[kind]):
        kept[kind] = value[:40]
        if kind in ("before", "after") and not value:
            kept["before"] = kept["after"] = ""
        return "screen"
    return ""


def take(state: State, kind: str, text: str) -> str:
    """Take a calendar, words on earlier alerts or a list of deploys, as the text of a CSV.

    One that cannot be read leaves all as it was and says why.
    """
    from ..sharing import records, said

    kept = chosen(state)
    kept["wrong"] = ""
    try:
        if len(text) > MOST_TEXT:
            raise CostDNAError(
                "That is more text than this page takes.",
                found=f"{len(text):,} characters",
                next_step="Use the command line for it.",
            )
        setattr(
            state.workspace, kind, getattr(costdna.said, kind)(records(text), HANDED[kind]) if text.strip() else None
        )
    except CostDNAError as error:
        kept["wrong"] = said(error)
    return "screen"


def view(state: State):
    """The difference first, what is odd beneath."""
    kept = chosen(state)
    try:
        made, known = state.workspace.facts(state.metric)
        both = kept["before"] and kept["after"]
        found = state.workspace.compared(
            kept["before"] if both else "", kept["after"] if both else "", kept["by"], SHOWN, state.metric
        )
    except CostDNAError as error:
        return pn.Column(
            pane(
                heading("Nothing can be compared yet."),
                tag("p", error.message),
                tag("p", error.found, class_="quiet") if error.found else None,
                controls(state),
                odd(state),
                beside(state),
                handed(state),
            ),
            sizing_mode="stretch_width",
            margin=0,
        )
    return pn.Column(
        pane(
            heading(headline(found, state)), tag("p", found["note"]) if found["note"] else None, controls(state, found)
        ),
        *drawn(found, state),
        pane(movers(found, state), masked(found, state), odd(state), beside(state), handed(state)),
        sizing_mode="stretch_width",
        margin=0,
    )


def headline(found: dict, state: State) -> str:
    """What the bill did, in words."""
    from costdna.why import sentence

    return sentence(found, state.figures.money)


def controls(state: State, found: dict | None = None) -> Safe:
    """Which periods, and by what. Periods the bill does not cover whole are marked."""
    kept = chosen(state)
    made, known = state.workspace.facts(state.metric)
    first, last = int(made.day.min()), int(made.day.max()) + 1
    periods = [known.mark(p) for grain in ("month", "week") for p in grid(first, last, grain)]
    periods = [p for p in periods if p.known > 0]
    if len(periods) < 3:
        periods += [known.mark(p) for p in grid(first, last, "day")]
    names = [p["name"] for p in found["periods"]] if found else ["", ""]

    def choice(kind: str, label: str, shown: str) -> Safe:
        options = [
            tag(
                "option",
                p.name + (" (in part)" if p.partial else ""),
                value=p.name,
                selected=p.name == (kept[kind] or shown),
            )
            for p in periods
        ]
        return tag(
            "label",
            tag("span", label),
            tag(
                "select",
                tag("option", "Choose", value="", selected=not (kept[kind] or shown)),
                *options,
                data_fill=f"changes:{kind}",
            ),
        )

    by = [tag("option", NAMES[d], value=d, selected=d == kept["by"]) for d in DIMENSIONS if d in NAMES]
    return tag(
        "div",
        choice("before", "From", names[0]),
        choice("after", "To", names[1]),
        tag("label", tag("span", "By"), tag("select", *by, data_fill="changes:by")),
        class_="controls",
        role="search",
        aria_label="Periods",
    )


def drawn(found: dict, state: State) -> list:
    """The waterfall and its twin."""
    f = state.figures
    chart, cut = waterfall(found, f, state.theme)
    rows = [[name.capitalize(), amount(v, f), WORDS[name]] for name, v in found["effects"].items() if v]
    a, b = (p["name"] for p in found["periods"])
    foot = [
        "Difference",
        amount(found["change"], f),
        f"{f.money(found['old'])} in {a} became {f.money(found['new'])} in {b}; nothing is left over.",
    ]
    twin = table(
        "The difference by what it is made of",
        ["Effect", f"Cost, {f.currency}", "What it means"],
        rows,
        numbers=(1,),
        foot=foot,
    )
    said = (
        tag("p", "The axis does not begin at zero: the effects are small against the whole.", class_="quiet")
        if cut
        else None
    )
    return [
        pane(
            tag("h2", "What it is made of"),
            tag("p", f"Waterfall chart in {f.currency}; the table below it says the same.", class_="unseen"),
            said,
        ),
        chart,
        pane(twin),
    ]


def movers(found: dict, state: State) -> Safe:
    """Who moved most, with the rest, adding up to the difference."""
    f, name = state.figures, NAMES[found["by"]]
    status = {"new": "new", "gone": "gone", "same": "as before"}
    rows = [
        [
            m["label"] or "(none)",
            amount(m["old"], f),
            amount(m["new"], f),
            amount(m["change"], f),
            percent(m["percent"]),
            status.get(m["status"]) or m["main"],
        ]
        for m in found["movers"]
        if m["change"] or m["old"]
    ]
    still = sum(1 for m in found["movers"] if not m["change"] and not m["old"])
    if found["rest"]:
        rest = found["rest"]
        rows.append(
            [
                f"All others ({f.count(rest['labels'])})",
                amount(rest["old"], f),
                amount(rest["new"], f),
                amount(rest["change"], f),
                "",
                "",
            ]
        )
    foot = [
        "Sum",
        amount(found["old"], f),
        amount(found["new"], f),
        amount(found["change"], f),
        percent(found["percent"]),
        "",
    ]
    a, b = (p["name"] for p in found["periods"])
    return join(
        tag("h2", f"Who moved: {name.lower()}s" if not name.endswith("y") else "Who moved"),
        table(
            f"Movers by {name.lower()}",
            [name, a, b, f"Difference, {f.currency}", "Per cent", "Mostly"],
            rows,
            numbers=(1, 2, 3, 4),
            foot=foot,
        ),
        tag("p", f"{f.count(still)} more cost nothing in either.", class_="quiet") if still else None,
    )


def percent(value: float | None) -> str:
    """A change in per cent with a real minus, or – where there is none."""
    return "–" if value is None else f"{value:+.1f}\u202f%".replace("-", MINUS)


def masked(found: dict, state: State) -> Safe:
    """Moves that cancel out inside a total that looks still."""
    f = state.figures
    items = []
    for m in found["masked"][:5]:
        show = lambda ms: ", ".join(f"{x['label'] or '(none)'} {f.money(x['change'])}" for x in ms[:3])
        what = "The bill" if m["level"] == "total" else f"{NAMES.get(m['level'], m['level'])} {m['label']}"
        items.append(
            tag("li", f"{what} looks still ({f.money(m['change'])}), but {show(m['up'])} against {show(m['down'])}.")
        )
    return join(tag("h2", "Moves that cancel out"), tag("ul", *items)) if items else join()


def odd(state: State) -> Safe:
    """Alerts of the last days that are wholly known."""
    kept = chosen(state)
    title = tag("h2", "What is odd")
    options = lambda kind, values, words: [
        tag("option", words.get(v, v), value=v, selected=v == kept[kind]) for v in values
    ]
    bar = tag(
        "div",
        tag(
            "label",
            tag("span", "Days"),
            tag(
                "select",
                *options("days", DAYS, {"0": "all", **{d: f"last {d}" for d in DAYS[:-1]}}),
                data_fill="changes:days",
            ),
        ),
        tag(
            "label",
            tag("span", "Sensitivity"),
            tag("select", *options("sensitivity", ("low", "medium", "high"), {}), data_fill="changes:sensitivity"),
        ),
        class_="controls",
        role="search",
        aria_label="Alerts",
    )
    found = state.workspace.list_anomalies(int(kept["days"]), kept["sensitivity"], state.metric)
    kept["cards"] = found["alerts"] + [
        {"id": m["id"], "dimension": m["dimension"], "value": m["value"], "start": m["start"], "percent": 0.0}
        for m in found["muted"]
    ]
    f, n = state.figures, len(found["alerts"]) + found["more"]
    said = f"{f.count(n)} alert{'s' if n != 1 else ''}" if n else "Nothing odd"
    first = tag(
        "p",
        f"{said} from {found['from']} to {last_day(found['to'])}."
        + (f" {found['note'][:1].upper()}{found['note'][1:]}: left out." if found["note"] else ""),
        role="status",
    )
    cards = [card(a, state) for a in found["alerts"]]
    less = (
        tag("details", tag("summary", f"{len(cards) - FIRST} smaller alerts"), *cards[FIRST:])
        if len(cards) > FIRST + 1
        else join(*cards[FIRST:])
    )
    muted = (
        tag(
            "details",
            tag("summary", f"{len(found['muted'])} muted"),
            tag(
                "ul",
                *[
                    tag(
                        "li",
                        f"{m['value']} since {m['start']}: {m['verdict']} ",
                        button("Tell again", f"changes:say:{m['id']}:"),
                    )
                    for m in found["muted"]
                ],
            ),
        )
        if found["muted"]
        else None
    )
    saved = tag("p", button("Save what was said", "changes:save")) if state.workspace.feedback is not None else None
    return join(title, bar, first, *cards[:FIRST], less, muted, saved)


def beside(state: State) -> Safe:
    """Deploys that coincide with dearer hours or days, where a list of them was given."""
    if state.workspace.deploys is None or state.workspace.deploys.empty:
        return join()
    found = state.workspace.list_coincidences(metric=state.metric)
    rows = [
        tag(
            "li",
            c["sentence"],
            f" Granger’s test gives p {c['granger_p']:.3f}.",
            f" Also fitting: {', '.join(o['team'] for o in c['others'])}." if c["others"] else "",
        )
        for c in found["coincidences"][:8]
    ]
    looked = f"{found['teams']} teams × {found['services']} services × {found['lags']} lags, by {found['grid']}, looked at together. What coincides need not cause."
    return join(
        tag("h2", "Deploys"),
        tag("p", looked),
        tag("ul", *rows) if rows else tag("p", "None of them falls into the days of this bill.", class_="quiet"),
    )


def handed(state: State) -> Safe:
    """Files about days: a calendar, words on earlier alerts, deploys."""
    space, wrong = state.workspace, chosen(state).get("wrong", "")
    count = lambda t: f" {len(t)} taken." if t is not None else ""
    field = lambda kind, title, table: tag(
        "label",
        tag("span", title + count(table)),
        tag("input", type="file", accept=".csv,text/csv", data_fill=f"changes:{kind}"),
    )
    return tag(
        "details",
        tag("summary", "Planned events, earlier answers, deploys"),
        tag("p", wrong, role="alert", class_="bad") if wrong else None,
        field("planned", "Planned events and holidays: from, to, dimension, value, reason.", space.planned),
        field(
            "feedback",
            "What was said of earlier alerts: dimension, value, start, percent, verdict, at.",
            space.feedback,
        ),
        field("deploys", "Deploys: team, timestamp, and name, repo or commit.", space.deploys),
        open=bool(wrong) or None,
        class_="asked",
    )


def last_day(end: str) -> str:
    """The last day of a span that ends before `end`.

    >>> last_day("2018-12-01")
    '2018-11-30'
    """
    return (pd.Timestamp(end) - pd.Timedelta(days=1)).strftime("%Y-%m-%d")


def card(a: dict, state: State) -> Safe:
    """One alert: what, how much, whose, made of what, and the three answers."""
    from costdna import money

    f = state.figures
    units = lambda text: money.parse(text, f.scale)
    where = " · ".join(x for x in (a["value"] or "(none)",) if x)
    size = units(a["impact"])
    kinds = {
        "spike": "A spike",
        "drop": "A drop",
        "stopped": "Stopped",
        "step": "A new level",
        "ramp": "A slow move",
        "new": "New",
        "moved": "Money that moved",
        "drift": "A drift",
    }
    when = f"since {a['start']}, and it goes on" if a["ongoing"] else f"{a['start']} to {last_day(a['end'])}"
    lines = [
        tag(
            "p",
            f"{f.money(abs(size))} {'more' if size > 0 else 'less'} in {a['days']} day{'s' if a['days'] != 1 else ''} than on the same weekdays before; {'yet ' if size * a['percent'] < 0 else ''}{percent(a['percent'])} against the expected on its worst day; {when}.",
        )
    ]
    if a["counterpart"]:
        lines.append(tag("p", f"As much went the other way: {a['counterpart']}."))
    lines.append(
        tag(
            "p",
            f"Likely {a['owner']}'s." if a["owner"] else "We can't tell whose it is.",
            f" Made of: {', '.join(f'{k} {f.money(units(v))}' for k, v in a['effects'].items())}."
            if a["effects"]
            else "",
        )
    )
    detail = [
        *(f"{r['label']}: {f.money(units(r['change']))}" for r in a["resources"]),
        *(f"{u['label']}: {f.money(units(u['change']))}" for u in a["usage_types"]),
    ]
    more = tag(
        "details",
        tag("summary", "Resources, usage types and other totals"),
        tag(
            "ul",
            *[tag("li", d) for d in detail],
            *[tag("li", f"also shows in {x}", class_="quiet") for x in a["also"][:12]],
        ),
    )
    answers = [
        button(word, f"changes:say:{a['id']}:{verdict}", aria_pressed="true" if a["verdict"] == verdict else "false")
        for verdict, word in SAYINGS.items()
    ]
    return tag(
        "article",
        tag("h3", f"{kinds[a['kind']]}: {where}", tag("span", f" · {a['severity']}", class_="quiet")),
        *lines,
        more,
        tag("div", *answers, class_="choices", role="group", aria_label="Is it odd?"),
        class_="asked",
    )


def requires(state: State) -> bool:
    """A bill with days."""
    return len(state.result.charges) > 0


SCREEN = Screen("Changes", 30, view, requires, hear)
