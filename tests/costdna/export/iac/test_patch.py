"""The whole patch: from a bill and a repository to a diff that real parsers read, and nothing tagged without a source."""

import json
import re

import bills
import pytest
from costdna.errors import CostDNAError
from costdna.export import Choices, Leaving, story, write
from costdna.export.iac.patch import cannot, moved, patch
from costdna.teams import parse_rules
from readings import line

DB = "arn:aws:rds:eu-west-1:111122223333:db:orders"
LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:resize"
BILL = [
    line(ResourceId="i-0123456789abcdef0", Unblended="5"),
    line(ResourceId=DB, ServiceCode="AmazonRDS", Unblended="7"),
    line(ResourceId="shop-logs", ServiceCode="AmazonS3", Unblended="2"),
    line(ResourceId=LAMBDA, ServiceCode="AWSLambda", Unblended="1"),
    line(ResourceId="i-0fffffffffffffff1", Unblended="3"),
    line(ResourceId="i-0fffffffffffffff2", Unblended="4"),
    line(
        ResourceId="arn:aws:sqs:eu-west-1:111122223333:jobs",
        ServiceCode="AWSQueueService",
        Unblended="9",
        Tags={
            ("resource", "aws:cloudformation:stack-name"): "jobs-prod",
            ("resource", "aws:cloudformation:logical-id"): "Queue",
        },
    ),
    line(ResourceId="i-0eeeeeeeeeeeeeee1", Unblended="8"),
]
RULES = [{"resource": "*jobs", "team": "R&D"}, {"resource": "*2", "team": "search"}, {"resource": "*", "team": "web"}]
MAIN = """provider "aws" {
  region = "eu-west-1"
}

resource "aws_instance" "web" {
  ami   = "ami-1" # pinned
  count = 1
}

resource "aws_instance" "both" {
  count = 2
}

resource "aws_s3_bucket" "logs" {
  bucket = "shop-logs"
  tags   = var.tags
}

module "db" {
  source = "./modules/db"
}
"""
MODULE = 'resource "aws_db_instance" "this" {\n  identifier = var.name\n  tags = {\n    Name = var.name\n  }\n}\n'
LAMBDAS = 'resource "aws_lambda_function" "resize" {\n  function_name = "resize"\n}\n'
STACK = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: !Ref T\n"


def state(*resources):
    return json.dumps(
        {
            "version": 4,
            "resources": [
                {
                    "mode": "managed",
                    "type": t,
                    "name": n,
                    **({"module": m} if m else {}),
                    "instances": [{"attributes": {"id": i, "arn": i, "tags": {}}} for i in ids],
                }
                for t, n, m, ids in resources
            ],
        }
    )


STATE = state(
    ("aws_instance", "web", "", ["i-0123456789abcdef0"]),
    ("aws_instance", "both", "", ["i-0fffffffffffffff1", "i-0fffffffffffffff2"]),
    ("aws_db_instance", "this", "module.db", [DB]),
)
REPOSITORY = {
    "prod/main.tf": MAIN,
    "prod/modules/db/main.tf": MODULE,
    "fn/lambda.tf": LAMBDAS,
    "stacks/jobs-prod.yaml": STACK,
    "prod/terraform.tfstate": STATE,
    "broken.tf": 'a = "',
}


def leaving(repository=REPOSITORY, lines=BILL, rules=RULES, **choices):
    result = bills.run(lines, rules=parse_rules(rules))
    return Leaving(result, result.report, story.figures(result.report), Choices(repository=repository, **choices))


def test_every_known_source_is_patched_and_every_other_is_listed_with_its_money():
    one = leaving()
    made = patch(one)
    assert set(made.files) == {"prod/main.tf", "prod/modules/db/main.tf", "fn/lambda.tf", "stacks/jobs-prod.yaml"}
    main = made.files["prod/main.tf"]
    assert (
        main.count('team = "web"') == 2 and 'merge(var.tags, { team = "web" })' in main and '"ami-1" # pinned' in main
    )
    assert 'team = "web"' in made.files["prod/modules/db/main.tf"]
    assert '- Key: "team"\n          Value: "R&D"' in made.files["stacks/jobs-prod.yaml"]
    several = "one block makes resources of several teams, or some without an owner"
    unknown = "its source is not among the files given"
    assert {(s.why, s.team): s.units for s in cannot(one) if s.team} == {
        (several, "web"): 300,
        (several, "search"): 400,
        (unknown, "web"): 800,
    }
    assert moved(one) + sum(s.units for s in cannot(one) if s.team) == one.report.net
    assert any("broken.tf" in s.why for s in cannot(one)) and "prod/terraform.tfstate" not in made.files


