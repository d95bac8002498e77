"""A bill whose tags were dealt out by chance: the page infers nothing, says so in plain words, and asks instead."""

from harness.screens import inferred


def test_a_bill_that_identifies_no_teams_is_told_so(chromium, site):
    tab = chromium.open(site.url)
    tab.page.set_default_timeout(60_000)
    tab.page.locator("summary", has_text="What can it not do?").click()
    tab.page.locator("#nobody").click()
    inferred(tab)
    tab.page.get_by_text("Nothing was inferred").first.wait_for()
    tab.page.get_by_text("does not identify teams").first.wait_for()
    assert tab.js("CostPage.run(\"int(app.workspace.report.ledger['billed']['inferred'])\")") == "0"
    tab.page.locator('[data-go="screen:review"]').first.click()
    tab.page.locator('h1#cd-heading:has-text("would settle")').wait_for()
    assert tab.errors == []
