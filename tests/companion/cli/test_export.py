"""costdna export on files: what leaves is read again by our own readers, by AWS's model, by the plan's own loader."""

import json
import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from costdna_companion.cli import app
from costdna_companion.demo.write import write_demo
from typer.testing import CliRunner

REAL = Path(os.environ.get("COSTDNA_REAL_DATA", Path(__file__).parents[3].parent / "shared" / "data"))


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, seed=7, scale=0.05, month="2026-09", formats=["v1"], negative=False, trail=False)
    return folder / "cur-v1"


def run(*words, code=0):
    done = CliRunner().invoke(app(), [str(w) for w in words])
    assert done.exit_code == code, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def leaving(bill):
    """The demo bill, owners inferred, on its way out."""
    from costdna.export import Leaving, story
    from costdna_companion.cli import _inputs

    space, _ = _inputs.attributed([bill], _inputs.wishes("billed", "", [], None, None, None), None)
    return Leaving(space.result, space.report, story.figures(space.report))


def made(leaving, kind):
    from costdna.export import write

    return write(kind, leaving)[1]


def result(path, **wishes):
    """Totals and money of teams of a bill, as texts, by what it proves."""
    from costdna import pipeline
    from costdna.workspace import Workspace
    from costdna_companion import native

    space = Workspace(native.read([path])[0], pipeline.Wishes(**wishes))
    space.prove()
    return space


def teams(space):
    """Team → both costs, of a workspace or a result on its way out."""
    owned = (
        space.result.allocations[space.result.allocations["x_Verdict"] == "owned"]
        .groupby("x_Team")[["BilledCost", "EffectiveCost"]]
        .sum()
    )
    return {t: tuple(Decimal(space.report.text(u)) for u in row) for t, row in owned.iterrows()}


def test_list_names_every_kind_and_its_money(bill):
    from costdna.export import FILES

    out = json.loads(run("export", "list", bill, "--no-model", "--format", "json", "-q").stdout)["rows"]
    assert [r["kind"] for r in out] == [f.kind for f in FILES] and all(r["why"] for r in out)
    run("export", "nonsense", bill, code=1)


def test_focus_is_read_back_with_the_same_totals_and_owners(bill, leaving, tmp_path):
    run("export", "focus", bill, "--no-model", "-q", "-o", tmp_path / "plain.parquet")
    (tmp_path / "focus.csv").write_text(made(leaving, "focus"), encoding="utf-8", newline="")
    for path in (tmp_path / "focus.csv", tmp_path / "plain.parquet"):
        back = result(path)
        for metric in ("billed", "effective"):
            assert back.report.text(back.report.ledger[metric]["net"]) == leaving.text(
                leaving.report.ledger[metric]["net"]
            )
        assert back.report.sources["x_Version"].tolist() == ["FOCUS 1.2"]
        if path.suffix == ".csv":
            assert (
                teams(back) == teams(leaving) and len(teams(back)) > 3 and back.report.explained["billed"]["tagged"] > 0
            )


def aws_problems(request: dict) -> str:
    """What botocore's own service model says of a CreateCostCategoryDefinition request: shapes, and the lengths and
    patterns it does not check itself.
    """
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    model = get_session().get_service_model("ce")
    shape = model.operation_model("CreateCostCategoryDefinition").input_shape
    out = [ParamValidator().validate(request, shape).generate_report()]

    def walk(value, shape, at):
        facts = shape.metadata
        if shape.type_name == "structure":
            for name, part in value.items():
                name in shape.members and walk(part, shape.members[name], f"{at}.{name}")
        elif shape.type_name == "list":
            if not facts.get("min", 0) <= len(value) <= facts.get("max", 10**9):
                out.append(f"{at} has {len(value)} members")
            for part in value:
                walk(part, shape.member, at)
        elif shape.type_name == "string":
            if not facts.get("min", 0) <= len(value) <= facts.get("max", 10**9) or (
                getattr(shape, "enum", None) and value not in shape.enum
            ):
                out.append(f"{at} is {value!r}")

    walk(request, shape, "")
    return "\n".join(x for x in out if x)


