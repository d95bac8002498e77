"""The accounts that a scan reaches: one by role name, or a file of them; each may be reached through another role, each
may ask for an external id.
"""

import re
from dataclasses import dataclass, field

from costdna.errors import UsageError

_ROLE = re.compile(r"^arn:(aws|aws-cn|aws-us-gov):iam::(\d{12}):role/[\w+=,.@/-]{1,512}$")
_NAME = re.compile(r"^[\w+=,.@/-]{1,512}$")
_FIELDS = ("account", "name", "role", "external_id", "through", "regions")


@dataclass(frozen=True)
class Account:
    """One account. role: its name there, or its ARN; none for the credentials' own. through: ARN of a role that is
    assumed first.
    """

    account: str
    name: str = ""
    role: str = ""
    external_id: str = field(default="", repr=False)
    through: str = ""
    regions: tuple[str, ...] = ()

    def arn(self, partition: str) -> str:
        """The role's ARN."""
        return self.role if self.role.startswith("arn:") else f"arn:{partition}:iam::{self.account}:role/{self.role}"


def is_role(text: str) -> bool:
    """Whether a text is the ARN of a role."""
    return bool(_ROLE.match(text))


def parse(content, where: str) -> list[Account]:
    """The accounts of a file's content: rows with account, and name, role, external_id, through, regions as needed.

    regions: a list, or a text with spaces or semicolons between; `all` for every enabled one. Raises UsageError naming
    file and row.
    """
    content = content.get("accounts", content) if isinstance(content, dict) else content
    if not isinstance(content, list) or not content:
        raise UsageError(
            "The accounts file is not a list of accounts.",
            where=where,
            next_step="Write a list: - {account: '111122223333', role: costdna-read}",
            code="accounts",
        )
    out = [_account(row, f"{where}, row {number}") for number, row in enumerate(content, 1)]
    twice = [a.account for n, a in enumerate(out) if a.account in {b.account for b in out[:n]}]
    if twice:
        raise UsageError(
            "An account stands in the file twice.",
            found=twice[0],
            where=where,
            next_step="Keep one row an account.",
            code="accounts",
        )
    return out


def _account(row, where: str) -> Account:
    if not isinstance(row, dict):
        raise UsageError(
            "This is not an account.",
            found=str(row)[:80],
            where=where,
            next_step="Give at least account: its 12 digits.",
            code="accounts",
        )
    alien = sorted(set(row) - set(_FIELDS))
    if alien:
        raise UsageError(
            "The accounts file has a field that we do not know.",
            found=str(alien[0]),
            where=where,
            next_step=f"Use {', '.join(_FIELDS)}.",
            code="accounts",
        )
    text = {k: str(v or "").strip() for k, v in row.items() if k != "regions"}
    # a spreadsheet drops leading zeros
    number = (
        text.get("account", "").zfill(12)
        if re.fullmatch(r"\d{9,}", text.get("account", ""))
        else text.get("account", "")
    )
    if not re.fullmatch(r"\d{12}", number):
        raise UsageError(
            "An account has 12 digits.",
            found=number or "nothing",
            where=where,
            next_step="Write it in quotes, so that leading zeros stay.",
            code="accounts",
        )
    for key in ("role", "through"):
        given = text.get(key, "")
        if given and not (_ROLE.match(given) or key == "role" and not given.startswith("arn:") and _NAME.match(given)):
            raise UsageError(
                "This is not a role.",
                found=given,
                where=f"{where}, {key}",
                next_step="Give a role's ARN" + (" or its name." if key == "role" else "."),
                code="accounts",
            )
    if text.get("role", "").startswith("arn:") and text["role"].split(":")[4] != number:
        raise UsageError(
            "The role is another account's.",
            found=text["role"],
            where=where,
            next_step=f"Give a role of account {number}; one to pass through goes under through.",
            code="accounts",
        )
    regions = row.get("regions") or ()
    return Account(
        **{**text, "account": number},
        regions=tuple(re.split(r"[\s;,]+", regions.strip()) if isinstance(regions, str) else map(str, regions)),
    )
