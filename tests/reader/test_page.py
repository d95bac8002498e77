"""The reader in a real Chromium: its workers, the pieces they share, progress, cancelling. Other browsers: the built
site's tests.
"""

import csv
import gzip
import hashlib
import importlib.util
import json
import os
import random
import shutil
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOW = """async (options) => {
  const steps = [];
  const files = [...document.getElementById("files").files];
  const given = options.paths ? files.map((file, i) => ({ file, path: options.paths[i] })) : files;
  const answer = await CostReader.read(given, { base: new URL("./", location.href).href, ...options, onProgress: (p) => steps.push(p) });
  const money = (m, k) => m.arrays["sum.Unblended." + k].reduce((a, b) => a + b, 0);
  return { errors: answer.errors, skipped: answer.skipped, steps: steps.length, last: steps.at(-1), readings: answer.readings.map((r) => ({
    name: r.meta.name, container: r.meta.container, id: r.meta.source_id, rows: r.meta.rows, total: r.meta.totals.Unblended, groups: r.arrays.rows.length,
    lines: r.arrays.rows.reduce((a, b) => a + b, 0), tags: r.meta.dictionaries.TagSet.length, hours: r.arrays["hours.rows"].length, rhythm: r.arrays["rhythm.hours"].reduce((a, b) => a + b, 0),
    limbs: [money(r, "whole"), money(r, "nano")] })) };
}"""


