"""A file held to FOCUS 1.2, as far as rules_1_2.json goes: types, nulls, allowed values, and rules between columns."""

import re

import numpy as np
import pandas as pd

from costdna import nested
from costdna.focus.rules import load

_TYPES = {
    "Decimal": re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "Date/Time": re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ"),
}
_CURRENCY = re.compile(r"[A-Z]{3}")


def validate(rows: pd.DataFrame) -> list[dict]:
    """What breaks the rules. rows: every column as text, "" = null.

    Returns [{rule, column, text, rows, example}], in the order of the table; [] where all holds. Columns beginning x_
    are free.
    """
    out = []
    table = load("rules_1_2")
    for column in table["columns"]:
        name = column["name"]
        if name not in rows:
            out.append(_problem("presence", name, "the column is missing", len(rows), ""))
            continue
        texts = pd.unique(rows[name])
        for rule, text, wrong in _column(column, texts):
            out.append(_problem(rule, name, text, int(rows[name].isin(wrong).sum()), wrong[0]))
    out += [
        _problem("presence", n, "no column of FOCUS 1.2, and it does not begin with x_", len(rows), "")
        for n in rows
        if not n.startswith("x_") and n not in {c["name"] for c in table["columns"]}
    ]
    if any(p["rule"] == "presence" for p in out):
        return out
    for rule in table["rules"]:
        here = np.ones(len(rows), dtype=bool)
        for name, value in rule["when"].items():
            here &= _is(rows[name], value)
        good = ~_is(rows[rule["column"]], rule["not"]) if "not" in rule else _is(rows[rule["column"]], rule["is"])
        wrong = here & ~good
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            out.append(
                _problem(rule["id"], rule["column"], _words(rule), int(wrong.sum()), str(rows[rule["column"]].iat[at]))
            )
    return out


def _column(column: dict, texts) -> list[tuple[str, str, list[str]]]:
    out, filled = [], [t for t in texts if t != ""]
    if not column["nulls"] and "" in set(texts):
        out.append(("nullability", "must not be null", [""]))
    if "values" in column:
        if wrong := [t for t in filled if t not in column["values"]]:
            out.append(("allowed values", f"must be one of {', '.join(column['values'])}", wrong))
    elif column["type"] in _TYPES:
        if wrong := [t for t in filled if not _TYPES[column["type"]].fullmatch(t)]:
            out.append(("format", f"must be a {column['type']}", wrong))
    elif column["type"] == "JSON":
        if wrong := [t for t in filled if not _pairs(t)]:
            out.append(("format", "must be a JSON object of texts", wrong))
    elif column["name"] == "BillingCurrency" and (wrong := [t for t in filled if not _CURRENCY.fullmatch(t)]):
        out.append(("format", "must be an ISO 4217 code", wrong))
    return out


def _pairs(text: str) -> bool:
    try:
        found = nested.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and all(v is None or isinstance(v, (str, bool, int, float)) for v in found.values())


def _is(values: pd.Series, wanted) -> np.ndarray:
    """Per row: null where None is wanted, filled where "*", else one of the list."""
    null = (values == "").to_numpy()
    return null if wanted is None else ~null if wanted == "*" else values.isin(wanted).to_numpy()


def _words(rule: dict) -> str:
    say = lambda v: "null" if v is None else "not null" if v == "*" else " or ".join(v)
    must = f"must not be {say(rule['not'])}" if "not" in rule else f"must be {say(rule['is'])}"
    return f"{must} when " + " and ".join(f"{k} is {say(v)}" for k, v in rule["when"].items())


def _problem(rule: str, column: str, text: str, rows: int, example: str) -> dict:
    return {"rule": rule, "column": column, "text": text, "rows": rows, "example": example}
