"""Alerts on the Changes screen take an answer, which can be taken back."""

from moving import jumping
from pages import go, opened


def test_an_alert_takes_an_answer_and_the_answer_can_be_taken_back():
    frame = opened(jumping())
    seen = go(frame, "screen:changes")
    say = [w for w in seen.wishes if w.startswith("changes:say:") and w.endswith(":no")]
    assert len(say) == 1 and "Likely search's" in seen.words and "1 alert from" in seen.words
    muted = go(frame, say[0])
    assert "Nothing odd" in muted.words and "1 muted" in muted.words
    again = next(w for w in muted.wishes if w.startswith("changes:say:"))
    assert "1 alert from" in go(frame, again).words
    go(frame, "changes:say:0000:no")
    go(frame, "changes:say")
