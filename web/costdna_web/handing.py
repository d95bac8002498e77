"""What people hand over about days: a calendar, words on earlier alerts, deploys."""

from __future__ import annotations

import costdna.said
import pandas as pd
from costdna.errors import CostDNAError
from costdna.export.markup import Safe, join, tag

from .parts import labelled
from .sharing import records, said
from .state import State

HANDED = {"planned": "calendar", "feedback": "earlier answers", "deploys": "deploys"}
MOST_TEXT = 4_000_000


def handed(state: State, wrong: str) -> Safe:
    """Files about days: a calendar, words on earlier alerts, deploys; `wrong`: what was the matter with the last."""
    space = state.workspace

    def field(kind: str, title: str, rows: pd.DataFrame | None) -> Safe:
        taken = f" {len(rows)} taken." if rows is not None else ""
        return labelled(title + taken, tag("input", type="file", accept=".csv,text/csv", data_fill=f"changes:{kind}"))

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


def take(state: State, kind: str, text: str) -> str:
    """Take the text of such a CSV; one that cannot be read leaves all as it was, and what is wrong is returned."""
    try:
        if len(text) > MOST_TEXT:
            raise CostDNAError(
                "That is more text than this page takes.",
                found=f"{len(text):,} characters",
                next_step="Use the command line for it.",
            )
        read = getattr(costdna.said, kind)
        setattr(state.workspace, kind, read(records(text), HANDED[kind]) if text.strip() else None)
    except CostDNAError as error:
        return said(error)
    return ""


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
