"""A journal vouches for itself: cut by a crash it goes on, changed by hand it stops."""

import subprocess
import sys

import pytest

from costdna_companion.write.journal import Journal, JournalError, read


def written(path) -> None:
    with Journal(path) as journal:
        for n in range(3):
            journal.add("before", arn=f"a{n}", key="team", before=None)


def test_lines_come_back_as_written_and_the_file_is_the_owners_alone(tmp_path):
    written(tmp_path / "j")
    assert [line["arn"] for line in read(tmp_path / "j")[0]] == ["a0", "a1", "a2"]
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_last_line_cut_by_a_crash_is_dropped_and_the_chain_goes_on(tmp_path, cut):
    written(tmp_path / "j")
    raw = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(raw[:-cut])
    with Journal(tmp_path / "j") as journal:
        assert len(journal.lines) == 2
        journal.add("outcome", arn="a9")
    assert [line["arn"] for line in read(tmp_path / "j")[0]] == ["a0", "a1", "a9"]


@pytest.mark.parametrize("change", [(b"a1", b"b1"), (b'"n":1', b'"n":7'), (b"team", b"Team"), (b'{"n":0', b'["n":0')])
def test_a_line_changed_by_hand_stops_everything(tmp_path, change):
    written(tmp_path / "j")
    raw = (tmp_path / "j").read_bytes()
    assert change[0] in raw
    (tmp_path / "j").write_bytes(raw.replace(*change, 1))
    with pytest.raises(JournalError, match="changed after"):
        Journal(tmp_path / "j")


def test_a_line_taken_out_stops_everything(tmp_path):
    written(tmp_path / "j")
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    (tmp_path / "j").write_bytes(lines[0] + lines[2])
    with pytest.raises(JournalError):
        read(tmp_path / "j")


def test_a_journal_that_is_open_is_refused_to_everybody_else_and_stays_whole(tmp_path):
    with Journal(tmp_path / "j") as journal:
        journal.add("run", plan="x")
        with pytest.raises(JournalError, match="in hand already") as error:
            Journal(tmp_path / "j")
        assert error.value.code == "run-in-hand"
        other = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys, pathlib\nfrom costdna_companion.write.journal import Journal\nJournal(pathlib.Path(sys.argv[1])).add('run')",
                str(tmp_path / "j"),
            ],
            capture_output=True,
            text=True,
        )
        assert other.returncode and "in hand already" in other.stderr
        journal.add("before", arn="a")
    with Journal(tmp_path / "j") as journal:
        assert [line["kind"] for line in journal.lines] == ["run", "before"]


def test_a_carriage_return_put_into_a_line_is_a_change_and_cuts_nothing_off(tmp_path):
    written(tmp_path / "j")
    raw = (tmp_path / "j").read_bytes().replace(b"a1", b"a\r1")
    (tmp_path / "j").write_bytes(raw)
    with pytest.raises(JournalError):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == raw
