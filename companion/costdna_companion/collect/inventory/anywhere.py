"""Sources that speak of every service at once: the Tagging API, Resource Explorer, AWS Config. Each sees less, or
later, than the services themselves.
"""

from costdna_companion.collect.inventory.call import Call, Each

TAGGED = (
    Call(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList[]",
        "",
        "ResourceARN",
        "ResourceARN",
        tags="Tags",
    ),
)
"""Only what is or was tagged; never Auto Scaling groups, IAM users or roles (those come with their own services)."""

EXPLORER = (
    Call(
        "resource-explorer-2",
        "list_resources",
        "Resources[]",
        "",
        "Arn",
        "Arn",
        tags="Properties[?Name=='tags'].Data | [0]",
        region="Region",
    ),
)
"""ListResources pages on where Search stops at 1,000. It answers where the account has an index and a default view."""

RECORDED = (
    Call("config", "describe_configuration_recorder_status", "ConfigurationRecordersStatus[]"),
    Call(
        "config",
        "select_resource_config",
        "Results[]",
        "",
        "arn",
        "arn",
        name="resourceName",
        tags="tags",
        created="resourceCreationTime",
        request={
            "Expression": "SELECT accountId, awsRegion, arn, resourceId, resourceName, resourceType, resourceCreationTime, tags"
        },
        each=Each(
            "config.describe_configuration_recorder_status",
            "ConfigurationRecordersStatus[?recording].name",
            "",
            none="AWS Config records nothing here",
        ),
    ),
)
"""Asked only where a recorder runs: one that is off still shows what it saw last."""
