"""Groups read from what the charges say: account, region, service, type, usage, operation, commitment, principal."""

import numpy as np
import pandas as pd

_COLUMNS = (
    ("usage_type", "x_UsageType"),
    ("operation", "x_Operation"),
    ("commitment", "CommitmentDiscountId"),
    ("iam_principal", "x_PrincipalId"),
)


def by_use(ownables: pd.DataFrame, charges: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group). Usage types lose their region prefix, so that one use groups across regions."""
    out = []
    ids = ownables["x_OwnableId"].tolist()
    for kind, column in (
        ("account", "SubAccountId"),
        ("region", "RegionId"),
        ("service", "ServiceName"),
        ("resource_type", "ResourceType"),
    ):
        out += [(o, kind, v) for o, v in zip(ids, ownables[column]) if v]
    known = set(ids)
    owner, owners = pd.factorize(charges["x_OwnableId"].to_numpy())
    owner, owners = owner.astype("int64"), owners.tolist()
    for kind, column in _COLUMNS:
        codes, texts = pd.factorize(charges[column].to_numpy())
        pairs = pd.unique(owner * len(texts) + codes.astype("int64"))
        texts = [_plain(t) if kind == "usage_type" else t for t in texts]
        who, what = np.divmod(pairs, len(texts)) if texts else (pairs, pairs)
        out += sorted(
            {
                (owners[o], kind, texts[c])
                for o, c in zip(who.tolist(), what.tolist())
                if texts[c] and owners[o] in known
            }
        )
    return out


def _plain(usage_type: str) -> str:
    """A usage type without its region prefix.

    >>> _plain("EUW1-BoxUsage:m5.large"), _plain("BoxUsage:m5.large")
    ('BoxUsage:m5.large', 'BoxUsage:m5.large')
    """
    head, dash, tail = usage_type.partition("-")
    return tail if dash and head.isupper() and 2 <= len(head) <= 5 else usage_type
