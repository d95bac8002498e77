"""Text of a stranger in every export: it stays text in HTML, CSV, JSON, YAML, HCL, filters and policies."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import bills
import pytest
from costdna.errors import CostDNAError
from costdna.export import FILES, Choices, Leaving, story, write
from costdna.teams import parse_rules
from readings import line

EVIL = (
    *bills.HOSTILE,
    "a: !!python/object/apply:os.system [x]",
    "x\n- name: evil\n  resource: aws.ec2",
    "*anchor &x",
    '${file("/etc/passwd")}',
    "%{ for x in y }",
    "' OR costs.provider = 'aws",
    '" OR *:*',
    "\u202e\u2028\x00\x85 end",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "[click](http://evil.example)",
    "</style><script>alert(1)</script>",
    "\\",
    "{{7*7}}",
    "#",
    "日本 & Søn",
)
CODE = {
    "main.tf": 'resource "aws_instance" "a" {\n}\n',
    "terraform.tfstate": json.dumps(
        {
            "version": 4,
            "resources": [
                {
                    "mode": "managed",
                    "type": "aws_instance",
                    "name": "a",
                    "instances": [{"attributes": {"id": "i-0123456789abcdef0", "tags": {}}}],
                }
            ],
        }
    ),
    "s.yaml": "Resources:\n  Q:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: shop\n",
}


@pytest.fixture(scope="module", params=["ids", "teams"])
def leaving(request):
    """Strangers' text as ids, tags, services and regions; or as the teams that rules name."""
    if request.param == "ids":
        lines = [
            line(
                ResourceId=f"arn:{t}",
                ServiceName=t,
                UsageType=t,
                RegionId=t,
                ServiceCode=t,
                SubAccountName=t,
                Tags={("resource", "team"): t, ("resource", t): t},
                Unblended=str(i + 1),
            )
            for i, t in enumerate(EVIL)
        ]
        result = bills.run(lines)
    else:
        ids = ["i-0123456789abcdef0", "shop", *(f"vol-{i:017x}" for i in range(len(EVIL) - 2))]
        lines = [
            line(
                ResourceId=r,
                Unblended=str(i + 1),
                ServiceCode="AmazonS3" if r == "shop" else "AmazonEC2",
                UsageType=f"U{i}",
            )
            for i, r in enumerate(ids)
        ]
        result = bills.run(lines, rules=parse_rules([{"resource": r, "team": t} for r, t in zip(ids, EVIL)]))
    return Leaving(result, result.report, story.figures(result.report), Choices(repository=CODE))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs


PLAIN = "html body head meta title style main header p h1 h2 div span b ul ol li table caption thead tbody tfoot tr th td dl dt dd details summary svg g path rect line text polyline polygon circle".split()


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.kind)
def test_it_stays_text(leaving, file):
    try:
        _, text = write(file.kind, leaving)
    except CostDNAError:
        assert file.kind in ("iac-patch", "scp", "cost-category", "tag-policy")
        return
    assert all(isinstance(w, str) for w in file.words(leaving))
    if file.mime == "text/html":
        page = Tags()
        page.feed(text)
        assert page.seen <= set(PLAIN)
        assert not [
            a
            for a, v in page.attributes
            if a.startswith("on")
            or a in ("href", "src", "action")
            or (a == "style" and re.search(r"url|expression|[<>]", v or ""))
        ]
        assert text.count("</style>") == 1 and "\u202e" not in text
    elif file.mime == "text/csv":
        cells = [c for row in csv.reader(io.StringIO(text, newline="")) for c in row]
        assert not [
            c
            for c in cells
            if re.match(r"\s*[=+@\uff1d\uff0b\uff20]|[\t\r\n]", c)
            or (c.lstrip()[:1] in ("-", "\uff0d") and not re.fullmatch(r"-?\d+(\.\d+)?", c))
        ]
        assert "\x00" not in text
        assert len({len(row) for row in csv.reader(io.StringIO(text, newline=""))}) == 1
    elif file.mime == "application/json":
        assert isinstance(json.loads(text), dict)
    elif file.kind == "custodian":
        yaml = pytest.importorskip("yaml", reason="PyYAML reads the policies")
        policies = yaml.safe_load(text)["policies"]
        assert {tuple(sorted(p)) for p in policies} <= {("actions", "filters", "name", "resource")}
        assert all(
            re.fullmatch(r"costdna-[a-z0-9-]+", p["name"]) and p["resource"].startswith("aws.") for p in policies
        )
        said = {p["actions"][0]["value"] for p in policies}
        assert said <= set(leaving.report.teams["x_Team"])
        assert all(list(p["actions"][0]) == ["type", "key", "value"] for p in policies)
    else:
        assert text.startswith("--- a/")
        assert not [l for l in text.splitlines() if l[:1] == "+" and re.match(r"\+(resource|provisioner|locals)", l)]


def test_policies_take_only_values_that_a_tag_can_have(leaving):
    try:
        values = json.loads(write("tag-policy", leaving)[1])["tags"]["team"]["tag_value"]["@@assign"]
    except CostDNAError:
        return
    assert values and all(re.fullmatch(r"[\w .:/=+\-@]+", v) for v in values)


def test_people_are_hashed_in_every_file_by_default():
    who = "arn:aws:sts::111122223333:assumed-role/search/maria@x.org"
    result = bills.run(
        [
            line(
                ResourceId="i-1",
                PrincipalId=who,
                Tags={("resource", "team"): "a", ("resource", "aws:createdBy"): "AssumedRole:AROAEXAMPLEEXAMPLE:maria"},
            ),
            line(ResourceId="i-2", Tags={("resource", "team"): "b"}),
        ]
    )
    one = Leaving(result, result.report, story.figures(result.report), Choices(repository=CODE))
    for file in FILES:
        try:
            assert "maria" not in write(file.kind, one)[1], file.kind
        except CostDNAError:
            pass
    open_ = Leaving(result, result.report, story.figures(result.report), Choices(principals=True))
    assert "maria" in write("focus", open_)[1]
