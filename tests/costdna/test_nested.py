"""JSON of a stranger: read as ever, refused where it is nested as no real file is, and brackets in texts count for
nothing.
"""

import json

import pytest

from costdna import nested, session_file
from costdna.errors import UsageError


def test_what_is_real_is_read_as_ever():
    content = {"a": ["]" * 300, '\\"[', {"b": [1.5, None]}] * 200}
    for text in (
        json.dumps(content),
        json.dumps(content).encode(),
        json.dumps(content).encode("utf-8-sig"),
        json.dumps(content).encode("utf-16"),
    ):
        assert nested.loads(text) == content
    assert nested.loads("[" * 100 + "]" * 100) == json.loads("[" * 100 + "]" * 100)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 5_000, b"[" * 101 + b"]" * 101, '["' + "[" * 200 + '",' + "[" * 101]
)
def test_what_is_too_deep_is_no_value(text):
    with pytest.raises(ValueError, match="nested deeper than 100"):
        nested.loads(text)


def test_a_session_file_that_would_end_the_page_is_an_error():
    with pytest.raises(UsageError, match="not JSON") as error:
        session_file.from_text("[" * 100_000)
    assert "nested" in error.value.found
