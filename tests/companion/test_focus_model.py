"""The FOCUS requirements model itself against our file: an interpreter of its checks, and our table against it."""

import json
import os
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from costdna.focus import focus_rows
from costdna.focus.rules import load

REAL = Path(os.environ.get("COSTDNA_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
# Rules of the model that this file does not meet, and why.
KNOWN = {
    "CommitmentDiscountStatus-C-003-C": "the model asks for the contrary of its own sentence (must be null is checked as must not be null)",
    "CommitmentDiscountStatus-C-005-M": "the model lists Active, Expired, Pending; the specification says Used, Unused",
    "CommitmentDiscountStatus-C-004-C": "the model's condition is the contrary of its sentence",
    "BillingAccountName-C-003-C": "a bill does not name the account that pays",
    "InvoiceId-C-005-C": "a bill names no invoice a line",
}


@pytest.fixture(scope="module")
def model():
    path = REAL / "focus_rules" / "model-1.2.json"
    if not path.is_file():
        pytest.skip(f"the FOCUS requirements model is not in {REAL}: set COSTDNA_REAL_DATA")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows():
    import importlib.util

    import bills

    spec = importlib.util.spec_from_file_location(
        "focus_lines", Path(__file__).parents[1] / "costdna" / "focus" / "test_write.py"
    )
    lines = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lines)
    result = bills.run(lines.everything())
    return focus_rows(result.charges, result.allocations, result.ownership, result.bill.scale).to_dict("records")


def check(need, row, model):
    """Truth of a check on a row; None where it cannot be decided from one row."""
    kind, value = need.get("CheckFunction"), row.get(need.get("ColumnName", ""), None)
    null = value in ("", None)
    if kind in ("AND", "OR"):
        parts = [check(p, row, model) for p in need["Items"]]
        return None if None in parts else (all if kind == "AND" else any)(parts)
    if kind == "CheckValue":
        if need["Value"] is None or null:
            return null and need["Value"] is None
        return (
            _number(value) == _number(str(need["Value"]))
            if isinstance(need["Value"], (int, float))
            else value == need["Value"]
        )
    if kind == "CheckNotValue":
        return not null if need["Value"] is None else value != str(need["Value"])
    if kind in ("TypeDecimal", "FormatNumeric", "CheckDecimalValue"):
        return null or re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value) is not None
    if kind in ("TypeDateTime", "FormatDateTime"):
        return null or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None
    if kind == "CheckGreaterOrEqualThanValue":
        return null or (_number(value) is not None and _number(value) >= _number(str(need["Value"])))
    if kind in ("FormatCurrency", "CheckNationalCurrency"):
        return null or re.fullmatch("[A-Z]{3}", value) is not None
    if kind == "FormatKeyValue":
        return null or isinstance(json.loads(value), dict)
    if kind in ("TypeString", "FormatString"):
        return value is None or isinstance(value, str)
    return None


def _number(text):
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def broken(model, rows):
    """rule → its sentence, of the model's decidable MUST rules about columns that the file has, broken by some row."""
    out, decided = {}, 0
    for name, rule in model["ModelRules"].items():
        body = rule["ValidationCriteria"]
        if (
            rule["Function"] == "Composite"
            or body["Keyword"] not in ("MUST", "MUST NOT")
            or rule["Reference"] not in rows[0]
            or not body["Requirement"]
        ):
            continue
        for row in rows:
            when = check(body["Condition"], row, model) if body["Condition"] else True
            good = check(body["Requirement"], row, model)
            if when is None or good is None:
                break
            if rule["Function"] != "Nullability" and row[rule["Reference"]] == "" and "null" not in body["MustSatisfy"]:
                continue  # whether nothing may stand here is another rule's
            if when and not good:
                out[name] = body["MustSatisfy"]
                break
        else:
            decided += 1
    return out, decided


def test_the_models_own_rules_hold_but_for_those_named_here(model, rows):
    out, decided = broken(model, rows)
    assert set(out) == set(KNOWN), set(out) ^ set(KNOWN)
    assert decided > 80 and broken(model, [{**rows[0], "ServiceCategory": "Nonsense", "BilledCost": "x"}])[
        0
    ].keys() >= {"ServiceCategory-C-003-M", "BilledCost-C-001-M"}


def test_our_table_says_what_the_model_says(model):
    rules, table = model["ModelRules"], load("rules_1_2")
    present = {
        r["Reference"]
        for r in rules.values()
        if r["Function"] == "Presence"
        and r["ValidationCriteria"]["Keyword"] == "MUST"
        and not r["ApplicabilityCriteria"]
    }
    assert present <= {c["name"] for c in table["columns"]}, present - {c["name"] for c in table["columns"]}
    assert {r["id"] for r in table["rules"] if not r["id"].startswith("appendix")} <= set(rules)
    nulls = {
        r["Reference"]
        for r in rules.values()
        if r["Function"] == "Nullability"
        and r["ValidationCriteria"]["MustSatisfy"] == f"{r['Reference']} MUST NOT be null."
    }
    assert {c["name"] for c in table["columns"] if not c["nulls"]} <= nulls | {"ChargeFrequency"}
    for column in table["columns"]:
        listed = [
            r
            for r in rules.values()
            if r["Reference"] == column["name"]
            and r["ValidationCriteria"]["MustSatisfy"].endswith("MUST be one of the allowed values.")
        ]
        if "values" in column and listed and column["name"] != "CommitmentDiscountStatus":
            assert {i["Value"] for i in listed[0]["ValidationCriteria"]["Requirement"]["Items"]} == set(
                column["values"]
            ), column["name"]
