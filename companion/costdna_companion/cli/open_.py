"""costdna open: the page, served on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError


def open(
    port: Annotated[int, typer.Option(help="Port; the next free one is taken when it is busy.")] = 8000,
    site: Annotated[Path | None, typer.Option(help="Folder of a built site; default: the one built here.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the default browser.")] = True,
) -> None:
    """Serve the page on localhost until Ctrl-C. Nothing is uploaded: the server only hands out the page's own files."""
    import webbrowser

    from costdna_companion.native import shipped
    from costdna_companion.server.static import first_free

    folder = site or shipped.find("dist", "site") or shipped.find("site")
    if folder is None or not (folder / "index.html").is_file():
        raise UsageError(
            "The page has not been built.",
            where=str(folder or "dist/site"),
            next_step="Run `make site` in a checkout, or give --site.",
            code="no-site",
        )
    with first_free(folder, port) as server:
        address = f"http://localhost:{server.server_address[1]}/"
        print(f"The page is at {address}  (Ctrl-C ends it)", flush=True)
        if browser:
            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
