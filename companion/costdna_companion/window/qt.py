"""Qt WebEngine, confined to one origin: no bridge into the page, no navigation and no request elsewhere, downloads
through the system's own dialog.
"""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog
from webview.platforms import qt

LOCAL = ("blob", "data")
"""Schemes that never leave the page."""


def ours(url, origin: str) -> bool:
    """Whether a QUrl is of our origin, exactly: scheme, host and port."""
    return url.scheme() in LOCAL or f"{url.scheme()}://{url.host()}:{url.port()}" == origin


def confine(origin: str) -> None:
    """Change pywebview's Qt classes before a window is made."""
    view = qt.BrowserView

    class Interceptor(view.RequestInterceptor):
        def interceptRequest(self, info) -> None:  # every request of the page, its frames and its workers
            if not ours(info.requestUrl(), origin):
                info.block(True)

    def stays(self, url, kind, is_main_frame) -> bool:
        return ours(url, origin)

    view.RequestInterceptor = Interceptor
    view.WebPage.acceptNavigationRequest = stays
    # a new window goes nowhere
    view.NavigationHandler.acceptNavigationRequest = lambda self, url, kind, is_main_frame: False
    # pywebview would put a bridge to Python into every page it shows, ours or not
    view._set_js_api = lambda self: None
    view.WebPage.setWebChannel = lambda self, *channel: None
    view.on_download_requested = saved


def saved(self, download) -> None:
    """Save what the page gives, where the user says."""
    path, _ = QFileDialog.getSaveFileName(self, self.localization["global.saveFile"], download.downloadFileName())
    if path:
        download.setDownloadDirectory(str(Path(path).parent))
        download.setDownloadFileName(Path(path).name)
        download.accept()
    else:
        download.cancel()
