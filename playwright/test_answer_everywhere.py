"""The essential correction in all three browsers: a bill, a key, its effect, the same sum; and no wish is lost on its
way.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = (
    "identity/LineItemId",
    "identity/TimeInterval",
    "bill/PayerAccountId",
    "bill/BillingPeriodStartDate",
    "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId",
    "lineItem/LineItemType",
    "lineItem/UsageStartDate",
    "lineItem/UsageEndDate",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/Operation",
    "lineItem/ResourceId",
    "lineItem/UsageAmount",
    "lineItem/CurrencyCode",
    "lineItem/UnblendedRate",
    "lineItem/UnblendedCost",
    "product/ProductName",
    "product/region",
    "resourceTags/user:Team",
    "resourceTags/user:Name",
)
# A person presses a key once its button is drawn; until then there is nothing to press.
PRESS = """(key) => {
  const drawn = (root) => [...root.querySelectorAll("*")].some(
    (n) => (n.dataset?.key === key && n.getClientRects().length) || (n.shadowRoot && drawn(n.shadowRoot)));
  return drawn(document.body) && dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}"""


def bill(folder: Path) -> Path:
    """A small company: four teams of fifteen machines, some without a tag."""
    file = folder / "bill.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(HEAD)
        for t in range(4):
            for r in range(15):
                for d in (5, 6):
                    at, end = f"2026-10-{d:02}T03:00:00Z", f"2026-10-{d:02}T04:00:00Z"
                    sheet.writerow(
                        [
                            f"{t}-{r}-{d}",
                            f"{at}/{end}",
                            "111122223333",
                            "2026-10-01T00:00:00Z",
                            "2026-11-01T00:00:00Z",
                            "111122223333",
                            "Usage",
                            at,
                            end,
                            "AmazonEC2",
                            "EU-BoxUsage:m5.large",
                            "RunInstances",
                            f"i-{t:03}{r:05}",
                            "1",
                            "USD",
                            "1",
                            f"{t + 1}.25",
                            "Amazon Elastic Compute Cloud",
                            "eu-west-1",
                            f"team{t}" if r > 3 else "",
                            f"team{t}-node-{r}",
                        ]
                    )
    return file


def python(tab, code: str):
    text = f"__import__('json').dumps({code})"
    return json.loads(eval(tab.js(f"CostPage.run({json.dumps(text)})"), {"__builtins__": {}}))


def test_a_key_answers_and_the_ledger_still_closes(each, site, tmp_path):
    tab = each.open(site.url)
    tab.ready(300)
    tab.files("#files", [bill(tmp_path)])
    tab.wait(
        "CostPage.run('app.workspace is not None and bool(app.workspace.report.gate)').then((t) => t === 'True', () => false)",
        180,
    )
    tab.wait(
        "(CostDoor.send({ go: 'screen:review' }), CostPage.run('app.frame.state.correcting.asked is not None').then((t) => t === 'True'))",
        60,
    )
    net = python(tab, "app.workspace.summary()['ledger']['net']")
    asked = python(tab, "str(app.frame.state.correcting.asked)")
    tab.wait(f"({PRESS})('1')", 60)
    tab.wait(
        "CostPage.run('len(app.frame.state.correcting.said) > 0 and not app.frame.state.correcting.due').then((t) => t === 'True')",
        120,
    )
    assert python(tab, f"app.frame.state.row(int('{asked}'))['x_Basis']") == "human"
    book = python(tab, "app.workspace.summary()['ledger']")
    assert book["net"] == net and float(book["human"]) > 0 and float(book["residual"]) == 0
    tab.close()


def test_a_wish_said_while_the_page_is_redrawn_is_heard(chromium, site, tmp_path):
    tab = chromium.open(site.url)
    tab.ready(300)
    tab.files("#files", [bill(tmp_path)])
    tab.wait(
        "CostPage.run('app.workspace is not None and bool(app.workspace.report.gate) and not app.workspace.turn.locked()').then((t) => t === 'True')",
        180,
    )
    assert python(tab, "app.frame.state.screen") == "teams"
    # Python is busy and then draws the screen anew; what the page says meanwhile of the old one's size names a model
    # that is gone.
    tab.js("""(async () => {
      const redrawn = CostPage.run("import time; time.sleep(1); app.frame.draw()");
      const old = [...Bokeh.documents[0].all_models].filter((m) => "inner_width" in m.attributes);
      for (const width of [1, 2]) for (const m of old) m.setv({ inner_width: width });
      CostDoor.send({ go: "screen:review" });
      await redrawn;
    })()""")
    tab.wait("CostPage.run('app.frame.state.screen').then((t) => t === \"'review'\")", 20)
    assert tab.errors == []
