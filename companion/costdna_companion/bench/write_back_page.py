"""The page of `make bench-write-back`: faults injected and survived, by class and by kind."""

from costdna_companion.bench.write_together import FOUND, GROUPS, TOLD

CLASSES = {
    "resumed": "killed at every place, then resumed, then undone",
    "undone": "killed at every place, then undone",
    "undo killed": "undo killed at every place, then undone again",
    "throttled": "throttled once, and from then on, at every call",
    "denied": "denied at every call",
    "not taggable": "the service does not take the tag",
    "changed before": "changed or removed by somebody since the plan, or between the two reads",
    "in the window": "written by somebody (this key, another key) at every place between second read and reading back",
    "undo window": "written by somebody at every place between undo's read and its reading back",
    "changed after": "changed by somebody between the run and its undo",
    "partial": "this kind denied in a plan over all kinds",
    "kill -9": "a process of its own really killed, then resumed and undone by another",
}
SURVIVED = (
    "Each fault hits a plan of two tags on one resource, one replaced and one new, or of one tag on several resources "
    "that one call writes (the last lines). A fault is survived when nothing is lost from the journal, nothing is "
    "overwritten that a read had seen, what somebody else wrote is kept or told with its value, and resuming or "
    "undoing leaves the resource exactly right."
)
PLACES = (
    "Places are before and after each call to AWS and before, within (a torn line) and after each line of the journal; "
    "all are hit by an exception that nothing catches, some also by a real SIGKILL of a process of its own. "
    "No tag API can compare and set: a value that somebody writes after the second read and before the write is "
    "overwritten, and reading back cannot show it. There `costdna verify --history` finds it in CloudTrail's records "
    "of those seconds (here: records in CloudTrail's form, made from the calls themselves); where the value is still "
    "there, reading back tells it."
)


def markdown(rows: list[dict]) -> str:
    """The page of rows as of `write_back.run`."""
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    singles = [kind for kind in kinds if kind not in GROUPS]
    counted = f"{len(rows):,} faults injected, {_held(rows):,} survived"
    double = f"on {len(singles)} kinds of resources of an AWS double."
    out = [
        "# Write-back under faults",
        "",
        "Printed by `make bench-write-back`; nothing here is written by hand.",
        "",
        f"{counted}, {double} {SURVIVED}",
        "",
        *("| class | what happens | survived |", "|---|---|---|"),
        *(f"| {name} | {text} | {_cell(rows, **{'class': name})} |" for name, text in CLASSES.items()),
        "",
        *("| kind | " + " | ".join(CLASSES) + " | all |", "|---|" + "---|" * (len(CLASSES) + 1)),
    ]
    for kind in kinds:
        cells = [_cell(rows, kind=kind, **{"class": name}) for name in CLASSES]
        out.append(f"| {kind} | {' | '.join(cells)} | {_cell(rows, kind=kind)} |")
    window = [row for row in rows if row["class"].endswith("window") and not row["problems"]]
    told, found = (sum(how in row["place"] for row in window) for how in (TOLD, FOUND))
    out += [
        "",
        PLACES,
        "",
        f"Of {len(window):,} values that somebody wrote in the window, {told:,} were still there and told at reading "
        f"back (or before the write, where a service makes us read once more), {found:,} were overwritten and found in "
        "the records with their value.",
    ]
    lost = [row for row in rows if row["problems"]]
    if lost:
        out += ["", "## Not survived", ""]
        out += [f"- {row['kind']}, {row['class']}, {row['place']}: {'; '.join(row['problems'])}" for row in lost]
    return "\n".join(out) + "\n"


def _held(rows: list[dict]) -> int:
    return sum(not row["problems"] for row in rows)


def _cell(rows: list[dict], **of: str) -> str:
    """Survived of injected, of the rows of a class or kind."""
    part = [row for row in rows if all(row[name] == value for name, value in of.items())]
    return f"{_held(part):,} of {len(part):,}" if part else "–"
