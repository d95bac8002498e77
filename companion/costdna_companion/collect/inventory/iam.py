"""IAM's users and roles with their tags: names that explain who runs what."""

from costdna_companion.collect.inventory.call import Call, Link

PEOPLE = (
    Call(
        "iam",
        "list_roles",
        "Roles[]",
        "iam:role",
        "RoleName",
        "Arn",
        name="RoleName",
        created="CreateDate",
        everywhere=True,
        links=(Link("role", "RoleName"),),
    ),
    Call(
        "iam",
        "list_users",
        "Users[]",
        "iam:user",
        "UserName",
        "Arn",
        name="UserName",
        created="CreateDate",
        everywhere=True,
    ),
    Call(
        "iam",
        "get_account_authorization_details",
        "[RoleDetailList[], UserDetailList[]][]",
        "",
        "Arn",
        "Arn",
        tags="Tags",
        created="CreateDate",
        everywhere=True,
        request={"Filter": ["User", "Role"]},
    ),
)
"""Tags of users and roles come with GetAccountAuthorizationDetails alone: the lists leave them out."""
