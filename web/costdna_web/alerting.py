"""What is odd in the last days of a bill: alerts that take an answer."""

from __future__ import annotations

import pandas as pd
from costdna import money
from costdna.export.as_csv import to_csv
from costdna.export.figures import MINUS
from costdna.export.markup import Safe, join, tag

from . import bridge
from .parts import button, choice
from .state import State

DAYS, SAYINGS = ("7", "14", "30", "90", "0"), {"yes": "Yes, odd", "no": "No, normal", "planned": "We planned it"}
SENSITIVITIES = ("low", "medium", "high")
KINDS = {
    "spike": "A spike",
    "drop": "A drop",
    "stopped": "Stopped",
    "step": "A new level",
    "ramp": "A slow move",
    "new": "New",
    "moved": "Money that moved",
    "drift": "A drift",
}
FIRST = 6


def odd(state: State, kept: dict) -> Safe:
    """Alerts of the last days that are wholly known; `kept` takes those that are shown."""
    found = state.workspace.list_anomalies(int(kept["days"]), kept["sensitivity"], state.metric)
    kept["cards"] = found["alerts"] + [
        {"id": m["id"], "dimension": m["dimension"], "value": m["value"], "start": m["start"], "percent": 0.0}
        for m in found["muted"]
    ]
    cards = [card(a, state) for a in found["alerts"]]
    less = cards[FIRST:]
    if len(less) > 1:
        less = [tag("details", tag("summary", f"{len(less)} smaller alerts"), *less)]
    return join(
        tag("h2", "What is odd"),
        which(kept),
        tag("p", counted(found, state), role="status"),
        *cards[:FIRST],
        join(*less),
        muted(found["muted"]) if found["muted"] else None,
        tag("p", button("Save what was said", "changes:save")) if state.workspace.feedback is not None else None,
    )


def which(kept: dict) -> Safe:
    """Of how many days, and how readily."""
    days = {d: f"last {d}" if d != "0" else "all" for d in DAYS}
    return tag(
        "div",
        choice("Days", "changes:days", days, kept["days"]),
        choice("Sensitivity", "changes:sensitivity", {s: s for s in SENSITIVITIES}, kept["sensitivity"]),
        class_="controls",
        role="search",
        aria_label="Alerts",
    )


def counted(found: dict, state: State) -> str:
    """How many there are, of which days, and what was left out."""
    n = len(found["alerts"]) + found["more"]
    said = f"{state.figures.count(n)} alert{'s' if n != 1 else ''}" if n else "Nothing odd"
    left_out = f" {found['note'][:1].upper()}{found['note'][1:]}: left out." if found["note"] else ""
    return f"{said} from {found['from']} to {last_day(found['to'])}.{left_out}"


def muted(alerts: list[dict]) -> Safe:
    """What was called normal or planned before."""
    rows = [
        tag(
            "li",
            f"{m['value']} since {m['start']}: {m['verdict']} ",
            button("Tell again", f"changes:say:{m['id']}:"),
        )
        for m in alerts
    ]
    return tag("details", tag("summary", f"{len(alerts)} muted"), tag("ul", *rows))


def card(a: dict, state: State) -> Safe:
    """One alert: what, how much, whose, made of what, and the three answers."""
    f = state.figures

    def told(text: str) -> str:
        return f.money(money.parse(text, f.scale))

    where = " · ".join(x for x in (a["value"] or "(none)",) if x)
    size = money.parse(a["impact"], f.scale)
    when = f"since {a['start']}, and it goes on" if a["ongoing"] else f"{a['start']} to {last_day(a['end'])}"
    than = f"{'more' if size > 0 else 'less'} in {a['days']} day{'s' if a['days'] != 1 else ''}"
    yet = "yet " if size * a["percent"] < 0 else ""
    lines = [
        tag(
            "p",
            f"{f.money(abs(size))} {than} than on the same weekdays before; "
            f"{yet}{percent(a['percent'])} against the expected on its worst day; {when}.",
        )
    ]
    if a["counterpart"]:
        lines.append(tag("p", f"As much went the other way: {a['counterpart']}."))
    lines.append(
        tag(
            "p",
            f"Likely {a['owner']}'s." if a["owner"] else "We can't tell whose it is.",
            f" Made of: {', '.join(f'{k} {told(v)}' for k, v in a['effects'].items())}." if a["effects"] else "",
        )
    )
    detail = [
        *(f"{r['label']}: {told(r['change'])}" for r in a["resources"]),
        *(f"{u['label']}: {told(u['change'])}" for u in a["usage_types"]),
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
        tag("h3", f"{KINDS[a['kind']]}: {where}", tag("span", f" · {a['severity']}", class_="quiet")),
        *lines,
        more,
        tag("div", *answers, class_="choices", role="group", aria_label="Is it odd?"),
        class_="asked",
    )


def say(state: State, kept: dict, name: str, verdict: str) -> str:
    """Take what is said of one of the alerts that are shown."""
    told = next((a for a in kept.get("cards", ()) if a["id"] == name), None)
    if told is None or verdict not in (*SAYINGS, ""):
        return ""
    now = pd.Timestamp.now(tz="UTC").tz_localize(None)
    state.workspace.say(told["dimension"], told["value"], told["start"], told["percent"], verdict, now)
    return "screen"


def save(rows: pd.DataFrame) -> None:
    """Hand over FEEDBACK as the file that is read again."""
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


def percent(value: float | None) -> str:
    """A change in per cent with a real minus, or – where there is none."""
    return "–" if value is None else f"{value:+.1f}\u202f%".replace("-", MINUS)


def last_day(end: str) -> str:
    """The last day of a span that ends before `end`.

    >>> last_day("2018-12-01")
    '2018-11-30'
    """
    return (pd.Timestamp(end) - pd.Timedelta(days=1)).strftime("%Y-%m-%d")
