"""Where things stand in Terraform's language: blocks, attributes and objects by their offsets. Nothing is evaluated.

Grammar: HCL native syntax specification (comments, heredocs, templates inside strings).
"""

import re
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
OPEN, CLOSE = "([{", ")]}"


class Unreadable(Exception):
    """The text is no HCL that we follow: it is left alone."""


@dataclass(frozen=True)
class Token:
    """kind: word, string, number, heredoc, sign, line (an end of line)."""

    kind: str
    start: int
    end: int
    text: str


@dataclass
class Attribute:
    """`name = value`; start: of the name, value and end: of the value's text."""

    name: str
    start: int
    value: int
    end: int


@dataclass
class Block:
    """`kind "label" … { … }`; start: of its first word, open and close: of its braces."""

    kind: str
    labels: list[str]
    start: int
    open: int
    close: int
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)


def tokens(text: str) -> list[Token]:
    """The tokens of a text; comments and blanks are left out. Raises Unreadable."""
    out, i, n = [], 0, len(text)
    while i < n:
        c = text[i]
        if c == "\n":
            out.append(Token("line", i, i + 1, c))
            i += 1
        elif c in " \t\r\ufeff":
            i += 1
        elif c == "#" or text.startswith("//", i):
            i = (text.find("\n", i) + n + 1) % (n + 1)
        elif text.startswith("/*", i):
            stop = text.find("*/", i + 2)
            if stop < 0:
                raise Unreadable("a comment does not end")
            i = stop + 2
        elif c == '"':
            stop = _string(text, i)
            out.append(Token("string", i, stop, text[i:stop]))
            i = stop
        elif heredoc := _HEREDOC.match(text, i):
            stop = re.compile(rf"^[ \t]*{re.escape(heredoc[2])}[ \t]*\r?$", re.MULTILINE).search(text, heredoc.end())
            if stop is None:
                raise Unreadable("a heredoc does not end")
            end = stop.end() - (1 if text[stop.end() - 1] == "\r" else 0)
            out.append(Token("heredoc", i, end, text[i:end]))
            i = end
        elif word := _WORD.match(text, i):
            out.append(Token("word", i, word.end(), word[0]))
            i = word.end()
        elif number := _NUMBER.match(text, i):
            out.append(Token("number", i, number.end(), number[0]))
            i = number.end()
        else:
            out.append(Token("sign", i, i + 1, c))
            i += 1
    return out


def _string(text: str, i: int) -> int:
    """End of the quoted string that begins at i; templates inside it may hold strings themselves."""
    i += 1
    while i < len(text):
        if text[i] == "\\":
            i += 2
        elif text[i] == '"':
            return i + 1
        elif text[i] == "\n":
            break
        elif text.startswith(("$${", "%%{"), i):
            i += 3
        elif text.startswith(("${", "%{"), i):
            i, depth = i + 2, 1
            while depth:
                if i >= len(text):
                    raise Unreadable("a template does not end")
                if text[i] == '"':
                    i = _string(text, i)
                    continue
                depth += {"{": 1, "}": -1}.get(text[i], 0)
                i += 1
        else:
            i += 1
    raise Unreadable("a string does not end")


def parse(text: str) -> Block:
    """The file as one block without braces. Raises Unreadable."""
    all_tokens = tokens(text)
    root = Block("", [], 0, 0, len(text))
    if _body(all_tokens, 0, root) != len(all_tokens):
        raise Unreadable("a brace is closed that was not opened")
    return root


def _body(all_tokens: list[Token], i: int, into: Block) -> int:
    """Statements up to the closing brace of `into`; returns the place of that brace, or the end."""
    while i < len(all_tokens):
        token = all_tokens[i]
        if token.kind == "line":
            i += 1
        elif token.text == "}" and token.kind == "sign":
            return i
        elif token.kind == "word" and i + 1 < len(all_tokens) and all_tokens[i + 1].text == "=":
            i = _attribute(all_tokens, i, into)
        elif token.kind == "word":
            i = _block(all_tokens, i, into)
        else:
            raise Unreadable(f"{token.text[:20]!r} where a name was due")
    return i


def _attribute(all_tokens: list[Token], i: int, into: Block) -> int:
    name, start, j = all_tokens[i].text, all_tokens[i].start, i + 2
    first = last = None
    depth = 0
    while j < len(all_tokens):
        token = all_tokens[j]
        if token.kind == "sign" and token.text in OPEN:
            depth += 1
        elif token.kind == "sign" and token.text in CLOSE:
            if not depth:
                break
            depth -= 1
        elif token.kind == "line":
            if not depth:
                break
            j += 1
            continue
        first, last = first or token, token
        j += 1
    if first is None or depth:
        raise Unreadable(f"{name} has no value that ends")
    into.attributes[name] = Attribute(name, start, first.start, last.end)
    return j


def _block(all_tokens: list[Token], i: int, into: Block) -> int:
    first, labels, j = all_tokens[i], [], i + 1
    while j < len(all_tokens) and all_tokens[j].kind in ("string", "word"):
        labels.append(all_tokens[j].text.strip('"'))
        j += 1
    if j >= len(all_tokens) or all_tokens[j].text != "{":
        raise Unreadable(f"{first.text} is neither an attribute nor a block")
    block = Block(first.text, labels, first.start, all_tokens[j].start, 0)
    j = _body(all_tokens, j + 1, block)
    if j >= len(all_tokens):
        raise Unreadable(f"block {first.text} does not end")
    block.close = all_tokens[j].start
    into.blocks.append(block)
    return j + 1


def entries(text: str, start: int, end: int) -> list[tuple[str, str, int]] | None:
    """(key, value's text, end offset) of each entry of an object literal at text[start:end].

    None where it is no plain one.
    """
    inside = list(tokens(text[start:end]))
    if len(inside) < 2 or inside[0].text != "{" or inside[-1].text != "}":
        return None
    out, depth, entry = [], 0, []
    for token in inside[1:-1]:
        if token.kind == "sign" and token.text in OPEN:
            depth += 1
        elif token.kind == "sign" and token.text in CLOSE:
            depth -= 1
            if depth < 0:
                return None  # {…} then more: no single literal
        if not depth and (token.kind == "line" or token.text == ","):
            if entry:
                out.append(entry)
            entry = []
        elif token.kind != "line":
            entry.append(token)
    if entry:
        out.append(entry)
    found = []
    for one in out:
        if len(one) < 3 or one[0].kind not in ("word", "string") or one[1].text not in ("=", ":"):
            return None  # a for expression, a computed key
        found.append((one[0].text.strip('"'), text[start + one[2].start : start + one[-1].end], start + one[-1].end))
    return found


def literal(text: str) -> str | None:
    """The string a literal stands for; None where it is an expression or holds a template.

    >>> literal('"logs"'), literal('"${var.x}-logs"'), literal("var.name")
    ('logs', None, None)
    """
    if (
        not (text.startswith('"') and text.endswith('"') and len(text) > 1)
        or "${" in text
        or "%{" in text
        or "\\" in text
    ):
        return None
    return text[1:-1]
