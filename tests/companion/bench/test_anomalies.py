"""The labelled worlds are the same for the same seed, the score counts what it says, the detector finds what was done
to them.
"""

import numpy as np
import pytest

from costdna_companion.bench import anomalies
from costdna_companion.bench.anomalies_rivals import collapse, fixed, older, z_score
from costdna_companion.bench.anomalies_worlds import CLASSES, FORTNIGHT, MONTH, QUIET, WARM, Cause, months, world


@pytest.mark.parametrize("kind", CLASSES)
def test_a_world_is_the_same_for_the_same_seed_and_holds_its_causes(kind):
    one, again = world(kind, 0.02, False, 3), world(kind, 0.02, False, 3)
    assert np.array_equal(one.cost, again.cost) and (one.cost >= 0).all()
    assert (len(one.causes) == 0) == (kind in QUIET) and not np.array_equal(one.cost, world(kind, 0.02, False, 4).cost)
    assert all(c.start >= WARM for c in one.causes)


def test_the_score_counts_found_late_extra_and_false_alerts():
    w = world("step", 0.02, False, 3)
    c = w.causes[0]
    told = [({c.series[0]}, c.start, c.start + 3), ({c.series[0]}, c.start + 9, c.start + 9), ({99}, 200, 201)]
    s = anomalies.score(w, told)
    assert (s["alerts"], s["right"], s["found"], s["at_once"], s["extra"]) == (3, 2, 1, 1, 1)
    late = anomalies.score(w, [({c.series[0]}, c.start + 40, c.start + 41)])
    assert late["found"] == 0


def test_causes_have_windows():
    assert anomalies.window(Cause("spike", (0,), 100, 102, 1, 1.0)) == (99, 102)
    assert anomalies.window(Cause("slow ramp", (0,), 100, 140, 1, 1.0)) == (99, 161)


@pytest.mark.parametrize("kind,least", [("drop to zero", 6), ("masked opposites", 5)])
def test_the_pipeline_finds_what_was_done_with_one_alert_each(kind, least):
    w = world(kind, 0.02, False, 5)
    told, _ = anomalies.ours(w)
    s = anomalies.score(w, told)
    assert s["found"] >= least and s["right"] == s["alerts"]


def test_a_month_is_cut_around_each_cause():
    w = world("step", 0.02, False, 3)
    cut = months(w, 3)
    assert len(cut) == len(w.causes) and all(m.cost.shape == (24, MONTH) and len(m.days) == MONTH for m in cut)
    for m, c in zip(cut, w.causes):
        mine = next(x for x in m.causes if x.series == c.series)
        assert FORTNIGHT < mine.start < MONTH and m.days[mine.start] == w.days[c.start]
    told, _ = anomalies.ours(cut[0], MONTH - FORTNIGHT)
    assert anomalies.score(cut[0], told)["found"] >= 1
    assert all(m.causes == () for m in months(world("flat", 0.02, False, 3), 3))


def test_flags_collapse_and_rivals_flag_what_they_should():
    flags = np.zeros((2, 40), dtype=bool)
    flags[0, [20, 21, 25, 39]] = True
    assert collapse(flags, 0) == [(0, 20, 25), (0, 39, 39)]
    cost = 100 + np.random.default_rng(1).normal(0, 1, (1, 80))
    cost[0, 60] = 300
    for rival in (older, z_score, fixed):
        assert any(b <= 60 <= e for _, b, e in rival(cost, 50)), rival.__name__


def test_the_seed_is_made_from_the_commit():
    import json

    seed = json.loads(anomalies.SEED_FILE.read_text())
    assert seed["seed"] == int(seed["commit"][:8], 16) and len(seed["commit"]) == 40
