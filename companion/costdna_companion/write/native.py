"""Services' own tagging calls, as data: for what the Tagging API does not take. Each call touches only the keys it
names.

Checked against botocore's service model by a test: operations, parameters and the form of the tags.
"""

from dataclasses import dataclass

from costdna_companion.write.routes import Target


@dataclass(frozen=True)
class Native:
    """One service's calls. `who` is the parameter that names the resource; `form` how tags travel: map, Key, key,
    TagKey.
    """

    client: str
    who: str
    read: str
    tags: str
    write: str
    put: str
    remove: str
    keys: str
    form: str = "Key"
    # arn · last (the name after the last / or :) · list, names (a list of one) · queue (the address of a queue)
    by: str = "arn"

    def whom(self, arn: str) -> dict:
        """The parameter that names a resource."""
        last = arn.rpartition("/")[2].rpartition(":")[2]
        return {
            self.who: {
                "arn": arn,
                "last": last,
                "list": [arn],
                "names": [last],
                "queue": _queue(arn) if self.by == "queue" else "",
            }[self.by]
        }

    def out(self, tags: dict[str, str]):
        """Tags in the form that the service takes."""
        if self.form == "map":
            return dict(tags)
        value = {"Key": "Value", "key": "value", "TagKey": "TagValue"}[self.form]
        return [{self.form: k, value: v} for k, v in tags.items()]

    def gone(self, keys: list[str]) -> list:
        """Keys in the form that `remove` takes: alone, or as tags without a value where it takes tags."""
        return [{self.form: key} for key in keys] if self.keys == self.put else keys

    def home(self, answer: dict) -> dict[str, str]:
        """Tags out of the answer to `read`."""
        found = answer
        for part in self.tags.split("."):
            if isinstance(found, list) and not part.isdigit():
                found = [one.get(part, {}) for one in found]
            else:
                found = (
                    found[int(part)]
                    if part.isdigit() and found
                    else found.get(part, {})
                    if isinstance(found, dict)
                    else {}
                )
        if self.form == "map" or not found:
            return dict(found or {})
        value = {"Key": "Value", "key": "value", "TagKey": "TagValue"}[self.form]
        return {tag[self.form]: tag.get(value, "") for tag in found}  # a value may be left out where it is empty


def _queue(arn: str) -> str:
    """The address by which SQS names a queue.

    >>> _queue("arn:aws-cn:sqs:cn-north-1:111122223333:jobs")
    'https://sqs.cn-north-1.amazonaws.com.cn/111122223333/jobs'
    """
    _, partition, _, region, account, name = arn.split(":", 5)
    return f"https://sqs.{region}.amazonaws.com{'.cn' if partition == 'aws-cn' else ''}/{account}/{name}"


_CALLS = """
backup backup ResourceArn list_tags Tags tag_resource Tags untag_resource TagKeyList map arn
cloudwatch cloudwatch ResourceARN list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys Key arn
dynamodb dynamodb ResourceArn list_tags_of_resource Tags tag_resource Tags untag_resource TagKeys Key arn
ecr ecr resourceArn list_tags_for_resource tags tag_resource tags untag_resource tagKeys Key arn
ecs ecs resourceArn list_tags_for_resource tags tag_resource tags untag_resource tagKeys key arn
eks eks resourceArn list_tags_for_resource tags tag_resource tags untag_resource tagKeys map arn
elasticache elasticache ResourceName list_tags_for_resource TagList add_tags_to_resource Tags remove_tags_from_resource TagKeys Key arn
elasticfilesystem efs ResourceId list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys Key last
elasticloadbalancing elbv2 ResourceArns describe_tags TagDescriptions.0.Tags add_tags Tags remove_tags TagKeys Key list
es opensearch ARN list_tags TagList add_tags TagList remove_tags TagKeys Key arn
events events ResourceARN list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys Key arn
firehose firehose DeliveryStreamName list_tags_for_delivery_stream Tags tag_delivery_stream Tags untag_delivery_stream TagKeys Key last
fsx fsx ResourceARN list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys Key arn
glue glue ResourceArn get_tags Tags tag_resource TagsToAdd untag_resource TagsToRemove map arn
kafka kafka ResourceArn list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys map arn
kms kms KeyId list_resource_tags Tags tag_resource Tags untag_resource TagKeys TagKey last
lambda lambda Resource list_tags Tags tag_resource Tags untag_resource TagKeys map arn
logs logs resourceArn list_tags_for_resource tags tag_resource tags untag_resource tagKeys map arn
memorydb memorydb ResourceArn list_tags TagList tag_resource Tags untag_resource TagKeys Key arn
mq mq ResourceArn list_tags Tags create_tags Tags delete_tags TagKeys map arn
rds rds ResourceName list_tags_for_resource TagList add_tags_to_resource Tags remove_tags_from_resource TagKeys Key arn
redshift redshift ResourceName describe_tags TaggedResources.Tag create_tags Tags delete_tags TagKeys Key arn
sagemaker sagemaker ResourceArn list_tags Tags add_tags Tags delete_tags TagKeys Key arn
secretsmanager secretsmanager SecretId describe_secret Tags tag_resource Tags untag_resource TagKeys Key arn
sns sns ResourceArn list_tags_for_resource Tags tag_resource Tags untag_resource TagKeys Key arn
sqs sqs QueueUrl list_queue_tags Tags tag_queue Tags untag_queue TagKeys map queue
states stepfunctions resourceArn list_tags_for_resource tags tag_resource tags untag_resource tagKeys key arn
"""
"""One service a line: as an ARN spells it, then the fields of Native in their order."""

NATIVE = {service: Native(*calls) for service, *calls in map(str.split, _CALLS.strip().splitlines())}
"""Service of an ARN → its own calls."""

CLASSIC = Native(
    "elb",
    "LoadBalancerNames",
    "describe_tags",
    "TagDescriptions.0.Tags",
    "add_tags",
    "Tags",
    "remove_tags",
    "Tags",
    by="names",
)
"""Of a Classic Load Balancer, whom its newer namesakes' calls do not know."""


def of(thing: Target) -> Native | None:
    """A resource's own calls, or None where the Tagging API alone knows it. The ARN of a Classic Load Balancer ends with
    its name; the newer ones' say of which kind they are (Elastic Load Balancing, resource types in the Service
    Authorization Reference).

    >>> from costdna_companion.write.routes import target
    >>> at = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/"
    >>> [of(target(at + name)).client for name in ("old", "app/front/50dc6c495c0c9188", "net/app/50dc6c495c0c9188")]
    ['elb', 'elbv2', 'elbv2']
    """
    if thing.service == "elasticloadbalancing" and thing.resource.rpartition("/")[0] == "loadbalancer":
        return CLASSIC
    return NATIVE.get(thing.service)
