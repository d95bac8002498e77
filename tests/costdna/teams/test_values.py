"""Team names: which of them may be slips of one another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from costdna.teams.values import lookalikes

NAME = st.text("ab-", min_size=3, max_size=7)


def one_slip(a: str, b: str) -> bool:
    """By trying every slip: a letter less, more, changed, or two neighbours swapped."""
    less = {a[:i] + a[i + 1 :] for i in range(len(a))}
    more = {a[:i] + c + a[i:] for i in range(len(a) + 1) for c in "ab-"}
    other = {a[:i] + c + a[i + 1 :] for i in range(len(a)) for c in "ab-"} | {
        a[:i] + a[i + 1] + a[i] + a[i + 2 :] for i in range(len(a) - 1)
    }
    return a != b and b in less | more | other


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAME, st.sampled_from([1.0, 10.0, 100.0, 1000.0]), max_size=8))
def test_each_rare_name_is_shown_beside_the_dearest_that_is_one_slip_away(teams):
    bare = {t: t.replace("-", "") or t for t in teams}
    found = dict(lookalikes(teams))
    for rare in teams:
        rivals = [
            c
            for c in teams
            if teams[rare] * 20 < teams[c] and min(len(bare[rare]), len(bare[c])) >= 5 and one_slip(bare[rare], bare[c])
        ]
        assert found.get(rare) == min(rivals, key=lambda c: (-teams[c], c), default=None)
