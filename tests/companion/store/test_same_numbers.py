"""One bill, three doors: the command line over the file, the command line over the store, and the page say the same, to
the last digit.
"""

import json

import pytest
import saas
import small_bills
import yaml
from typer.testing import CliRunner

from costdna.workspace import Workspace
from costdna_companion import cli, native


def written(lines, path):
    """Lines of the tests as a CUR in CSV."""
    path.write_text(small_bills.cur(lines), encoding="utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("saas")
    written(saas.bill(), out / "bill.csv")
    (out / "usage.csv").write_text(small_bills.text(saas.usage()), encoding="utf-8")
    (out / "customers.csv").write_text(small_bills.text(saas.CUSTOMERS), encoding="utf-8")
    (out / "book.yaml").write_text(yaml.safe_dump(saas.BOOK), encoding="utf-8")
    (out / "budgets.yaml").write_text(
        "- {team: platform, monthly: 4000}\n- {total: yes, monthly: 90000}\n", encoding="utf-8"
    )
    assert said("ingest", out / "bill.csv", "--store", out / "s.duckdb")["added"] == ["bill.csv"]
    return out


def said(*words):
    answer = CliRunner().invoke(cli.app(), [*map(str, words), "--json", "-q"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def page(folder) -> Workspace:
    """The page's own session over the same file."""
    from costdna_web.state import State

    readings, _ = native.read([folder / "bill.csv"])
    space = Workspace(readings)
    space.prove()
    state = State()
    state.open(space)
    state.sharing.take(space, "rules", yaml.safe_dump(saas.BOOK))
    state.sharing.take(space, "usage", (folder / "usage.csv").read_text())
    state.sharing.take(space, "customers", (folder / "customers.csv").read_text())
    assert state.sharing.problems == {}
    return state.workspace


def extras(folder):
    return "--sharing", folder / "book.yaml", "--usage", folder / "usage.csv", "--customers", folder / "customers.csv"


def test_file_store_and_page_give_identical_numbers(folder):
    pytest.importorskip("panel", reason="the page's packages")
    here = page(folder)
    for verb, own in (
        (("unit",), here.list_customers()),
        (("unit", "--customer", "acme"), here.customer("acme")),
        (("allocate", "--no-model"), here.share_cost()),
        (("unit", "--environments"), here.list_environments()),
        (("waste", "--no-model"), here.list_waste()),
        (("unit", "--service", "cdn", "--by", "tag:service"), here.service_cost("cdn", "tag:service")),
        (("trends", "--no-model", "--top", "10"), here.list_trends()),
    ):
        more = () if verb[0] in ("waste", "trends") else extras(folder)
        by_file, by_store = (
            said(verb[0], folder / "bill.csv", *verb[1:], *more),
            said(verb[0], folder / "s.duckdb", *verb[1:], *more),
        )
        assert by_file == by_store == {"schema_version": "1", **json.loads(json.dumps(own))}, verb


def test_the_cfo_s_question_from_the_command_line(folder):
    for bill in ("bill.csv", "s.duckdb"):
        answer = CliRunner().invoke(
            cli.app(), ["unit", str(folder / bill), *map(str, extras(folder)), "--customer", "acme", "-q"]
        )
        assert (
            "Acme (acme) costs 8,000.10 USD from 2026-10-01 to 2026-10-31: 5,120.10 direct and 2,880.00 shared. It pays 2,000.00: margin -6,000.10 (-300 %)."
            in answer.output
        )


def test_budgets_and_their_exit_code(folder):
    found = said("budgets", folder / "s.duckdb", "--budgets", folder / "budgets.yaml", "--no-model")
    assert [(b["name"], b["verdict"]) for b in found["budgets"]] == [
        ("platform", "over"),
        ("total", "within"),
    ] and found["budgets"][0]["spent"] == "4800"
    assert (
        CliRunner()
        .invoke(
            cli.app(),
            [
                "budgets",
                str(folder / "s.duckdb"),
                "--budgets",
                str(folder / "budgets.yaml"),
                "--no-model",
                "--fail-on",
                "over",
                "-q",
            ],
        )
        .exit_code
        == 3
    )


def test_focus_shaped_rows_add_up_to_the_bill(folder):
    import csv
    from decimal import Decimal

    said("allocate", folder / "s.duckdb", *extras(folder), "--no-model", "--save", folder / "shares.csv")
    rows = list(csv.DictReader((folder / "shares.csv").open(encoding="utf-8", newline="")))
    assert sum(Decimal(r["BilledCost"]) for r in rows) == sum(Decimal(one["Unblended"]) for one in saas.bill())
    moved = [r for r in rows if r["x_AllocatedMethodId"] == "proportional"]
    assert (
        moved
        and json.loads(moved[0]["x_AllocatedMethodDetails"])["rule"] == "shared"
        and "customer" in json.loads(moved[0]["x_AllocatedTags"])
    )
    assert all(not r["x_AllocatedMethodDetails"] for r in rows if not r["x_AllocatedMethodId"])


def test_a_store_is_read_alone(folder):
    answer = CliRunner().invoke(cli.app(), ["trends", str(folder / "s.duckdb"), str(folder / "bill.csv"), "-q"])
    assert answer.exit_code != 0 and "read alone" in str(answer.exception)
