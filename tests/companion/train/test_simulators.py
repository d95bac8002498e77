"""The simulators written after the first: repeatable, broad, fit for the doors; what is for choices or reports is never
trained on.
"""

import ast
import hashlib
from pathlib import Path

import numpy as np
import pytest

from costdna.attribute import prepare
from costdna.features import X_WIDTH
from costdna_companion.train import bundle_prior, classic_world, development_world, mixture, platform_prior

ROOT = Path(__file__).parents[3]
TRAIN = ROOT / "companion/costdna_companion/train"


@pytest.fixture(scope="module", params=[platform_prior, bundle_prior], ids=["platform", "bundle"])
def drawn(request):
    return request.param, [request.param.draw(seed) for seed in range(12)]


def test_the_same_seed_draws_the_same_account(drawn):
    module, episodes = drawn
    for name, value in module.draw(5).feeds().items():
        np.testing.assert_array_equal(value, episodes[5].feeds()[name])


def test_every_account_fits_the_doors(drawn):
    for episode in drawn[1]:
        n, classes = episode.y_support.shape
        assert episode.x.shape == (n, X_WIDTH) and np.isfinite(episode.x).all()
        assert (
            classes >= 2
            and (episode.y_support.sum(0) > 0).all()
            and (episode.y_support.sum(1) == (~episode.query)).all()
        )
        assert 0 <= episode.target.min() and episode.target.max() <= classes
        pairs = np.stack([episode.member_node, episode.member_group])
        assert len(np.unique(pairs, axis=1).T) == len(pairs.T)
        assert episode.member_node.max() < n and episode.member_group.max() < len(episode.group_kind)


def test_platforms_reach_many_teams_and_leave_most_of_some_accounts_without_an_answer():
    episodes = [platform_prior.draw(seed) for seed in range(40)]
    assert max(e.y_support.shape[1] for e in episodes) >= 40 and min(e.y_support.shape[1] for e in episodes) <= 4
    none = [(e.target[e.query] == e.y_support.shape[1]).mean() for e in episodes]
    assert max(none) > 0.6 and min(none) < 0.1


def test_a_mixture_draws_from_each_of_its_simulators_by_seed():
    alike = []
    for seed in range(8):
        episode = mixture.draw({}, {"platform_prior": 1.0, "bundle_prior": 1.0}, seed)
        platform = platform_prior.draw(seed)
        alike.append(
            episode.x.shape == platform.x.shape and np.array_equal(episode.member_group, platform.member_group)
        )
    assert 0 < sum(alike) < 8


@pytest.mark.parametrize("module", [development_world, classic_world], ids=["development", "classic"])
def test_a_world_hides_owners_and_goes_through_prepare(module):
    world = module.build(2)
    assert len(world.truth) == len(world.ownables) == len(world.app) and (world.truth == "").any()
    known = module.hide(world, 0.3, 2)
    truth = dict(zip(world.ownables["x_OwnableId"], world.truth, strict=True))
    assert len(known) and all(truth[row.x_OwnableId] == row.x_Team for row in known.itertuples())
    wrong = module.hide(world, 0.5, 2, mislabelled=0.5)
    assert any(truth[row.x_OwnableId] != row.x_Team for row in wrong.itertuples())
    plan = prepare(world.ownables, world.relations, world.charges, world.rhythm, known)
    assert plan.feeds and np.isfinite(plan.feeds[0]["x"]).all()
    assert module.build(2).relations.equals(world.relations)


def test_the_classic_world_has_four_teams_of_fifteen_in_five_kinds():
    world = classic_world.build(1)
    assert {team: int((world.truth == team).sum()) for team in classic_world.TEAMS} == dict.fromkeys(
        classic_world.TEAMS, 15
    )
    assert set(world.app) == set(classic_world.KINDS) | set(classic_world.NOBODYS)


def _imports(path: Path) -> set[str]:
    """Modules of this package that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names} | set((node.module or "").split("."))
        elif isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
    return found


def test_nothing_that_trains_reaches_what_is_for_choices_or_reports():
    closed = {"report_world", "development_world", "classic_world", "evaluate", "recipe", "ownership"}
    seen, wanted = set(), {"loop"}
    while wanted:
        name = wanted.pop()
        seen.add(name)
        reached = _imports(TRAIN / f"{name}.py")
        assert not reached & closed, name
        wanted |= {other for other in reached if (TRAIN / f"{other}.py").is_file()} - seen
    assert {"mixture", "prior", "platform_prior", "bundle_prior", "network"} <= seen
    for name in seen:
        assert "ownership_platform" not in (TRAIN / f"{name}.py").read_text()


def test_the_committed_apps_for_choices_are_those_the_rule_gives():
    apps = [
        line
        for line in (ROOT / "models/ownership_development.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert len(apps) > 50 and apps == sorted(set(apps))
    assert all(int(hashlib.sha256(app.encode()).hexdigest(), 16) % 3 == 0 for app in apps)
