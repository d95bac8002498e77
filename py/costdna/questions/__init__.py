"""What to ask a person next: the few groups and resources whose owners settle the most money.

    questions = ask(ownables, relations, ownership, limit=12)

Works from no tag at all (nothing is known, so likeness alone decides) to a nearly tagged account (what is uncertain
decides).
"""

from .ask import STRATEGIES, Basis, ask, basis
from .groups import WORD, Groups, by_word, called

__all__ = ["STRATEGIES", "WORD", "Basis", "Groups", "ask", "basis", "by_word", "called"]
