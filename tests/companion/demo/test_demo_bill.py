"""The demo bill's files, added up by plain DuckDB SQL and held against the truth, which was added up from integers."""

import json
from decimal import Decimal

import duckdb
import pytest

from costdna_companion.demo.bill import build
from costdna_companion.demo.write import FORMATS, write_demo

SCALE = 0.6


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, seed=7, scale=SCALE, formats=FORMATS)
    return folder, json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def _sql(query: str):
    return duckdb.connect().execute(query).fetchall()


def _source(path) -> str:
    kind = "read_parquet" if str(path).endswith(".parquet") else "read_csv"
    return f"{kind}('{path}', all_varchar=true, header=true)" if kind == "read_csv" else f"{kind}('{path}')"


def _cost(path, column: str, where: str = "true") -> Decimal:
    """Σ of a money column; a Parquet DOUBLE is first rounded to the ten places the text form has."""
    return _sql(f'SELECT coalesce(sum("{column}"::DECIMAL(28,10)), 0) FROM {_source(path)} WHERE {where}')[0][0]


V1 = "cur-v1/demo-cur-v1.csv.gz"
CHILD = "coalesce(\"splitLineItem/ParentResourceId\", '') = ''"


def test_rows_and_billed_close(demo):
    folder, truth = demo
    gross = truth["totals"]["gross"]
    assert _sql(f"SELECT count(*) FROM {_source(folder / V1)}")[0][0] == gross["rows"]
    assert _cost(folder / V1, "lineItem/UnblendedCost", CHILD) == Decimal(gross["billed"]["net"])
    credits = "\"lineItem/LineItemType\" IN ('Credit', 'Refund')"
    assert _cost(folder / V1, "lineItem/UnblendedCost", credits) == Decimal(gross["billed"]["credits"])


@pytest.mark.parametrize("basis", ["gross", "net"])
def test_amortisation_identity(demo, basis):
    """Σ effective − Σ billed = amortised upfront − upfront fees paid (returned ones taken off), from the file alone."""
    folder, truth = demo
    path = folder / (V1 if basis == "gross" else "cur-v1-net/demo-cur-v1-net.csv.gz")
    net = "" if basis == "gross" else "Net"
    d = lambda name: f"coalesce(nullif(\"{name}\", '')::DECIMAL(28,10), 0)"
    kind, b = '"lineItem/LineItemType"', d(f"lineItem/{net}UnblendedCost")
    ratio = f"coalesce({d('savingsPlan/NetRecurringCommitmentForBillingPeriod')} / nullif({d('savingsPlan/RecurringCommitmentForBillingPeriod')}, 0), {d('savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod')} / nullif({d('savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod')}, 0))"
    unused = f"({d('savingsPlan/TotalCommitmentToDate')} - {d('savingsPlan/UsedCommitment')})"
    plan_refund = "\"lineItem/ProductCode\" = 'ComputeSavingsPlans' AND \"lineItem/LineItemDescription\" LIKE 'Refund for one-time fee for Savings Plan ID%'"
    reserved = f"{kind} = 'Fee' AND coalesce(\"reservation/ReservationARN\", '') <> ''"
    effective = f"""CASE WHEN {kind} = 'DiscountedUsage' THEN {d(f"reservation/{net}EffectiveCost")}
        WHEN {kind} = 'SavingsPlanCoveredUsage' THEN {d(f"savingsPlan/{net}SavingsPlanEffectiveCost")}
        WHEN {kind} = 'RIFee' THEN {d(f"reservation/{net}UnusedAmortizedUpfrontFeeForBillingPeriod")} + {d(f"reservation/{net}UnusedRecurringFee")}
        WHEN {kind} = 'SavingsPlanRecurringFee' THEN {f"round({unused} * {ratio}, 10)" if net else unused}
        WHEN {kind} IN ('SavingsPlanUpfrontFee', 'SavingsPlanNegation') OR ({plan_refund}) OR ({reserved}) THEN 0 ELSE {b} END"""
    billed = f"CASE WHEN {kind} IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation') THEN 0 ELSE {b} END"
    amortized = f"{d(f'reservation/{net}AmortizedUpfrontFeeForBillingPeriod')} + {d(f'savingsPlan/{net}AmortizedUpfrontCommitmentForBillingPeriod')}"
    upfront = f"CASE WHEN {kind} = 'SavingsPlanUpfrontFee' OR ({plan_refund}) OR ({reserved}) THEN {b} ELSE 0 END"
    row = _sql(
        f"SELECT sum({effective})::DECIMAL(28,10), sum({billed}), sum({amortized}), sum({upfront}) FROM {_source(path)} WHERE {CHILD}"
    )[0]
    e, bl, a, u = (Decimal(str(x)) for x in row)
    want = truth["totals"][basis]
    # The plan's net ratio is a quotient of doubles here; everything else is exact.
    slack = Decimal("0.000001") if net else Decimal(0)
    assert abs(e - Decimal(want["effective"]["net"])) <= slack
    assert bl == Decimal(want["billed"]["net"])
    assert abs((e - bl) - (a - u)) <= slack
    assert (a, u) == (Decimal(want["amortized_upfront"]), Decimal(want["upfront_paid"]))


