import pandas as pd
import pytest

from costdna import schema
from costdna.errors import SchemaError


def test_every_column_says_what_it_is():
    for table in schema.TABLES.values():
        assert table.row
        assert len(set(table.names())) == len(table.names()), table.name
        for column in table.columns:
            assert column.text.endswith("."), f"{table.name}.{column.name}"
            assert column.kind in schema._DTYPES, f"{table.name}.{column.name}"
            assert column.focus == (not column.name.startswith("x_"))


def test_empty_tables_pass_their_own_check():
    for table in schema.TABLES.values():
        assert table.check(table.empty()).empty


def test_all_problems_are_listed_at_once():
    frame = schema.COVERAGE.empty().drop(columns="x_Detail").assign(extra=1)
    frame = pd.concat(
        [frame, pd.DataFrame([{"x_Source": "a", "SubAccountId": "1", "RegionId": "r", "x_Status": "maybe"}])]
    )
    with pytest.raises(SchemaError) as caught:
        schema.COVERAGE.check(frame)
    problems = caught.value.problems
    assert "column x_Detail is missing" in problems
    assert "column extra is not declared" in problems
    assert any("'maybe'" in p for p in problems)


def test_float_money_is_refused():
    frame = schema.CONFLICTS.empty().assign(BilledCost=pd.Series([], dtype="float64"))
    with pytest.raises(SchemaError, match="money is int64"):
        schema.CONFLICTS.check(frame)
