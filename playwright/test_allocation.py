"""What a customer costs, in the built page: files dropped on the open bill, the CFO's question answered, every number
the command line's and the store's.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import saas  # noqa: E402
import small_bills  # noqa: E402

FILES = ("bill.csv", "usage.csv", "customers.csv", "rules.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("saas")
    for name, text in zip(
        FILES,
        (
            small_bills.cur(saas.bill()),
            small_bills.text(saas.usage()),
            small_bills.text(saas.CUSTOMERS),
            yaml.safe_dump(saas.BOOK),
        ),
        strict=True,
    ):
        (out / name).write_text(text, encoding="utf-8", newline="")
    return out


@pytest.fixture(scope="module")
def opened(site, folder, tmp_path_factory):
    from conftest import browser

    running = browser("chromium", tmp_path_factory.mktemp("allocation"))
    tab = running.open(site.url)
    tab.page.set_default_timeout(60_000)
    tab.files("#files", [folder / "bill.csv"])
    tab.page.locator("#cd-heading").wait_for(timeout=300_000)
    tab.page.locator(".working").wait_for(state="detached", timeout=300_000)
    yield tab
    running.close()


def asked(tab, code: str):
    return json.loads(
        ast.literal_eval(tab.js(f"CostPage.run({json.dumps('import json' + chr(10) + f'json.dumps({code})')})"))
    )


def said(*words):
    done = subprocess.run(
        [sys.executable, "-c", "from costdna_companion.cli import main; main()", *map(str, words), "--json", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {k: v for k, v in json.loads(done.stdout).items() if k != "schema_version"}


def test_dropped_files_answer_the_cfo_s_question(opened, folder):
    page = opened.page
    page.get_by_role("button", name="Customers", exact=True).click()
    page.get_by_text("needs rules that say so").wait_for()
    opened.files("#files", [folder / n for n in FILES[1:]])
    page.get_by_text("2 of 3 paying customers cost more than they pay.").wait_for()
    page.get_by_role("button", name="Acme", exact=True).click()
    page.get_by_text("Acme costs $8,000.10 to serve.").wait_for()
    page.get_by_role("button", name="Allocation", exact=True).click()
    page.get_by_text("2 rules place").wait_for()


def test_page_file_and_store_say_the_same(opened, folder):
    store = folder / "s.duckdb"
    said("ingest", folder / "bill.csv", "--store", store)
    more = (
        "--sharing",
        folder / "rules.yaml",
        "--usage",
        folder / "usage.csv",
        "--customers",
        folder / "customers.csv",
    )
    here = asked(opened, "app.workspace.list_customers()")
    assert here == said("unit", folder / "bill.csv", *more) == said("unit", store, *more)
    assert asked(opened, "app.workspace.list_environments()") == said("unit", store, "--environments")
    assert here["served"] == "12320.1"


def test_a_rule_typed_on_the_page_counts_at_once(opened):
    page = opened.page
    page.get_by_role("button", name="Allocation", exact=True).click()
    page.get_by_role("button", name="Take the text away").click()
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Cost is borne by").select_option("teams")
    page.get_by_label("Where").select_option("is")
    page.get_by_label("matches").fill("tax")
    page.get_by_label("is split").select_option("direct")
    page.get_by_label("to", exact=True).fill("core")
    page.get_by_text("1 rule places $310.00").wait_for()
