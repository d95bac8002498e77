"""Zips come out the same from the same input."""

from sitebuilder import archive


def test_same_members_same_bytes(tmp_path):
    a = archive.write_zip(tmp_path / "a.zip", {"b": b"2", "a": b"1"})
    b = archive.write_zip(tmp_path / "b.zip", {"a": b"1", "b": b"2"})
    assert a.read_bytes() == b.read_bytes()
    assert archive.read_zip(a) == {"a": b"1", "b": b"2"}


def test_the_key_moves_with_name_content_and_salt():
    keys = {
        archive.digest({"a": b"1"}),
        archive.digest({"b": b"1"}),
        archive.digest({"a": b"2"}),
        archive.digest({"a": b"1"}, "salt"),
        archive.digest({"a": b"1", "b": b""}),
    }
    assert len(keys) == 5
