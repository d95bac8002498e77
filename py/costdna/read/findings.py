"""What reading a bill found out about its files, for the doctor: a code, a sentence and, where there is one, an amount."""

from costdna import names


def repeated(name: str) -> dict:
    return _finding("repeated-file", f"{name} was dropped twice and is counted once.")


def undated(lines: int) -> dict:
    told = names.counted(lines, "line does", "lines do")
    return _finding("undated-lines", f"{told} not say when; counted over the billing period.")


def split_rows(amount: str) -> dict:
    return _finding(
        "split-rows-cost",
        "Split cost allocation rows carry a cost of their own; it is left out, since they tell of their instance again.",
        amount,
    )


def net_in_part() -> dict:
    return _finding("net-basis-partial", "Only some files carry net costs; the gross basis is used for all.")


def net_refused(difference: str) -> dict:
    return _finding(
        "net-basis-refused",
        "Net and gross costs do not add up to the same total; the gross basis is used.",
        difference,
    )


def _finding(code: str, text: str, amount: str = "") -> dict:
    return {"code": code, "text": text, "amount": amount}
