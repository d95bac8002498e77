"""Which journal a run gets: an unfinished one of the very plan, else one of its own; and what is told of those there
are.
"""

import json

import pytest
from costdna.errors import UsageError
from costdna_companion.server.desk import Desk
from costdna_companion.server.jobs import Job
from costdna_companion.write import journal as journals
from costdna_companion.write import runs
from costdna_companion.write.journal import JournalError

PLAN = "0f76df9d" * 8


def test_a_run_that_ended_is_never_gone_on_with_even_within_the_same_second(tmp_path):
    seen = []
    for end in ("end", "undo", "end"):
        run, journal, resumed = runs.begin(tmp_path, PLAN, key="team")
        assert not resumed and run not in seen and [line["kind"] for line in journal.lines] == ["run"]
        with journal:
            journal.add(end)
        seen.append(run)
    assert seen == sorted(seen) and runs.find(tmp_path, seen[0]).stem == seen[0]


def test_an_unfinished_run_of_the_very_plan_goes_on(tmp_path):
    run, journal, _ = runs.begin(tmp_path, PLAN)
    with journal:
        journal.add("before", arn="a")
    again, journal, resumed = runs.begin(tmp_path, PLAN)
    assert (again, resumed) == (run, True) and len(journal.of("before")) == 1
    other, _, resumed = runs.begin(tmp_path, "1" * 64)
    assert other != run and not resumed


def test_a_run_nobody_knows_is_an_error_that_names_the_latest(tmp_path):
    run, _, _ = runs.begin(tmp_path, PLAN)
    with pytest.raises(UsageError, match="no such run") as error:
        runs.find(tmp_path, "2000")
    assert run in error.value.next_step


def made(folder, digest: str) -> str:
    """A run that wrote one tag and ended."""
    run, journal, _ = runs.begin(folder, digest, key="team", account="111122223333", rows=1)
    with journal:
        journal.add("before", arn="arn:aws:s3:::a", key="team", before=None)
        journal.add("outcome", arn="arn:aws:s3:::a", key="team", status="written")
        journal.add("end")
    return run


def changed(text: str) -> str:
    return text.replace('"team"', '"gang"', 1)


def forged(text: str) -> str:
    """A chain that holds, of lines that no run wrote."""
    line = {"n": 0, "kind": "outcome"}
    return json.dumps(line | {"hash": journals._hash("", line)}) + "\n"


@pytest.mark.parametrize(
    "spoil,why",
    [
        (changed, "line 1 does not follow from the line before"),
        (lambda text: text.replace("\n", "\nnot a line\n", 1), "line 2 does not follow"),
        (lambda text: "[" * 100_000 + "\n", "line 1 does not follow"),
        (forged, "not that of a run"),
        (None, "cannot be read"),
    ],
    ids=["changed", "a line put in", "nested", "forged", "not readable"],
)
def test_a_damaged_journal_is_named_and_hides_no_other(spoil, why, tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    whole, spoilt = made(folder, "1" * 64), made(folder, "2" * 64)
    path = folder / f"{spoilt}.jsonl"
    if spoil:
        path.write_text(spoil(path.read_text()))
    else:
        path.unlink()
        path.mkdir()  # what no rights say, whoever runs the test
    said = {one["run"]: one for one in Desk(tmp_path).runs()["runs"]}
    assert said.keys() == {whole, spoilt} and said[whole]["written"] == 1 and said[whole]["damaged"] == ""
    assert said[spoilt]["written"] == 0 and why in said[spoilt]["damaged"]
    with pytest.raises(UsageError) as unknown:
        runs.find(folder, "2000")
    assert f"{spoilt} (damaged)" in unknown.value.next_step and f"{whole} (damaged)" not in unknown.value.next_step
    if spoil not in (None, forged):
        for asked in (
            lambda: Desk(tmp_path, clients=pytest.fail).verify(Job("1", "verify"), spoilt),
            lambda: Desk(tmp_path, clients=pytest.fail).undo(Job("1", "undo"), spoilt),
        ):
            with pytest.raises(JournalError, match="changed after it was written"):
                asked()
