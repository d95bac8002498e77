"""`make bench-boot`: the page's first visit and boot beside the same app through `panel convert --to pyodide-worker`.

Both are served by the same plain static server from this machine, in the same Chromium, turn and turn about. Reported
are medians in milliseconds from the start of navigation, the browser's CPU time (steadier on a busy machine), and bytes
as the server sent them (compressed where a host would).
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path

from costdna_companion.server.static import server
from playwright.sync_api import Browser, TimeoutError, sync_playwright
from sitebuilder import stock
from sitebuilder.paths import CACHE, SITE

WATCH = """
window.benchMarks = {};
new PerformanceObserver((l) => { for (const e of l.getEntries()) if (e.name === 'first-contentful-paint') benchMarks.paint = e.startTime; }).observe({ type: 'paint', buffered: true });
addEventListener('DOMContentLoaded', () => {
  const seen = () => { if (!document.body.classList.contains('pn-loading')) benchMarks.stock ??= performance.now(); };
  if (document.body.classList.contains('pn-loading')) new MutationObserver(seen).observe(document.body, { attributes: true });
});
"""
OURS = "typeof CostPage === 'object' && CostPage.marks.ready && { live: CostPage.marks.live, ready: CostPage.marks.ready, ...benchMarks }"
STOCK = "window.benchMarks.stock && { live: benchMarks.stock, ready: benchMarks.stock, ...benchMarks }"


def spent(browser: Browser) -> dict[int, float]:
    """CPU milliseconds of each of the browser's processes."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return {p["id"]: p["cpuTime"] * 1000 for p in processes}


def visit(context, url: str, done: str, answers: list, settle: str | None) -> dict[str, float]:
    """One page view: marks in ms, CPU ms of the whole browser until ready, bytes until ready and bytes in all."""
    before, start = len(answers), spent(context.browser)
    page = context.new_page()
    page.add_init_script(WATCH)
    failed: list[str] = []
    page.on("pageerror", lambda e: failed.append(str(e)))
    page.goto(url)
    try:
        marks = page.wait_for_function(done, timeout=120_000, polling=20).json_value()
    except TimeoutError as e:
        raise SystemExit(
            f"bench-boot: {url} was not ready after two minutes. Its errors: {failed or 'none told'}"
        ) from e
    until, end = sum(n for _, n in answers[before:]), spent(context.browser)
    cpu = sum(ms - start.get(process, 0.0) for process, ms in end.items())
    if settle:
        page.wait_for_function(settle, timeout=300_000)
    time.sleep(0.5)
    page.close()
    return {
        "paint": marks["paint"],
        "live": marks["live"],
        "ready": marks["ready"],
        "cpu": cpu,
        "bytes": until,
        "all": sum(n for _, n in answers[before:]),
    }


def measure(browser: Browser, folder: Path, done: str, settle: str | None, port: int = 0) -> list[dict[str, float]]:
    """[cold, warm] of one fresh profile."""
    running = server(folder, port)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    context = browser.new_context()
    try:
        url = f"http://localhost:{running.server_address[1]}/"
        return [visit(context, url, done, running.answers, settle) for _ in range(2)]
    finally:
        context.close()
        running.shutdown()
        running.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    args = parser.parse_args()
    print("bench-boot: building the yardstick (panel convert, mirrored)", flush=True)
    with socket.socket() as s:  # micropip wants whole addresses, so the yardstick is built for one port
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    yardstick = stock.build(CACHE / "stock", f"http://localhost:{port}")
    if left := stock.named(yardstick):
        raise SystemExit(f"bench-boot: the yardstick still names {', '.join(left)}")
    results: dict[str, list] = {"ours": [], "stock": []}
    with sync_playwright() as p, tempfile.TemporaryDirectory():
        browser = p.chromium.launch(executable_path=args.chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        for run in range(args.runs):
            results["ours"].append(measure(browser, SITE, OURS, "document.documentElement.dataset.offline === 'ready'"))
            results["stock"].append(measure(browser, yardstick, STOCK, None, port))
            print(f"bench-boot: run {run + 1} of {args.runs}", flush=True)
        browser.close()

    def middle(who: str, visit: int, what: str) -> float:
        return statistics.median(r[visit][what] for r in results[who])

    print(f"\n{'':34}{'ours':>12}{'stock':>12}{'ratio':>8}")
    table = {}
    for visit, name in enumerate(("cold", "warm")):
        for what, label in (
            ("paint", "first paint, ms"),
            ("live", "drop zone live, ms"),
            ("ready", "Python ready, ms"),
            ("cpu", "CPU until ready, ms"),
            ("bytes", "bytes until ready"),
            ("all", "bytes in all (kept for offline)"),
        ):
            a, b = middle("ours", visit, what), middle("stock", visit, what)
            table[f"{name} {what}"] = {"ours": a, "stock": b}
            print(f"{name + ': ' + label:34}{a:12,.0f}{b:12,.0f}{a / b if b else float('nan'):8.2f}")
    live = middle("ours", 0, "live") / middle("stock", 0, "ready")
    print(
        f"\nDrop zone live at {live:.1%} of the yardstick's ready time (aim < 10 %); ready {middle('ours', 0, 'ready') / middle('stock', 0, 'ready'):.2f} × (aim ≤ .75); "
        f"bytes until ready {middle('ours', 0, 'bytes') / middle('stock', 0, 'bytes'):.2f} × (aim ≤ 1.0)"
    )
    if args.json:
        args.json.write_text(json.dumps({"median": table, "runs": results}, indent=2), "utf-8")


if __name__ == "__main__":
    main()
