"""The screens of the built page over the demo bill: reached by keyboard, accessible, saved from, and at home on any
width.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from harness.screens import bill, go, settled, summary

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = (
    "screen:teams",
    "team:",
    "screen:review",
    "screen:resources",
    "resource:",
    "unowned:abstained",
    "screen:names-and-rules",
    "screen:changes",
    "screen:allocation",
    "screen:customers",
    "screen:trust",
    "screen:export",
)
DRAWN = {"screen:teams": 1, "team:": 1, "resource:": 1, "screen:changes": 1}
"""Screens that draw: how many charts at least."""
# Reading order through every shadow root. A drawn chart's table is the next one before another headline; it is
# announced in words.
# A bar of certainty stands in a row of figures, or above a legend with the figures; it has a name of its own.
CHARTS = """() => {
  const order = [];
  const walk = (root) => { for (const n of root.children) {
    if (/H[12]|TABLE/.test(n.tagName)) order.push(n);
    if (n.classList.contains("unseen") || n.classList.contains("bk-Figure")) order.push(n);
    if (n.shadowRoot) walk(n.shadowRoot);
    walk(n);
  } };
  walk(document.getElementById("app"));
  const drawn = order.flatMap((n, i) => {
    if (!n.classList.contains("bk-Figure")) return [];
    const rest = order.slice(i + 1), next = rest.findIndex((m) => /H[12]/.test(m.tagName));
    const table = rest.slice(0, next < 0 ? rest.length : next).find((m) => m.tagName === "TABLE");
    return [{ rows: table?.tBodies[0]?.rows.length ?? 0, said: order.slice(0, i).reverse().find((m) => !m.classList.contains("bk-Figure"))?.textContent.includes("table below it says the same") ?? false }];
  });
  const all = (root) => [...root.querySelectorAll("*")].flatMap((n) => [n, ...(n.shadowRoot ? all(n.shadowRoot) : [])]);
  const bare = all(document.getElementById("app")).filter((n) => n.classList.contains("cbar"))
    .filter((n) => !n.closest("tr")?.querySelector("td.num") && !n.closest(".coverage")?.querySelector(".legend li")).map((n) => n.outerHTML.slice(0, 200));
  return { drawn, bare };
}"""


@pytest.fixture(scope="module")
def opened(site, tmp_path_factory):
    """One Chromium with the demo bill read and inferred; tests go on from wherever the last one left it."""
    from conftest import browser

    running = browser("chromium", tmp_path_factory.mktemp("screens"))
    tab = running.open(site.url)
    bill(tab)
    yield tab
    running.close()


@pytest.mark.parametrize("wish", SCREENS)
def test_a_screen_is_accessible_in_both_schemes_has_a_table_for_every_chart_and_fits_any_width(opened, wish):
    if wish in ("team:", "unowned:abstained"):
        go(opened, "screen:teams")
    if wish == "resource:":
        go(opened, "screen:resources")
    go(opened, wish)
    opened.page.evaluate(AXE.read_text("utf-8") + "; 0")
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        settled(opened)
        found = opened.page.evaluate(
            """async (rules) => {
          const { violations, passes } = await axe.run(document, { runOnly: rules });
          return { passes: passes.length, violations: violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" | ")}`) };
        }""",
            RULES,
        )
        assert found["violations"] == [], scheme
        assert found["passes"] > 15
    opened.page.emulate_media(color_scheme="light")
    charts = opened.page.evaluate(CHARTS)
    assert all(c["rows"] > 0 and c["said"] for c in charts["drawn"]), charts
    assert charts["bare"] == [] and len(charts["drawn"]) >= DRAWN.get(wish, 0)
    for width in (360, 2560, 1280):
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.page.wait_for_timeout(200)
        assert opened.js("document.documentElement.scrollWidth") <= width
        if wish == "screen:review":  # what one is told to press is not out of sight
            box = opened.page.locator('[data-go^="also:"]').first.bounding_box()
            assert 0 < box["x"] and box["x"] + box["width"] <= width


def test_the_teams_on_screen_are_those_of_the_ledger(opened):
    go(opened, "screen:teams")
    rows = (
        opened.page.locator("table.teams")
        .first.locator("tbody tr")
        .evaluate_all(
            "rows => rows.map((r) => [r.querySelector('th button').textContent, r.querySelector('td').title.replace(' USD', '')])"
        )
    )
    book = summary(opened)
    assert [(t["team"], Decimal(t["cost"])) for t in book["teams"] if t["team"]] == [
        (name, Decimal(cost)) for name, cost in rows[: len(book["teams"]) - 1]
    ]
    assert sum(Decimal(cost) for _, cost in rows) == Decimal(book["ledger"]["net"])
    assert opened.page.locator(".total").get_attribute("title").startswith(book["ledger"]["net"])


def test_the_other_metric_closes_to_its_own_total(opened):
    opened.page.locator('[data-go="metric:effective"]').click()
    opened.page.locator('[data-go="metric:effective"][aria-pressed="true"]').wait_for()
    assert opened.page.locator(".total").get_attribute("title").startswith(summary(opened)["ledger_effective"]["net"])
    opened.page.locator('[data-go="metric:billed"]').click()
    opened.page.locator('[data-go="metric:billed"][aria-pressed="true"]').wait_for()


def test_keyboard_alone_reaches_a_team_and_comes_back(opened):
    go(opened, "screen:teams")
    opened.page.locator('[data-go^="team:"]').first.focus()
    opened.page.keyboard.press("Enter")
    opened.page.locator('h1#cd-heading:has-text("owns")').wait_for()
    opened.wait(
        "(() => { let a = document.activeElement; while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return a?.id === 'cd-heading'; })()",
        10,
    )
    opened.page.go_back()
    opened.page.locator('h1#cd-heading:has-text("of this bill has an owner")').wait_for()


def test_the_list_filters_while_one_types_and_keeps_the_caret(opened):
    go(opened, "screen:resources")
    status = opened.page.locator('#app p.quiet[role="status"]')
    everything = status.text_content()
    opened.page.locator('[data-fill="text"]').press_sequentially("prod")
    opened.page.wait_for_function(
        "([said, all]) => said.isConnected === false || said.textContent !== all",
        arg=[status.element_handle(), everything],
    )
    status.wait_for()
    assert status.text_content() != everything
    assert 0 < opened.page.locator("table.resources tbody tr").count() <= 50
    assert opened.js(
        "(() => { let a = document.activeElement; while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return [a?.dataset?.fill, a?.value]; })()"
    ) == ["text", "prod"]


def test_a_saved_file_holds_the_whole_bill(opened, tmp_path):
    go(opened, "screen:export")
    with opened.page.expect_download() as download:
        opened.page.locator('[data-go="save:costdna-teams.csv"]').click()
    text = Path(download.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert sum(Decimal(r["cost"]) for r in rows) == Decimal(summary(opened)["ledger"]["net"])


def test_nothing_broke_and_nothing_left(opened):
    assert opened.errors == []
    assert opened.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