def test_gross_and_net_columns_come_to_the_same_invoice(demo):
    path = demo[0] / "cur-v1-net/demo-cur-v1-net.csv.gz"
    assert _cost(path, "lineItem/UnblendedCost") == _cost(path, "lineItem/NetUnblendedCost")


def test_negation_cancels_what_plans_cover(demo):
    kinds = "\"lineItem/LineItemType\" IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')"
    assert _cost(demo[0] / V1, "lineItem/UnblendedCost", kinds) == 0
    groups = _sql(f"""WITH f AS (SELECT "savingsPlan/SavingsPlanARN" p, "lineItem/UsageStartDate" t, "lineItem/UsageAccountId" a, "lineItem/UsageType" u,
        "lineItem/AvailabilityZone" z, "lineItem/LineItemType" k FROM {_source(demo[0] / V1)})
        SELECT max(n) FROM (SELECT count(*) FILTER (k = 'SavingsPlanCoveredUsage') n FROM f WHERE p <> '' GROUP BY p, t, a, u, z)""")
    assert groups[0][0] >= 2, "one negation row must cancel several covered ones"


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("cur-v1-parquet/demo-cur-v1-00001.snappy.parquet", "line_item_unblended_cost"),
        ("cur-v1-parts/demo/*/*-*/*.csv.gz", "lineItem/UnblendedCost"),
        ("cur2/demo-cur2.snappy.parquet", "line_item_unblended_cost"),
        ("cur2-net/demo-cur2-net.snappy.parquet", "line_item_unblended_cost"),
        ("cur2-csv/demo-cur2.csv.gz", "line_item_unblended_cost"),
        ("cur2-parts/demo2/data/*/*/*.parquet", "line_item_unblended_cost"),
    ],
)
def test_every_cur_file_holds_the_same_rows_and_money(demo, file, column):
    folder, truth = demo
    assert _sql(f"SELECT count(*) FROM {_source(folder / file)}")[0][0] == truth["totals"]["gross"]["rows"]
    assert _cost(folder / file, column) == Decimal(truth["totals"]["gross"]["billed"]["net"])


def test_focus_closes_for_both_metrics(demo):
    folder, truth = demo
    path = folder / "focus-1.2/demo-focus-1.2.csv.gz"
    assert _sql(f"SELECT count(*) FROM {_source(path)}")[0][0] == truth["totals"]["focus"]["rows"]
    assert _cost(path, "BilledCost") == Decimal(truth["totals"]["gross"]["billed"]["net"])
    assert _cost(path, "EffectiveCost") == Decimal(truth["totals"]["gross"]["effective"]["net"])
    broken = _sql(f"""SELECT count(*) FROM {_source(path)} WHERE (CommitmentDiscountStatus = 'Used' AND BilledCost::DECIMAL(28,10) <> 0)
        OR (CommitmentDiscountStatus = 'Unused' AND (BilledCost::DECIMAL(28,10) <> 0 OR ChargeCategory <> 'Usage' OR ResourceId <> CommitmentDiscountId))
        OR (ChargeCategory = 'Purchase' AND ChargeFrequency = 'Usage-Based') OR (ChargeCategory = 'Purchase' AND CommitmentDiscountId <> '' AND EffectiveCost::DECIMAL(28,10) <> 0)""")
    assert broken[0][0] == 0


