"""What a charge says under the names that rules use: its service, a tag, its environment, the kind of fee it is."""

import json
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from costdna import names
from costdna.allocate import COMMITMENT_KINDS

FIELDS = {
    "service": ("ServiceName", "x_ServiceCode"),
    "account": ("SubAccountId", "SubAccountName"),
    "region": ("RegionId",),
    "resource": ("ResourceId", "ResourceName"),
    "usage-type": ("x_UsageType",),
    "operation": ("x_Operation",),
    "category": ("ChargeCategory",),
    "line-type": ("x_LineItemType",),
}
ENVIRONMENT_KEYS = ("environment", "env", "stage", "tier")
KINDS = ("tax", "support", "commitment", "credit", "unowned")
"""Charges that no rule spreads unless it says so (`is: tax`)."""


def texts(charges: pd.DataFrame, field: str) -> np.ndarray:
    """The text of each charge under one field: a name of FIELDS, `environment`, or `tag:KEY`. Shape (n,) object.

    A service, account or resource is its name where it has one, else its id.
    """
    if field in FIELDS:
        main, *rest = FIELDS[field]
        out = charges[main].to_numpy(dtype=object)
        return np.where(out == "", charges[rest[0]].to_numpy(dtype=object), out) if rest else out
    key = field.partition(":")[2] if field.startswith("tag:") else ""
    codes, sets = pd.factorize(charges["x_TagSet"].to_numpy(), sort=False)
    values = np.array([_tag(text, key) for text in sets], dtype=object)
    return values[codes] if len(values) else np.zeros(0, dtype=object)


def matches(charges: pd.DataFrame, field: str, patterns: tuple[str, ...]) -> np.ndarray:
    """Charges of which one of the patterns (*, ?; case does not matter) fits the field. Shape (n,) bool."""
    columns = [charges[c].to_numpy(dtype=object) for c in FIELDS[field]] if field in FIELDS else [texts(charges, field)]
    hit = np.zeros(len(charges), dtype=bool)
    for column in columns:
        codes, seen = pd.factorize(column, sort=False)
        fits = np.array(
            [
                any(fnmatchcase(str(text).casefold(), p.casefold()) for p in patterns)
                and (str(text) != "" or "" in patterns)
                for text in seen
            ],
            dtype=bool,
        )
        hit |= fits[codes] if len(fits) else False
    return hit


def kinds(charges: pd.DataFrame) -> dict[str, np.ndarray]:
    """For each kind of fee, the charges that are of it; `unowned` is decided by the owner, not here."""
    support = np.array(
        [
            ("support" in str(s).casefold() and "aws" in str(s).casefold())
            or str(c).startswith(("AWSSupport", "OCBPremiumSupport", "AWSDeveloperSupport"))
            for s, c in zip(charges["ServiceName"], charges["x_ServiceCode"])
        ],
        dtype=bool,
    )
    bought = (charges["ChargeCategory"] == "Purchase") & (charges["CommitmentDiscountId"] != "")
    commitment = (
        charges["x_ChargeKind"].isin(COMMITMENT_KINDS) | (charges["CommitmentDiscountStatus"] == "Unused") | bought
    )
    credit = (charges["ChargeCategory"] == "Credit") | charges["x_LineItemType"].isin(["Credit", "Refund"])
    return {
        "tax": (charges["ChargeCategory"] == "Tax").to_numpy(),
        "support": support,
        "commitment": commitment.to_numpy(),
        "credit": credit.to_numpy(),
    }


def _tag(text: str, key: str) -> str:
    found = [(names.plain_key(k), v) for _, k, v in (json.loads(text) if text else ())]
    for wanted in [names.plain_key(key)] if key else [names.plain_key(k) for k in ENVIRONMENT_KEYS]:
        for name, value in found:
            if name == wanted and value:
                return value if key else names.ENVIRONMENTS.get(value.casefold(), value)
    return ""
