"""Who bears what is shared: rules that spread charges over teams or customers, every unit of both costs placed once."""

from costdna.sharing.drivers import drivers
from costdna.sharing.rules import EMPTY, Rule, RuleBook, content_of, parse_book
from costdna.sharing.spread import Spread, spread

__all__ = ["EMPTY", "Rule", "RuleBook", "Spread", "content_of", "drivers", "parse_book", "spread"]