def test_real_maps_and_one_row_group(demo):
    path = demo[0] / "cur2/demo-cur2.snappy.parquet"
    kinds = {r[0]: r[1] for r in _sql(f"DESCRIBE SELECT * FROM {_source(path)}")}
    assert kinds["resource_tags"] == kinds["product"] == kinds["cost_category"] == "MAP(VARCHAR, VARCHAR)"
    assert kinds["discount"] == "MAP(VARCHAR, DOUBLE)" and kinds["line_item_unblended_cost"] == "DOUBLE"
    assert _sql(f"SELECT num_row_groups FROM parquet_file_metadata('{path}')") == [(1,)]
    assert _sql(
        f"SELECT count(*) > 0 FROM {_source(path)} WHERE resource_tags['user_team'] IS NOT NULL AND line_item_iam_principal IS NULL"
    )[0][0]
    assert (
        _sql(
            f"SELECT count(DISTINCT line_item_iam_principal) FROM {_source(path)} WHERE line_item_product_code = 'AmazonBedrock'"
        )[0][0]
        >= 3
    )


def test_manifests_list_what_is_there(demo):
    folder = demo[0]
    v1 = json.loads(next((folder / "cur-v1-parts/demo").glob("*/demo-Manifest.json")).read_text())
    assert len(v1["reportKeys"]) == 3
    assert all((folder / "cur-v1-parts" / key).is_file() and v1["assemblyId"] in key for key in v1["reportKeys"])
    v2 = json.loads(next((folder / "cur2-parts/demo2/metadata").glob("*/demo2-Manifest.json")).read_text())
    assert all(
        (folder / "cur2-parts" / f.removeprefix("s3://fernweh-billing-exports/")).is_file() for f in v2["dataFiles"]
    )
    assert "assemblyId" not in v2 and "reportKeys" not in v2


def test_truth_covers_every_resource_of_the_file(demo):
    folder, truth = demo
    seen = set(
        _sql(
            f'SELECT DISTINCT "lineItem/UsageAccountId", "lineItem/ResourceId" FROM {_source(folder / V1)} WHERE "lineItem/ResourceId" <> \'\''
        )
    )
    told = {(r["SubAccountId"], r["ResourceId"]) for r in truth["resources"]}
    assert seen <= told
    assert all(bool(r["team"]) == (r["verdict"] == "owned") for r in truth["resources"])
    assert {r["verdict"] for r in truth["resources"]} == {"owned", "shared", "vendor", "ownerless"}


