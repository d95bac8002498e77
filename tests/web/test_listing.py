"""The list of resources: every page of every order holds each match once."""

import bills
import numpy as np
import pytest
from costdna_web.listing import PAGE, listing, parts_of
from costdna_web.state import Query


@pytest.fixture(scope="module")
def resources():
    return bills.run(bills.company(teams=6, per_team=24, days=2)).report.resources


@pytest.mark.parametrize("sort", ["cost", "sure", "resource", "service", "owner", "nonsense"])
@pytest.mark.parametrize("down", [True, False])
def test_pages_hold_every_resource_once(resources, sort, down):
    first = listing(resources, Query(sort=sort, down=down), "billed")
    rows = np.concatenate(
        [listing(resources, Query(sort=sort, down=down, page=p), "billed").rows for p in range(first.pages)]
    )
    assert sorted(rows.tolist()) == list(range(len(resources))) and len(first.rows) == min(PAGE, len(resources))


def test_most_money_first_and_the_sum_is_exact(resources):
    found = listing(resources, Query(), "billed")
    costs = resources["BilledCost"].to_numpy()[found.rows]
    assert (np.diff(costs) <= 0).all() and found.cost == int(resources["BilledCost"].sum())


def test_filters_narrow_together(resources):
    found = listing(resources, Query(text="TEAM03 node", part="inferred"), "billed")
    kept = resources.iloc[found.rows]
    assert (
        found.found > 0
        and (kept["x_Basis"] == "inferred").all()
        and kept["ResourceName"].str.startswith("team03-node").all()
    )
    assert listing(resources, Query(team="team03"), "billed").found == int((resources["x_Team"] == "team03").sum())
    assert listing(resources, Query(part="abstained"), "billed").found == int(
        (resources["x_Verdict"] == "abstained").sum()
    )


def test_nothing_found_is_one_empty_page(resources):
    none = listing(resources, Query(text="[.*", page=7), "billed")
    assert (none.found, none.cost, none.pages, none.page, len(none.rows)) == (0, 0, 1, 0, 0)


def test_a_page_beyond_the_last_is_the_last(resources):
    assert listing(resources, Query(page=10**6), "billed").page == listing(resources, Query(), "billed").pages - 1


def test_every_verdict_has_a_part(resources):
    assert set(parts_of(resources)) <= {"proved", "inferred", "shared", "aside", "unknown"}
    assert (
        (parts_of(resources) == "proved")
        == ((resources["x_Verdict"] == "owned") & (resources["x_Basis"] != "inferred"))
    ).all()


def test_money_beyond_64_bits(resources):
    big = resources.assign(BilledCost=np.array([10**25 + i for i in range(len(resources))], dtype=object))
    assert listing(big, Query(), "billed").cost == sum(10**25 + i for i in range(len(resources)))
