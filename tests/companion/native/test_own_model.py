"""An account's own model on this machine: its folder as one file, found where COSTDNA_MODEL or the data folder has one,
the shipped one never.
"""

import json
import shutil

import own_model as made
from costdna.attribute import packed
from costdna_companion.native import own_model


def written(folder):
    """As costdna train leaves it."""
    graph, card, golden = made.variant()
    (folder / "golden").mkdir(parents=True)
    (folder / packed.MODEL).write_bytes(graph)
    (folder / packed.CARD).write_text(json.dumps(card))
    for name, content in golden.items():
        (folder / name).write_bytes(content)
    return graph


def test_a_folder_is_one_file_and_found_by_its_name(tmp_path, monkeypatch):
    graph = written(tmp_path / "runs")
    (tmp_path / "runs" / "weights.npz").write_bytes(b"not handed on")
    monkeypatch.setenv("COSTDNA_MODEL", str(tmp_path / "runs" / packed.MODEL))
    found = own_model.find(tmp_path)
    model, card, golden = packed.unpack(found)
    assert model == graph and len(golden) == len(card["golden"]) and found == own_model.pack(tmp_path / "runs")
    monkeypatch.setenv("COSTDNA_MODEL", str(made.MODELS / packed.MODEL))
    assert own_model.find(tmp_path) is None  # the shipped one is not one's own
    shutil.rmtree(tmp_path / "runs" / "golden")
    monkeypatch.setenv("COSTDNA_MODEL", str(tmp_path / "runs" / packed.MODEL))
    assert own_model.find(tmp_path) is None


def test_the_data_folders_own_is_offered_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("COSTDNA_MODEL", raising=False)
    assert own_model.find(tmp_path) is None
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / own_model.FILE).write_bytes(b"a file")
    assert own_model.find(tmp_path) == b"a file"