@pytest.fixture(scope="module")
def page():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = shutil.which("chromium") or shutil.which("google-chrome-stable")
    if not executable:
        message = "Chromium is not installed: run `make browsers`"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    if not (ROOT / "node_modules" / "papaparse").exists():
        pytest.skip("node_modules is incomplete: run `make setup`")
    spec = importlib.util.spec_from_file_location("site_files", ROOT / "build/bench/read/site_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server, address = module.serve()
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_default_timeout(120_000)
        tab.goto(address)
        yield tab
        browser.close()
    server.shutdown()


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    """A CSV large enough to be cut (about 55 MB), with line ends inside quotes, and what it holds."""
    folder = tmp_path_factory.mktemp("bill")
    rng = random.Random(5)
    header = json.loads((ROOT / "tests/golden/bad/cases.json").read_text("utf-8"))["bills"]["cur"][0].split(",")
    total, rows = Decimal(0), 0
    path = folder / "large.csv"
    ids = [f"arn:aws:ec2:eu-west-1:444455556666:instance/i-{rng.getrandbits(64):016x}" for _ in range(3000)]
    with path.open("w", encoding="utf-8", newline="") as out:
        write = csv.writer(out, lineterminator="\n").writerow
        write(header)
        while out.tell() < 55_000_000:
            for resource in ids:
                cost = Decimal(rng.randrange(10**9)).scaleb(-10)
                day, hour = 1 + rows % 20, rows % 23
                write(
                    [
                        f"{rng.getrandbits(120):030x}",
                        "1111",
                        "2024-03-01T00:00:00Z",
                        "2222",
                        "Usage",
                        f"2024-03-{day:02d}T{hour:02d}:00:00Z",
                        f"2024-03-{day:02d}T{hour + 1:02d}:00:00Z",
                        "AmazonEC2",
                        "BoxUsage:m5",
                        "RunInstances",
                        "1.0",
                        "USD",
                        str(cost),
                        'one line,\nand "another"' if rows % 7 == 0 else "plain",
                        resource,
                        "Amazon Elastic Compute Cloud",
                        "0.0",
                        f"team-{rows % 11}",
                    ]
                )
                total += cost
                rows += 1
    with gzip.open(folder / "large.csv.gz", "wb", compresslevel=1) as packed, path.open("rb") as plain:
        shutil.copyfileobj(plain, packed)
    return folder, rows, total


def read(page, files, **options):
    page.set_input_files("#files", [str(f) for f in files])
    return page.evaluate(SHOW, options)


def facts(answer):
    return [{k: v for k, v in r.items() if k not in ("name", "id", "container")} for r in answer["readings"]]


def test_one_worker_and_several_read_the_same(page, bill):
    folder, rows, total = bill
    one = read(page, [folder / "large.csv"], workers=1)
    assert one["errors"] == [] and one["readings"][0]["rows"] == rows and Decimal(one["readings"][0]["total"]) == total
    content = (folder / "large.csv").read_bytes()
    blocks = b"".join(hashlib.sha256(content[i : i + (256 << 10)]).digest() for i in range(0, len(content), 256 << 10))
    assert one["readings"][0]["id"] == hashlib.sha256(blocks).hexdigest()
    for workers in (2, 3):
        cut = read(page, [folder / "large.csv"], workers=workers)
        assert cut["readings"] == one["readings"]
        assert (
            cut["last"]["rows"] == rows
            and cut["last"]["bytes"] == cut["last"]["totalBytes"]
            and Decimal(cut["last"]["money"]["USD"]) == total
        )
        assert cut["steps"] > 3


def test_inflating_beside_the_parser_reads_the_same(page, bill):
    folder, rows, total = bill
    one = read(page, [folder / "large.csv.gz"], workers=1)
    two = read(page, [folder / "large.csv.gz"], workers=2)
    assert (
        one["readings"] == two["readings"]
        and two["readings"][0]["rows"] == rows
        and Decimal(two["readings"][0]["total"]) == total
    )
    assert facts(one) == facts(read(page, [folder / "large.csv"]))


def test_a_broken_large_file_names_its_line(page, bill, tmp_path):
    folder, rows, _ = bill
    text = (folder / "large.csv").read_bytes()
    at = text.rfind(b",0.0,team-")
    (tmp_path / "bad.csv").write_bytes(text[:at] + b",zero,team-" + text[at + len(b",0.0,team-") :])
    answer = read(page, [tmp_path / "bad.csv"], workers=2)
    assert answer["readings"] == [] and answer["errors"][0]["code"] == "bad-number"
    assert f"line {text[:at].count(10) + 1}" in answer["errors"][0]["where"]
    packed = bytearray((folder / "large.csv.gz").read_bytes())
    packed[len(packed) // 2] ^= 16
    (tmp_path / "bad.csv.gz").write_bytes(packed)
    answer = read(page, [tmp_path / "bad.csv.gz"], workers=2)
    assert answer["readings"] == [] and answer["errors"][0]["code"] == "corrupt"


def test_cancelled_at_once(page, bill):
    folder, _, _ = bill
    page.set_input_files("#files", [str(folder / "large.csv")])
    name, waited = page.evaluate("""async () => {
      const stop = new AbortController();
      const reading = CostReader.read([...document.getElementById("files").files], { signal: stop.signal, onProgress: () => stop.abort() });
      let aborted = 0;
      stop.signal.addEventListener("abort", () => { aborted = performance.now(); });
      try { await reading; return ["finished", 0]; } catch (error) { return [error.name, performance.now() - aborted]; }
    }""")
    assert name == "AbortError" and waited < 1000


def test_parquet_zip_and_a_manifest_in_one_drop(page, bill, tmp_path):
    golden = ROOT / "tests/golden"
    cases = json.loads((golden / "bad/cases.json").read_text("utf-8"))["bills"]
    text = "".join(line + "\n" for line in cases["cur"])
    with zipfile.ZipFile(tmp_path / "bill.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bill.csv", text)
    answer = read(
        page,
        [
            golden / "parquet/snappy.parquet",
            golden / "parquet/tags_map.parquet",
            tmp_path / "bill.zip",
            golden / "parquet/zstd.parquet",
        ],
    )
    assert answer["errors"] == [] and [r["total"] for r in answer["readings"]] == ["286.85644"] * 4
    month = "cur/20240301-20240401"
    manifest = {
        "assemblyId": "a1",
        "reportName": "cur",
        "billingPeriod": {"start": "20240301T000000.000Z"},
        "reportKeys": [f"{month}/a1/cur-1.csv.gz"],
    }
    names = {
        f"{month}/a1/cur-1.csv.gz": gzip.compress(text.encode()),
        f"{month}/a0/cur-1.csv.gz": gzip.compress(text.encode()),
        f"{month}/a1/cur-Manifest.json": json.dumps(manifest).encode(),
    }
    files = []
    for i, content in enumerate(names.values()):
        files.append(tmp_path / f"f{i}")
        files[-1].write_bytes(content)
    answer = read(page, files, paths=list(names))
    assert [r["name"] for r in answer["readings"]] == [f"{month}/a1/cur-1.csv.gz"] and answer["errors"] == []
    assert [s["path"] for s in answer["skipped"]] == [f"{month}/a0/cur-1.csv.gz", f"{month}/a1/cur-Manifest.json"]


def test_the_same_content_twice_is_counted_once(page, tmp_path):
    source = ROOT / "tests/golden/parquet/snappy.parquet"
    shutil.copy(source, tmp_path / "copy.parquet")
    answer = read(page, [source, tmp_path / "copy.parquet"])
    assert len(answer["readings"]) == 1 and "same content" in answer["skipped"][0]["reason"]


def test_errors_name_their_file_and_spare_the_others(page, tmp_path):
    (tmp_path / "a.csv").write_text("name,city\nAda,London\n")
    answer = read(page, [tmp_path / "a.csv", ROOT / "tests/golden/parquet/gzip.parquet"])
    assert [e["code"] for e in answer["errors"]] == ["not-a-bill"] and answer["errors"][0]["file"] == "a.csv"
    assert len(answer["readings"]) == 1


def test_workers_that_stand_by_are_the_ones_that_read(page, bill):
    folder, rows, total = bill
    page.set_input_files("#files", [str(folder / "large.csv")])
    page.evaluate(
        "() => { window.started = 0; window.Worker0 = window.Worker; window.Worker = class extends Worker0 { constructor(...a) { super(...a); window.started++; } }; }"
    )
    try:
        for pause in (0, 200, 1500):  # let go at once, while they rehearse, and after
            page.evaluate(
                "async (ms) => { started = 0; CostReader.prepare({ workers: 2 }); CostReader.prepare({ workers: 2 }); await new Promise((done) => setTimeout(done, ms)); }",
                pause,
            )
            assert page.evaluate("started") == 2
            answer = page.evaluate(SHOW, {"workers": 2})
            assert (
                answer["errors"] == []
                and answer["readings"][0]["rows"] == rows
                and Decimal(answer["readings"][0]["total"]) == total
            )
            assert page.evaluate("started") == 2
        page.evaluate("CostReader.prepare({ workers: 3 })")  # not as many as are wanted: they are not taken
        assert facts(read(page, [folder / "large.csv"], workers=1)) == facts(answer)
    finally:
        page.evaluate("() => { window.Worker = Worker0; }")
