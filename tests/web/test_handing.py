"""Files about days: a calendar and deploys are taken on the Changes screen, and what is wrong with one is said."""

from moving import jumping
from pages import go, opened


def test_a_calendar_and_deploys_may_be_opened_on_the_screen():
    frame = opened(jumping())
    assert "1 alert " in go(frame, "screen:changes").words
    words = go(
        frame, "fill:changes:planned", value="from,to,dimension,value,reason\n2026-11-09,2026-11-15,total,,sale\n"
    ).words
    assert "Nothing odd" in words and "1 muted" in words and "1 taken" in words
    words = go(frame, "fill:changes:planned", value="from,to\n2026-11-09,2026-11-15\n").words
    assert "This is no list with from, to, dimension." in words and "Nothing odd" in words
    assert "1 alert " in go(frame, "fill:changes:planned", value="").words
    words = go(
        frame,
        "fill:changes:deploys",
        value="team;timestamp;name\n"
        + "\n".join(f"search;2026-{m:02d}-{d:02d}T10:00:00Z;v" for m, d in ((9, 20), (10, 3), (10, 25), (11, 10))),
    ).words
    assert "Deploys" in words and "What coincides need not cause" in words and "deploys of search" in words
