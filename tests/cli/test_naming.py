"""Which names are meant: exact ones first, globs, partitions, and what is said of those that are not there."""

from __future__ import annotations

import pytest

from kafkatui.cli.exits import Failure
from kafkatui.cli.naming import Picked, matches, partitions, pick

KNOWN = ["billing", "mailer", "odd[1]", "shipping"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["mailer", "billing"], Picked(("mailer", "billing"), ())),
        (["*ing"], Picked(("billing", "shipping"), ())),
        (["?ailer", "mailer"], Picked(("mailer",), ())),
        (["odd[1]"], Picked(("odd[1]",), ())),
        (["BILLING"], Picked((), ("group BILLING does not exist",))),
        (["biling"], Picked((), ("group biling does not exist; did you mean billing?",))),
        (["x*", "mailer"], Picked(("mailer",), ("no group matches x*",))),
        ([""], Picked((), ("an empty text names no group",))),
        ([], Picked((), ())),
    ],
)
def test_names_and_globs(wanted: list[str], expected: Picked) -> None:
    assert pick(wanted, KNOWN, "group") == expected


def test_what_is_asked_about_is_what_is_picked() -> None:
    for wanted in (["*ing"], ["odd[1]"], ["mailer", "x"], ["[bm]*"]):
        assert [name for name in KNOWN if matches(wanted, name)] == sorted(pick(wanted, KNOWN, "group").names)
    assert matches([], "anything")


@pytest.mark.parametrize(
    ("text", "expected"), [(None, None), ("0", {0}), ("0,2-4", {0, 2, 3, 4}), (" 1 , 1", {1}), ("3-3", {3})]
)
def test_partitions(text: str | None, expected: set[int] | None) -> None:
    assert partitions(text) == expected


@pytest.mark.parametrize("text", ["", "a", "1,", "-1", "3-1", "1-", "0-99999999", "١"])
def test_what_is_no_list_of_partitions(text: str) -> None:
    with pytest.raises(Failure, match=r"^-p "):
        partitions(text)
