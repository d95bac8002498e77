"""costdna calibrate: does the confidence hold on this bill?"""

from __future__ import annotations


from costdna_companion.cli._options import Bills, Json, Printed, Quiet, TagKeys
from costdna_companion.cli._output import Output, answer, console


def calibrate(
    paths: Bills,
    tag_key: TagKeys = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Reliability of the attributor's confidence on a bill's own known owners: hidden by whole units, at random, and
    (saying nothing) shown.

    What was claimed beside what held, per bin; ECE beside the ECE that perfect calibration would still show on as few
    rows. Holds for resources like the tagged ones.
    """
    from costdna_companion.bench import calibration, product
    from costdna_companion.bench.show import grid
    from costdna_companion.cli import _inputs

    readings, _ = _inputs.readings_of(paths)
    result = calibration.of_bill(
        readings,
        list(tag_key or []),
        product.shipped(),
        lambda text: console(quiet).print(text, markup=False, highlight=False),
    )
    if json_ or output == Output.json:
        answer(result)
        return
    text = lambda row: {
        key: value if isinstance(value, str) else str(value) if isinstance(value, int) else f"{value:.3f}"
        for key, value in row.items()
    }
    if output == Output.table:
        grid([text(row) for row in result["figures"]], output)
        print()
        grid([text(row) | {"": bar(row["claimed"], row["held"])} for row in result["rows"]], output)
        return
    from costdna_companion.cli._output import rows

    rows([text(row) for row in result["rows"]], output)


def bar(claimed: float, held: float, width: int = 30) -> str:
    """A line of the reliability diagram: what held as a bar, what was claimed as a mark.

    >>> bar(0.5, 0.2, 10)
    '##···|····'
    """
    mark = min(int(claimed * width), width - 1)
    return "".join("|" if place == mark else "#" if place < round(held * width) else "·" for place in range(width))
