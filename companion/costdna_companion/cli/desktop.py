"""costdna desktop: the page in a window of its own, with what your own credentials add."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import ExternalId, Profile


class Gui(StrEnum):
    qt = "qt"
    gtk = "gtk"


def desktop(
    paths: Annotated[list[Path] | None, typer.Argument(help="Bill files or a folder to open at once.")] = None,
    profile: Profile = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in other accounts.")] = "",
    external_id: ExternalId = "",
    accounts: Annotated[
        Path | None,
        typer.Option(help="Accounts that a scan asks (YAML or CSV): account, role, external_id, through, regions."),
    ] = None,
    gui: Annotated[Gui, typer.Option("--gui", help="Toolkit of the window.")] = Gui.qt,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where sessions, plans and journals are kept; default: your data folder.")
    ] = None,
) -> None:
    """Open the page in a window: it can then ask AWS with your credentials, write tags and take them back, when you
    press a button.

    Served on 127.0.0.1 behind a token that only the window knows. Closing the window ends it; what is being written is
    finished and journalled first. Exit codes: 0 closed, 1 it could not be done, 2 bad usage.
    """
    import threading

    from costdna.workspace import Workspace
    from costdna_companion.cli import _inputs
    from costdna_companion.collect.accounts import parse as accounts_of
    from costdna_companion.native import shipped
    from costdna_companion.server.desk import Desk, acting
    from costdna_companion.server.local import server
    from costdna_companion.server.routes_companion import Companion
    from costdna_companion.window.shown import show

    missing = [p for p in paths or [] if not p.exists()]
    if missing:
        raise UsageError(
            f"There is no file {missing[0]}.", where=str(missing[0]), next_step="Check the path.", code="no-file"
        )
    site = shipped.find("dist", "site") or shipped.find("site")
    if site is None:
        raise UsageError("The page is not built.", where="dist/site", next_step="make site builds it.", code="no-site")

    entries = accounts_of(_inputs.table(accounts), str(accounts)) if accounts else []
    companion = Companion(Desk(data_dir, acting(profile, role_name, external_id, entries), paths, entries))
    with server(Workspace([]), site, companion=companion) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        try:
            show(running.address, gui.value)
        finally:
            companion.jobs.quit()
            running.shutdown()
