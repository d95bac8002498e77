"""Tags as AWS has them now, and single keys written and removed. No call here decides anything.

No tag API has a compare-and-set: who calls `write` has just read, and reads again.
"""

from costdna.errors import CostDNAError
from costdna.export.principals import unnamed
from costdna_companion.write import native
from costdna_companion.write.routes import Target


class WriteRefused(CostDNAError):
    """AWS did not write: `code` is AWS's own (AccessDenied, Throttling, …), or ours where no call was made. broken: AWS
    failed (HTTP 5xx) or gave no answer, rather than refused.
    """

    broken = False


class Clash(WriteRefused):
    """Somebody wrote the key after the caller's last read: `value` is what is there now; nothing was written."""

    def __init__(self, thing: Target, key: str, value: str | None):
        super().__init__(
            "Somebody wrote this tag a moment ago.", where=thing.arn, code="Clash", next_step="Plan again."
        )
        self.key, self.value = key, value


class Cloud:
    """Reads and writes tags through sessions of the user's own credentials. `clients(service, account, region)` gives a
    boto3 client; `clients.once`, where there is one, a client that repeats nothing by itself.
    """

    def __init__(self, clients, at_once: int = 1):
        """at_once: reads made at the same time by `read_many`, where a service reads one resource a call."""
        self._clients, self._at_once = getattr(clients, "once", clients), at_once

    def read(self, thing: Target) -> dict[str, str]:
        """All tags of a resource, `aws:` ones included. Raises WriteRefused where it cannot be read or is not there."""
        return self._call(f"_read_{thing.route}", thing)

    def read_many(self, things: list[Target]) -> dict[str, dict[str, str] | WriteRefused]:
        """Tags of resources of one account, Region and route by ARN, in as few calls and as short a time as the
        services allow; why, where one cannot be read.
        """
        listed = [thing for thing in things if thing.route == "ec2" or native.of(thing) is None]
        single = [thing for thing in things if thing not in listed]
        out: dict[str, dict[str, str] | WriteRefused] = {}
        if listed:
            try:
                out |= self._call("_list_ec2" if listed[0].route == "ec2" else "_list_tagging", listed[0], listed)
            except WriteRefused as error:
                out |= {thing.arn: error for thing in listed}

        def read(thing: Target) -> dict[str, str] | WriteRefused:
            try:
                return self.read(thing)
            except WriteRefused as error:
                return error

        if self._at_once > 1 and len(single) > 1:
            from concurrent.futures import ThreadPoolExecutor

            try:
                for thing in single:
                    # made here: making a client is not safe beside another
                    self._client(native.of(thing).client, thing)
            except CostDNAError:
                pass  # none can be made there: each reading says so
            with ThreadPoolExecutor(min(self._at_once, len(single))) as pool:
                found = list(pool.map(read, single))
        else:
            found = [read(thing) for thing in single]
        return out | {thing.arn: tags for thing, tags in zip(single, found)}

    def write_many(self, things: list[Target], tags: dict[str, str]) -> dict[str, WriteRefused]:
        """Set these keys on at most 20 resources of one account, Region and route by one call; those that it did not
        take, by ARN. Raises WriteRefused where the call itself is refused.
        """
        if things[0].route == "ec2":
            self._call("_write_ec2", things[0], tags, things)
            return {}
        return self._call("_write_all_tagging", things[0], tags, things)

    def write(self, thing: Target, tags: dict[str, str], seen: dict[str, str | None] | None = None) -> None:
        """Set these keys and leave all others as they are. Raises WriteRefused with AWS's own code.

        seen: what the caller last read of them; where a route has to read once more before it writes, another value
        there is a Clash.
        """
        self._call(f"_write_{thing.route}", thing, tags, *([seen] if thing.route in ("s3", "autoscaling") else []))

    def remove(self, thing: Target, keys: list[str], seen: dict[str, str | None] | None = None) -> None:
        """Remove these keys and leave all others as they are. Raises WriteRefused with AWS's own code; seen: as for
        write.
        """
        self._call(f"_remove_{thing.route}", thing, keys, *([seen] if thing.route in ("s3", "ec2") else []))

    def _call(self, name: str, thing: Target, *more):
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.exceptions import ConnectionError as Unreached

        try:
            return getattr(self, name)(thing, *more)
        except ClientError as error:
            told = error.response.get("Error", {})
            # AWS's refusals name who was refused, and an outcome is written down
            refused = WriteRefused(
                unnamed(told.get("Message") or "AWS refused."),
                where=thing.arn,
                code=told.get("Code") or "ClientError",
                next_step=_advice(told.get("Code") or ""),
            )
            refused.broken = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
        except BotoCoreError as error:
            refused = WriteRefused(
                unnamed(str(error)),
                where=thing.arn,
                code=type(error).__name__,
                next_step="Check the network and the credentials, then resume the run.",
            )
            refused.broken = isinstance(error, (Unreached, HTTPClientError))
        except WriteRefused:
            raise
        except CostDNAError as error:  # an account that cannot be entered: its rows alone are refused
            refused = WriteRefused(
                unnamed(f"{error.message} {error.found}. {error.next_step}"),
                where=thing.arn,
                code=error.code or "Account",
                next_step=error.next_step,
            )
        raise refused

    def _client(self, service: str, thing: Target):
        return self._clients(service, *thing.place)

    # -- Resource Groups Tagging API: most services; where it does not take one, the service's own calls --------

    def _read_tagging(self, thing: Target) -> dict[str, str]:
        own = native.of(thing)
        if own:  # GetResources knows nothing of what was never tagged; the service itself does
            client = self._client(own.client, thing)
            # DynamoDB, KMS and EFS answer in pages
            pages = (
                client.get_paginator(own.read).paginate(**own.whom(thing.arn))
                if client.can_paginate(own.read)
                else [getattr(client, own.read)(**own.whom(thing.arn))]
            )
            return {key: value for page in pages for key, value in own.home(page).items()}
        found = self._client("resourcegroupstaggingapi", thing).get_resources(ResourceARNList=[thing.arn])[
            "ResourceTagMappingList"
        ]
        return {
            tag["Key"]: tag.get("Value", "")
            for entry in found
            if entry["ResourceARN"] == thing.arn
            for tag in entry["Tags"]
        }

    def _list_tagging(self, thing: Target, things: list[Target]) -> dict[str, dict[str, str]]:
        found = self._client("resourcegroupstaggingapi", thing).get_resources(
            ResourceARNList=[each.arn for each in things]
        )["ResourceTagMappingList"]
        told = {entry["ResourceARN"]: {tag["Key"]: tag.get("Value", "") for tag in entry["Tags"]} for entry in found}
        return {each.arn: told.get(each.arn, {}) for each in things}

    def _write_all_tagging(self, thing: Target, tags: dict[str, str], things: list[Target]) -> dict[str, WriteRefused]:
        answer = self._client("resourcegroupstaggingapi", thing).tag_resources(
            ResourceARNList=[each.arn for each in things], Tags=tags
        )
        failed = answer.get("FailedResourcesMap", {})
        return {each.arn: _refused(each, failed[each.arn]) for each in things if each.arn in failed}

    def _write_tagging(self, thing: Target, tags: dict[str, str]) -> None:
        own = native.of(thing)
        failed = (
            self._client("resourcegroupstaggingapi", thing)
            .tag_resources(ResourceARNList=[thing.arn], Tags=tags)
            .get("FailedResourcesMap", {})
            .get(thing.arn)
        )
        if failed and own and _not_taken(failed):
            getattr(self._client(own.client, thing), own.write)(**own.whom(thing.arn), **{own.put: own.out(tags)})
        elif failed:
            raise _refused(thing, failed)

    def _remove_tagging(self, thing: Target, keys: list[str]) -> None:
        own = native.of(thing)
        failed = (
            self._client("resourcegroupstaggingapi", thing)
            .untag_resources(ResourceARNList=[thing.arn], TagKeys=keys)
            .get("FailedResourcesMap", {})
            .get(thing.arn)
        )
        if own and (failed and _not_taken(failed) or not failed and set(keys) & self._read_tagging(thing).keys()):
            getattr(self._client(own.client, thing), own.remove)(**own.whom(thing.arn), **{own.keys: own.gone(keys)})
        elif failed:
            raise _refused(thing, failed)

    # -- EC2: its own calls touch only the keys they name, and tell of what was never tagged --------------------

    def _id(self, thing: Target) -> str:
        return thing.resource.rpartition("/")[2]

    def _read_ec2(self, thing: Target) -> dict[str, str]:
        pages = (
            self._client("ec2", thing)
            .get_paginator("describe_tags")
            .paginate(Filters=[{"Name": "resource-id", "Values": [self._id(thing)]}])
        )
        return {tag["Key"]: tag.get("Value", "") for page in pages for tag in page["Tags"]}

    def _list_ec2(self, thing: Target, things: list[Target]) -> dict[str, dict[str, str]]:
        pages = (
            self._client("ec2", thing)
            .get_paginator("describe_tags")
            .paginate(Filters=[{"Name": "resource-id", "Values": [self._id(each) for each in things]}])
        )
        told: dict[str, dict[str, str]] = {self._id(each): {} for each in things}
        for page in pages:
            for tag in page["Tags"]:
                told[tag["ResourceId"]][tag["Key"]] = tag.get("Value", "")
        return {each.arn: told[self._id(each)] for each in things}

    def _write_ec2(self, thing: Target, tags: dict[str, str], things: list[Target] | None = None) -> None:
        self._client("ec2", thing).create_tags(
            Resources=[self._id(each) for each in things or [thing]],
            Tags=[{"Key": k, "Value": v} for k, v in tags.items()],
        )

    def _remove_ec2(self, thing: Target, keys: list[str], seen: dict | None = None) -> None:
        # the one condition that a tag API takes: with a value, a key is removed only where it still has that value
        held = {k: v for k, v in (seen or {}).items() if v is not None}
        self._client("ec2", thing).delete_tags(
            Resources=[self._id(thing)], Tags=[{"Key": k, **({"Value": held[k]} if k in held else {})} for k in keys]
        )

    # -- S3: single keys where the bucket has ABAC on, else the whole set is read, merged and put ----------------

    def _read_s3(self, thing: Target) -> dict[str, str]:
        from botocore.exceptions import ClientError

        try:
            return {
                tag["Key"]: tag.get("Value", "")
                for tag in self._client("s3", thing).get_bucket_tagging(Bucket=thing.resource)["TagSet"]
            }
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchTagSet":
                return {}
            raise

    def _write_s3(self, thing: Target, tags: dict[str, str], seen: dict | None = None) -> None:
        if self._has_abac(thing):
            control, account = self._control(thing)
            _as_seen(thing, self._read_s3(thing), seen, tags)
            control.tag_resource(
                AccountId=account, ResourceArn=thing.arn, Tags=[{"Key": k, "Value": v} for k, v in tags.items()]
            )
            return
        current = self._read_s3(thing)
        _as_seen(thing, current, seen, tags)
        self._put_s3(thing, {**current, **tags})

    def _remove_s3(self, thing: Target, keys: list[str], seen: dict | None = None) -> None:
        if self._has_abac(thing):
            control, account = self._control(thing)
            _as_seen(thing, self._read_s3(thing), seen, {})
            control.untag_resource(AccountId=account, ResourceArn=thing.arn, TagKeys=keys)
            return
        current = self._read_s3(thing)
        _as_seen(thing, current, seen, {})
        self._put_s3(thing, {k: v for k, v in current.items() if k not in keys})

    def _put_s3(self, thing: Target, tags: dict[str, str]) -> None:
        # S3 keeps its own aws: tags and refuses to be sent them
        own = [{"Key": k, "Value": v} for k, v in tags.items() if not k.startswith("aws:")]
        client = self._client("s3", thing)
        if own:
            client.put_bucket_tagging(Bucket=thing.resource, Tagging={"TagSet": own})
        else:
            client.delete_bucket_tagging(Bucket=thing.resource)

    def _has_abac(self, thing: Target) -> bool:
        """Whether the bucket takes single keys only. A bucket or a partition without the feature answers with an error:
        then it has none.
        """
        from botocore.exceptions import ClientError

        client = self._client("s3", thing)
        if not hasattr(client, "get_bucket_abac"):
            return False
        try:
            return client.get_bucket_abac(Bucket=thing.resource).get("AbacStatus", {}).get("Status") == "Enabled"
        except ClientError:
            return False

    def _control(self, thing: Target):
        """(S3 Control where the bucket is, its account): unlike S3, it sends nobody on to the right Region."""
        region = bucket_region(self._client("s3", thing), thing.resource)
        return self._clients("s3control", thing.account, region), thing.account or self._client(
            "sts", thing
        ).get_caller_identity()["Account"]

    # -- Auto Scaling groups and IAM: the Tagging API writes them but cannot read them ---------------------------

    def _group(self, thing: Target) -> str:
        return thing.resource.partition("autoScalingGroupName/")[2]

    def _read_autoscaling(self, thing: Target) -> dict[str, str]:
        pages = (
            self._client("autoscaling", thing)
            .get_paginator("describe_tags")
            .paginate(Filters=[{"Name": "auto-scaling-group", "Values": [self._group(thing)]}])
        )
        return {tag["Key"]: tag.get("Value", "") for page in pages for tag in page["Tags"]}

    def _write_autoscaling(self, thing: Target, tags: dict[str, str], seen: dict | None = None) -> None:
        name = self._group(thing)
        # propagation concerns later launches only; what a group's own tag says of it is kept
        held = [
            tag
            for group in self._client("autoscaling", thing).describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
                "AutoScalingGroups"
            ]
            for tag in group["Tags"]
        ]
        _as_seen(thing, {tag["Key"]: tag.get("Value", "") for tag in held}, seen, tags)
        spread = {tag["Key"]: tag["PropagateAtLaunch"] for tag in held}
        self._client("autoscaling", thing).create_or_update_tags(
            Tags=[
                {
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                    "Key": k,
                    "Value": v,
                    "PropagateAtLaunch": spread.get(k, False),
                }
                for k, v in tags.items()
            ]
        )

    def _remove_autoscaling(self, thing: Target, keys: list[str]) -> None:
        name = self._group(thing)
        self._client("autoscaling", thing).delete_tags(
            Tags=[{"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": k} for k in keys]
        )

    def _iam(self, thing: Target) -> tuple[str, dict]:
        kind, _, name = thing.resource.partition("/")
        if kind not in ("role", "user"):
            raise WriteRefused(
                "This kind of IAM resource is not written.",
                where=thing.arn,
                code="NotTaggable",
                next_step="Leave it out of the plan.",
            )
        return kind, {f"{kind.title()}Name": name.rpartition("/")[2]}

    def _read_iam(self, thing: Target) -> dict[str, str]:
        kind, name = self._iam(thing)
        pages = self._client("iam", thing).get_paginator(f"list_{kind}_tags").paginate(**name)
        return {tag["Key"]: tag.get("Value", "") for page in pages for tag in page["Tags"]}

    def _write_iam(self, thing: Target, tags: dict[str, str]) -> None:
        kind, name = self._iam(thing)
        getattr(self._client("iam", thing), f"tag_{kind}")(
            **name, Tags=[{"Key": k, "Value": v} for k, v in tags.items()]
        )

    def _remove_iam(self, thing: Target, keys: list[str]) -> None:
        kind, name = self._iam(thing)
        getattr(self._client("iam", thing), f"untag_{kind}")(**name, TagKeys=keys)


