"""A model as one file: the same bytes anywhere, everything back; what is no such file, too large or hostile is refused
by name.
"""

import io
import json
import struct
import zipfile

import numpy as np
import pytest

from costdna.attribute import packed
from costdna.attribute.card import ModelRefused


def npz(**arrays):
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


GOLDEN = {"golden/one.npz": npz(x=np.zeros((2, 43), dtype="float32"))}
CARD = {
    "name": "attributor-account",
    "version": "0.2.1",
    "model": {"sha256": "0"},
    "golden": [{"file": "golden/one.npz", "sha256": "0"}],
}


def made(card=CARD, golden=GOLDEN, model=b"graph"):
    return packed.pack(model, json.dumps(card).encode(), golden)


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def whole(**more):
    return zipped(**{"attributor.json": json.dumps(CARD).encode(), "attributor.onnx": b"graph", **GOLDEN, **more})


def test_the_same_parts_are_the_same_file_and_come_back():
    assert made() == made(golden=dict(reversed(GOLDEN.items()))) and packed.unpack(made()) == (b"graph", CARD, GOLDEN)
    assert packed.unpack(whole()) == (b"graph", CARD, GOLDEN)  # zipped again by hand


def hungry():
    """A golden pass whose array says that it has a thousand million numbers."""
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }"
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return zipped(**{"x.npy": b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head})


@pytest.mark.parametrize(
    "content, found",
    [
        (b"", "no ZIP"),
        (b"PK\x03\x04 cut", "no ZIP"),
        (made()[:90], "no ZIP"),
        (zipped(a=b""), "'a'"),
        (zipped(**{"attributor.onnx": b""}), "attributor.json"),
        (zipped(**{"attributor.json": json.dumps(CARD).encode(), **GOLDEN}), "attributor.onnx"),
        (whole(**{"../attributor.onnx": b""}), "'../attributor.onnx'"),
        (whole(**{"golden/../../x.npz": b""}), "'golden/../../x.npz'"),
        (whole(**{"/etc/passwd": b""}), "'/etc/passwd'"),
        (whole(**{"attributor.onnx.data": b""}), "'attributor.onnx.data'"),
        (whole(**{f"golden/{i}.npz": b"" for i in range(80)}), "at most 66"),
        (zipped(**{"attributor.json": b"[" * 100_000, "attributor.onnx": b"", **GOLDEN}), "nested deeper"),
        (zipped(**{"attributor.json": b"\xff{", "attributor.onnx": b""}), "Unicode"),
        (zipped(**{"attributor.json": b" " * 3_000_000, "attributor.onnx": b""}), "attributor.json: more than"),
        (whole(**{"golden/two.npz": bytes(9_000_000)}), "golden/two.npz: more than"),
        (made(card={**CARD, "name": "<b>me</b>"}), "not plain"),
        (made(card={**CARD, "golden": 7}), "not plain"),
        (made(card=[CARD]), "not plain"),
        (made(card={**CARD, "version": "v" * 80}), "not plain"),
        (made(golden={}), "0 in the file"),
        (made(card={**CARD, "golden": []}, golden={}), "0 on the card"),
        (made(golden={"golden/one.npz": b"none"}), "golden/one.npz"),
        (made(golden={"golden/one.npz": npz(x=np.zeros(3_000_000, dtype="float32"))}), "golden/one.npz"),
        (made(golden={"golden/one.npz": hungry()}), "golden/one.npz"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)}-bytes",
)
def test_what_is_no_model_file_is_refused(content, found):
    with pytest.raises(ModelRefused) as refused:
        packed.unpack(content)
    assert found in refused.value.found and "goes on" in refused.value.next_step


def test_a_part_named_twice_or_larger_than_it_says_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for content in (b"a", b"b"):
            archive.writestr("attributor.onnx", content)
    with pytest.raises(ModelRefused, match="does not belong"):
        packed.unpack(out.getvalue())
    bomb = bytearray(zipped(**{"attributor.onnx": bytes(1_000_000)}))
    at = bomb.index(b"PK\x01\x02")
    bomb[at + 24 : at + 28] = struct.pack("<I", 10)  # the directory says ten bytes
    with pytest.raises(ModelRefused):
        packed.unpack(bytes(bomb))


def test_what_a_card_says_it_was_taught_is_figures_or_nothing():
    said = {
        "owners": 30,
        "units": 9,
        "gain_nll": 0.1,
        "gain_error": 0.02,
        "shipped": {"accuracy": 0.5},
        "fine_tuned": {"accuracy": 0.6},
    }
    found = packed.lesson({"training": {"fine_tuned": said, "sources": ["ab"]}})
    assert found == {"owners": 30, "units": 9, "was": 0.5, "now": 0.6, "gain": 0.1, "error": 0.02, "sources": ["ab"]}
    for wrong in (
        {},
        {"training": 3},
        {"training": {"fine_tuned": {**said, "owners": "many"}}},
        {"training": {"fine_tuned": {**said, "gain_nll": float("nan")}}},
        {"training": {"fine_tuned": {**said, "shipped": None}}},
    ):
        assert packed.lesson(wrong) == {}


def test_size_is_bounded_before_anything_is_unfolded(monkeypatch):
    monkeypatch.setattr(packed, "MOST_BYTES", 5000)
    for content, words in (
        (made(model=bytes(6000)), "too large"),
        (whole(**{"attributor.onnx": bytes(6000)}), "grow too large"),
    ):
        with pytest.raises(ModelRefused, match=words):
            packed.unpack(content)
