"""What every screen of a cluster says as long as it is shown: its name in its colour, and what is dangerous. Pure."""

from __future__ import annotations

from textual.content import Content

from kafkatui.model.connection import Connection
from kafkatui.tui.themes import MARKS
from kafkatui.tui.widgets.line import Part

DANGER = "$background on $error bold"
CARE = "$background on $warning bold"


def mark_style(color: str | None) -> str:
    """How a name looks in the colour of its context; a colour that is none here marks nothing."""
    return f"$background on $mark-{color} bold" if color in MARKS else ""


def name_content(name: str, color: str | None) -> Content:
    """`name` is safe for a terminal."""
    style = mark_style(color)
    return Content.styled(f" {name} ", style) if style else Content.styled(name, "$foreground bold")


def badges(connection: Connection | None) -> list[Part]:
    """Never given up for want of room; shorter where there is little."""
    if connection is None:
        return []
    found = []
    if connection.production:
        found.append((" PRODUCTION ", " PRODUCTION ", CARE))
    if connection.tls is not None and connection.tls.insecure:
        found.append((" TLS NOT VERIFIED ", " NO TLS CHECK ", DANGER))
    if connection.read_only:
        found.append(("read-only", "ro", "$muted"))
    if not found:
        return []
    whole = Content(" ").join([Content.styled(text, style) for text, _, style in found])
    return [Part(whole, short=Content(" ").join([Content.styled(text, style) for _, text, style in found]))]
