"""Words on the page: the little Markdown that questions and hints use, lines that are read aloud, and boxes with a coloured edge."""

import html
import re
from collections.abc import Sequence

EMPHASIS = ((r"\*\*(\S[^*]*)\*\*", "b"), (r"(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])", "i"))


def plain(text: str) -> str:
    """Markdown's marks taken out, for a button."""
    return re.sub(r"[`*]", "", text)


def marked(text: str) -> str:
    """`code`, **bold** and *emphasis* as HTML. What stands in code, or between spaces as in a * b, is no mark."""
    parts = re.split(r"`([^`]+)`", html.escape(text, quote=False))
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = f"<code>{part}</code>"
            continue
        for pattern, tag in EMPHASIS:
            part = re.sub(pattern, rf"<{tag}>\1</{tag}>", part)
        parts[i] = part
    return "".join(parts)


def told(text: str) -> str:
    """A line that screen readers say when it changes."""
    return f'<div role="status" aria-live="polite">{text}</div>'


def boxed(colour: str, title: str, lines: Sequence[str], details: str = "") -> str:
    """A box with a coloured edge; words carry the meaning, so that it reads the same in plain text, in the dark, and aloud."""
    paragraphs = "".join(f'<p style="margin:2px 0">{html.escape(line)}</p>' for line in lines)
    pre = f'<pre style="margin:4px 0;font-size:12px;overflow:auto" tabindex="0">{html.escape(details)}</pre>' if details else ""
    edge = f"border-left:4px solid {colour};padding:4px 12px;margin:4px 0"
    return f'<div role="status" style="{edge}"><b>{html.escape(title)}.</b>{paragraphs}{pre}</div>'