def test_the_special_cases_are_there(demo):
    folder, truth = demo
    names = {r[0] for r in _sql(f'SELECT DISTINCT "resourceTags/user:Name" FROM {_source(folder / V1)}')}
    assert any(n and n.startswith("<img") for n in names)
    assert any(n and n.startswith("=cmd") for n in names)
    assert any(n and "東京" in n for n in names)
    kinds = truth["totals"]["gross"]["by_line_type"]
    assert set(kinds) >= {"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee", "RIFee", "Fee",
                          "FlatRateSubscription", "Tax", "Credit", "Refund", "EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "FutureCharge"}  # fmt: skip
    by_id: dict[str, set] = {}
    for r in truth["resources"]:
        by_id.setdefault(r["ResourceId"], set()).add(r["SubAccountId"])
    assert sum(len(accounts) > 1 for accounts in by_id.values()) >= 2
    assert len({r["ResourceId"] for r in truth["resources"] if r["note"] == "handed over"}) >= 1
    assert any(r["note"] == "tagged from mid-month" for r in truth["resources"])
    assert (
        _sql(
            f'SELECT count(*) FROM {_source(folder / V1)} WHERE "lineItem/LineItemType" = \'Usage\' AND "lineItem/UnblendedCost"::DECIMAL(28,10) < 0'
        )[0][0]
        >= 1
    )
    fees = _sql(
        f'SELECT DISTINCT "lineItem/UsageEndDate" FROM {_source(folder / V1)} WHERE "lineItem/LineItemType" = \'RIFee\''
    )
    assert fees == [("2026-09-30T23:59:59Z",)]


def test_split_children_re_describe_their_node(demo):
    """Per node and hour, split + unused of the children is the node's own cost, and the children bill nothing."""
    source = _source(demo[0] / V1)
    off = _sql(f"""WITH f AS (SELECT *, "lineItem/UnblendedCost"::DECIMAL(28,10) u FROM {source}),
        child AS (SELECT "splitLineItem/ParentResourceId" id, "lineItem/UsageStartDate" t, sum("splitLineItem/SplitCost"::DECIMAL(28,10) + "splitLineItem/UnusedCost"::DECIMAL(28,10)) c, sum(u) u
                  FROM f WHERE "splitLineItem/ParentResourceId" <> '' GROUP BY ALL)
        SELECT count(*), count(*) FILTER (child.c <> f.u OR child.u <> 0) FROM child JOIN f
        ON f."lineItem/ResourceId" = id AND f."lineItem/UsageStartDate" = t AND f."lineItem/LineItemType" = 'Usage'""")
    assert off[0][0] > 100 and off[0][1] == 0


def test_same_seed_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_demo(tmp_path / name, seed=3, scale=0.1, formats=["v1", "v1-zip", "cur2", "focus"])
    for path in sorted(p for p in (tmp_path / "a").rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path.name


def test_another_seed_is_another_company():
    assert build(1, scale=0.1).world.accounts != build(2, scale=0.1).world.accounts


def test_the_next_month_is_the_same_company():
    """Same accounts, same resources, nearly all of them tagged alike: two months can be compared."""
    one, two = build(7, scale=0.2), build(7, scale=0.2, month=10)
    tags = [{(r.account, r.id): r.tags[-1][2] for r in bill.world.resources} for bill in (one, two)]
    assert one.world.accounts == two.world.accounts and set(tags[0]) == set(tags[1])
    assert sum(tags[0][key] == tags[1][key] for key in tags[0]) > 0.95 * len(tags[0])
    assert two.hours == 31 * 24 and int(two.rows["u"].sum()) != int(one.rows["u"].sum())


def test_negative_month_is_below_zero():
    bill = build(5, scale=0.1, negative=True)
    assert int(bill.rows["u"].sum()) < 0


def test_about_half_of_the_money_is_untagged():
    from costdna_companion.demo.bill import measures

    bill = build(7)
    m, lines = measures(bill), bill.lines
    tagged = lines["tag user:Team"].ne("").to_numpy()[bill.rows["line"].to_numpy()]
    usage = ~m["type"].isin(["Tax", "Credit", "Refund"]).to_numpy()
    share = int(m.loc[tagged & usage, "billed"].sum()) / int(m.loc[usage, "billed"].sum())
    assert 0.42 < share < 0.58
    assert 1300 < len(bill.world.resources) < 1900 and 150_000 < len(bill.rows) < 260_000


def test_the_verb_writes_what_it_lists(tmp_path):
    from typer.testing import CliRunner

    from costdna_companion.cli import app

    result = CliRunner().invoke(
        app(), ["demo", "--out", str(tmp_path / "d"), "--scale", "0.05", "--formats", "cur2,focus"]
    )
    assert result.exit_code == 0, result.output
    assert {p.name for p in (tmp_path / "d").rglob("*") if p.is_file()} == {
        "demo-cur2.snappy.parquet",
        "demo-focus-1.2.csv.gz",
        "truth.json",
        "truth.csv",
    }


@pytest.mark.parametrize("wrong", [["--formats", "v3"], ["--month", "2026-13"]])
def test_the_verb_names_what_it_does_not_know(tmp_path, wrong):
    from typer.testing import CliRunner

    from costdna.errors import UsageError
    from costdna_companion.cli import app

    result = CliRunner().invoke(app(), ["demo", "--out", str(tmp_path / "d"), *wrong])
    assert isinstance(result.exception, UsageError) and wrong[1] in str(result.exception)
