"""What the Python worker calls: start, linked, patch, location, load, model, meet, run. Only ever runs in Pyodide."""

from __future__ import annotations

import json
import os
import traceback
from typing import Any

_app: Any = None


def start(base: str) -> tuple[str, str, str]:
    """Build the (empty) app and return what the page needs to draw it: docs_json, render_items, root_ids.

    `base` is the site's absolute address; every stylesheet Panel names at run time is below it.
    """
    global _app
    os.environ["PANEL_CDN_ROOT"] = f"{base}vendor/panel/"  # read when panel is imported
    from panel.io.pyodide import _doc_json, init_doc
    from panel.io.state import state

    init_doc()
    from .app import App

    _app = App()
    _app.root.servable()
    answer = _doc_json(state.curdoc)
    state.curdoc._session_context = None
    # Events recorded while building are already in the JSON just made; sent again they would name unknown models.
    state.curdoc.callbacks._held_events.clear()
    return answer


def linked(dispatch: Any) -> None:
    """From here on every change of the document is sent to the page through `dispatch(patch, buffers)`."""
    from panel.io.pyodide import _link_docs_worker
    from panel.io.state import state

    _link_docs_worker(state.curdoc, lambda patch, buffers, _id=None: dispatch(patch, buffers), setter="js")


def patch(changes: Any) -> None:
    """Apply a change that was made in the page."""
    from panel.io.pyodide import _convert_json_patch
    from panel.io.state import state

    state.curdoc.apply_json_patch(_convert_json_patch(changes), setter="js")


def location(text: str) -> None:
    """Tell Panel's location where the page is (its fields only)."""
    from panel.io.state import state
    from panel.util import edit_readonly

    if state.location:
        with edit_readonly(state.location):
            known = {k: v for k, v in json.loads(text).items() if k in state.location.param}
            state.location.param.update(known)


async def load(metas: Any, arrays: Any, options: str) -> None:
    """Readings as they arrived: `metas` a JS array of JSON texts, `arrays` of {name: TypedArray}. Each array is copied
    once.
    """
    import numpy as np

    readings = [
        {
            "meta": json.loads(meta),
            "arrays": {name: np.asarray(values.to_py()) for name, values in group.object_entries()},
        }
        for meta, group in zip(metas, arrays, strict=True)
    ]
    await _app.load(readings, **json.loads(options))


async def model(content: Any) -> None:
    """A model file of the user's own: `content` a Uint8Array."""
    await _app.hand(content.to_bytes())


def meet(what: str) -> None:
    """What another window kept of the bill: JSON {number, base, theirs, where}."""
    _app.meet(**json.loads(what))


async def run(code: str) -> str:
    """Run Python in the app's process and return repr() of its last expression; a failure's traceback is the error."""
    from pyodide.code import eval_code_async

    try:
        return repr(await eval_code_async(code, {"app": _app, "__name__": "console"}))
    except Exception:
        raise RuntimeError(traceback.format_exc()) from None
