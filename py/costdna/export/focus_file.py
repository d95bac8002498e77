"""The bill with its owners as a FOCUS 1.2 CSV.

A cell that a spreadsheet would run is led by an apostrophe, as in every CSV of ours.
"""

from costdna.export.as_csv import to_csv
from costdna.export.leaving import Leaving, Shortfall
from costdna.export.principals import hide
from costdna.focus import focus_rows, validate


def rows(leaving: Leaving):
    """Rows of FOCUS as text, principals hashed unless wanted."""
    run, show = leaving.result, leaving.choices.principals
    charges, ownership = (run.charges, run.ownership) if show else (hide(run.charges), hide(run.ownership))
    return focus_rows(charges, run.allocations, ownership, leaving.report.scale)


def focus_csv(leaving: Leaving) -> str:
    """The text of the file."""
    return to_csv(rows(leaving), leaving.report.scale)


def cannot(leaving: Leaving) -> list[Shortfall]:
    """Which rules of FOCUS this bill cannot meet; money it carries all."""
    return [
        Shortfall(f"{p['column']} {p['text']}: {p['rows']:,} rows, such as {p['example'][:60]!r} ({p['rule']})")
        for p in validate(rows(leaving))
    ]
