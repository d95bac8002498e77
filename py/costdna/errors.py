"""Errors a person may see. Everything else is a bug and keeps its traceback."""


class CostDNAError(Exception):
    """Something the user can act on: what was found, where, and what to do next.

    `code` is stable and machine-readable; `exit_code` follows the conventions of the
    command line (1 operational, 2 bad usage or unreadable input, 3 findings, 4 partial).
    """

    exit_code = 1

    def __init__(self, message: str, *, found: str = "", where: str = "", next_step: str = "", code: str = "error"):
        super().__init__(message)
        self.message, self.found, self.where, self.next_step, self.code = message, found, where, next_step, code

    def __str__(self) -> str:
        parts = [self.message]
        if self.found:
            parts.append(f"Found: {self.found}")
        if self.where:
            parts.append(f"Where: {self.where}")
        if self.next_step:
            parts.append(f"Next: {self.next_step}")
        return "\n".join(parts)

    def to_dict(self) -> dict:
        return {
            "code": self.code,
            "message": self.message,
            "found": self.found,
            "where": self.where,
            "next": self.next_step,
        }


class BillError(CostDNAError):
    """A file that cannot be read as a bill, or not as a whole one."""

    exit_code = 2


class UsageError(CostDNAError):
    """A rule file, map or option that says something we do not understand."""

    exit_code = 2


class SchemaError(CostDNAError):
    """A table that breaks its declaration; `problems` lists every way in which it does."""

    def __init__(self, table: str, problems: list[str]):
        super().__init__(f"The table {table} is not what it declares to be.", found="; ".join(problems), code="schema")
        self.table, self.problems = table, problems


class LedgerError(CostDNAError):
    """The ledger does not close: the one thing that must never be shown as a result."""
