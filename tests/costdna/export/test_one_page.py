import re

import bills
from costdna.export import Leaving, one_page, story, write


def leaving(lines):
    result = bills.run(lines)
    return Leaving(result, result.report, story.figures(result.report))


def test_money_before_and_after_teams_and_three_actions():
    one = leaving(bills.company(teams=4, per_team=8))
    _, text = write("summary-page", one)
    f, parts = one.figures, one.report.explained["billed"]
    owned = parts["tagged"] + parts["inferred"]
    assert (
        f.amount(parts["tagged"]) in text
        and f.amount(owned) in text
        and f.exact(owned) in text
        and "team03" in text
        and "default-src &#x27;none" in text
        and "@page" in text
    )
    found = one_page.actions(one.report, f)
    assert 1 <= len(found) <= 3
    assert any("Confirm and tag" in a for a in found)
    assert all(a in text or "&" in text for a in found)
    assert "left over" in text and not re.search(r"https?://", text)


def test_a_bill_without_teams_says_so():
    from readings import line

    text = write(
        "summary-page", leaving([line(ResourceId="i-1", Unblended="3"), line(ResourceId="i-2", Unblended="4")])
    )[1]
    assert "Ask about the 2 dearest resources" in text and "None of this bill has an owner yet" in text
