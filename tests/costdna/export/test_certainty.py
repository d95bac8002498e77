"""The one visual language."""

import re

from costdna.export import certainty
from costdna.export.figures import Figures
from costdna.ledger import HEADINGS
from costdna.report import UNKNOWN

ROW = dict.fromkeys(HEADINGS, 0)
F = Figures("USD", 0)


def test_every_heading_of_the_ledger_has_one_part_and_one_name():
    parts = [h for _, _, headings in certainty.PARTS for h in headings]
    assert sorted(parts) == sorted(HEADINGS) == sorted(certainty.HEADINGS)
    assert certainty.PARTS[-1][2] == UNKNOWN


def test_lengths_are_shares_and_the_bar_says_itself_in_words():
    bar = certainty.bar({**ROW, "tagged": 54, "inferred": 37, "abstained": 9}, F, before=0.5, label="search")
    grown = {name: float(size) for name, size in re.findall(r'class="(\w+)" style="flex-grow:([\d.]+)"', bar)}
    assert grown == {"proved": 0.54, "inferred": 0.37, "unknown": 0.09}
    assert 'aria-label="search: proved 54.0\u202f%, inferred 37.0\u202f%, unknown 9.0\u202f%"' in bar
    assert 'class="mark" style="left:50.00%"' in bar


def test_credits_have_no_length_and_nothing_is_drawn_as_nothing():
    assert 'class="proved"' not in certainty.bar({**ROW, "tagged": -5, "shared": 5}, F)
    assert "empty" in certainty.bar({**ROW, "tagged": -5}, F)
    assert certainty.legend(ROW, F) == '<ul class="legend"></ul>'


def test_the_legend_has_money_and_share_of_every_part():
    legend = certainty.legend({**ROW, "human": 1, "tagged": 2, "vendor": 1}, F)
    assert "75.0\u202f%" in legend and "25.0\u202f%" in legend and legend.count("<li>") == 2
