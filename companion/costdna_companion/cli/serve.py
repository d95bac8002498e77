"""costdna serve: the tools over one bill, on this machine, behind a token."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Aliases, Bills, ExternalId, Metric, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import console
from costdna_companion.cli._sharing import Customers, Sharing, Usage


def serve(
    paths: Bills,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes any free one.")] = 0,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    sharing: Sharing = None,
    usage: Usage = None,
    customers: Customers = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Write the token there, readable by you alone, instead of printing it.")
    ] = None,
    profile: Annotated[str, typer.Option(help="AWS profile of what asks AWS; default: AWS's own chain.")] = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in other accounts.")] = "",
    external_id: ExternalId = "",
    quiet: Quiet = False,
) -> None:
    """Answer questions about a bill over HTTP on 127.0.0.1 until Ctrl-C: every tool, the companion's included, and
    OpenAPI at /api/v1/openapi.json.

    The page at the printed address, with #token=TOKEN behind it, is the desktop window's in a browser of yours.

    Each request needs the token: Authorization: Bearer TOKEN. Foreign hosts and origins are refused. Exit codes: 0
    ended, 1 it could not be done, 2 bad usage or unreadable input.
    """
    import os

    from costdna_companion.cli import _inputs, _progress, _sharing
    from costdna_companion.native import shipped
    from costdna_companion.server.desk import Desk, acting
    from costdna_companion.server.local import server
    from costdna_companion.server.routes_companion import Companion

    given = _sharing.read(sharing, usage, customers)
    with _progress.shown(console(quiet)) as progress:
        space, _ = _inputs.attributed(paths, _inputs.wishes(metric, "", tag_key, rules, team_map, aliases), progress)
    _sharing.give(space, given, customers)
    companion = Companion(Desk(clients=acting(profile, role_name, external_id), bills=paths))
    with server(space, shipped.find("dist", "site") or shipped.find("site"), port, companion=companion) as running:
        if token_file:
            with os.fdopen(os.open(token_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(running.token + "\n")
            print(
                f"http://127.0.0.1:{running.server_address[1]}/api/v1/  (the token is in {token_file}; Ctrl-C ends it)",
                flush=True,
            )
        else:
            print(
                f"http://127.0.0.1:{running.server_address[1]}/api/v1/  (token {running.token}; Ctrl-C ends it)",
                flush=True,
            )
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()
            companion.jobs.quit()
