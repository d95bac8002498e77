"""A wheel is used only with the sha256 of the lock, wherever it came from."""

import hashlib

import pytest
from sitebuilder import parts
from sitebuilder.paths import BuildError

LOCK = {"packages": {"numpy": {"file_name": "numpy.whl", "sha256": hashlib.sha256(b"right").hexdigest()}}}
PINNED = {"numpy.whl": hashlib.sha256(b"right").hexdigest()}


def test_a_lock_that_was_changed_is_refused():
    assert parts.wanted(LOCK, ["numpy"], PINNED) == PINNED
    with pytest.raises(BuildError, match=r"numpy\.whl.*One of them was changed"):
        parts.wanted(LOCK, ["numpy"], {"numpy.whl": "0" * 64})


def test_the_real_lock_agrees_with_the_committed_list():
    if not (parts.NODE_MODULES / "pyodide").exists():
        pytest.skip("node_modules is not installed: run make setup")
    assert parts.wanted(parts.lock(), [*parts.WHEELS, *parts.TEST_WHEELS, *parts.STOCK_WHEELS]) == parts.PINNED


def test_a_wrong_wheel_is_thrown_away(tmp_path):
    file = tmp_path / "numpy.whl"
    assert not parts.verified(file, PINNED["numpy.whl"])
    file.write_bytes(b"wrong")
    assert not parts.verified(file, PINNED["numpy.whl"])
    assert not file.exists()
    file.write_bytes(b"right")
    assert parts.verified(file, PINNED["numpy.whl"])


def test_sources_are_tried_in_order_until_the_content_is_right(tmp_path, monkeypatch):
    tried = []
    monkeypatch.setattr(parts, "lock", lambda: LOCK)
    monkeypatch.setattr(parts, "PINNED", PINNED)
    monkeypatch.setattr(parts.wanted, "__defaults__", (("numpy",), PINNED))
    monkeypatch.setattr(
        parts,
        "from_carrier",
        lambda missing, folder: (tried.append("carrier"), (folder / "numpy.whl").write_bytes(b"tampered")),
    )
    monkeypatch.setattr(
        parts,
        "from_official",
        lambda missing, folder: (tried.append("official"), (folder / "numpy.whl").write_bytes(b"right")),
    )
    assert parts.wheels(["numpy"], tmp_path) == [tmp_path / "numpy.whl"]
    assert tried == ["carrier", "official"]
    assert parts.wheels(["numpy"], tmp_path) and tried == ["carrier", "official"]  # the cache is enough now
    (tmp_path / "numpy.whl").unlink()
    monkeypatch.setattr(parts, "from_official", lambda missing, folder: None)
    with pytest.raises(BuildError, match="no source had numpy.whl"):
        parts.wheels(["numpy"], tmp_path)
