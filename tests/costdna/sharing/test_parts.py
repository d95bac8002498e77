"""Many amounts split at once are what one split is."""

from hypothesis import given
from hypothesis import strategies as st

from costdna import money
from costdna.sharing.parts import split_all


@given(
    st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=6),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6).filter(any),
)
def test_many_splits_at_once_are_what_one_split_is(units, weights):
    assert [list(map(int, row)) for row in split_all(money.fit(units), weights)] == [
        money.split(u, weights) for u in units
    ]
