"""Opens the page in a window and waits until it is closed. No js_api: what the page may ask, it asks the server, with
its token.
"""

import os
from collections.abc import Callable

from costdna.errors import UsageError


def show(
    address: str, gui: str = "qt", debug_port: int = 0, ready: Callable[[object], None] = lambda window: None
) -> None:
    """Show `address` (ours, with the token in its fragment) until the window is closed. Runs on the main thread.

    Navigation anywhere else is blocked in the engine itself, new windows too; nothing is kept when it closes (a private
    profile). debug_port: for tests alone. Raises UsageError where the toolkit is not installed.
    """
    os.environ.setdefault("QT_API", "pyside6")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium's sandbox refuses to run as root
    try:
        import webview
    except ImportError as error:
        raise _absent("pywebview", error) from error
    origin = address.partition("/#")[0]
    if gui == "qt":
        try:
            from costdna_companion.window.qt import confine
        except ImportError as error:
            raise _absent("Qt", error) from error
        confine(origin)
    elif gui == "gtk":
        try:
            from costdna_companion.window.gtk import confine
        except (ImportError, ValueError) as error:
            raise _absent("GTK with WebKit2", error) from error
        confine(origin)
    else:
        raise UsageError(
            "There is no such toolkit.", found=gui, where="--gui", next_step="Choose qt or gtk.", code="gui"
        )
    webview.settings["ALLOW_DOWNLOADS"] = True
    webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = False
    webview.settings["ALLOW_FILE_URLS"] = False
    if debug_port:
        webview.settings["REMOTE_DEBUGGING_PORT"] = debug_port
    window = webview.create_window("CostDNA", address, width=1280, height=900, min_size=(420, 480), text_select=True)
    webview.start(ready, (window,), gui=gui, private_mode=True, http_server=False)


def _absent(what: str, error: Exception) -> UsageError:
    return UsageError(
        f"The window needs {what}, which is not installed.",
        found=str(error)[:120],
        where="costdna desktop",
        next_step="pip install 'costdna[desktop]' brings it (about 700 MB with its own browser engine); costdna serve shows the same page in a browser of yours.",
        code="no-window",
    )
