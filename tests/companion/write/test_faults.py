"""Two routes of writing under every class of fault, each sixth place; the whole loop is `make bench-write-back`."""

import pytest

from costdna_companion.bench import write_back, write_back_page, write_thing, write_trials
from costdna_companion.bench.faults import KILL, Faults, Killed


@pytest.fixture(scope="module")
def rows():
    return write_back.run(["S3 bucket", "secret"], step=6, kills=1)


@pytest.mark.parametrize("what", write_back_page.CLASSES)
def test_every_fault_of_a_class_is_survived(rows, what):
    hit = [row for row in rows if row["class"] == what]
    assert {row["kind"] for row in hit} == {"S3 bucket", "secret"}
    assert not [row for row in hit if row["problems"]]


def test_the_page_says_what_was_not_survived(rows):
    page = write_back.markdown(
        [*rows, {"kind": "secret", "class": "denied", "place": "before x", "problems": ["tags are off"]}]
    )
    assert (
        f"{len(rows) + 1:,} faults injected, {len(rows):,} survived" in page
        and "- secret, denied, before x: tags are off" in page
    )


def test_a_loop_that_loses_a_line_or_leaves_a_tag_says_so(tmp_path, monkeypatch):
    """The loop can fail: with a journal that forgets, and with an undo that does nothing."""
    from moto import mock_aws

    from costdna_companion.bench.faults import HitJournal, Wire

    with mock_aws():
        wire = Wire()
        thing = write_back.Thing(write_back.MAKERS["SNS topic"](wire), wire, tmp_path)
        thing.fresh()
        monkeypatch.setattr(write_thing, "undo", lambda *given, **more: [])
        assert any("tags are" in problem for problem in write_trials.killed(thing, 14, "undone"))
        monkeypatch.undo()
        thing.fresh()
        add = HitJournal.add
        monkeypatch.setattr(
            HitJournal, "add", lambda self, kind, **given: add(self, kind, **given) if kind != "before" else None
        )
        assert any("without a line" in problem for problem in write_trials.answered(thing, Faults(), True))


def test_a_fault_hits_the_place_it_is_set_at():
    faults = Faults({1: KILL, 2: "Throttling"})
    assert faults.reach("a") is None
    with pytest.raises(Killed):
        faults.reach("b")
    assert faults.reach("c") == "Throttling" and faults.places == ["a", "b", "c"]
