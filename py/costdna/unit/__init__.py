"""What a customer, a service, an environment or a token costs: money over a driver, revenue beside it."""

from costdna.unit.ai import ai_spend
from costdna.unit.customers import parse_customers
from costdna.unit.margins import margins
from costdna.unit.per import per, text_of

__all__ = ["ai_spend", "margins", "parse_customers", "per", "text_of"]
