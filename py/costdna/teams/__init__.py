"""Step 3: owners already known, from what the bill, the user's rules and map, and the user's answers prove."""

from costdna.teams.answered import SEVERAL, answered
from costdna.teams.keys import find_keys
from costdna.teams.known import Known, known
from costdna.teams.rules import parse_rules, parse_team_map

__all__ = ["SEVERAL", "Known", "answered", "find_keys", "known", "parse_rules", "parse_team_map"]
