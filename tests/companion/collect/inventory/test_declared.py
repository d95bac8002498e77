"""Every row of the tables of calls is held against botocore's own service model: calls, parameters, and every path that
we read.
"""

import boto3
import pytest
from costdna.relations.kinds import KIND_ID
from costdna_companion.collect import registry
from costdna_companion.collect.inventory.services import CALLS
from jmespath import parser

ALL = [call for collector in registry.COLLECTORS for call in collector.calls]
KEYS = {call.key: call for call in ALL}


@pytest.fixture(scope="module")
def models():
    made = {}

    def of(call):
        if call.service not in made:
            made[call.service] = boto3.client(
                call.service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
            ).meta
        meta = made[call.service]
        return meta.service_model.operation_model(meta.method_to_api_mapping[call.operation])

    return of


def test_at_least_25_services_are_listed():
    assert len({call.service for call in CALLS}) >= 25 and len(KEYS) == len(ALL)


@pytest.mark.parametrize("call", ALL, ids=lambda c: c.key)
def test_a_call_reads_only_what_the_model_has(call, models):
    model = models(call)
    inputs = model.input_shape.members if model.input_shape else {}
    handed = [call.each.parameter, *[here for _, here in call.each.also]] if call.each else []
    assert {*call.request, *handed} - {""} <= set(inputs), "a parameter that AWS does not know"
    item = walk(parser.Parser().parse(call.items).parsed, model.output_shape, call.items)
    for path in (
        call.id,
        "" if call.arn.startswith("arn:") else call.arn,
        call.name,
        call.tags,
        call.created,
        call.state,
        call.region,
        *[p for link in call.links for p in (link.group, link.members)],
    ):
        if path and item is not None and not path.startswith("request."):
            walk(parser.Parser().parse(path).parsed, item, f"{call.key}: {path}")
    if call.each:
        parent = KEYS[call.each.call]
        walk(parser.Parser().parse(call.each.path).parsed, models(parent).output_shape, call.each.path)
        assert {there for there, _ in call.each.also} <= set(models(parent).input_shape.members)


@pytest.mark.parametrize("call", ALL, ids=lambda c: c.key)
def test_groups_are_of_the_registry_of_kinds_and_a_required_parameter_is_given(call, models):
    assert {link.kind for link in call.links} <= set(KIND_ID)
    shape = models(call).input_shape
    given = {*call.request, *([call.each.parameter, *[here for _, here in call.each.also]] if call.each else [])}
    assert set(shape.required_members if shape else ()) <= given


def walk(node: dict, shape, text: str):
    """The shape that a path leads to; fails at a field that the shape has not. None where the model does not say
    (documents, JSON in texts).
    """
    if shape is None or getattr(shape, "is_document_type", False):
        return None
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        if shape.type_name in ("string", "map"):
            return None if shape.type_name == "string" else shape.value
        assert shape.type_name == "structure" and node["value"] in shape.members, (
            f"{text}: {shape.name} has no {node['value']}"
        )
        return shape.members[node["value"]]
    if kind == "subexpression":
        for child in children:
            shape = walk(child, shape, text)
        return shape
    if kind in ("projection", "filter_projection"):
        inner = walk(children[0], shape, text)
        inner = inner.member if inner is not None and inner.type_name == "list" else inner
        if kind == "filter_projection":
            walk(children[2], inner, text)
        return walk(children[1], inner, text) if inner is not None else None
    if kind == "flatten":
        return walk(children[0], shape, text)
    if kind in ("current", "identity", "literal", "index"):
        return None if kind in ("literal", "index") else shape
    if kind in ("multi_select_list", "or_expression", "and_expression", "comparator"):
        found = [walk(child, shape, text) for child in children]
        return found[0]
    if kind == "pipe":
        return walk(children[1], walk(children[0], shape, text), text)
    raise AssertionError(f"{text}: {kind} is not checked")


@pytest.mark.parametrize("call", ALL, ids=lambda c: c.key)
def test_the_right_is_named_as_the_operation_is(call, models):
    assert call.action or call.permission.partition(":")[2] == models(call).name


def test_a_wrong_path_is_found_out(models):
    with pytest.raises(AssertionError, match="has no Colour"):
        walk(
            parser.Parser().parse("Reservations[].Instances[].Colour").parsed,
            models(KEYS["ec2.describe_instances"]).output_shape,
            "x",
        )
