"""CloudFormation templates, YAML and JSON.

A tag more on a resource, found by its stack and logical id or by its written name.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass

from costdna import nested
from costdna.export.quoting import yaml_text

# Types whose Tags are a list of Key and Value, and the property and bill kind by which a written name is known.
LISTED = {
    "AWS::S3::Bucket": ("BucketName", "s3:bucket"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:function"),
    "AWS::RDS::DBInstance": ("DBInstanceIdentifier", "rds:db"),
    "AWS::RDS::DBCluster": ("DBClusterIdentifier", "rds:cluster"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:table"),
    "AWS::SQS::Queue": ("QueueName", "sqs"),
    "AWS::SNS::Topic": ("TopicName", "sns"),
    "AWS::Kinesis::Stream": ("Name", "kinesis:stream"),
    "AWS::ECS::Cluster": ("ClusterName", "ecs:cluster"),
    "AWS::EKS::Cluster": ("Name", "eks:cluster"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager:secret"),
    "AWS::EC2::Instance": ("", ""),
    "AWS::EC2::Volume": ("", ""),
    "AWS::EC2::NatGateway": ("", ""),
    "AWS::ECS::Service": ("", ""),
    "AWS::KMS::Key": ("", ""),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("", ""),
    "AWS::StepFunctions::StateMachine": ("", ""),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:log-group"),
    "AWS::Redshift::Cluster": ("", ""),
    "AWS::ElastiCache::ReplicationGroup": ("", ""),
}


@dataclass
class Entry:
    """A resource of a template.

    names: literal properties; key, body: where its name and content stand; the rest says where tags go.
    """

    path: str
    logical: str
    type: str
    literals: dict[str, str]
    edit: object  # (key, value) → (start, end, replacement) | None | text why not


def read_template(path: str, text: str) -> list[Entry]:
    """Resources of a template; [] where the text is none."""
    if path.lower().endswith(".json") or text.lstrip()[:1] == "{":
        return _read_json(path, text)
    return _read_yaml(path, text) if re.search(r"^Resources:[ \t]*(#.*)?\r?$", text, re.MULTILINE) else []


# YAML, by lines: keys of a block mapping stand at one indentation, all that belongs to them deeper.

_KEY = re.compile(
    r"""([ ]*)(?:"([^"\\]+)"|'([^']+)'|([^\s"'#\-\[\]{}&*!|>%@`][^:#]*?))[ \t]*:(?:[ \t]+(.*?))?[ \t]*\r?$"""
)


def _children(lines: list[str], first: int, last: int, above: int) -> tuple[int, list[tuple[str, str, int, int]]]:
    """What stands in a mapping in lines [first, last), deeper than `above`.

    (indentation, [(key, rest of its line, its line, line after its content)]).
    """
    depth, out = -1, []
    for i in range(first, last):
        bare = lines[i].strip()
        if not bare or bare.startswith("#"):
            continue
        here = len(lines[i]) - len(lines[i].lstrip(" "))
        if depth < 0:
            if here <= above:
                break
            depth = here
        if here == depth and (match := _KEY.fullmatch(lines[i].rstrip("\n"))):
            out.append([match[2] or match[3] or match[4], match[5] or "", i, last])
            if len(out) > 1:
                out[-2][3] = i
    return depth, [tuple(o) for o in out]


def _read_yaml(path: str, text: str) -> list[Entry]:
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    newline = "\r\n" if "\r\n" in text else "\n"
    top = next((c for c in _children(lines, 0, len(lines), -1)[1] if c[0] == "Resources"), None)
    if top is None:
        return []
    out = []
    for logical, rest, line, stop in _children(lines, top[2] + 1, top[3], 0)[1]:
        depth, parts = _children(lines, line + 1, stop, len(lines[line]) - len(lines[line].lstrip(" ")))
        about = {p[0]: p for p in parts}
        kind = _plain(about["Type"][1]) if "Type" in about else ""
        if rest.split("#")[0].strip() or not kind:
            continue
        properties = about.get("Properties")
        inner, inside = _children(lines, properties[2] + 1, properties[3], depth) if properties else (-1, [])
        literals = {p[0]: _plain(p[1]) for p in inside if _plain(p[1])}

        def edit(key, value, depth=depth, properties=properties, inner=inner, inside=inside, about=about):
            tag = lambda at: f"{' ' * at}- Key: {yaml_text(key)}{newline}{' ' * at}  Value: {yaml_text(value)}{newline}"
            tags = next((p for p in inside if p[0] == "Tags"), None)
            if properties is None:
                at = _after(lines, starts, about["Type"][2], newline)
                return (
                    at[0],
                    at[0],
                    f"{at[1]}{' ' * depth}Properties:{newline}{' ' * (depth + 2)}Tags:{newline}{tag(depth + 4)}",
                )
            if properties[1].split("#")[0].strip() or inner < 0:
                return "its properties are written on one line or come from elsewhere"
            if tags is None:
                at = _after(lines, starts, properties[2], newline)
                return at[0], at[0], f"{at[1]}{' ' * inner}Tags:{newline}{tag(inner + 2)}"
            if tags[1].split("#")[0].strip():
                return "its tags are written on one line or come from a function"
            body = [l for l in lines[tags[2] + 1 : tags[3]] if l.strip() and not l.strip().startswith("#")]
            if not body or not body[0].lstrip(" ").startswith("- "):
                return "its tags are no plain list"
            if any(re.search(rf"\bKey[\"']?\s*:\s*[\"']?{re.escape(key)}[\"']?\s*(,|}}|$)", l.strip()) for l in body):
                return "the template already says this key"
            at = _after(lines, starts, tags[2], newline)
            return at[0], at[0], at[1] + tag(len(body[0]) - len(body[0].lstrip(" ")))

        out.append(Entry(path, logical, kind, literals, edit))
    return out


