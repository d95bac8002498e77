"""How a resource's tags are read and written: by the Tagging API where it works, by the service's own call where it
does not.

Sources: Resource Groups Tagging API, supported services (TagResources works on Auto Scaling groups and IAM users and
roles, but GetResources returns nothing for them); Amazon S3, bucket tagging and ABAC.
"""

from dataclasses import dataclass

from costdna.errors import UsageError
from costdna_companion.collect.clients import HOME


@dataclass(frozen=True)
class Target:
    """A resource by its ARN, in parts. `route` is the reader and writer that takes it: tagging, s3, ec2, autoscaling,
    iam.
    """

    arn: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def route(self) -> str:
        return self.service if self.service in ("s3", "ec2", "autoscaling", "iam") else "tagging"

    @property
    def folds(self) -> bool:
        """Whether keys that differ by case alone are one key: so for IAM users and roles (IAM user guide, "Tags", case
        sensitivity).
        """
        return self.route == "iam"

    @property
    def place(self) -> tuple[str, str]:
        """Account and Region whose endpoint takes the call: global services answer in one Region of their partition."""
        return self.account, self.region or HOME.get(self.arn.split(":")[1], HOME["aws"])


def target(arn: str, account: str = "") -> Target:
    """The parts of an ARN; account: whose it is, where the ARN does not say (a bucket's, an API's). Raises UsageError
    where it is none.

    >>> target("arn:aws:ec2:eu-west-1:111122223333:instance/i-1").route
    'ec2'
    >>> target("arn:aws:s3:::shop-logs").route, target("arn:aws:s3:::shop-logs").resource
    ('s3', 'shop-logs')
    >>> target("arn:aws-cn:s3:::shop-logs").place
    ('', 'cn-north-1')
    >>> target("arn:aws:s3:::shop-logs", "111122223333").place
    ('111122223333', 'us-east-1')
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise UsageError(
            "A planned resource has no ARN, so no tag can be written to it.",
            found=arn,
            next_step="Leave it out of the plan, or name it by its ARN.",
            code="no-arn",
        )
    return Target(arn, parts[2], parts[3], parts[4] or account, parts[5])


def of_line(line: dict) -> Target:
    """The resource that a line of a journal is about."""
    return target(line["arn"], line.get("account", ""))
