"""What the demo company's accounts answer has the shapes of AWS's own answers, and says of each resource what is true
of it.
"""

import csv
import gzip
import json

import boto3
import pytest
from botocore.validate import ParamValidator
from costdna import schema
from costdna.inventory import found
from costdna_companion.bench.collected import ACTIVATED, cut
from costdna_companion.collect import registry
from costdna_companion.demo.account import pages, write_account
from costdna_companion.demo.bill import build


@pytest.fixture(scope="module")
def bill():
    return build(7, scale=0.1, year=2026, month=9, negative=False)


def test_every_page_has_the_shape_of_its_call(bill):
    models = {}
    for (_, _, _, call), found_pages in pages(bill).items():
        if call not in models:
            service, operation = call.split(".")
            meta = boto3.client(
                service, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
            ).meta
            models[call] = meta.service_model.operation_model(meta.method_to_api_mapping[operation])
        for page in found_pages:
            for value, shape in (
                (page["request"], models[call].input_shape),
                (page["response"], models[call].output_shape),
            ):
                plain = json.loads(json.dumps(value))
                for stack in plain.get("Stacks", []):
                    stack["CreationTime"] = "2026-01-01T00:00:00Z"  # AWS always says when; ours has no such truth
                for one in plain.get("StackResourceSummaries", []):
                    one["LastUpdatedTimestamp"] = "2026-01-01T00:00:00Z"
                for group in plain.get("AutoScalingGroups", []):
                    group |= {
                        "MinSize": 0,
                        "MaxSize": 9,
                        "DesiredCapacity": 1,
                        "DefaultCooldown": 0,
                        "AvailabilityZones": ["eu-central-1a"],
                        "HealthCheckType": "EC2",
                        "CreatedTime": "2026-01-01T00:00:00Z",
                    }
                    for one in group["Instances"]:
                        one |= {
                            "AvailabilityZone": "eu-central-1a",
                            "LifecycleState": "InService",
                            "HealthStatus": "Healthy",
                            "ProtectedFromScaleIn": False,
                        }
                problems = ParamValidator().validate(plain, shape)
                assert not problems.has_errors(), problems.generate_report()
                assert set(plain) <= set(shape.members)
    assert len(models) == 6


def test_the_tables_say_what_is_true(bill, tmp_path):
    write_account(bill, tmp_path)
    inventory, memberships = registry.tables(tmp_path / "collected")
    alive = [r for r in bill.world.resources if r.last >= bill.world.hours]
    things = schema.OWNABLES.empty().reindex(range(len(alive)))
    things["x_OwnableId"], things["SubAccountId"], things["ResourceId"] = (
        range(1, len(alive) + 1),
        [bill.world.accounts[r.account] for r in alive],
        [r.id for r in alive],
    )
    charges = schema.CHARGES.empty().reindex(range(len(alive)))
    charges["x_OwnableId"], charges["x_ServiceCode"] = (
        things["x_OwnableId"],
        ["AmazonS3" if r.kind == "bucket" else "" for r in alive],
    )
    hits = found(inventory, things.astype({"x_OwnableId": "int64"}), charges)
    told = {h: {k: v for _, k, v in json.loads(t)} for h, t in zip(hits.tolist(), inventory["Tags"]) if h}
    tagged = [(n, r) for n, r in enumerate(alive, 1) if r.tags and "user:Team" in r.tags[-1][2]]
    assert len(tagged) > 30
    assert sum(told.get(n, {}).get("Team") == r.tags[-1][2]["user:Team"] for n, r in tagged) >= 0.98 * len(tagged)
    groups = set(zip(memberships["x_Kind"], memberships["x_Group"]))
    assert {("stack", r.stack) for r in alive if r.stack} <= groups
    assert {("cluster", r.group) for r in alive if r.group and r.kind in ("instance", "spot")} <= groups
    assert {("attachment", r.parent) for r in alive if r.kind == "volume" and r.parent} <= groups
    assert not any("createdBy" in text for text in inventory["Tags"])  # only billing knows


def test_a_cut_bill_lacks_exactly_the_columns_that_were_not_activated(tmp_path):
    header = ["lineItem/UnblendedCost", "resourceTags/user:Team", "resourceTags/aws:createdBy"]
    with gzip.open(tmp_path / "a.csv.gz", "wt", newline="") as out:
        csv.writer(out).writerows([header, ["1", "web", "x"]])
    left = []
    for keeps in ACTIVATED.values():
        cut(tmp_path / "a.csv.gz", tmp_path / "cut" / "b.csv.gz", keeps)
        with gzip.open(tmp_path / "cut" / "b.csv.gz", "rt", newline="") as handle:
            left.append(list(csv.reader(handle)))
    assert left == [[header, ["1", "web", "x"]], [header[:2], ["1", "web"]], [header[:1], ["1"]]]
