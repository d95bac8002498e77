"""A page without a browser: open a bill, press what carries a wish, read what is shown."""

import json
from html.parser import HTMLParser

import panel as pn
from costdna_web.frame import Frame

from costdna.workspace import Workspace
from readings import reading


class Shown(HTMLParser):
    """Tags, words and wishes of the page."""

    def __init__(self, markup: str):
        super().__init__(convert_charrefs=True)
        self.tags, self.wishes, self.words = [], [], ""
        self.feed(markup)

    def handle_starttag(self, name, attrs):
        self.tags.append(name)
        self.wishes += [v for k, v in attrs if k == "data-go"]

    def handle_data(self, data):
        self.words += data


def opened(lines) -> Frame:
    """The page with a bill of these lines, proved only."""
    workspace = Workspace([reading(lines)])
    workspace.prove()
    frame = Frame()
    frame.show(workspace)
    return frame


def go(frame: Frame, wish: str, **more) -> Shown:
    """Press or fill what carries a wish; what is shown then."""
    go.count = getattr(go, "count", 0) + 1
    frame.door.value = json.dumps({"go": wish, "n": go.count, **more})
    return Shown("".join(p.object for p in frame.root.select(pn.pane.HTML)))
