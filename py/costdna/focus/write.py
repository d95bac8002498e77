"""CHARGES and ALLOCATIONS → rows of FOCUS 1.2 with their owners, both totals unchanged.

A fee that a CUR writes once is two rows here: what was bought (Purchase) and what of it was not used (Usage, Unused).
Negation rows, which cost nothing once the usage they cancel costs nothing, are no rows of FOCUS. A charge that several
bear is a row each. Columns that an AWS bill cannot fill are left out: rules_1_2.json names them.
"""

import json

import numpy as np
import pandas as pd

from costdna import money
from costdna.focus.rules import load

FEES = ("RIFee", "SavingsPlanRecurringFee")
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
OWNER = "x_OwnerTeam"
"""The owner's column: our own reader takes it back for a tag, before any other."""
EXTRA = (
    OWNER,
    *"x_Verdict x_Basis x_Probability x_Reason x_AllocatedRatio x_AllocatedMethodId x_ModelId x_EvidenceHash".split(),
    *"x_ServiceCode x_UsageType x_Operation x_LineItemType x_ChargeId".split(),
)
COLUMNS = (*(c["name"] for c in load("rules_1_2")["columns"]), *EXTRA)
AS_IT_IS = tuple(
    """
    BillingAccountId BillingCurrency ChargeCategory ChargeClass ChargeFrequency CommitmentDiscountId ProviderName
    RegionId ResourceId ResourceName ServiceName SubAccountId x_Verdict x_Basis x_AllocatedMethodId x_ServiceCode
    x_UsageType x_Operation x_LineItemType
    """.split()
)
"""Columns whose text is the charge's own, where nothing below says otherwise."""
UNKNOWN = ("BillingAccountName", "InvoiceId", "ChargeDescription")
"""Columns that a FOCUS file must carry and a collapsed bill does not know."""


