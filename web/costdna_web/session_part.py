"""The part of a screen that saves and opens session files."""

from __future__ import annotations

from costdna import session_file
from costdna.export.markup import Safe, join, tag

from . import meeting, model
from .parts import button
from .state import State


def session(state: State) -> Safe:
    """What was said about the bill, as a file: saved, opened, handed on."""
    return join(
        tag("h2", "This session"),
        tag(
            "p",
            "What you said about this bill (answers, rules, names, how cost is shared, words on alerts), without the bill itself, usage or customers: for a colleague with the same bill, or the desktop companion. Principals are hashed.",
        ),
        tag(
            "p",
            button("Save session.costdna.json", "session:save"),
            " ",
            tag("button", "Open a session file", type="button", class_="button quiet-button", data_pick="session:open"),
        ),
        tag("p", state.noted, role="status", class_="effect") if state.noted else None,
        other_model(state),
    )


def elsewhere(state: State) -> Safe | None:
    """What came from another window that has the same bill open, with ways to take that back."""
    if state.meeting is None:
        return None
    met, where = state.meeting
    return tag(
        "div",
        tag("p", meeting.words(met, where), role="status"),
        tag(
            "p",
            button("Leave it out", "meeting:out") if met.changed else None,
            " ",
            button("Take the other word", "meeting:theirs") if met.differs else None,
            " ",
            button("Close", "meeting:seen"),
        ),
        class_="met",
    )


def other_model(state: State) -> Safe | None:
    """That the session that was opened was saved while another model spoke."""
    differs = session_file.spoke(state.saved_with, model.sha256())
    return tag("p", differs, role="status", class_="stale") if differs else None
