"""People's identities stay out of what is written down, unless asked for: principals become short stable hashes.

A principal is personal data where it carries a name: IAM and STS ARNs, unique ids (AROA…, AIDA…), the session in
aws:createdBy, principal tags and user attributes. The same principal has the same hash everywhere, so groups stay
groups.
"""

import hashlib
import json
import re

import pandas as pd

from costdna import names

_IDENTITY = re.compile(
    r"arn:aws[\w-]*:(?:iam|sts)::\d*:[^\s\",)\]]+|\bA(?:ROA|IDA|KIA|SIA|GPA)[A-Z0-9]{8,}\b"
    # who acted, as EVENTS names people and the sessions they chose a name for
    r"|\b(?:human|session):[^\s\",)\]]+"
)
_PERSONAL_TAGS = ("iamPrincipal/", "userAttribute/")
_PERSONAL_KINDS = ("creator", "iam_principal", "actor")


def hashed(text: str) -> str:
    """A principal as it may be written down.

    >>> hashed("arn:aws:iam::111122223333:user/maria")
    'principal-6540116b'
    """
    return "principal-" + hashlib.sha256(text.encode()).hexdigest()[:8]


def hide(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy of any declared table with every principal hashed: its own column, tag sets, groups, and inside reasons."""
    out = frame.copy()
    for name in out.columns:
        if out[name].dtype == object and len(out) and isinstance(out[name].iat[0], str):
            clean = {text: _clean(name, text) for text in out[name].unique()}
            out[name] = out[name].map(clean)
    if {"ResourceType", "ResourceName"} <= set(out.columns):
        people = (out["ResourceType"] == "iam:user") & (out["ResourceName"] != "")
        out.loc[people, "ResourceName"] = [hashed(name) for name in out.loc[people, "ResourceName"]]
    if {"x_Kind", "x_Group"} <= set(out.columns):
        personal = out["x_Kind"].isin(_PERSONAL_KINDS) & ~out["x_Group"].str.startswith("principal-")
        for row in out.index[personal]:
            group = out.at[row, "x_Group"]
            if "x_Reason" in out:
                out.at[row, "x_Reason"] = out.at[row, "x_Reason"].replace(group, hashed(group))
            out.at[row, "x_Group"] = hashed(group)
    return out


def unnamed(value):
    """JSON-ready data with every principal in its texts hashed.

    >>> unnamed([{"why": "created by human:maria@shop.example (2 of 3)"}])
    [{'why': 'created by principal-6e47e28b (2 of 3)'}]
    """
    if isinstance(value, dict):
        return {key: unnamed(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [unnamed(one) for one in value]
    return _clean("", value) if isinstance(value, str) else value


def _clean(column: str, text: str) -> str:
    if column == "x_PrincipalId":
        return hashed(text) if text else ""
    if column in ("x_TagSet", "Tags") and text != "[]":
        pairs = [
            [s, k, hashed(v) if names.tag_key(k) == "awscreatedby" or k.startswith(_PERSONAL_TAGS) else v]
            for s, k, v in json.loads(text)
        ]
        text = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    return _IDENTITY.sub(lambda m: hashed(m.group(0)), text)
