"""Every bad file gives its error, and the few good ones read: the table both readers obey (tests/golden/bad)."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from costdna.errors import BillError
from costdna_companion import native

FOLDER = Path(__file__).parents[2] / "golden" / "bad"
TABLE = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))


def made(recipe: list[dict]) -> bytes:
    """The bytes of a recipe (its words are explained in the table's `text`)."""
    data = b""
    for step in recipe:
        (word, value), *more = step.items()
        if word == "bill":
            data += "".join(line + "\n" for line in TABLE["bills"][value]).encode()
        elif word == "text":
            data += value.encode()
        elif word == "bytes":
            data += bytes.fromhex(value)
        elif word == "file":
            data += (FOLDER / value).read_bytes()
        elif word == "lines":
            data = b"".join(data.splitlines(keepends=True)[:value])
        elif word in ("replace", "replace_all"):
            assert value[0].encode() in data
            data = data.replace(value[0].encode(), value[1].encode(), 1 if word == "replace" else -1)
        elif word == "cut":
            data = data[:value]
        elif word == "cut_after":
            data = data[: data.index(value.encode()) + len(value.encode())]
        elif word == "encode":
            mark = {"utf-16le": b"\xff\xfe", "utf-16be": b"\xfe\xff"}.get(value, b"")
            data = mark + data.decode().encode(value)
        elif word == "gzip":
            size = len(data)
            data = b"".join(gzip.compress(data[size * k // value : size * (k + 1) // value]) for k in range(value))
        elif word == "zip":
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if dict(more).get("stored") else zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(value, data)
            data = out.getvalue()
        elif word == "flip":
            data = bytearray(data)
            data[value[0]] ^= 1 << value[1]
            data = bytes(data)
        else:
            raise AssertionError(f"unknown word {word}")
    return data


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda c: c["name"])
def test_case(case, tmp_path):
    path = tmp_path / case["file"]
    path.write_bytes(made(case["make"]))
    if case["code"] is None:
        (reading,), _ = native.read([path])
        assert reading["meta"]["rows"] > 0
        return
    with pytest.raises(BillError) as raised:
        native.read([path])
    fault = raised.value
    assert fault.code == case["code"], str(fault)
    assert case["file"] in fault.where and fault.next_step and fault.exit_code == 2


def test_the_command_line_ends_with_2_and_says_what_to_do(tmp_path, capsys):
    from costdna_companion import cli

    path = tmp_path / "bill.csv.gz"
    path.write_bytes(made([{"bill": "cur"}, {"gzip": 1}, {"cut": -60}]))
    import sys

    before, sys.argv = sys.argv, ["costdna", "doctor", str(path), "-q", "--json"]
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        sys.argv = before
    assert ended.value.code == 2
    (fault,) = json.loads(capsys.readouterr().out)["errors"]
    assert fault["code"] == "truncated" and fault["next"].startswith("Download the file again")
