import pytest
from costdna.export.iac import hcl
from costdna.export.iac.tags_hcl import Clash, add_block, add_tag

ODD = """# resource "x" "commented" { }
locals { a = "${"}"}" }   // }
/* resource "y" "z" { */
variable "v" {
  default = <<-EOT
    resource "aws_s3_bucket" "not_me" {
      tags = { }
    EOT
}
resource "aws_s3_bucket" "logs" {
  bucket = "shop-${lower("LOGS")}-$${x}"
  lifecycle { prevent_destroy = true }
  policy = jsonencode({
    a = [1, 2, { b = "}" }]
  })
}
"""


def test_blocks_and_attributes_stand_where_they_stand():
    root = hcl.parse(ODD)
    assert [(b.kind, b.labels) for b in root.blocks] == [
        ("locals", []),
        ("variable", ["v"]),
        ("resource", ["aws_s3_bucket", "logs"]),
    ]
    logs = root.blocks[2]
    assert ODD[logs.start : logs.start + 8] == "resource"
    assert ODD[logs.close] == "}"
    assert set(logs.attributes) == {"bucket", "policy"}
    assert [b.kind for b in logs.blocks] == ["lifecycle"]
    bucket = logs.attributes["bucket"]
    assert ODD[bucket.value : bucket.end] == '"shop-${lower("LOGS")}-$${x}"'


@pytest.mark.parametrize(
    "text", ['a = "', "resource x {", "a = <<E\n", "}", "= 1", "/* ", 'x "y" z', 'a = "${', "a =", "a = ["]
)
def test_what_is_no_hcl_is_said_and_never_looped_over(text):
    with pytest.raises(hcl.Unreadable):
        hcl.parse(text)


def tagged(text, key="team", value="search"):
    block = hcl.parse(text).blocks[0]
    start, end, new = add_tag(text, block, key, value)
    return text[:start] + new + text[end:]


CASES = [
    ('resource "a" "b" {\n  x = 1\n}\n', 'resource "a" "b" {\n  x = 1\n\n  tags = {\n    team = "search"\n  }\n}\n'),
    ('resource "a" "b" {}\n', 'resource "a" "b" {\n  tags = {\n    team = "search"\n  }\n}\n'),
    ('resource "a" "b" { x = 1 }\n', 'resource "a" "b" {\n  x = 1\n\n  tags = {\n    team = "search"\n  }\n}\n'),
    (
        'resource "a" "b" {\n  tags = {\n    Name    = "x" # why\n    Purpose = "y"\n  }\n}\n',
        'resource "a" "b" {\n  tags = {\n    Name    = "x" # why\n    Purpose = "y"\n    team    = "search"\n  }\n}\n',
    ),
    (
        'resource "a" "b" {\n  tags = {\n    Name = "x" # why\n  }\n}\n',
        'resource "a" "b" {\n  tags = {\n    Name = "x" # why\n    team = "search"\n  }\n}\n',
    ),
    (
        'resource "a" "b" {\n  tags = {\n    Name = "x",\n  }\n}\n',
        'resource "a" "b" {\n  tags = {\n    Name = "x",\n    team = "search",\n  }\n}\n',
    ),
    (
        'resource "a" "b" {\n  tags = { Name = "x" }\n}\n',
        'resource "a" "b" {\n  tags = { Name = "x", team = "search" }\n}\n',
    ),
    ('resource "a" "b" {\n  tags = {}\n}\n', 'resource "a" "b" {\n  tags = {\n    team = "search"\n  }\n}\n'),
    (
        'resource "a" "b" {\n  tags = local.tags\n}\n',
        'resource "a" "b" {\n  tags = merge(local.tags, { team = "search" })\n}\n',
    ),
    (
        'resource "a" "b" {\r\n  x = 1\r\n}\r\n',
        'resource "a" "b" {\r\n  x = 1\r\n\r\n  tags = {\r\n    team = "search"\r\n  }\r\n}\r\n',
    ),
]


@pytest.mark.parametrize("before, after", CASES)
def test_only_the_tag_is_new(before, after):
    assert tagged(before) == after


def test_a_tag_that_stands_is_left_and_another_value_is_a_clash():
    block = lambda t: hcl.parse(t).blocks[0]
    same = 'resource "a" "b" {\n  tags = { "team" = "search" }\n}\n'
    assert add_tag(same, block(same), "team", "search") is None
    for other in ('{ team = "web" }', "{ team = var.team }", 'merge(var.x, { team = "web" })'):
        text = f'resource "a" "b" {{\n  tags = {other}\n}}\n'
        with pytest.raises(Clash):
            add_tag(text, block(text), "team", "search")


def test_nested_blocks_are_added_to_a_provider():
    text = 'provider "aws" {\n  region = "eu-west-1"\n}\n'
    start, end, new = add_block(text, hcl.parse(text).blocks[0], "ignore_tags", 'keys = ["team"]')
    assert (
        text[:start] + new + text[end:]
        == 'provider "aws" {\n  region = "eu-west-1"\n\n  ignore_tags {\n    keys = ["team"]\n  }\n}\n'
    )


def test_hostile_values_stay_strings():
    for value in ('x" }\n resource "evil" "e" {', '${file("/etc/passwd")}', "%{ for x in y }", "a\\", "\u202e\x00"):
        out = tagged('resource "a" "b" {\n  x = 1\n}\n', "te am", value)
        root = hcl.parse(out)
        assert len(root.blocks) == 1
        assert set(root.blocks[0].attributes) == {"x", "tags"}
        assert not [t for t in ("${", "%{") if t in out.replace("$${", "").replace("%%{", "")]
