"""Nothing a stranger wrote becomes markup."""

from html.parser import HTMLParser

from bills import HOSTILE
from costdna.export.markup import Safe, join, tag, text
from hypothesis import given
from hypothesis import strategies as st


class Reader(HTMLParser):
    """What a parser sees: tags and the text between them."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.words, self.attributes = [], [], {}
        self.feed(markup)
        self.close()

    def handle_starttag(self, name, attrs):
        self.tags.append(name)
        self.attributes |= dict(attrs)

    def handle_data(self, data):
        self.words.append(data)


@given(st.text(), st.text())
def test_any_text_is_one_element_with_that_text(content, title):
    seen = Reader(tag("b", content, title=title))
    assert seen.tags == ["b"]
    assert set(seen.attributes) == {"title"}
    assert Reader(text(content)).tags == []


def test_hostile_text_keeps_its_letters_and_loses_its_power():
    for one in HOSTILE:
        seen = Reader(tag("td", one, title=one, data_go=one))
        assert seen.tags == ["td"]
        assert "".join(seen.words) == one
        assert seen.attributes["title"] == one


def test_words_that_turn_or_hide_are_shown_as_replaced():
    assert text("abc\u202egpj.exe\x00") == "abc\ufffdgpj.exe\ufffd"


def test_our_own_markup_is_taken_as_it_is():
    assert join(tag("b", "x"), None, ["<", Safe("<i></i>")]) == "<b>x</b>&lt;<i></i>"
    assert tag("input", disabled=True, value=None, hidden=False) == "<input disabled>"
    assert tag("label", "a", for_="b", class_="c") == '<label for="b" class="c">a</label>'
