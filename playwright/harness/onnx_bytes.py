"""A tiny ONNX model written byte by byte: total = a + b (float32, any length), back = n (int64). No onnx package
needed.
"""

from __future__ import annotations


def varint(n: int) -> bytes:
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def field(number: int, value: int | str | bytes) -> bytes:
    """One protobuf field: an integer, or a length-delimited text or message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def value_info(name: str, element: int) -> bytes:
    """ValueInfoProto of a one-dimensional tensor of any length; element 1 is float32, 7 is int64."""
    shape = field(1, field(2, f"len_{name}"))
    return field(1, name) + field(2, field(1, field(1, element) + field(2, shape)))


def node(op: str, inputs: list[str], output: str) -> bytes:
    return b"".join(field(1, i) for i in inputs) + field(2, output) + field(4, op)


def model() -> bytes:
    """ModelProto, opset 18."""
    graph = field(1, node("Add", ["a", "b"], "total")) + field(1, node("Identity", ["n"], "back")) + field(2, "tiny")
    graph += field(11, value_info("a", 1)) + field(11, value_info("b", 1)) + field(11, value_info("n", 7))
    graph += field(12, value_info("total", 1)) + field(12, value_info("back", 7))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 18))
