"""An AWS on loopback: moto's server, with the calls that it lacks answered here and held against botocore's own service
model.

Every request and answer of a handler of ours is validated by botocore's shapes: a field AWS does not know, or one that
is missing, fails the call. What moto does not answer and we do not add is an HTTP 500, never a quiet success.
"""

import datetime as dt
import json
import logging
import os
import urllib.request

import boto3
from botocore.validate import ParamValidator
from cost_tags import OPERATIONS, CostTags
from moto.ce.responses import CostExplorerResponse
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.server import ThreadedMotoServer

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY, SECRET = "AKIAPLANTEDKEYID0001", "planted-not-a-real-secret-aB3/xyz"


class Double:
    """A context: `url` is every service's endpoint, `environment` what a process needs to use it, `history` the events
    LookupEvents knows, `cost_tags` the tag keys billing knows.
    """

    def __init__(self):
        self.history: list[dict] = []
        self.cost_tags = CostTags()
        self.calls: list[str] = []
        self._clients: dict = {}

    def __enter__(self) -> "Double":
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._dispatch = DomainDispatcherApplication.__call__
        DomainDispatcherApplication.__call__ = (
            lambda app, environ, start: self._explorer(environ, start)
            if "/resource-explorer-2/" in environ.get("HTTP_AUTHORIZATION", "")
            else self._dispatch(app, environ, start)
        )
        CloudTrailResponse.lookup_events = _checked("cloudtrail", "LookupEvents", self._lookup)
        for operation, method in OPERATIONS.items():
            setattr(
                CostExplorerResponse,
                camelcase_to_underscores(operation),
                _checked(
                    "ce",
                    operation,
                    lambda request, region, method=method: getattr(self.cost_tags, method)(request, region),
                ),
            )
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        self.client("sts").get_caller_identity()
        return self

    def __exit__(self, *error) -> None:
        urllib.request.urlopen(urllib.request.Request(self.url + "/moto-api/reset", method="POST")).read()
        self._server.stop()
        del CloudTrailResponse.lookup_events
        for operation in OPERATIONS:
            delattr(CostExplorerResponse, camelcase_to_underscores(operation))
        DomainDispatcherApplication.__call__ = self._dispatch

    @property
    def environment(self) -> dict[str, str]:
        """Credentials and endpoint for a process of its own; nothing of the machine's real AWS settings is left."""
        plain = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return {
            **plain,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def client(self, service: str, region: str = REGION):
        """A client of the double's own account, made once."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service, region_name=region, aws_access_key_id=KEY, aws_secret_access_key=SECRET, endpoint_url=self.url
            )
        return self._clients[service, region]

    def _explorer(self, environ, start):
        """Resource Explorer, of which moto knows nothing: on, and with no resource in its index."""
        model = _model("resource-explorer-2", "ListResources")
        request = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or "{}")
        known = environ["PATH_INFO"] == model.http["requestUri"] and environ["REQUEST_METHOD"] == model.http["method"]
        answer = {"Resources": []} if known else {"message": "not of this double"}
        if known:
            _hold(request, model.input_shape)
            _hold(answer, model.output_shape)
        start("200 OK" if known else "501 Not Implemented", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def _lookup(self, request: dict, region: str) -> dict:
        """LookupEvents: one attribute, newest first, 50 a page."""
        self.calls.append(f"cloudtrail:LookupEvents {region}")
        wanted = {a["AttributeKey"]: a["AttributeValue"] for a in request.get("LookupAttributes", [])}
        start, end = (_time(request[k]) if k in request else None for k in ("StartTime", "EndTime"))
        hits = [
            e
            for e in self.history
            if e["awsRegion"] == region
            and ("ReadOnly" not in wanted or str(e["readOnly"]).lower() == wanted["ReadOnly"])
            and (start is None or e["eventTime"] >= start)
            and (end is None or e["eventTime"] <= end)
        ]
        hits.sort(key=lambda e: (e["eventTime"], e["eventID"]), reverse=True)
        at, most = int(request.get("NextToken", "0")), request.get("MaxResults", 50)
        out = {
            "Events": [
                {
                    "EventId": e["eventID"],
                    "EventName": e["eventName"],
                    "ReadOnly": str(e["readOnly"]).lower(),
                    "EventSource": e["eventSource"],
                    "EventTime": dt.datetime.fromisoformat(e["eventTime"].replace("Z", "+00:00")),
                    "CloudTrailEvent": json.dumps(e),
                }
                for e in hits[at : at + most]
            ]
        }
        return {**out, "NextToken": str(at + most)} if at + most < len(hits) else out


def _time(value) -> str:
    """A timestamp as it came over the wire (seconds, or ISO 8601) as an event writes it."""
    moment = (
        dt.datetime.fromtimestamp(float(value), dt.UTC)
        if isinstance(value, (int, float))
        else dt.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    )
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _model(service: str, operation: str):
    return boto3.client(
        service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x"
    ).meta.service_model.operation_model(operation)


def _checked(service: str, operation: str, answer):
    """A moto method: the JSON request is held against the operation's input shape, the answer against its output shape;
    unknown members fail.
    """
    model = _model(service, operation)

    def handler(self):
        request = json.loads(self.body or "{}")
        _hold(request, model.input_shape, times=("StartTime", "EndTime"))
        given = answer(request, self.region)
        _hold(given, model.output_shape)
        return ActionResult(given)

    return handler


def _hold(value: dict, shape, times: tuple[str, ...] = ()) -> None:
    unknown = set(value) - set(shape.members)
    assert not unknown, f"{shape.name} has no {sorted(unknown)}"
    # over the wire a timestamp is a number; the validator wants a moment
    plain = {
        k: dt.datetime.fromisoformat(_time(v).replace("Z", "+00:00")) if k in times else v for k, v in value.items()
    }
    problems = ParamValidator().validate(plain, shape)
    assert not problems.has_errors(), problems.generate_report()
