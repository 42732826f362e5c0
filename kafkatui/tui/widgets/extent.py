"""How large what a view scrolls over is, and where in it the view stands. What it shows is the view's own."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


def extend(view: ScrollView, size: Size) -> None:
    """Set its virtual size; lay the screen out anew only when a scrollbar comes or goes.

    Textual does it for every change, which takes 30 ms on a large terminal, ten times a second while rows come in.
    """
    before = view.virtual_size
    fits = size.height <= view.container_size.height
    if size.width != before.width or fits == view.show_vertical_scrollbar:
        view.virtual_size = size
    elif size != before:
        view.set_reactive(Widget.virtual_size, size)
        if view.show_vertical_scrollbar:
            view.vertical_scrollbar.window_virtual_size = size.height


def stand_at(view: ScrollView, y: int) -> None:
    """Scroll without painting anything: what is on screen stays, and so much came or went above it."""
    to = max(0, min(y, view.max_scroll_y))
    view.set_reactive(Widget.scroll_y, float(to))
    view.set_reactive(Widget.scroll_target_y, float(to))
    if view.show_vertical_scrollbar:
        view.vertical_scrollbar.position = to
