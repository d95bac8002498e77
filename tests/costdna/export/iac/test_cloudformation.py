import json

import pytest
from costdna.export.iac.cloudformation import read_template

YAML = """AWSTemplateFormatVersion: "2010-09-09"   # kept
Description: |
  Resources:
    Fake: {}
Parameters:
  Stage: {Type: String}
Resources:
  # the bucket
  Logs:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: shop-logs
      Tags:
        - Key: env
          Value: !Ref Stage
  Queue:
    Type: AWS::SQS::Queue
  Table:
    Type: "AWS::DynamoDB::Table"
    Properties:
      TableName: !Sub "${Stage}-t"
      BillingMode: PAY_PER_REQUEST
  Taken:
    Type: AWS::SNS::Topic
    Properties:
      Tags:
      - {Key: team, Value: web}
  Flow: {Type: "AWS::SQS::Queue"}
Outputs:
  Out: {Value: !GetAtt Logs.Arn}
"""


def apply(text, entry, key="team", value="search"):
    found = entry.edit(key, value)
    assert not isinstance(found, str), found
    start, end, new = found
    return text[:start] + new + text[end:]


def test_yaml_tags_are_added_in_place():
    entries = {e.logical: e for e in read_template("stack.yaml", YAML)}
    assert set(entries) == {"Logs", "Queue", "Table", "Taken"}
    assert entries["Logs"].literals["BucketName"] == "shop-logs"
    assert "TableName" not in entries["Table"].literals
    assert '      Tags:\n        - Key: "team"\n          Value: "search"\n        - Key: env\n' in apply(
        YAML, entries["Logs"]
    )
    assert (
        '    Type: AWS::SQS::Queue\n    Properties:\n      Tags:\n        - Key: "team"\n          Value: "search"\n  Table:'
        in apply(YAML, entries["Queue"])
    )
    assert (
        '    Properties:\n      Tags:\n        - Key: "team"\n          Value: "search"\n      TableName: !Sub'
        in apply(YAML, entries["Table"])
    )
    assert entries["Taken"].edit("team", "search") == "the template already says this key"
    for entry in list(entries.values())[:3]:
        before, after = YAML.splitlines(), apply(YAML, entry).splitlines()
        assert [line for line in after if line not in before or not before.remove(line)] and not before


@pytest.mark.parametrize("indent", [2, 4, None])
def test_json_keeps_its_layout(indent):
    doc = {
        "Resources": {
            "A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x", "Tags": [{"Key": "env", "Value": "é"}]}},
            "B": {"Type": "AWS::SQS::Queue"},
            "C": {"Type": "AWS::SNS::Topic", "Properties": {}},
            "D": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": []}},
        }
    }
    text = json.dumps(doc, indent=indent, ensure_ascii=False)
    for entry in read_template("t.json", text):
        out = apply(text, entry, value='a"b')
        want = json.loads(text)
        want["Resources"][entry.logical].setdefault("Properties", {}).setdefault("Tags", []).append(
            {"Key": "team", "Value": 'a"b'}
        )
        assert json.loads(out) == want
        start, end, new = entry.edit("team", 'a"b')
        assert start == end or (text[start:end] in ("{}", "[]") and new[0] == text[start])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Resources:\n",
        "Resources:\n  A:\n    Type: !If [x]\n",
        '{"Resources": []}',
        "{",
        "[1",
        '{"Resources": {"A": 1, "B": {"Type": 2}}}',
    ],
)
def test_what_is_no_template_has_no_resources(text):
    assert read_template("x.json" if text[:1] in "{[" else "x.yaml", text) == []
