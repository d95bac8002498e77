"""What was overwritten unseen is found in CloudTrail's records, in the forms in which services write them; what was not
is not.
"""

import pytest

from costdna_companion.write.history import lost, tags_of

TIME = "2026-11-02T10:00:0{}Z"
FORMS = {
    "EC2": (
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
        "CreateTags",
        {"resourcesSet": {"items": [{"resourceId": "i-1"}]}, "tagSet": {"items": [{"key": "team", "value": "theirs"}]}},
    ),
    "S3": (
        "arn:aws:s3:::shop-logs",
        "PutBucketTagging",
        {
            "bucketName": "shop-logs",
            "tagging": "",
            "Host": "shop-logs.s3.amazonaws.com",
            "Tagging": {
                "xmlns": "http://s3.amazonaws.com/doc/2006-03-01/",
                "TagSet": {"Tag": {"Key": "team", "Value": "theirs"}},
            },
        },
    ),
    "IAM": (
        "arn:aws:iam::111122223333:role/eng/web",
        "TagRole",
        {"roleName": "web", "tags": [{"key": "team", "value": "theirs"}]},
    ),
    "scaling group": (
        "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:u:autoScalingGroupName/web",
        "CreateOrUpdateTags",
        {
            "tags": [
                {
                    "resourceId": "web",
                    "resourceType": "auto-scaling-group",
                    "key": "team",
                    "value": "theirs",
                    "propagateAtLaunch": False,
                }
            ]
        },
    ),
    "Tagging API": (
        "arn:aws:sns:eu-west-1:111122223333:alerts",
        "TagResources",
        {"resourceARNList": ["arn:aws:sns:eu-west-1:111122223333:alerts"], "tags": {"team": "theirs"}},
    ),
    "KMS": (
        "arn:aws:kms:eu-west-1:111122223333:key/0a-1",
        "TagResource",
        {"keyId": "0a-1", "tags": [{"tagKey": "team", "tagValue": "theirs"}]},
    ),
    "Glue": (
        "arn:aws:glue:eu-west-1:111122223333:job/nightly",
        "TagResource",
        {"resourceArn": "arn:aws:glue:eu-west-1:111122223333:job/nightly", "tagsToAdd": {"team": "theirs"}},
    ),
}


def journal(arn: str, **more) -> list[dict]:
    return [
        {"kind": "run", "at": TIME.format(0)},
        {
            "kind": "before",
            "at": "2026-11-02T10:00:01.900Z",
            "arn": arn,
            "key": "team",
            "before": None,
            "new": "search",
            "all": {"Name": "x"},
        },
        {
            "kind": "outcome",
            "at": "2026-11-02T10:00:03.100Z",
            "arn": arn,
            "key": "team",
            "new": "search",
            "status": "written",
            "before": None,
            **more,
        },
    ]


def record(name: str, parameters: dict, at: int = 2) -> dict:
    return {
        "eventID": "e",
        "eventName": name,
        "eventTime": TIME.format(at),
        "userIdentity": {"arn": "arn:aws:iam::111122223333:user/maria"},
        "requestParameters": parameters,
    }


@pytest.mark.parametrize("form", FORMS)
def test_a_value_that_no_read_saw_is_found_with_its_hand_hashed(form):
    arn, name, parameters = FORMS[form]
    found = lost(journal(arn), [record(name, parameters)])
    assert [(one["key"], one["value"], one["at"], one["event"]) for one in found] == [
        ("team", "theirs", TIME.format(2), name)
    ]
    assert "maria" not in str(found) and found[0]["by"].startswith("principal-")
    assert not lost(
        journal(
            arn.replace("web", "api")
            .replace("i-1", "i-2")
            .replace("logs", "data")
            .replace("alerts", "news")
            .replace("0a-1", "0a-2")
            .replace("nightly", "hourly")
        ),
        [record(name, parameters)],
    )


def test_what_was_seen_is_still_there_or_came_at_another_time_is_not_lost():
    arn, name, parameters = FORMS["EC2"]
    told = record(name, parameters)
    assert lost(journal(arn), [told])
    assert not lost(journal(arn, others={"team": [None, "theirs"]}), [told]) and not lost(
        journal(arn, found="theirs"), [told]
    )
    assert not lost(journal(arn), [told], {arn: {"team": "theirs"}})
    assert not lost(journal(arn), [record(name, parameters, at=0)]) and not lost(
        journal(arn), [record(name, parameters, at=4)]
    )
    assert not lost(journal(arn), [told | {"errorCode": "AccessDenied"}]) and not lost(
        journal(arn), [told | {"responseElements": {"failedResourcesMap": {arn: {"errorCode": "x"}}}}]
    )
    assert not lost(
        journal(arn),
        [
            record(
                name,
                {
                    "resourcesSet": {"items": [{"resourceId": "i-1"}]},
                    "tagSet": {"items": [{"key": "team", "value": "search"}]},
                },
            )
        ],
    )


def test_a_removal_sets_nothing_and_a_true_is_a_text():
    assert tags_of({"eventName": "DeleteTags", "requestParameters": FORMS["EC2"][2]}) == (set(), {})
    assert tags_of(
        record(
            "PutBucketTagging",
            {"bucketName": "b", "Tagging": {"TagSet": {"Tag": {"Value": True, "Key": "StratusRedTeam"}}}},
        )
    )[1] == {"StratusRedTeam": "true"}


def test_real_records_are_understood(real_data):
    import gzip
    import json

    seen = {}
    for path in sorted((real_data / "cloudtrail").rglob("*.json*")):
        content = json.loads((gzip.open(path, "rt") if path.suffix == ".gz" else path.open()).read())
        for event in content.get("Records", []) if isinstance(content, dict) else content:
            if isinstance(event, dict) and tags_of(event)[1]:
                seen[event["eventName"]] = tags_of(event)
    assert {"PutBucketTagging", "CreateTags"} <= set(seen)
    assert all(tags["StratusRedTeam"] == "true" and whom for whom, tags in seen.values() if "StratusRedTeam" in tags)


def test_what_was_written_while_a_run_was_taken_back_is_found_too():
    arn, name, parameters = FORMS["EC2"]
    undone = [
        *journal(arn),
        {
            "kind": "undo",
            "since": TIME.format(6),
            "at": TIME.format(7),
            "arn": arn,
            "key": "team",
            "status": "restored",
            "found": None,
        },
    ]
    assert [one["at"] for one in lost(undone, [record(name, parameters, at=6)])] == [TIME.format(6)]
    assert not lost(undone, [record(name, parameters, at=5)]) and not lost(
        [*undone[:-1], undone[-1] | {"status": "changed", "found": "theirs"}], [record(name, parameters, at=6)]
    )
