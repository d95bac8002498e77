"""Places where a run of writing can be hit.

Before and after each call to AWS, before, within and after each line of the journal.
"""

import datetime as dt
import os
from collections.abc import Callable

from costdna_companion.bench.written_kinds import REGION
from costdna_companion.write.journal import Journal

KILL = "kill"
"""The action that ends the process; any other text is an error code that AWS answers with, a function is called."""


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing catches it."""


class Faults:
    """Counts the places that a run passes; at some of them something happens. at: number of a place → action; always:
    action from that place on.
    """

    def __init__(
        self,
        at: dict[int, object] | None = None,
        always: tuple[int, str] | None = None,
        die: Callable[[], None] | None = None,
    ):
        self.at, self.always, self.places = at or {}, always, []
        self._die = die

    def reach(self, place: str):
        """What is to happen at this place: nothing, or an error code. Kills and functions happen here."""
        number = len(self.places)
        self.places.append(place)
        action = self.at.get(number)
        if action is None and self.always and number >= self.always[0]:
            action = self.always[1]
        if action == KILL:
            if place.startswith("within"):
                return KILL
            self.die()
        if callable(action):
            action()
            return None
        return action

    def die(self) -> None:
        if self._die:
            self._die()
        raise Killed


class Wire:
    """boto3 clients whose calls pass `faults`; what they change is kept in `records` as CloudTrail would."""

    def __init__(
        self,
        endpoint: str = "",
        faults: Faults | None = None,
        arn: str = "arn:aws:sts::123456789012:assumed-role/costdna-write/costdna",
    ):
        self.faults, self.records, self._endpoint, self._arn, self._clients = faults, [], endpoint, arn, {}

    def __call__(self, service: str, account: str = "", region: str = REGION):
        import boto3
        from botocore.config import Config

        if (service, region) not in self._clients:
            client = boto3.client(
                service,
                region_name=region,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=Config(retries={"max_attempts": 0}),
                **({"endpoint_url": self._endpoint} if self._endpoint else {}),
            )
            client.meta.events.register("provide-client-params.*", lambda params, model, **_: self._note(params, model))
            client.meta.events.register_first("before-call.*", lambda model, **_: self._before(model))
            client.meta.events.register_last(
                "after-call.*", lambda model, http_response, parsed, **_: self._after(model, http_response, parsed)
            )
            self._clients[service, region] = client
        return self._clients[service, region]

    def _note(self, params: dict, model) -> None:
        if not reads(model.name):
            self.records.append(
                {
                    "eventID": f"e{id(self)}-{len(self.records)}",
                    "eventName": model.name,
                    "eventSource": f"{model.service_model.endpoint_prefix}.amazonaws.com",
                    "awsRegion": REGION,
                    "readOnly": False,
                    "eventTime": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}",
                    "userIdentity": {"type": "AssumedRole", "arn": self._arn},
                    "requestParameters": _told(model.name, params, model.input_shape),
                }
            )

    def _before(self, model):
        code = self.faults.reach(f"before {model.service_model.service_name}:{model.name}") if self.faults else None
        if code is None:
            return None
        if model.name == "TagResources":  # the Tagging API answers 200 and names the resources that it did not tag
            return _Raw(200), {
                "FailedResourcesMap": {
                    arn: {"StatusCode": 400, "ErrorCode": code, "ErrorMessage": "injected"} for arn in self._last_arns
                },
                "ResponseMetadata": {"HTTPStatusCode": 200},
            }
        return _Raw(400), {"Error": {"Code": code, "Message": "injected"}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def _after(self, model, answer, parsed: dict) -> None:
        if model.name == "TagResources" and parsed.get("FailedResourcesMap"):
            self.records[-1]["responseElements"] = {"failedResourcesMap": parsed["FailedResourcesMap"]}
        if answer.status_code >= 300 and not reads(model.name):
            self.records[-1]["errorCode"] = "Refused"
        if self.faults:
            self.faults.reach(f"after {model.service_model.service_name}:{model.name}")

    @property
    def _last_arns(self) -> list[str]:
        return next(
            record["requestParameters"]["resourceARNList"]
            for record in reversed(self.records)
            if record["eventName"] == "TagResources"
        )


class HitJournal(Journal):
    """A journal whose lines can be hit: not written, torn, or written and nothing after."""

    def __init__(self, path, faults: Faults):
        super().__init__(path)
        self._faults = faults

    def add(self, kind: str, **content) -> dict:
        self._faults.reach(f"before journal:{kind}")
        line = super().add(kind, **content)
        if self._faults.reach(f"within journal:{kind}") == KILL:
            os.truncate(self.path, self.path.stat().st_size - 9)
            self._faults.die()
        self._faults.reach(f"after journal:{kind}")
        return line


class _Raw:
    def __init__(self, status: int):
        self.status_code, self.headers, self.content = status, {}, b""


def reads(operation: str) -> bool:
    """Whether an operation leaves everything as it is."""
    return operation.startswith(("Get", "List", "Describe"))


def _told(name: str, params: dict, shape) -> dict:
    """Parameters as CloudTrail writes them: members begin small.

    EC2 and S3 have forms of their own, as in delivered records.
    """
    if name == "CreateTags" and "Resources" in params:  # of EC2; others call theirs so too
        return {
            "resourcesSet": {"items": [{"resourceId": one} for one in params["Resources"]]},
            "tagSet": {"items": [{"key": t["Key"], "value": t["Value"]} for t in params["Tags"]]},
        }
    if name == "PutBucketTagging":
        return {
            "bucketName": params["Bucket"],
            "tagging": "",
            "Tagging": {"TagSet": {"Tag": params["Tagging"]["TagSet"]}},
        }
    return _small(params, shape)


def _small(value, shape):
    if shape.type_name == "structure":
        return {k[0].lower() + k[1:]: _small(v, shape.members[k]) for k, v in value.items()}
    if shape.type_name == "list":
        return [_small(one, shape.member) for one in value]
    return value
