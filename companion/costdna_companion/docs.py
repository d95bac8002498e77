"""The reference pages, printed from the code they describe: `python -m costdna_companion.docs` writes them into docs/."""

import sys
from pathlib import Path

from costdna import columns, schema, tools


def tables() -> str:
    """docs/tables.md: every table, what one row is, every column with kind, unit and meaning."""
    out = ["# Tables", "", "Printed from `py/costdna/schema.py`. Column names are FOCUS 1.2; ours begin with `x_`.", ""]
    for table in schema.TABLES.values():
        out += [
            f"## {table.name}",
            "",
            f"One row is {table.row}.",
            "",
            "| column | kind | unit | meaning |",
            "|---|---|---|---|",
        ]
        for c in table.columns:
            choice = f" One of: {', '.join(v or '(none)' for v in c.one_of)}." if c.one_of else ""
            out.append(f"| `{c.name}` | {c.kind}{' or none' if c.nullable else ''} | {c.unit} | {c.text}{choice} |")
        out.append("")
    return "\n".join(out)


def line_types() -> str:
    """docs/line-types.md: what each line type costs, from line_types.json."""
    table = columns.load("line_types")
    join = lambda terms: " + ".join(terms).replace("+ -", "− ") or "0"
    out = [
        "# What each line costs",
        "",
        table["text"],
        "",
        "| kind | line types | billed | effective | list | contracted | category · frequency · commitment |",
        "|---|---|---|---|---|---|---|",
    ]
    for k in table["kinds"]:
        when = ", ".join(k["when"].get("line_item_type", [])) or "any other"
        extra = "; ".join(f"{w.replace('_', ' ')}" for w in k["when"] if w != "line_item_type")
        out.append(
            f"| {k['kind']} | {when}{f' ({extra})' if extra else ''} | {join(k['billed'])} | {join(k['effective'])} | {join(k['list'])} | {join(k['contracted'])} | "
            f"{' · '.join(v for v in (k['category'], k['frequency'], k['status']) if v)} |"
        )
    return "\n".join(out) + "\n"


JSON_CONTRACT = (
    "## JSON",
    "",
    "`--output json` prints one object on stdout: `schema_version` (the text `1`), then what the verb found; rows that"
    " stand alone are called `rows`. Amounts are decimal text, what is no number is null.",
    "",
    "A verb that fails prints its error on stderr as JSON too, on one line, the last one; the exit code is the same as"
    " without JSON:",
    "",
    "```json",
    '{"schema_version": "1", "error": {"code": "no-file", "message": "There is no file bill.csv.", "found": "",'
    ' "where": "bill.csv", "next": "Check the path."}, "exit_code": 2}',
    "```",
    "",
    "On stderr, so that stdout is an answer or nothing: what is piped on is never an error taken for data, and a verb"
    " that answers and then fails (a canary that was not written, exit code 1) still prints one document. Lines before"
    " the last are progress and remarks; `--quiet` leaves most of them out. `code` is stable, the other fields are words"
    " for people; `doctor --output json` lists the files it cannot read in the same form, and so answers the local"
    " server. Exit codes 3 and 4 come with the answer on stdout, which says what was found or left. A defect of ours is"
    " a traceback.",
    "",
)
"""docs/cli.md: what a script may rely on."""


def verbs() -> str:
    """docs/cli.md: every verb with its options, from the functions the command line runs."""
    import click
    import typer

    from costdna_companion import cli

    group = typer.main.get_command(cli.app())
    out = [
        "# The command line",
        "",
        "Printed from the verbs themselves. Exit codes: 0 done, 1 it could not be done, 2 bad usage or unreadable input, 3 findings (`--fail-on`), 4 partial failure.",
        "",
        *JSON_CONTRACT,
    ]
    for name in sorted(group.commands):
        command = group.commands[name]
        if command.hidden:
            continue
        out += [f"## costdna {name}", "", " ".join((command.help or "").split()), ""]
        options = [p for p in command.params if p.name != "help"]
        if options:
            out += ["| option | meaning | default |", "|---|---|---|"]
        for p in options:
            label = (
                ", ".join([*p.opts, *p.secondary_opts])
                if isinstance(p, click.Option)
                else f"{p.name.upper()}{'…' if p.nargs == -1 else ''}"
            )
            default = (
                ""
                if p.default is None or callable(p.default) or p.required
                else (getattr(p.default, "value", p.default))
            )
            out.append(f"| `{label}` | {(getattr(p, 'help', '') or '').replace('|', '/')} | {default} |")
        out.append("")
    return "\n".join(out)