def test_the_diff_applies_and_real_parsers_read_what_comes_of_it():
    _, text = write("iac-patch", leaving())
    after = applied(text, REPOSITORY)
    assert after == {**REPOSITORY, **patch(leaving()).files}
    hcl2 = pytest.importorskip("hcl2", reason="python-hcl2 re-parses the patched code; install the dev packages")
    for path in ("prod/main.tf", "prod/modules/db/main.tf", "fn/lambda.tf"):
        was, now = hcl2.loads(REPOSITORY[path]), hcl2.loads(after[path])
        assert len(now["resource"]) == len(was["resource"]) and "team" in str(now) and "team" not in str(was)
    yaml = pytest.importorskip("yaml", reason="PyYAML re-parses the patched templates")

    class Short(yaml.SafeLoader):
        pass

    Short.add_multi_constructor("!", lambda loader, tag, node: (tag, loader.construct_scalar(node)))
    queue = yaml.load(after["stacks/jobs-prod.yaml"], Short)["Resources"]["Queue"]["Properties"]
    assert queue == {"Tags": [{"Key": "team", "Value": "R&D"}], "VisibilityTimeout": ("Ref", "T")}


def applied(text, files):
    """The files after a unified diff, hunks checked line by line."""
    out, path = dict(files), ""
    for chunk in re.split(r"(?m)^--- a/", text)[1:]:
        path = chunk.splitlines()[0]
        old, new, at = files[path].splitlines(keepends=True), [], 0
        for hunk in re.finditer(r"(?ms)^@@ -(\d+)[^@]*@@\n(.*?)(?=^@@ |\Z)", chunk):
            start = int(hunk[1]) - 1
            new += old[at:start]
            at = start
            for row in hunk[2].splitlines(keepends=True):
                if row[0] in " -":
                    assert old[at] == row[1:]
                    at += 1
                if row[0] in " +":
                    new.append(row[1:])
        out[path] = "".join(new + old[at:])
    return out


def test_a_folder_that_is_one_teams_gets_default_tags_and_ignore_tags_is_the_other_way_out():
    whole = state(("aws_instance", "web", "", ["i-0123456789abcdef0"]), ("aws_s3_bucket", "logs", "", ["shop-logs"]))
    repository = {
        "main.tf": MAIN.split('module "db"')[0].replace('resource "aws_instance" "both" {\n  count = 2\n}\n\n', ""),
        "terraform.tfstate": whole,
    }
    main = patch(leaving(repository)).files["main.tf"]
    assert '  default_tags {\n    tags = {\n      team = "web"\n    }\n  }\n' in main and main.count("team") == 1
    assert patch(leaving(repository, tags_in="resource")).files["main.tf"].count('team = "web"') == 2
    ignored = patch(leaving(repository, tags_in="ignore")).files["main.tf"]
    assert 'ignore_tags {\n    keys = ["team"]\n  }' in ignored
    assert '"web"' not in ignored.replace('"aws_instance" "web"', "")


def test_nothing_is_guessed():
    twice = {"a.tf": LAMBDAS, "b/c.tf": LAMBDAS}
    with pytest.raises(CostDNAError, match="No source"):
        write("iac-patch", leaving(twice))
    with pytest.raises(CostDNAError, match="No infrastructure code"):
        write("iac-patch", leaving({}))
    with pytest.raises(CostDNAError):
        write("iac-patch", leaving({"x.tf": 'resource "aws_instance" "web" {\n}\n'}))


def test_hostile_teams_stay_text_in_code():
    evil = 'x" }\nresource "aws_iam_user" "e" {} ${file("p")} %{if 1}'
    one = leaving(rules=[{"resource": "*", "team": evil}], repository={**REPOSITORY})
    for path, text in patch(one).files.items():
        if path.endswith(".tf"):
            from costdna.export.iac import hcl

            assert [b.labels for b in hcl.parse(text).blocks] == [b.labels for b in hcl.parse(REPOSITORY[path]).blocks]
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load(patch(one).files["stacks/jobs-prod.yaml"].replace("!Ref ", ""))["Resources"]["Queue"][
        "Properties"
    ]["Tags"] == [{"Key": "team", "Value": evil}]
