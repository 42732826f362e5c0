"""The keymap: no key twice where it acts, every id once, every id rebindable."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest

from kafkatui.tui.keys import KEYMAP
from kafkatui.tui.screens.topics import TopicsScreen
from tests.builders import an_order_system
from tests.tui.conftest import an_app, the_table

TOGETHER = (
    ("table", "topics", "time", "place", "app"),
    ("records", "messages", "time", "place", "app"),
    ("record", "messages", "time", "place", "app"),
    ("table", "events", "time", "place", "app"),
    ("prompt",),
    ("table", "choose"),
    ("table", "letters", "time", "place", "app"),
    ("table", "desk", "time", "place", "app"),
    ("beside", "desk", "time", "place", "app"),
    ("table", "jobs", "time", "place", "app"),
    ("table", "jobtable", "jobs", "time", "place", "app"),
    ("table", "steps", "replay"),
    ("option", "replay"),
    ("trace",),
    ("saving",),
    ("filter", "time", "place", "app"),
    ("goto",),
    ("help",),
    ("doctor",),
    ("option", "start", "app"),
    ("contexts",),
)
"""Scopes that act at the same time, the innermost first."""
MEANT = {
    "left_square_bracket",
    "right_square_bracket",
    "escape",
    "enter",
    "down",
    "tab",
    "shift+tab",
    "home",
    "end",
    "p",
    "r",
    "t",
    "c",
    "y",
}
"""Keys an inner scope takes from an outer one on purpose."""


def keys_of(scope: str) -> list[str]:
    return list(chain.from_iterable(key.keys.split(",") for key in KEYMAP if key.id.startswith(f"{scope}.")))


@pytest.mark.parametrize("scopes", TOGETHER, ids=str)
def test_no_key_is_declared_twice(scopes: tuple[str, ...]) -> None:
    counted = Counter(chain.from_iterable(keys_of(scope) for scope in scopes))
    assert {key for key, times in counted.items() if times > 1} <= MEANT
    for scope in scopes:
        assert max(Counter(keys_of(scope)).values()) == 1


def test_every_id_is_there_once() -> None:
    assert max(Counter(key.id for key in KEYMAP).values()) == 1


async def test_a_keymap_of_the_users_own_counts() -> None:
    app = an_app(an_order_system())
    app.set_keymap({"app.topics": "f2", "table.down": "n"})
    async with app.run_test() as pilot:
        await pilot.press("f2", "n")
        assert isinstance(app.screen, TopicsScreen)
        assert the_table(app).rows.cursor_key == "orders.created"