def registry() -> str:
    """docs/tools.md: the tools of a Workspace, as chat, page and local server see them."""
    out = ["# Tools", "", "Methods of `Workspace`; name, description and schema come from docstring and signature.", ""]
    for tool in tools.tools():
        arguments = ", ".join(
            f"`{n}` ({s['type']}{'' if 'default' not in s else ', default ' + repr(s['default'])})"
            for n, s in tool.input_schema["properties"].items()
        )
        out += [f"## {tool.name}", "", tool.description, "", f"Arguments: {arguments or 'none'}.", ""]
    return "\n".join(out)


def card() -> str:
    """docs/attributor.md: the model's card, from models/attributor.json and the log of reported runs."""
    from costdna_companion.bench.page import page

    return page()


def collecting() -> str:
    """docs/collecting.md: what a scan asks of the accounts, call by call, from the collectors' own tables."""
    from costdna_companion.collect import azure, bill, bucket, flows, gcp, lake, lookup
    from costdna_companion.collect import registry as collectors
    from costdna_companion.collect.inventory.fetch import DROPPED

    out = [
        "# What a scan asks of your accounts",
        "",
        "Printed from `companion/costdna_companion/collect/registry.py`. `costdna roles` prints a role with exactly these rights; `costdna doctor` tries them. A call that is refused, or a service that a Region "
        "has not, is a row of COVERAGE, never a silent gap. Raw answers stay in the working folder, readable by you alone, without what may hold a secret: "
        + ", ".join(sorted(DROPPED - {"ResponseMetadata"}))
        + ".",
        "",
        "Nearly all of these calls are free. "
        + _codes(sorted(collectors.PRICED))
        + " fall under their service's price by the request, thousandths of a cent each; a scan says beforehand what they may come to. `costdna ingest --source cost-explorer` costs $0.01 a page, and says so before it asks. Reading trails, flow logs and bills from S3 costs what S3 requests and transfer cost.",
        "",
    ]
    for one in collectors.COLLECTORS:
        out += [
            f"## --collect {one.name}",
            "",
            one.feature[0].upper() + one.feature[1:] + ".",
            "",
            "| call | right | resources | groups it tells of |",
            "|---|---|---|---|",
        ]
        out += [
            f"| `{call.key}` | `{call.permission}` | {call.kind or ('any kind' if call.arn else '')} | {', '.join(sorted({link.kind for link in call.links} | set(collectors.TOLD.get(call.key, ()))))} |"
            for call in one.calls
        ]
        out.append("")
    out += [
        "## Other sources",
        "",
        "| source | verb | rights |",
        "|---|---|---|",
        f"| CloudTrail's event history | `costdna scan --lookup-days` | {_codes(lookup.PERMISSIONS)} |",
        f"| CloudTrail files and VPC flow logs in S3 (a group of at most {flows.CROWD}, {flows.LEAST:,} bytes at least) | `costdna scan --trail`, `--flow-logs` | {_codes(bucket.PERMISSIONS)} |",
        f"| An event data store of CloudTrail Lake, {lake.PRICE} | `costdna scan --lake` | {_codes(lake.PERMISSIONS)} |",
        f"| CUR and Data Exports in S3; a closed month is looked at for {bill.SETTLED.days} days, and once more after them | `costdna fetch s3://…` | {_codes(bill.PERMISSIONS)} |",
        f"| Azure (untested on a live account) | `costdna scan --azure`, `costdna fetch https://…` | {_codes(azure.PERMISSIONS)} |",
        f"| Google Cloud (untested on a live account) | `costdna scan --gcp`, `costdna fetch gs://…` | {_codes(gcp.PERMISSIONS)} |",
        "",
        "## Several accounts",
        "",
        "`--accounts FILE` (YAML or CSV): `account`, and as needed `name`, `role` (name or ARN), `external_id`, `through` (ARN of a role that is assumed first), `regions` (a list, or `all`). "
        "An account that cannot be entered is a row of COVERAGE. Credentials of assumed roles renew themselves and are never written.",
        "",
        "What asking adds to a bill, measured on demo companies: [bench-collected.md](bench-collected.md). How fast trail files are read, beside unpacking alone: [bench-trail.md](bench-trail.md).",
        "",
    ]
    return "\n".join(out)


def _codes(names) -> str:
    return ", ".join(f"`{name}`" for name in names)


PAGES = {
    "collecting.md": collecting,
    "tables.md": tables,
    "line-types.md": line_types,
    "cli.md": verbs,
    "tools.md": registry,
    "attributor.md": card,
}


def main(folder: Path) -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
