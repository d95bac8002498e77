"""A sink server receives nothing: not from the page, Python, a reader or the model's worker, in three browsers.

The sink allows every origin and method, so nothing but the page's own fences is in the way. That it can hear is checked
first.
"""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path

import pytest
from harness.servers import Site

PAGE = """(async () => {
  const sink = %s, tried = {};
  const late = () => new Promise((_, fail) => setTimeout(fail, 4000));
  const attempt = async (name, act) => { try { await Promise.race([act(), late()]); tried[name] = 'done'; } catch { tried[name] = 'stopped'; } };
  await attempt('fetch', () => fetch(sink + 'fetch', { method: 'POST', body: 'x', mode: 'no-cors' }));
  await attempt('xhr', () => new Promise((done, fail) => { const x = new XMLHttpRequest(); x.onload = done; x.onerror = fail; x.open('POST', sink + 'xhr'); x.send('x'); }));
  await attempt('beacon', () => { navigator.sendBeacon(sink + 'beacon', 'x'); });
  await attempt('websocket', () => new Promise((done, fail) => { const w = new WebSocket(sink.replace('http', 'ws') + 'ws'); w.onopen = done; w.onerror = fail; setTimeout(fail, 3000); }));
  await attempt('image', () => new Promise((done, fail) => { const i = new Image(); i.onload = done; i.onerror = fail; i.src = sink + 'image.png'; }));
  await attempt('script', () => new Promise((done, fail) => { const s = document.createElement('script'); s.onload = done; s.onerror = fail; s.src = sink + 's.js'; document.head.append(s); }));
  await attempt('style', () => new Promise((done, fail) => { const l = document.createElement('link'); l.rel = 'stylesheet'; l.onload = done; l.onerror = fail; l.href = sink + 's.css'; document.head.append(l); }));
  await attempt('frame', () => { const f = document.createElement('iframe'); f.src = sink + 'frame'; document.body.append(f); });
  await attempt('form', () => { const f = document.createElement('form'); f.action = sink + 'form'; f.method = 'post'; f.target = 'nowhere'; document.body.append(f); f.submit(); });
  await new Promise((done) => setTimeout(done, 1500));
  return tried;
})()"""
PYTHON = """
import asyncio, js, pyodide.http, urllib.request
from pyodide.ffi import to_js
tried = {}
async def attempt(name, act):
    try:
        result = act()
        if hasattr(result, "__await__"):
            await asyncio.wait_for(result, 4)  # WebKit never settles a fetch its policy stopped
        tried[name] = "done"
    except Exception:
        tried[name] = "stopped"
sink = %r
await attempt("pyfetch", lambda: pyodide.http.pyfetch(sink + "pyfetch", method="POST", body="x"))
await attempt("js.fetch", lambda: js.fetch(sink + "jsfetch", to_js({"mode": "no-cors"}, dict_converter=js.Object.fromEntries)))
await attempt("open_url", lambda: pyodide.http.open_url(sink + "open_url"))
await attempt("urllib", lambda: urllib.request.urlopen(sink + "urllib", timeout=3))
await attempt("websocket", lambda: js.WebSocket.new(sink.replace("http", "ws") + "ws").send("x"))
sorted(tried.items())
"""


@pytest.fixture(scope="module")
def probed(built, tmp_path_factory):
    """The built site with one more script: what a leak would try, startable in any worker."""
    copy = tmp_path_factory.mktemp("probed") / "site"
    shutil.copytree(built, copy)
    shutil.copy(Path(__file__).with_name("probe.js"), copy / "static" / "probe.js")
    running = Site(copy)
    yield running
    running.stop()


def test_the_sink_hears(sink):
    urllib.request.urlopen(sink.url + "hello").read()
    assert sink.received == ["GET /hello"]


def test_nothing_reaches_the_sink(each, probed, sink):
    tab = each.open(probed.url)
    tab.ready()

    from_page = tab.js(PAGE % json.dumps(sink.url))
    assert {from_page[k] for k in ("fetch", "xhr", "websocket", "image", "script", "style")} == {"stopped"}

    from_python = tab.js(f"CostPage.run({json.dumps(PYTHON % sink.url)})")
    assert "'done'" not in from_python.replace("('websocket', 'done')", "")

    # Any worker of ours: started exactly as the reader's and the model's are.
    ask = "new Promise((done, fail) => {{ const w = CostWorker.start('static/probe.js', {{ role: {role} }}); w.onmessage = (e) => done(e.data); w.onerror = (e) => fail(new Error(e.message)); w.postMessage({sink}); }})"
    for role in ("reader", "model"):
        tried = tab.js(ask.format(role=json.dumps(role), sink=json.dumps(sink.url)))
        assert set(tried.values()) == {"stopped"}, tried

    assert sink.received == []
    # The page says so too: nothing sent, several attempts stopped.
    assert tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    assert int(tab.js("document.getElementById('meter-blocked').textContent")) > 0
    tab.close()


def test_the_very_workers_of_a_dropped_bill_reach_nothing(chromium, site, sink):
    """Inside the reader, Python and model workers themselves, as they run on a bill (Chromium lets a test in)."""
    tab = chromium.open(site.url)
    leak = (
        "fetch(%s, { mode: 'no-cors' }).then(() => 'went', () => 'stopped').then((word) => `${self.ROLE} ${word}`)"
        % json.dumps(sink.url)
    )
    tab.ready()
    # readers wait for the drop, and are asked before it: a small bill is read before anyone could ask
    tab.js("CostReader.prepare({ base: CostWorker.base })")
    stopped = [worker.evaluate(leak) for worker in tab.page.workers]
    tab.js("document.getElementById('demo').click()")
    tab.wait("!document.getElementById('app').hidden", 300)
    tab.js("CostPage.run('from costdna_web import model; await model.session() is not None')")
    stopped.extend(worker.evaluate(leak) for worker in tab.page.workers)
    assert {word.split()[-1] for word in stopped} == {"stopped"}
    assert {"reader", "python", "model"} <= {word.split()[0] for word in stopped}
    assert sink.received == []
