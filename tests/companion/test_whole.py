"""A folder is written whole or not at all: killed at every file, it is the old one, the new one, or no run; never half
of two.
"""

import json
import os
import threading

import pytest
from costdna.errors import UsageError
from costdna_companion import saved, whole
from costdna_companion.whole import folder_of, swap

OLD = {"a.csv": "old", "b.csv": "old", "run.json": "old"}
NEW = {"a.csv": "new", "c.csv": "new", "run.json": "new"}


class Killed(BaseException):
    """What no code of ours catches."""


def put(folder, files, **more):
    folder_of(
        folder,
        {name: (lambda t=text: t) for name, text in files.items()},
        "run.json",
        ours=("a.csv", "b.csv", "c.csv"),
        **more,
    )


def held(folder):
    return {p.name: p.read_text() for p in folder.iterdir() if p.is_file()} if folder.is_dir() else {}


def test_a_new_an_empty_and_a_full_folder(tmp_path, monkeypatch):
    put(tmp_path / "deep" / "run", OLD)
    assert held(tmp_path / "deep" / "run") == OLD
    (tmp_path / "deep" / "run" / "notes.txt").write_text("mine")
    put(tmp_path / "deep" / "run", NEW)
    # b.csv of the run before would be taken for one of this
    assert held(tmp_path / "deep" / "run") == NEW | {"notes.txt": "mine"}
    (tmp_path / "empty").mkdir()
    put(tmp_path / "empty", OLD)
    assert held(tmp_path / "empty") == OLD and sorted(p.name for p in tmp_path.iterdir()) == ["deep", "empty"]
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    put(whole.Path("."), OLD)
    assert held(tmp_path / "here") == OLD and [p.name for p in (tmp_path / "here").iterdir() if p.is_dir()] == []


@pytest.mark.parametrize("there", [False, True])
def test_killed_at_every_step(tmp_path, monkeypatch, there):
    """Every write, flush, deletion and move in turn is the last thing that happens."""
    for step in range(40):
        folder = tmp_path / str(step)
        if there:
            put(folder, OLD)
        left = [step]

        def fatal(real):
            def do(*arguments, **named):
                if not left[0]:
                    raise Killed
                left[0] -= 1
                return real(*arguments, **named)

            return do

        with monkeypatch.context() as patch:
            for owner, name in (
                (whole.os, "fsync"),
                (whole.os, "replace"),
                (whole.Path, "unlink"),
                (whole.Path, "rename"),
                (whole.Path, "open"),
            ):
                patch.setattr(owner, name, fatal(getattr(owner, name)))
            patch.setattr(whole.shutil, "rmtree", lambda *_, **__: None)  # the dead clean nothing up
            try:
                put(folder, NEW)
                done = True
            except Killed:
                done = False
        files = held(folder)
        if done:
            assert files == NEW
            return
        assert "run.json" not in files or files == (OLD if there else NEW)
    pytest.fail("it never came to its end")


def test_one_file_is_swapped_in(tmp_path):
    (tmp_path / "x").write_text("old")

    def half(handle):
        handle.write("ne")
        raise Killed

    with pytest.raises(Killed):
        swap(tmp_path / "x", half)
    assert held(tmp_path) == {"x": "old"}


def test_a_newer_a_foreign_and_a_spoilt_mark_are_refused(tmp_path):
    for name in ("ownables.csv", "ownership.csv", "report.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(UsageError, match="run.json is missing"):
        saved.side(tmp_path)
    for content, match in (
        ({"kind": saved.KIND, "schema_version": saved.VERSION + 1}, "newer costdna"),
        ({"kind": "else", "schema_version": 1}, "not a saved run"),
        ([], "cannot be read"),
        ({"kind": saved.KIND, "schema_version": "x"}, "cannot be read"),
    ):
        (tmp_path / saved.MARK).write_text(json.dumps(content))
        with pytest.raises(UsageError, match=match):
            saved.side(tmp_path)


def test_a_link_is_followed_and_what_is_no_file_stays_what_it_is(tmp_path):
    """`--out /dev/null`, by somebody who may, put a file in its place."""
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    swap(tmp_path / "link", lambda handle: handle.write("new"))
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    pipe, came = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: came.append(pipe.read_text()), daemon=True)
    reader.start()
    swap(pipe, lambda handle: handle.write("through"))
    reader.join(30)
    assert came == ["through"] and pipe.is_fifo()
    with pytest.raises(IsADirectoryError):
        swap(tmp_path, lambda handle: handle.write("x"))


@pytest.mark.parametrize("there", [True, False])
def test_what_cannot_be_written_is_named_as_it_was_asked_for(there, tmp_path, monkeypatch):
    def refused(dir, prefix):
        raise PermissionError(13, "Permission denied", f"{dir}/{prefix}hidden")

    monkeypatch.setattr(whole.tempfile, "mkstemp", refused)
    monkeypatch.setattr(whole.tempfile, "mkdtemp", refused)
    folder = tmp_path if there else tmp_path / "run"
    for asked, do in (
        (tmp_path / "x", lambda: swap(tmp_path / "x", str)),
        (folder, lambda: whole.folder_of(folder, {"a": str}, "a")),
    ):
        with pytest.raises(PermissionError) as error:
            do()
        assert error.value.filename == str(asked)
