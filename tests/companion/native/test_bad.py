"""Every bad file gives its error, and the few good ones read: the table both readers obey (tests/golden/bad)."""

import json

import pytest
from bad_bills import TABLE, made

from costdna.errors import BillError
from costdna_companion import native


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda c: c["name"])
def test_case(case, tmp_path):
    path = tmp_path / case["file"]
    path.write_bytes(made(case["make"]))
    if case["code"] is None:
        (reading,), _ = native.read([path])
        focus = any(step.get("bill") == "focus" for step in case["make"])
        assert reading["meta"]["rows"] == len(TABLE["bills"]["focus" if focus else "cur"]) - 1
        assert reading["meta"]["totals"]["BilledCost" if focus else "Unblended"] == (
            "15.0000000075" if focus else "286.856440000001" if case["name"] == "many_decimals" else "286.85644"
        )
        return
    with pytest.raises(BillError) as raised:
        native.read([path])
    fault = raised.value
    assert fault.code == case["code"], str(fault)
    assert case["file"] in fault.where and fault.next_step and fault.exit_code == 2


def failure(tmp_path, recipe) -> BillError:
    path = tmp_path / "bill.csv"
    path.write_bytes(made(recipe))
    with pytest.raises(BillError) as raised:
        native.read([path])
    return raised.value


def test_errors_name_the_place(tmp_path):
    latin = [{"bill": "cur"}, {"encode": "latin-1"}]
    assert failure(tmp_path, latin).where == f"bill.csv, byte {made(latin).index(0xFC)}"
    nan = failure(tmp_path, [{"bill": "cur"}, {"replace": ["USD,1.07919,", "USD,NaN,"]}])
    assert "NaN" in nan.message and nan.where == "bill.csv, line 3, column lineItem/UnblendedCost"
    assert failure(tmp_path, [{"bill": "cur"}, {"replace": ["id0003,", "id0003 "]}]).where == "bill.csv, line 5"


@pytest.mark.parametrize(
    "cost, code",
    [
        ("1e999999", "absurd-cost"),
        ("1e9999999", "absurd-cost"),
        ("-1e99", "absurd-cost"),
        ("1e99999999999999999999999", "bad-number"),
        ("1e-999999x", "bad-number"),
    ],
)
def test_exponents_of_any_size_are_only_bad_costs(tmp_path, cost, code):
    assert failure(tmp_path, [{"bill": "cur"}, {"replace": ["USD,0.00000,", f"USD,{cost},"]}]).code == code


def test_the_command_line_ends_with_2_and_says_what_to_do(tmp_path, capsys):
    from costdna_companion import cli

    path = tmp_path / "bill.csv.gz"
    path.write_bytes(made([{"bill": "cur"}, {"gzip": 1}, {"cut": -60}]))
    import sys

    before, sys.argv = sys.argv, ["costdna", "doctor", str(path), "-q", "--json"]
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = before
    assert ended.value.code == 2
    (fault,) = json.loads(capsys.readouterr().out)["errors"]
    assert fault["code"] == "truncated" and fault["next"].startswith("Download the file again")
