"""Names of persons are not taken for machines', nor machines' for persons'."""

import doctest

from costdna_companion.actors import actor, names


def test_the_examples_hold():
    assert doctest.testmod(names).attempted > 5 and doctest.testmod(names).failed == 0
    assert doctest.testmod(actor).attempted and doctest.testmod(actor).failed == 0


def test_people_are_not_machines():
    for name in ("cindy", "abbott", "scott", "tfoster", "ana.silva", "bert-jan", "github.lover"[7:]):
        assert not names.is_machine(name) and not names.is_made_up(name), name


def test_machines_are_not_people():
    for name in ("terraform", "jenkins-prod", "svc-backup", "my-ci", "argo-cd", "codebuild-shop"):
        assert names.is_machine(name), name
    for name in ("i-05c30218156bcc246", "1688990", "9a8b7c6d5e4f3a2b9a8b", "aws-go-sdk-168", "botocore-session-1", ""):
        assert names.is_made_up(name), name
