"""A tag more in a Terraform block, everything else as it was."""

from costdna.export.iac import hcl
from costdna.export.quoting import hcl_text


class Clash(Exception):
    """The tag stands there already, with another value or one that cannot be read here."""


def add_tag(text: str, block: hcl.Block, key: str, value: str) -> tuple[int, int, str] | None:
    """(start, end, replacement) that gives a block the tag; None where it has it. Raises Clash."""
    line, newline = indent(text, block.start), line_end(text)
    name = key if key.isidentifier() else hcl_text(key)
    found = block.attributes.get("tags")
    if found is None:
        inner = f"{line}  tags = {{{newline}{line}    {name} = {hcl_text(value)}{newline}{line}  }}{newline}"
        return _before_close(text, block, inner, line, newline)
    present = hcl.entries(text, found.value, found.end)
    if present is None:
        expression = text[found.value : found.end]
        if hcl_text(key) in expression or f"{key} " in expression:
            raise Clash("its tags are an expression that already speaks of the key")
        return found.value, found.end, f"merge({expression}, {{ {name} = {hcl_text(value)} }})"
    for had, said, _ in present:
        if had == key:
            if hcl.literal(said) == value:
                return None
            raise Clash(f"the code already says {key} = {said[:60]}")
    if not present:
        return found.value, found.end, f"{{{newline}{line}    {name} = {hcl_text(value)}{newline}{line}  }}"
    after = present[-1][2]
    if "\n" not in text[found.value : found.end]:
        return after, after, f", {name} = {hcl_text(value)}"
    lead = indent(text, _key_start(text, present, found))
    width = max(_padded(text, present, found), len(name))
    comma = "," if text[after : after + 1] == "," or text[found.value : after].rstrip().endswith(",") else ""
    place = after + len(comma) if comma and text[after : after + 1] == "," else after
    stop = text.find("\n", place)
    stop = place if stop < 0 or stop > found.end else stop - (1 if text[stop - 1] == "\r" else 0)
    # A comment behind the last entry stays on its line.
    return stop, stop, f"{newline}{lead}{name.ljust(width)} = {hcl_text(value)}{comma}"


def add_block(text: str, block: hcl.Block, name: str, body: str) -> tuple[int, int, str]:
    """A nested block before the closing brace; body: its lines without indentation."""
    line, newline = indent(text, block.start), line_end(text)
    inner = (
        f"{line}  {name} {{{newline}"
        + "".join(f"{line}    {part}{newline}" for part in body.split("\n"))
        + f"{line}  }}{newline}"
    )
    return _before_close(text, block, inner, line, newline)


def _before_close(text: str, block: hcl.Block, inner: str, line: str, newline: str) -> tuple[int, int, str]:
    begin = text.rfind("\n", 0, block.close) + 1
    if begin > block.open and not text[begin : block.close].strip():
        gap = newline if (block.attributes or block.blocks) else ""
        return begin, begin, gap + inner
    body = text[block.open + 1 : block.close].strip()  # all on one line
    return block.open + 1, block.close, newline + (f"{line}  {body}{newline}{newline}" if body else "") + inner + line


def _key_start(text: str, present: list, found: hcl.Attribute) -> int:
    """Offset of some key that begins its line."""
    end = present[-1][2]
    said = present[-1][1]
    return text.rfind("\n", found.value, end - len(said)) + 1


def _padded(text: str, present: list, found: hcl.Attribute) -> int:
    """How wide the last key's column is, where equal signs are aligned."""
    end, said = present[-1][2], present[-1][1]
    start = text.rfind("\n", found.value, end - len(said)) + 1
    row = text[start : end - len(said)]
    return max(0, len(row.rstrip().rstrip("=:").lstrip()) - 1)


def indent(text: str, at: int) -> str:
    """Blanks at the beginning of the line that holds an offset."""
    start = text.rfind("\n", 0, at) + 1
    stop = start
    while stop < len(text) and text[stop] in " \t":
        stop += 1
    return text[start:stop]


def line_end(text: str) -> str:
    """How this text ends its lines."""
    return "\r\n" if "\r\n" in text else "\n"
