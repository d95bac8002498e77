"""Text of a bill inside somebody else's syntax: quoted so that it stays text."""

import json
import re

_UNSAFE = re.compile(
    "[^\\x20-\\x7e\u00a0-\u200d\u2010-\u2027\u2030-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\ufeff]"
)


def yaml_text(text: str) -> str:
    """A YAML double-quoted scalar, whatever is in the text.

    No tag, anchor, reference, comment or line end can come of it.

    >>> yaml_text("a: !!python/object:x")
    '"a: !!python/object:x"'
    >>> yaml_text('x"' + chr(10) + 'y')
    '"x\\\\"\\\\ny"'
    """
    out = json.dumps(str(text), ensure_ascii=False)
    return _UNSAFE.sub(lambda m: f"\\U{ord(m[0]):08x}", out)


def hcl_text(text: str) -> str:
    """An HCL string literal: quotes, line ends and both template markers (${ and %{) escaped.

    >>> hcl_text("${file(1)} %{if x} a")
    '"$${file(1)} %%{if x} a"'
    """
    out = json.dumps(str(text), ensure_ascii=False)
    out = _UNSAFE.sub(lambda m: f"\\U{ord(m[0]):08x}", out).replace("\\b", "\\u0008").replace("\\f", "\\u000c")
    return out.replace("${", "$${").replace("%{", "%%{")


_MARK = re.compile(r"([\\`*_\[\]()#!|~>$]|:(?=//))")


def markdown_text(text: str) -> str:
    """A text as it stands in Markdown: no link, picture, mention, heading, table bar or HTML can come of it.

    >>> markdown_text("[x](http://a) @all | <b>")
    '\\\\[x\\\\]\\\\(http\\\\://a\\\\) @\\u200ball \\\\| &lt;b\\\\>'
    """
    out = _UNSAFE.sub("\ufffd", " ".join(str(text).split()))
    out = out.replace("&", "&amp;").replace("<", "&lt;")
    return _MARK.sub(r"\\\1", out).replace("@", "@\u200b").replace("www", "w\u200bww")
