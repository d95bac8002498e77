"""The Export screen of the built page: every file is saved, says what it cannot, and a chosen folder of code becomes a
patch.
"""

from __future__ import annotations

import csv
import io
import json

import pytest
from harness.screens import go


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("leaving")
    head = [
        "identity/LineItemId",
        "bill/BillingPeriodStartDate",
        "bill/PayerAccountId",
        "lineItem/UsageAccountId",
        "lineItem/LineItemType",
        "lineItem/UsageStartDate",
        "lineItem/UsageEndDate",
        "lineItem/ProductCode",
        "lineItem/UsageType",
        "lineItem/Operation",
        "lineItem/ResourceId",
        "lineItem/UnblendedCost",
        "lineItem/CurrencyCode",
        "lineItem/UsageAmount",
        "accountTag/team",
        "resourceTags/user:team",
    ]
    rows = [
        [
            "0",
            "2026-10-01T00:00:00Z",
            "999900001111",
            "111122223333",
            "Usage",
            "2026-10-05T00:00:00Z",
            "2026-10-05T01:00:00Z",
            "AmazonS3",
            "TimedStorage-ByteHrs",
            "Put",
            r,
            c,
            "USD",
            "1",
            "",
            t,
        ]
        for r, c, t in (("shop-logs", "60.25", "web"), ("search-index", "30.5", "=cmd()"))
    ]
    with open(out / "bill.csv", "w", newline="", encoding="utf-8") as handle:
        csv.writer(handle, lineterminator="\n").writerows([head, *rows])
    (out / "code" / "infra").mkdir(parents=True)
    (out / "code" / "infra" / "main.tf").write_text('resource "aws_s3_bucket" "logs" {\n  bucket = "shop-logs"\n}\n')
    (out / "code" / "notes.md").write_text("not code")
    return out


@pytest.fixture(scope="module")
def opened(site, folder, tmp_path_factory):
    from conftest import browser

    running = browser("chromium", tmp_path_factory.mktemp("exports"))
    tab = running.open(site.url)
    tab.page.set_default_timeout(60_000)
    tab.files("#files", [folder / "bill.csv"])
    tab.page.locator("#cd-heading").wait_for(timeout=300_000)
    tab.page.locator(".working").wait_for(state="detached", timeout=300_000)
    yield tab
    running.close()


def save(tab, name: str) -> str:
    with tab.page.expect_download() as waiting:
        tab.page.locator(f"[data-go='save:{name}']").click()
    assert waiting.value.suggested_filename == name
    return waiting.value.path().read_text("utf-8")


def test_files_are_saved_and_add_up(opened):
    go(opened, "screen:export")
    rows = list(csv.DictReader(io.StringIO(save(opened, "costdna-focus.csv"))))
    assert sorted((r["x_OwnerTeam"], r["BilledCost"]) for r in rows) == [("'=cmd()", "30.5"), ("web", "60.25")]
    category = json.loads(save(opened, "costdna-cost-category.json"))
    assert {r["Value"] for r in category["Rules"]} == {"web", "_u3d_cmd_u28__u29_"}
    page = save(opened, "costdna-summary.html")
    assert "90.75" in page and "<script" not in page


def test_a_file_says_what_it_cannot(opened):
    go(opened, "screen:export")
    opened.page.locator("[data-go='save:?scp']").click()
    opened.page.locator("[role=status]", has_text="would have stopped").or_(
        opened.page.locator("[role=status]", has_text="No kind of resource")
    ).first.wait_for()


def test_a_folder_of_code_becomes_a_patch(opened, folder):
    # told early: a browser told only at the press may open a dialog of its own instead
    opened.page.on("filechooser", lambda _: None)
    go(opened, "screen:export")
    with opened.page.expect_file_chooser() as chooser:
        opened.page.locator("[data-pick='code']").click()
    chooser.value.set_files(folder / "code")
    opened.page.get_by_text("1 file of code is here").wait_for()
    # The bucket's tag says web already in the bill: nothing is owed to the code, and the page says so.
    opened.page.locator("[data-go='save:costdna-tags.patch']").click()
    opened.page.get_by_text("every one has its tag").wait_for()
