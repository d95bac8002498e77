"""Orders of asking: coverage picks one of each cluster, doubt picks the doubtful, chance is drawn once."""

import numpy as np

from costdna.questions.strategies import by_chance, by_coverage, cover_by, least_margin, least_sure


def clusters(sizes):
    sketches = np.zeros((sum(sizes), 256))
    sketches[np.arange(sum(sizes)), np.repeat(np.arange(len(sizes)), sizes)] = 1.0
    return sketches


def test_coverage_takes_large_clusters_first_and_each_once():
    sketches = clusters([2, 5, 3])
    picked = by_coverage(sketches, np.arange(10), np.ones(10), 3)
    assert [np.searchsorted([2, 7, 10], p, side="right") for p in picked] == [1, 2, 0]


def test_the_dearest_sibling_speaks_and_what_is_covered_is_not_asked():
    sketches = clusters([4, 4])
    stake = np.array([1, 9, 1, 1, 2, 2, 3, 2.0])
    assert by_coverage(sketches, np.arange(8), stake, 2).tolist() == [1, 6]
    covered = np.array([1, 1, 1, 1, 0, 0, 0, 0.0])
    assert by_coverage(sketches, np.arange(8), stake, 1, covered).tolist() == [6]


def test_cover_by_names_the_nearest():
    sketches = clusters([2, 2])
    cover, who = cover_by(sketches, np.array([0, 1, 3]), np.array([2, 0]))
    assert who.tolist() == [1, 1, 0] and np.allclose(cover, 1.0)
    cover, who = cover_by(sketches, np.array([3]), np.array([0]))
    assert who.tolist() == [-1] and cover[0] == 0


def test_doubt_and_margin_and_chance():
    rows, first, second = np.array([7, 8, 9]), np.array([0.9, 0.4, np.nan]), np.array([0.05, 0.1, np.nan])
    assert least_sure(rows, first).tolist() == [9, 8, 7]
    assert least_margin(rows, first, second).tolist() == [9, 8, 7]
    assert by_chance(np.arange(50), 1).tolist() != by_chance(np.arange(50), 2).tolist()
    assert by_chance(np.arange(50), 1).tolist() == by_chance(np.arange(50), 1).tolist()
