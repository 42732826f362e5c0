"""Addresses and lengths of time as people write them."""

from __future__ import annotations

import pytest

from kafkatui.config.addresses import addresses
from kafkatui.config.durations import seconds
from kafkatui.config.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kafka-1:9093", ("kafka-1:9093",)),
        ("kafka-1", ("kafka-1:9092",)),
        ("a:1,b:2", ("a:1", "b:2")),
        (" a:1 , b ,", ("a:1", "b:9092")),
        ("a:1,a:1", ("a:1",)),
        ("[::1]:9092", ("[::1]:9092",)),
        ("[fe80::1%eth0]", ("[fe80::1%eth0]:9092",)),
        ("SASL_SSL://a:9094", ("a:9094",)),
        ("127.0.0.1:65535", ("127.0.0.1:65535",)),
    ],
)
def test_an_address_is_a_host_with_or_without_a_port(text: str, expected: tuple[str, ...]) -> None:
    assert addresses(text, "-b") == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", ",", "a b:9092", "a:99999", "a:0", "a:port", "a:", ":9092", "http://a:9092", "a:1:2", "::1", "a:١"],
)
def test_what_is_no_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^-b[: ]") as raised:
        addresses(text, "-b")
    assert "\n" not in str(raised.value)


def test_the_missing_port_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^-b: port 99999 of 'a:99999' does not exist; ports are 1 to 65535$"):
        addresses("a:99999", "-b")


@pytest.mark.parametrize(
    ("text", "expected"), [("5", 5.0), ("500ms", 0.5), ("1.5s", 1.5), ("2m", 120.0), ("1h", 3600.0), ("1d", 86400.0)]
)
def test_a_length_of_time_has_a_unit_or_is_in_seconds(text: str, expected: float) -> None:
    assert seconds(text, "--timeout") == expected


@pytest.mark.parametrize("text", ["", "0", "-1s", "5 minutes", "1w", "s", "٣s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--timeout"):
        seconds(text, "--timeout")