def bucket_region(client, bucket: str) -> str:
    """The Region of a bucket, which its ARN does not say; S3 tells the oldest as nothing and Ireland by its first name."""
    at = client.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    return {"EU": "eu-west-1"}.get(at, at)


def _as_seen(thing: Target, current: dict[str, str], seen: dict[str, str | None] | None, due: dict[str, str]) -> None:
    for key, value in (seen or {}).items():
        # what is due may be there: a call that was answered with an error may have been taken
        if current.get(key) not in (value, due.get(key)):
            raise Clash(thing, key, current.get(key))


def _not_taken(failed: dict) -> bool:
    """Whether the Tagging API says that it does not know this service, rather than that it may not."""
    text = f"{failed.get('ErrorCode', '')} {failed.get('ErrorMessage', '')}".lower()
    return "not yet supported" in text or "not supported" in text or "unsupported" in text


def _refused(thing: Target, failed: dict) -> WriteRefused:
    """HTTP 200 may carry a refusal for the one resource that was asked for."""
    code = failed.get("ErrorCode") or "Failed"
    return WriteRefused(
        unnamed(failed.get("ErrorMessage") or "AWS refused this resource."),
        where=thing.arn,
        code=code,
        next_step=_advice(code),
    )


def _advice(code: str) -> str:
    if "Denied" in code or "Unauthorized" in code:
        return "Give the write role tag:TagResources and the service's own tagging permission."
    if "Throttl" in code or "TooMany" in code or "SlowDown" in code:
        return "Wait a minute and resume the run: it goes on where it stopped."
    return "See AWS's message; the other resources of the plan are not affected."
