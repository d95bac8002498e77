"""`make bench-page`: from the drop to the breakdown and from an answer to the new one, as multiples of what they cannot
do without.

One Chromium, the built site, a bill in the shape of the demo company's, `--mb` large as text. Reported: drop → teams on
screen over the reader's own time; answer → new breakdown over one pass of the chosen method (the model's two runs and
the simple methods beside it, timed in the same page); how long a key, a filter and a page of the list take, median of
many, while a whole run with the model goes on.
"""

from __future__ import annotations

import argparse
import ast
import csv
import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from sitebuilder.paths import CACHE, ROOT, SITE

sys.path.insert(0, str(ROOT / "playwright"))
from harness.chromium import Chromium
from harness.servers import Site

STEPS = """(() => {
  const from = performance.now(), before = CostPage.on.progress;
  window.benchSteps = [];
  CostPage.on.progress = (p) => { benchSteps.push([p.text, performance.now() - from]); before?.(p); };
})()"""
PASS = """
import time, json
from costdna import attribute, pipeline
frozen = {result}.inferred.frozen
plan = attribute.renew(frozen.plan, pipeline.settled({result}.known))
start = time.monotonic()
outputs = [await {session}.run(feeds) for feeds in plan.feeds]
model = time.monotonic() - start
attribute.follow(plan, outputs, frozen)
json.dumps([model, time.monotonic() - start])
"""
# A large bill's runs are made by the page's second interpreter, and so is the pass they are held against.
ONE_PASS = f"""
import ast
space = app.workspace
ast.literal_eval(await space.aside._ask("run", space.result, {PASS.format(result="result", session="session")!r})) if space.aside else (await __import__("pyodide.code").code.eval_code_async({PASS.format(result="space.result", session="space.session")!r}, {{"space": space}}))
"""


def bill(mb: int, resources: int) -> Path:
    """A CUR v1 text of about `mb` MB: the demo company's own bill, its resources copied under other ids until there are
    about `resources`. Cached.
    """
    target = CACHE / "page" / f"bill-{mb}-{resources}.csv"
    if target.exists():
        return target
    source = next((SITE / "demo").glob("demo-cur*.csv.gz"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as text:
        head, *lines = text.read().split("\n")
    lines = [line for line in lines if line]
    at = head.split(",").index("lineItem/ResourceId")
    part = target.with_suffix(".part")
    copies = max(1, round(resources / 1700))
    # as many bytes a copy as make the whole: every k-th line where copies are many, the lines again where they are few
    whole, room = sum(len(line) + 1 for line in lines), mb * 1_000_000 / copies
    stride, again = max(1, round(whole / room)), max(1, round(room / whole))
    with part.open("w", encoding="utf-8", newline="") as out:
        out.write(head + "\n")
        for copy in range(copies):
            for line in lines[copy % stride :: stride] * again:
                if copy and (name := next(csv.reader([line]))[at]):
                    line = line.replace(name, f"{name}x{copy}")
                out.write(line + "\n")
    part.rename(target)
    return target


def seconds(tab, code: str) -> list[float]:
    """The seconds a piece of Python in the page answers with, as a JSON list."""
    return json.loads(ast.literal_eval(tab.js(f"CostPage.run({json.dumps(code)})")))


def interactions(tab, count: int) -> dict[str, list[float]]:
    """Milliseconds from the event to the new rows on screen, while a whole run goes on, by kind."""
    out: dict[str, list[float]] = {"sort the list": [], "next page": [], "queue key": []}
    script = """async ([press, kind]) => {
      const deep = (root, test) => { for (const n of root.querySelectorAll('*')) { if (test(n)) return n; const f = n.shadowRoot && deep(n.shadowRoot, test); if (f) return f; } return null; };
      const shown = () => deep(document.body, (n) => n.matches?.(kind))?.textContent;
      const before = shown();
      let start = performance.now();
      if (press.length === 1) dispatchEvent(new KeyboardEvent('keydown', { key: press, bubbles: true })); else {
        const find = () => deep(document.body, (n) => n.dataset?.go === press && !n.disabled);
        while (!find()) await new Promise((r) => setTimeout(r, 20));
        start = performance.now();
        find().click();
      }
      while (shown() === before && performance.now() - start < 20000) await new Promise((r) => setTimeout(r, 4));
      return performance.now() - start;
    }"""
    tab.page.locator('[data-go="screen:resources"]').first.click()
    tab.page.locator("table.resources").wait_for()
    for i in range(count):
        out["sort the list"].append(
            tab.page.evaluate(script, [f"sort:{('service', 'owner', 'cost')[i % 3]}", "table.resources tbody"])
        )
        out["next page"].append(tab.page.evaluate(script, ["page:1", "table.resources tbody"]))
    tab.page.locator('[data-go="screen:review"]').first.click()
    tab.page.locator(".asked").wait_for()
    for i in range(count):
        out["queue key"].append(tab.page.evaluate(script, ["jk"[(i // 3) % 2], ".asked"]))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--resources", type=int, default=50_000)
    parser.add_argument("--count", type=int, default=12)
    args = parser.parse_args()
    file = bill(args.mb, args.resources)
    site, folder = Site(SITE), tempfile.TemporaryDirectory()
    browser = Chromium("/usr/bin/chromium", Path(folder.name))
    tab = browser.open(site.url)
    tab.page.set_default_timeout(900_000)
    tab.ready()
    tab.js(STEPS)
    start = time.monotonic()
    tab.files("#files", [file])
    tab.page.wait_for_function("CostPage.marks.read", timeout=900_000)
    read = time.monotonic() - start
    tab.page.locator("#cd-heading").wait_for(timeout=900_000)
    shown = time.monotonic() - start
    print(
        f"bill: {file.stat().st_size / 1e6:,.0f} MB; reader {read:.1f} s; teams by what is proved {shown:.1f} s = {shown / read:.2f} × the reader",
        flush=True,
    )
    tab.page.locator(".working").wait_for(state="detached", timeout=1_800_000)
    whole = time.monotonic() - start
    print(
        "steps, seconds after the drop: " + "; ".join(f"{name} {ms / 1000:.1f}" for name, ms in tab.js("benchSteps")),
        flush=True,
    )
    count = tab.js("CostPage.run('len(app.workspace.report.resources)')")
    print(f"resources: {count}; teams with the inferred {whole:.1f} s = {whole / read:.2f} × the reader", flush=True)
    model, method = seconds(tab, ONE_PASS)
    tab.page.locator('[data-go="screen:review"]').first.click()
    tab.page.locator(".asked").wait_for()
    start = time.monotonic()
    tab.page.keyboard.press("1")
    tab.page.locator("h1:has-text('Settled so far')").wait_for()
    noted = time.monotonic() - start
    tab.page.locator(".effect").wait_for()
    told = time.monotonic() - start
    print(
        f"answer: noted after {noted * 1000:.0f} ms, new breakdown after {told:.1f} s = {told / method:.2f} × one pass of the chosen method ({method:.2f} s), of which the model's own runs {model:.2f} s",
        flush=True,
    )
    tab.js("CostPage.run('app.frame.renewed()')")
    for name, times in interactions(tab, args.count).items():
        print(
            f"{name}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms of {len(times)} while a whole run goes on",
            flush=True,
        )
    browser.close()
    site.stop()
    folder.cleanup()


if __name__ == "__main__":
    main()
