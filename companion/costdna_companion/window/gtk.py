"""WebKitGTK, confined to one origin: no bridge into the page, no navigation elsewhere. A smoke beside Qt, which is the
default.
"""

from urllib.parse import urlsplit

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import WebKit2 as webkit  # noqa: E402
from webview.platforms import gtk  # noqa: E402


def ours(uri: str, origin: str) -> bool:
    """Whether an address is of our origin, exactly.

    An address that only begins like ours is not: http://127.0.0.1:80@evil.example.
    """
    parts = urlsplit(uri)
    return parts.scheme in ("blob", "data", "about") or f"{parts.scheme}://{parts.netloc}" == origin


def confine(origin: str) -> None:
    """Change pywebview's GTK class before a window is made."""
    view = gtk.BrowserView

    def decide(self, webview, decision, kind) -> bool:
        if isinstance(decision, webkit.NavigationPolicyDecision):
            uri = decision.get_navigation_action().get_request().get_uri()
            if kind == webkit.PolicyDecisionType.NEW_WINDOW_ACTION or not ours(uri, origin):
                decision.ignore()
                return True
        return False

    view.on_navigation = decide
    # pywebview would put a bridge to Python into every page it shows, ours or not
    gtk.inject_pywebview = lambda *whatever: None