def focus_rows(charges: pd.DataFrame, allocations: pd.DataFrame, ownership: pd.DataFrame, scale: int) -> pd.DataFrame:
    """Every row as text, "" = null, columns in COLUMNS.

    Totals of BilledCost and EffectiveCost are those of `allocations`.
    """
    at = (
        pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
        .reindex(allocations["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    rows = charges.iloc[at].reset_index(drop=True)
    for name in "x_Team x_Verdict x_Basis x_AllocatedRatio x_AllocatedMethodId BilledCost EffectiveCost".split():
        rows[name] = allocations[name].to_numpy()
    _split_others(rows, at, len(charges))
    rows = rows[~((rows["x_ChargeKind"] == "SavingsPlanNegation").to_numpy() & _free(rows))].reset_index(drop=True)
    rows = _attach(rows, ownership)
    return _texts(_fees(rows), scale)


def _free(rows: pd.DataFrame) -> np.ndarray:
    return np.logical_and.reduce([(rows[c] == 0).to_numpy() for c in ("BilledCost", "EffectiveCost")])


def _split_others(rows: pd.DataFrame, at: np.ndarray, size: int) -> None:
    """List and contracted cost, and the quantity, of charges that several bear: shared out like the cost."""
    several = np.flatnonzero(np.bincount(at, minlength=size)[at] > 1)
    if not len(several):
        return
    ratio = rows["x_AllocatedRatio"].to_numpy()
    quantity = rows["ConsumedQuantity"].to_numpy().copy()
    costs = {name: rows[name].to_numpy().astype(object) for name in ("ListCost", "ContractedCost")}
    for _, place in pd.Series(several).groupby(at[several], sort=True):
        here = place.to_numpy()
        for column in costs.values():
            column[here] = money.split(int(column[here[0]]), ratio[here].tolist())
        quantity[here] = quantity[here] * ratio[here] / 1_000_000
    for name, column in costs.items():
        rows[name] = money.fit(column)
    rows["ConsumedQuantity"] = quantity


def _attach(rows: pd.DataFrame, ownership: pd.DataFrame) -> pd.DataFrame:
    """Probability, reason, model and evidence of the owner each row has."""
    facts = ["x_Probability", "x_Reason", "x_ModelId", "x_EvidenceHash"]
    known = ownership[["x_OwnableId", "x_Team", "x_Verdict", *facts]].drop_duplicates(
        ["x_OwnableId", "x_Team", "x_Verdict"]
    )
    return rows.merge(known, on=["x_OwnableId", "x_Team", "x_Verdict"], how="left", validate="many_to_one")


def _fees(rows: pd.DataFrame) -> pd.DataFrame:
    """A recurring fee as what was bought and what of it was not used."""
    fee = rows["x_ChargeKind"].isin(FEES).to_numpy()
    zero = np.zeros(int(fee.sum()), dtype="int64")
    bought = rows[fee].assign(EffectiveCost=zero, CommitmentDiscountStatus="")
    unused = rows[fee].assign(
        BilledCost=zero,
        ListCost=zero,
        ContractedCost=zero,
        ChargeCategory="Usage",
        ChargeFrequency="Usage-Based",
        CommitmentDiscountStatus="Unused",
        _unused=True,
    )
    unused["ResourceId"] = unused["CommitmentDiscountId"]
    out = pd.concat([rows[~fee], bought, unused]).sort_index(kind="stable").reset_index(drop=True)
    out["_unused"] = (out["_unused"] == True).to_numpy(dtype=bool) if "_unused" in out else False  # noqa: E712
    return out


def _texts(rows: pd.DataFrame, scale: int) -> pd.DataFrame:
    """Every column of COLUMNS as text."""
    text = {c: rows[c].astype(object).to_numpy() for c in AS_IT_IS}
    out = {
        **text,
        **{c: np.array(money.to_texts(rows[c].to_numpy(), scale), dtype=object) for c in COSTS},
        **{c: np.full(len(rows), "", dtype=object) for c in UNKNOWN},
        **_periods(rows),
        **_commitments(rows, text),
        **_quantities(rows, text),
        **_names(rows, text),
        **_owners(rows),
        "Tags": _tags(rows["x_TagSet"]),
        "x_ChargeId": rows["x_ChargeId"].astype(str).to_numpy(),
    }
    return pd.DataFrame({name: out[name] for name in COLUMNS})


def _periods(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    start = rows["ChargePeriodStart"].fillna(rows["BillingPeriodStart"])
    period = rows["BillingPeriodStart"].fillna(start).to_numpy().astype("datetime64[M]")
    end = rows["ChargePeriodEnd"].fillna(start + pd.Timedelta(days=1)).to_numpy().astype("datetime64[s]")
    end = np.where(end.astype("int64") % 60 == 59, end + np.timedelta64(1, "s"), end)  # a CUR's inclusive end
    return {
        "BillingPeriodStart": _times(period),
        "BillingPeriodEnd": _times(period + 1),
        "ChargePeriodStart": _times(start.to_numpy()),
        "ChargePeriodEnd": _times(end),
    }


def _commitments(rows: pd.DataFrame, text: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    committed = text["CommitmentDiscountId"] != ""
    plan = np.array(["savingsplan" in c.lower() for c in text["CommitmentDiscountId"]], dtype=bool)
    status = np.where(rows["CommitmentDiscountStatus"] == "", "Used", rows["CommitmentDiscountStatus"])
    return {
        "CommitmentDiscountCategory": np.where(committed, np.where(plan, "Spend", "Usage"), ""),
        "CommitmentDiscountStatus": np.where(committed & (text["ChargeCategory"] == "Usage"), status, ""),
        "CommitmentDiscountType": np.where(committed, np.where(plan, "Savings Plan", "Reserved Instance"), ""),
    }


def _quantities(rows: pd.DataFrame, text: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What was consumed and what was priced, with their units; what was committed and not used is not consumed."""
    usage, purchase = text["ChargeCategory"] == "Usage", text["ChargeCategory"] == "Purchase"
    consumed = usage & ~rows["_unused"].to_numpy(dtype=bool) & (rows["CommitmentDiscountStatus"] != "Unused").to_numpy()
    priced = usage | purchase
    quantity = rows["ConsumedQuantity"].to_numpy(dtype="float64")
    unit = np.where(rows["ConsumedUnit"] != "", rows["ConsumedUnit"], "Units").astype(object)
    standard = priced & (rows["PricingCategory"] == "").to_numpy()
    category = np.where(standard, "Standard", rows["PricingCategory"])
    return {
        "ConsumedQuantity": np.where(consumed, _numbers(quantity), ""),
        "ConsumedUnit": np.where(consumed, unit, ""),
        "PricingCategory": np.where(text["ChargeCategory"] == "Tax", "", category),
        "PricingQuantity": np.where(priced, _numbers(np.where(purchase & (quantity == 0), 1.0, quantity)), ""),
        "PricingUnit": np.where(priced, unit, ""),
    }


def _names(rows: pd.DataFrame, text: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Names a FOCUS file must carry, where need be from the tables of AWS's own names."""
    known = load("aws_names")
    provider = np.where(text["ProviderName"] == "", "Unknown", text["ProviderName"])
    kind = np.where(rows["ResourceType"] == "", "Other", rows["ResourceType"])
    account = np.where(rows["SubAccountName"] == "", text["SubAccountId"], rows["SubAccountName"])
    return {
        "InvoiceIssuerName": provider,
        "ProviderName": provider,
        "PublisherName": provider,
        "RegionName": _mapped(text["RegionId"], known["regions"]),
        "ResourceType": np.where(text["ResourceId"] != "", kind, ""),
        "ServiceCategory": _mapped(text["x_ServiceCode"], known["categories"], "Other"),
        "ServiceName": np.where(text["ServiceName"] == "", "Unknown", text["ServiceName"]),
        "SubAccountName": np.where(text["SubAccountId"] != "", account, ""),
    }


def _owners(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    probability = rows["x_Probability"].to_numpy(dtype="float64")
    return {
        OWNER: np.where(rows["x_Verdict"] == "owned", rows["x_Team"], ""),
        "x_Probability": np.where(np.isnan(probability), "", _numbers(np.round(np.nan_to_num(probability), 6))),
        "x_AllocatedRatio": np.array(money.to_texts(rows["x_AllocatedRatio"].to_numpy(), 6), dtype=object),
        **{c: rows[c].fillna("").to_numpy() for c in ("x_Reason", "x_ModelId", "x_EvidenceHash")},
    }


def _times(values: np.ndarray) -> np.ndarray:
    return np.char.add(np.datetime_as_string(values.astype("datetime64[s]")), "Z").astype(object)


def _numbers(values: np.ndarray) -> np.ndarray:
    """Shortest decimal text of a quantity."""
    codes, distinct = pd.factorize(values)
    texts = np.array([np.format_float_positional(v, trim="-") for v in distinct], dtype=object)
    return texts[codes.astype("int64")] if len(texts) else np.array([], dtype=object)


def _mapped(values: np.ndarray, table: dict[str, str], otherwise: str | None = None) -> np.ndarray:
    """Each value's entry; what has none is itself, or `otherwise`."""
    return (
        pd.Series(values, dtype=object)
        .map({v: table.get(v, v if otherwise is None else otherwise) for v in pd.unique(values)})
        .to_numpy()
    )


def _tags(sets: pd.Series) -> np.ndarray:
    """Tag sets as FOCUS writes them: an object of key and value.

    A key that two sources share keeps its source before the second.
    """
    table = {}
    for text in sets.unique():
        pairs: dict[str, str] = {}
        for source, key, value in json.loads(text):
            if source != "costdna":
                pairs[key if key not in pairs else f"{source}/{key}"] = value
        table[text] = json.dumps(pairs, ensure_ascii=False, separators=(",", ":")) if pairs else ""
    return sets.map(table).to_numpy()