def _after(lines: list[str], starts: list[int], line: int, newline: str) -> tuple[int, str]:
    """(offset after a line, the line end it lacks)."""
    return starts[line + 1], "" if lines[line].endswith("\n") else newline


def _plain(rest: str) -> str:
    """A plain scalar's text; "" for anything else."""
    rest = re.sub(r"\s+#.*$", "", rest).strip()
    if len(rest) > 1 and rest[0] == rest[-1] and rest[0] in "\"'":
        rest = rest[1:-1]
        return "" if "\\" in rest or "'" in rest or '"' in rest else rest
    return rest if re.fullmatch(r"[A-Za-z0-9][\w:./-]*", rest) else ""


# JSON, by offsets.

_SPACE = re.compile(r"\s*")


def _spans(text: str, at: int) -> tuple[object, int]:
    """(node, end) of the JSON value at an offset.

    Objects as {key: (node, start, end, key start)}, arrays as lists of (node, start, end), others as None.
    """
    at = _SPACE.match(text, at).end()
    if text[at] not in "{[":
        _, end = json.JSONDecoder().raw_decode(text, at)
        return None, end
    node: dict | list = {} if text[at] == "{" else []
    at = _SPACE.match(text, at + 1).end()
    while text[at] not in "}]":
        if isinstance(node, dict):
            start = at
            key, at = json.JSONDecoder().raw_decode(text, at)
            at = _SPACE.match(text, _SPACE.match(text, at).end() + 1).end()
            child, end = _spans(text, at)
            node[key] = (child, at, end, start)
        else:
            child, end = _spans(text, at)
            node.append((child, at, end))
        at = _SPACE.match(text, end).end()
        if text[at] == ",":
            at = _SPACE.match(text, at + 1).end()
    return node, at + 1


def _read_json(path: str, text: str) -> list[Entry]:
    try:
        content = nested.loads(text)
        if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
            return []
        tree, _ = _spans(text, 0)
    except (ValueError, IndexError, RecursionError):
        return []
    out = []
    for logical, body in content["Resources"].items():
        if (
            not isinstance(body, dict)
            or not isinstance(body.get("Type"), str)
            or not isinstance(body.get("Properties", {}), dict)
        ):
            continue
        node = tree["Resources"][0][logical]
        properties = body.get("Properties", {})

        def edit(key, value, node=node, body=body, properties=properties):
            entry = json.dumps({"Key": key, "Value": value})
            if "Properties" not in body:
                return _into_object(text, node, f'"Properties": {{"Tags": [{entry}]}}')
            where = node[0]["Properties"]
            if "Tags" not in properties:
                return _into_object(text, where, f'"Tags": [{entry}]')
            tags = where[0]["Tags"]
            if not isinstance(properties["Tags"], list):
                return "its tags come from a function"
            if any(isinstance(t, dict) and t.get("Key") == key for t in properties["Tags"]):
                return "the template already says this key"
            if not tags[0]:
                return tags[1], tags[2], f"[{entry}]"
            last = tags[0][-1]
            return last[2], last[2], "," + _lead(text, last[1]) + entry

        out.append(
            Entry(path, logical, body["Type"], {k: v for k, v in properties.items() if isinstance(v, str)}, edit)
        )
    return out


def _into_object(text: str, where: tuple, member: str) -> tuple[int, int, str]:
    """A member more at the end of an object, laid out as its last one."""
    node, start, end = where[0], where[1], where[2]
    if not node:
        return start, end, "{" + member + "}"
    last = max(node.values(), key=lambda v: v[2])
    return last[2], last[2], "," + _lead(text, last[3]) + member


def _lead(text: str, at: int) -> str:
    """The blanks before an offset, line end included where there is one."""
    start = at
    while start and text[start - 1] in " \t\r\n":
        start -= 1
    return text[start:at] or " "


def sources(
    entries: list[Entry], bill: dict[str, tuple[str, str]], stacks: dict[str, tuple[str, str]]
) -> dict[str, Entry]:
    """ResourceId → its entry. bill: ResourceId → (kind, name); stacks: ResourceId → (stack, logical id) of its tags.

    A stack is the template of its own name, or the only one that has all logical ids seen of it.
    """
    of: dict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in entries:
        of[entry.path][entry.logical] = entry
    seen: dict[str, set[str]] = defaultdict(set)
    for stack, logical in stacks.values():
        seen[stack].add(logical)
    template = {}
    for stack, logicals in seen.items():
        stem = [
            p
            for p in of
            if re.sub(r"\.(ya?ml|json|template)$", "", p.rpartition("/")[2], flags=re.IGNORECASE) == stack
            and logicals & set(of[p])
        ]
        whole = stem or [p for p in of if logicals <= set(of[p])]
        if len(whole) == 1:
            template[stack] = whole[0]
    out = {r: of[template[s]][l] for r, (s, l) in stacks.items() if s in template and l in of[template[s]]}
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    for said, (kind, name) in bill.items():
        named[kind, name.rpartition(":")[2] or name].append(said)
    written: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        attribute, kind = LISTED.get(entry.type, ("", ""))
        if attribute and entry.literals.get(attribute):
            written[kind, entry.literals[attribute]].append(entry)
    for key, found in written.items():
        if len(found) == 1 and len(named.get(key, [])) == 1:
            out.setdefault(named[key][0], found[0])
    return out
