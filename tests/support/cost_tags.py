"""Cost allocation tags in the double: what moto lacks, with AWS's limits and its words to a member account; held
against botocore's model by the double.
"""

import datetime as dt

from moto.core.exceptions import JsonRESTError

OPERATIONS = {
    "ListCostAllocationTags": "listed",
    "UpdateCostAllocationTagsStatus": "switch",
    "StartCostAllocationTagBackfill": "backfill",
    "ListCostAllocationTagBackfillHistory": "history",
}


class CostTags:
    """keys: those billing has seen, {key: (active, last switched)}. member: answer as to a member account. calls: what
    was asked, with how many keys.
    """

    PAGE = 3

    def __init__(self, keys: dict[str, tuple[bool, str]] | None = None, member: bool = False):
        self.keys, self.member, self.requests, self.calls = dict(keys or {}), member, [], []

    def listed(self, request: dict, region: str) -> dict:
        self._enter("list", 0, region, "list")
        start, names = int(request.get("NextToken", "0")), sorted(self.keys)
        page = [
            {
                "TagKey": name,
                "Type": "AWSGenerated" if name.startswith("aws:") else "UserDefined",
                "Status": "Active" if self.keys[name][0] else "Inactive",
                **({"LastUpdatedDate": self.keys[name][1]} if self.keys[name][1] else {}),
            }
            for name in names[start : start + self.PAGE]
        ]
        return {
            "CostAllocationTags": page,
            **({"NextToken": str(start + self.PAGE)} if start + self.PAGE < len(names) else {}),
        }

    def switch(self, request: dict, region: str) -> dict:
        asked = request["CostAllocationTagsStatus"]
        self._enter("switch", len(asked), region, "update")
        if len(asked) > 20:
            raise JsonRESTError("ValidationException", "Member must have length less than or equal to 20")
        for one in asked:
            if one["TagKey"] in self.keys:
                self.keys[one["TagKey"]] = (one["Status"] == "Active", _now())
        return {
            "Errors": [
                {"TagKey": one["TagKey"], "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"}
                for one in asked
                if one["TagKey"] not in self.keys
            ]
        }

    def backfill(self, request: dict, region: str) -> dict:
        self._enter("backfill", 0, region, "backfill")
        if any(r["BackfillStatus"] == "PROCESSING" for r in self.requests):
            raise JsonRESTError("BackfillLimitExceededException", "A request to backfill is already in progress.")
        self.requests.append(
            {
                "BackfillFrom": request["BackfillFrom"],
                "RequestedAt": _now(),
                "BackfillStatus": "PROCESSING",
                "LastUpdatedAt": _now(),
            }
        )
        return {"BackfillRequest": self.requests[-1]}

    def history(self, request: dict, region: str) -> dict:
        self._enter("history", 0, region, "list")
        return {"BackfillRequests": self.requests}

    def _enter(self, what: str, keys: int, region: str, verb: str) -> None:
        self.calls.append((what, keys, region))
        if self.member:
            raise JsonRESTError(
                "AccessDeniedException",
                f"Failed to {verb} Cost Allocation Tag: Linked account doesn't have access to cost allocation tags.",
            )


def _now() -> str:
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
