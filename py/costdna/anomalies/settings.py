"""How much has to happen before somebody is told."""

from dataclasses import dataclass

from costdna.errors import UsageError


@dataclass(frozen=True)
class Settings:
    """What a day must be to be told of: all three must hold.

    `floor` in money a day, `percent` of what was expected, and the false-discovery rate `rate` over every series of the
    day.

    drift: change in per cent over a window that a slow move needs. floor_share: the floor as a share of the bill's
    typical day, where that is more.
    """

    percent: float = 0.20
    drift: float = 0.20
    rate: float = 0.001
    floor: float = 1.0
    floor_share: float = 0.001

    @staticmethod
    def of(sensitivity: str = "medium", floor: float | None = None) -> "Settings":
        """The settings of a word: low, medium or high; a money floor of one's own may be given."""
        found = SENSITIVITY.get(sensitivity)
        if found is None:
            raise UsageError(
                "The sensitivity is not one we know.",
                found=sensitivity,
                next_step="Choose low, medium or high.",
                code="sensitivity",
            )
        return found if floor is None else Settings(found.percent, found.drift, found.rate, floor, 0.0)


SENSITIVITY = {
    "low": Settings(0.40, 0.40, 0.0001, 5.0, 0.01),
    "medium": Settings(),
    "high": Settings(0.10, 0.10, 0.01, 0.1, 0.0005),
}