def test_the_cost_category_is_what_awss_own_model_takes_and_less(leaving):
    request = json.loads(made(leaving, "cost-category"))
    assert aws_problems(request) == "" and len(request["Rules"]) > 3
    said = set(re.findall(r'"Key": "([A-Z_]+)"', json.dumps(request)))
    assert said <= {"LINKED_ACCOUNT", "LINKED_ACCOUNT_NAME", "SERVICE_CODE", "REGION", "USAGE_TYPE", "RECORD_TYPE"}
    # the shared model is too wide
    assert (
        aws_problems(
            {**request, "Rules": [{"Value": "x", "Rule": {"Dimensions": {"Key": "RESOURCE_ID", "Values": ["i-1"]}}}]}
        )
        == ""
    )
    assert (
        "Rules" in aws_problems({**request, "Rules": request["Rules"] * 600})
        and aws_problems({**request, "Name": "x" * 51})
        and aws_problems({**request, "Oops": 1})
    )


def test_the_tag_plan_is_the_companions_own(leaving, tmp_path):
    from costdna.errors import UsageError
    from costdna_companion.write import plan_file

    path = tmp_path / "plan.json"
    path.write_text(made(leaving, "tag-plan"), encoding="utf-8")
    plan = plan_file.load(path)
    assert (
        plan_file.rows(plan)
        and plan["sources"] == sorted(leaving.result.bill.sources["x_SourceId"])
        and sum(Decimal(r["BilledCost"]) for r in plan["rows"]) == Decimal(plan["total"])
    )
    path.write_text(path.read_text(encoding="utf-8").replace('"team"', '"Team"', 1), encoding="utf-8")
    with pytest.raises(UsageError, match="changed"):
        plan_file.load(path)


def test_custodian_policies_hold_the_plan_and_their_own_schema(leaving, tmp_path):
    import yaml

    (tmp_path / "c.yml").write_text(made(leaving, "custodian"), encoding="utf-8")
    policies = yaml.safe_load((tmp_path / "c.yml").read_text(encoding="utf-8"))["policies"]
    planned = {(r["ResourceId"], r["x_NewValue"]) for r in json.loads(made(leaving, "tag-plan"))["rows"]}
    written = [
        (v, p["actions"][0]["value"])
        for p in policies
        for v in next(f for f in p["filters"] if isinstance(f, dict) and f.get("type") == "value")["value"]
    ]
    assert written and len(written) == len(set(written))
    assert all(
        any((arn == v or arn.endswith(("/" + v, ":" + v))) and team == t for arn, team in planned) for v, t in written
    )
    tool = os.environ.get("COSTDNA_CUSTODIAN")
    if not tool:
        pytest.skip(
            "COSTDNA_CUSTODIAN names no custodian executable (c7n needs a newer boto3 than ours: install it in an environment of its own); the policies were checked, not against its schema"
        )
    done = subprocess.run(
        [tool, "validate", str(tmp_path / "c.yml")],
        capture_output=True,
        text=True,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    assert done.returncode == 0, done.stderr


def test_a_patch_comes_from_a_folder_that_is_only_read(bill, tmp_path):
    repository = tmp_path / "code"
    repository.mkdir()
    (repository / "main.tf").write_text('resource "aws_s3_bucket" "x" {\n}\n')
    before = sorted((p, p.read_bytes()) for p in repository.rglob("*"))
    run("export", "iac-patch", bill, "--no-model", "-q", "--repository", repository, code=1)
    assert sorted((p, p.read_bytes()) for p in repository.rglob("*")) == before


def test_a_real_bill_leaves_as_focus_and_comes_back(tmp_path):
    folder = REAL / "cur_v1_parquet"
    found = sorted(folder.rglob("*.parquet")) if folder.is_dir() else []
    if not found:
        pytest.skip(f"real bills are not in {REAL}: set COSTDNA_REAL_DATA")
    was = result(found[0], tag_keys=["department"])
    from costdna.export import Leaving, story

    (tmp_path / "focus.csv").write_text(
        made(Leaving(was.result, was.report, story.figures(was.report)), "focus"), encoding="utf-8", newline=""
    )
    back = result(tmp_path / "focus.csv")
    for metric in ("billed", "effective"):
        assert back.report.text(back.report.ledger[metric]["net"]) == was.report.text(was.report.ledger[metric]["net"])
    assert teams(back) == teams(was)


def test_the_calls_that_the_scp_denies_are_real_ones():
    import csv
    import gzip

    path = REAL / "aws_reference" / "actions.csv.gz"
    if not path.is_file():
        pytest.skip(f"the list of AWS's actions is not in {REAL}: set COSTDNA_REAL_DATA")
    from costdna.export.policy import BUCKET, CREATES

    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        known = {cell for row in csv.reader(handle) for cell in (row[0], f"{row[0]}:{row[1]}")}
    assert {v[0] for v in (CREATES | BUCKET).values()} <= known and "ec2:MakeInstances" not in known
