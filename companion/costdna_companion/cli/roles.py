"""costdna roles: the AWS roles that the companion asks for, as text to review."""

from enum import Enum
from typing import Annotated

import typer

from costdna.errors import UsageError


class Form(str, Enum):
    cloudformation = "cloudformation"
    terraform = "terraform"
    policy = "policy"
    list = "list"


def roles(
    write: Annotated[
        bool, typer.Option("--write/--read", help="The role that writes tags, or the one that only reads.")
    ] = False,
    activate: Annotated[
        bool,
        typer.Option(
            "--activate", help="With --write: also the rights of costdna activate, for the management account."
        ),
    ] = False,
    form: Annotated[
        Form, typer.Option("--form", help="Template, bare policy, or a list with the feature of each right.")
    ] = Form.list,
    account: Annotated[str, typer.Option(help="Account whose people may assume the role.")] = "",
    external_id: Annotated[str, typer.Option(help="External id that they must give.")] = "",
    name: Annotated[str, typer.Option(help="Name of the role.")] = "",
    partition: Annotated[str, typer.Option(help="aws, aws-cn or aws-us-gov.")] = "aws",
) -> None:
    """Print exactly the rights that this program uses: reading and writing are two roles. Nothing is created.

    Exit codes: 0 printed, 2 bad usage.
    """
    import json

    from costdna_companion.roles import ACTIVATE, READ, WRITE, cloudformation, policy, terraform

    if activate and not write:
        raise UsageError(
            "Activating tag keys is writing.",
            found="--activate without --write",
            next_step="Say --write --activate.",
            code="activate",
        )
    rights = (WRITE + ACTIVATE if activate else WRITE) if write else READ
    if form == Form.list:
        for right in rights:
            print(f"{right.action:<45} {right.feature}")
        return
    if form == Form.policy:
        print(json.dumps(policy(rights, partition), indent=2))
        return
    if not (account.isdigit() and len(account) == 12):
        raise UsageError(
            "A role needs the account that may assume it.",
            found=account or "nothing",
            where="--account",
            next_step="Give its 12 digits.",
            code="account",
        )
    make = cloudformation if form == Form.cloudformation else terraform
    print(make(name or ("costdna-write" if write else "costdna-read"), rights, account, external_id, partition), end="")
