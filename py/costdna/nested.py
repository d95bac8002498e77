"""JSON from somebody's file, refused where it is nested deeper than any real one.

A parser in the page has little stack, and running out of it ends Python for good.
"""

import json
import re

_PARTS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|([\[{])|([\]}])', re.DOTALL)


def loads(text: str | bytes, most: int = 100):
    """What json.loads gives. Raises ValueError also where lists and objects stand more than `most` deep.

    >>> loads('{"a": [1, "]]]"]}')
    {'a': [1, ']]]']}
    >>> loads("[" * 101 + "]" * 101)
    Traceback (most recent call last):
    ...
    ValueError: nested deeper than 100
    """
    text = text.decode(json.detect_encoding(text), "surrogatepass") if isinstance(text, bytes) else text
    if text.count("[") + text.count("{") > most:
        depth = 0
        for part in _PARTS.finditer(text):
            depth += (part[1] is not None) - (part[2] is not None)
            if depth > most:
                raise ValueError(f"nested deeper than {most}")
    return json.loads(text)
