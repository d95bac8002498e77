"""Which journal a run gets: an unfinished one of the very plan, else one of its own."""

import pytest
from costdna.errors import UsageError
from costdna_companion.write import runs

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
