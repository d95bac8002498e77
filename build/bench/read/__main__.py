"""`make bench-read`: our reader in Chromium beside PapaParse in the same browser, native DuckDB, and gunzip / wc as the
floor.

One run on one machine, one generated bill (128-column CUR v1 as CSV, CSV.gz and Parquet with one row group a file):
wall seconds, CPU seconds, peak memory. Everybody's rows and money must agree before a figure is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright
from site_files import serve

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FORMATS = ("csv", "csv.gz", "parquet")


def bill(folder: Path, gb: float, files: int) -> dict:
    """The generated bill; made once per size."""
    if not (folder / "facts.json").exists():
        print(f"bench-read: writing a {gb} GB bill into {folder}", flush=True)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "costdna_companion.demo.big",
                "--out",
                str(folder),
                "--gb",
                str(gb),
                "--files",
                str(files),
                "--formats",
                ",".join(FORMATS),
            ],
            check=True,
        )
    return json.loads((folder / "facts.json").read_text("utf-8"))


def process(command: list[str], **options) -> dict:
    """Wall, CPU and peak memory of one command; its JSON answer if it gives one."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"bench-read: {command[:3]} failed")
    text = out.decode("utf-8", "replace").strip()
    answer = json.loads(text) if text.startswith("{") else {}
    return {
        "wall": time.monotonic() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mb": usage.ru_maxrss / 1024,
        **answer,
    }


def renderers(browser_pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(browser_pid).children(recursive=True):
        try:
            if "--type=renderer" in child.cmdline():
                found.append(child)
        except psutil.Error:
            pass
    return found


def peak(pid: int) -> float:
    """VmHWM in MB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def seconds(processes: list[psutil.Process]) -> float:
    return sum(t.user + t.system for t in (p.cpu_times() for p in processes))


def in_chromium(engine: str, files: list[Path], workers: int | None, hand: float) -> dict:
    """One engine in a browser of its own: wall as the page sees it, CPU and peak memory of the tab's process.

    As with a person, the files come over the page `hand` seconds before they are let go (0: not before); what the page
    does in that time to be ready counts apart (`ready_cpu`), and into the memory.
    """
    server, address = serve()
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not executable:
        raise SystemExit("bench-read: Chromium is not installed; run `make browsers`")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        mine = next(
            p
            for p in psutil.Process().children(recursive=True)
            if p.name().startswith("chrom") and "--type=" not in " ".join(p.cmdline())
        )
        page = browser.new_page()
        page.set_default_timeout(0)
        page.goto(address)
        tabs = renderers(mine.pid)
        idle = seconds(tabs)
        options = {"workers": workers} if workers else {}
        if hand:
            if engine == "reader":
                page.evaluate("(options) => prepare(options)", options)
            time.sleep(hand)
        page.set_input_files("#files", [str(f) for f in files])
        everything = [mine, *mine.children(recursive=True)]
        before, all_before = seconds(tabs), seconds(everything)
        answer = page.evaluate("([engine, options]) => run(engine, options)", [engine, options])
        cpu = seconds(tabs) - before
        cpu_all = seconds([mine, *mine.children(recursive=True)]) - all_before
        memory = max(peak(p.pid) for p in tabs)
        browser.close()
    server.shutdown()
    return {
        "wall": answer["ms"] / 1000,
        "cpu": cpu,
        "cpu_all": cpu_all,
        "ready_cpu": before - idle,
        "mb": memory,
        **answer,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=1.0)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument(
        "--hand",
        type=float,
        default=1.0,
        help="seconds that files are held over the page before they are let go; 0: the page does not see them coming",
    )
    parser.add_argument("--runs", type=int, default=2, help="the best of so many")
    parser.add_argument("--only", default="reader,papaparse,duckdb,cli,floor")
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    args = parser.parse_args()
    folder = args.folder or ROOT / "dist" / "bench" / f"{args.gb:g}gb-{args.files}"
    facts = bill(folder, args.gb, args.files)
    only = args.only.split(",")
    print(
        f"{facts['rows']:,} rows, {facts['columns']} columns, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; best of {args.runs}"
    )
    print(f"{'engine':<12}{'input':<9}{'wall s':>8}{'cpu s':>8}{'peak MB':>9}{'rows':>12}  total")
    table = []

    def row(engine: str, format: str, once) -> None:
        best = min((once() for _ in range(args.runs)), key=lambda r: r["wall"])
        total = sum(Decimal(t) for t in best["totals"]) if "totals" in best else None
        if "rows" in best and (
            best["rows"] != facts["rows"]
            or (total.quantize(Decimal("0.0001")) != Decimal(facts["unblended"]).quantize(Decimal("0.0001")))
        ):
            raise SystemExit(
                f"bench-read: {engine} read {best['rows']} rows and {total}, the bill holds {facts['rows']} and {facts['unblended']}"
            )
        table.append({"engine": engine, "format": format, **best})
        print(
            f"{engine:<12}{format:<9}{best['wall']:>8.2f}{best['cpu']:>8.2f}{best['mb']:>9.0f}{best.get('rows', ''):>12}  {total if total is not None else ''}",
            flush=True,
        )

    for format in args.formats.split(","):
        files = sorted((folder / format).iterdir())
        names = [str(f) for f in files]
        if "floor" in only and format != "parquet":
            command = (
                ["wc", "-l", *names] if format == "csv" else ["sh", "-c", 'gunzip -c "$@" > /dev/null', "sh", *names]
            )
            row("floor", format, lambda: process(command))
        if "duckdb" in only:
            row("duckdb", format, lambda: process([sys.executable, str(HERE / "native.py"), *names]))
        if "cli" in only:
            row("cli", format, lambda: process([sys.executable, str(HERE / "native_reader.py"), *names]))
        if "reader" in only:
            row("reader", format, lambda: in_chromium("reader", files, args.workers, args.hand))
        if "papaparse" in only and format == "csv":
            row("papaparse", format, lambda: in_chromium("papaparse", files, None, args.hand))
    figures = {(r["engine"], r["format"]): r for r in table}
    for format in args.formats.split(","):
        ours = figures.get(("reader", format))
        for rival, label in (("duckdb", "a bare DuckDB sum's"), ("cli", "the CLI's reader's, equal work")):
            if ours and (theirs := figures.get((rival, format))):
                print(
                    f"{format}: wall {ours['wall'] / theirs['wall']:.2f} × and CPU {ours['cpu'] / theirs['cpu']:.2f} × {label}"
                )
    if ("papaparse", "csv") in figures and ("reader", "csv") in figures:
        print(
            f"csv: {figures['papaparse', 'csv']['wall'] / figures['reader', 'csv']['wall']:.1f} × faster than PapaParse"
        )
    if args.json:
        args.json.write_text(json.dumps({"facts": facts, "load": os.getloadavg(), "table": table}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
