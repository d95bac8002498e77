"""The examples of names hold."""

import doctest

from costdna import names


def test_the_examples_hold():
    found = doctest.testmod(names)
    assert found.attempted > 5 and not found.failed
