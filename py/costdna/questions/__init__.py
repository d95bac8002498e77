"""What to ask a person next: the few resources whose owners settle the most money.

    questions = ask(ownables, relations, ownership, limit=12)

Works from no tag at all (nothing is known, so likeness alone decides) to a nearly tagged account (what is uncertain decides).
"""

from .ask import STRATEGIES, ask

__all__ = ["STRATEGIES", "ask"]
