"""An event is about what it changed, not about what it mentions."""

import doctest

from costdna_companion.collect.trail import keys, touched as module
from costdna_companion.collect.trail.touched import touched


def test_the_examples_hold():
    for part in (keys, module):
        assert doctest.testmod(part).attempted and doctest.testmod(part).failed == 0


def test_a_launch_is_about_instance_volume_and_interface_not_about_network_and_image():
    request = b'{"instancesSet":{"items":[{"imageId":"ami-0a1b2c3d4e5f60718"}]},"subnetId":"subnet-0a1b2c3d"}'
    response = b'{"instanceId":"i-0a1b2c3d4e5f60718","vpcId":"vpc-0a1b2c3d","groupId":"sg-0a1b2c3d","networkInterfaceId":"eni-0a1b2c3d4e5f60718"}'
    assert touched("RunInstances", "ec2", [request, response]) == ["eni-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60718"]


def test_a_key_or_a_role_belongs_to_its_own_service_only():
    text = [
        b'{"kmsKeyId":"arn:aws:kms:eu-west-1:1:key/k","role":"arn:aws:iam::1:role/r","arn":"arn:aws:sns:eu-west-1:1:topic"}'
    ]
    assert touched("CreateTopic", "sns", text) == ["arn:aws:sns:eu-west-1:1:topic"]
    assert touched("DisableKey", "kms", text) == ["arn:aws:kms:eu-west-1:1:key/k", "arn:aws:sns:eu-west-1:1:topic"]


def test_names_carry_their_service():
    assert touched("UpdateFunctionCode", "lambda", [b'{"functionName":"f"}']) == ["lambda:f"]
    assert touched("UpdateFunctionCode", "lambda", [b'{"functionName":"arn:aws:lambda:eu-west-1:1:function:f"}']) == [
        "arn:aws:lambda:eu-west-1:1:function:f"
    ]
    assert touched("UpdateService", "ecs", [b'{"clusterName":"c"}']) == ["ecs:c"]


def test_an_arn_in_the_text_of_a_policy_ends_where_its_quote_does():
    policy = rb'{"bucketName":"shop-logs","policy":"{\"Resource\":[\"arn:aws:s3:::shop-logs\",\"arn:aws:s3:::shop-logs/*\"]}"}'
    assert touched("PutBucketPolicy", "s3", [policy]) == [
        "arn:aws:s3:::shop-logs",
        "arn:aws:s3:::shop-logs/*",
        "s3:shop-logs",
    ]
    twice = rb'{"template":"{\"p\":\"{\\\"Resource\\\":\\\"arn:aws:sqs:eu-west-1:1:jobs\\\"}\"}"}'
    assert touched("CreateStack", "cloudformation", [twice]) == ["arn:aws:sqs:eu-west-1:1:jobs"]
