"""Dated runs: which count, how the next is called, what is deleted, and who knows of which."""

import datetime as dt
import json

import pytest
from costdna.errors import UsageError
from costdna_companion import saved
from costdna_companion.watch import runs

NOON = dt.datetime(2026, 11, 21, 12, 0, 0, tzinfo=dt.UTC)


def make(folder, *names, whole=True):
    for name in names:
        (folder / name).mkdir(parents=True)
        if whole:
            (folder / name / saved.MARK).write_text("{}")


def test_only_whole_runs_with_a_date_count(tmp_path):
    make(tmp_path, "2026-11-02T06-00-00Z", "2026-11-01", "notes", "2026-10-31-mine")
    make(tmp_path, "2026-11-03T06-00-00Z", whole=False)
    assert (
        runs.names(tmp_path) == ["2026-10-31-mine", "2026-11-01", "2026-11-02T06-00-00Z"]
        and runs.names(tmp_path / "absent") == []
    )


def test_a_new_run_is_the_newest_even_where_the_clock_went_back(tmp_path):
    assert runs.fresh(tmp_path / "absent", NOON).name == "2026-11-21T12-00-00Z"
    make(tmp_path, "2026-11-21T12-00-00Z")
    assert runs.fresh(tmp_path, NOON).name == "2026-11-21T12-00-01Z"
    make(tmp_path, "2026-12-31T23-59-59Z", whole=False)
    assert runs.fresh(tmp_path, NOON).name == "2027-01-01T00-00-00Z"


def test_trimming_spares_the_newest_the_needed_and_your_own(tmp_path):
    make(
        tmp_path,
        "2026-11-01T06-00-00Z",
        "2026-11-02T06-00-00Z",
        "2026-11-03-mine",
        "2026-11-04T06-00-00Z",
        "2026-11-05T06-00-00Z",
        "notes",
    )
    assert runs.trim(tmp_path, 0, set()) == []
    assert runs.trim(tmp_path, 1, {"2026-11-02T06-00-00Z"}) == ["2026-11-01T06-00-00Z", "2026-11-04T06-00-00Z"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "2026-11-02T06-00-00Z",
        "2026-11-03-mine",
        "2026-11-05T06-00-00Z",
        "notes",
    ]


def test_who_knows_of_which_run_is_kept_and_a_newer_or_spoilt_file_refused(tmp_path):
    assert runs.told(tmp_path) == {}
    runs.remember(tmp_path, {"slack": "2026-11-01"})
    assert runs.told(tmp_path) == {"slack": "2026-11-01"} and [p.name for p in tmp_path.iterdir()] == [runs.STATE]
    (tmp_path / runs.STATE).write_text(json.dumps({"schema_version": runs.VERSION + 1, "told": {}}))
    with pytest.raises(UsageError, match="newer costdna"):
        runs.told(tmp_path)
    for text in ("{", "[]", '{"schema_version": 1, "told": 3}'):
        (tmp_path / runs.STATE).write_text(text)
        with pytest.raises(UsageError, match="cannot be read"):
            runs.told(tmp_path)
