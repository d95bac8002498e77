"""The large bill for benchmarks: every form holds the same rows and the same money, in the shape it promises."""

import json
from decimal import Decimal

import duckdb
import pytest

from costdna_companion.demo.big import COLUMNS, generate


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    folder = tmp_path_factory.mktemp("big")
    return folder, generate(folder, 0.02, files=3)


def test_shape(big):
    folder, facts = big
    assert len(COLUMNS) == len(set(COLUMNS)) == 128
    size = sum(facts["files"]["csv"].values())
    assert 900 < size / facts["rows"] < 1040, "about 970 bytes a row"
    assert json.loads((folder / "facts.json").read_text())["rows"] == facts["rows"]


@pytest.mark.parametrize("form", ["csv/*.csv", "csv.gz/*.csv.gz", "parquet/*.parquet"])
def test_rows_resources_and_money(big, form):
    folder, facts = big
    parquet = form.startswith("parquet")
    source = (
        f"read_parquet('{folder}/{form}')" if parquet else f"read_csv('{folder}/{form}', all_varchar=true, header=true)"
    )
    c = (lambda slash, snake: snake) if parquet else (lambda slash, snake: f'"{slash}"')
    u, kind = (
        c("lineItem/UnblendedCost", "line_item_unblended_cost"),
        c("lineItem/LineItemType", "line_item_line_item_type"),
    )
    e = c("reservation/EffectiveCost", "reservation_effective_cost")
    account, resource = (
        c("lineItem/UsageAccountId", "line_item_usage_account_id"),
        c("lineItem/ResourceId", "line_item_resource_id"),
    )
    row = duckdb.sql(f"""SELECT count(*), count(DISTINCT ({account}, {resource})), sum({u}::DECIMAL(28,10)),
        sum(CASE WHEN {kind} = 'DiscountedUsage' THEN {e}::DECIMAL(28,10) ELSE {u}::DECIMAL(28,10) END) FROM {source}""").fetchall()[
        0
    ]
    assert row == (facts["rows"], facts["resources"], Decimal(facts["unblended"]), Decimal(facts["effective"]))


def test_parquet_has_one_row_group_a_file_and_all_columns(big):
    folder, _ = big
    for path in (folder / "parquet").glob("*.parquet"):
        assert duckdb.sql(f"SELECT num_row_groups FROM parquet_file_metadata('{path}')").fetchall() == [(1,)]
        assert len(duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()) == 128


def test_same_seed_same_bytes(tmp_path):
    for name in ("a", "b"):
        generate(tmp_path / name, 0.005, files=2, formats=("csv.gz",))
    for path in (tmp_path / "a" / "csv.gz").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "csv.gz" / path.name).read_bytes()
