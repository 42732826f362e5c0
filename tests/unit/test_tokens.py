"""Tokens are kept, fetched anew in time and one at a time; what a source sends is taken for no more than it is."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable

import pytest

from kafkatui.kafka import token_sources
from kafkatui.kafka.tokens import NoToken, Token, Tokens, tokens_of
from kafkatui.model.connection import FixedToken, Kerberos, MskIam, Sasl, TokenCommand
from kafkatui.model.problems import Problem

BROKEN = Problem("no_token", "the source is broken")


class Source:
    """Gives tokens `t1`, `t2` ... with this life, or fails; time goes on only when it is told to."""

    def __init__(self, seconds: float | None = 100.0) -> None:
        self.now = 1000.0
        self.seconds = seconds
        self.fails = False
        self.fetched = 0
        self.going_on = asyncio.Event()
        self.going_on.set()

    async def fetch(self) -> Token:
        self.fetched += 1
        number = self.fetched
        await self.going_on.wait()
        if self.fails:
            raise NoToken(BROKEN)
        return Token(f"t{number}", self.seconds)

    def tokens(self) -> Tokens:
        return Tokens(FixedToken("unused", (("a", "b"),)), self.fetch, lambda: self.now)


async def test_a_token_is_kept_until_four_fifths_of_its_life_are_over() -> None:
    source = Source()
    tokens = source.tokens()
    assert await tokens.token() == "t1"
    source.now += 79.9
    assert await tokens.token() == "t1"
    source.now += 0.1
    assert await tokens.token() == "t2"
    source.now += 79.9
    assert await tokens.token() == "t2"
    assert source.fetched == 2


async def test_one_without_an_end_is_kept() -> None:
    source = Source(seconds=None)
    tokens = source.tokens()
    await tokens.token()
    source.now += 1e9
    assert await tokens.token() == "t1"


async def test_its_life_begins_when_it_was_asked_for() -> None:
    """How long the answer was under way is not known to whoever made it."""
    source = Source()
    tokens = source.tokens()
    source.going_on.clear()
    asking = asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    source.now += 85
    source.going_on.set()
    assert await asking == "t1"
    assert await tokens.token() == "t2"


async def test_a_failure_costs_nothing_while_the_old_one_holds() -> None:
    source = Source()
    tokens = source.tokens()
    await tokens.token()
    source.fails = True
    source.now += 80
    assert [await tokens.token() for _ in range(5)] == ["t1"] * 5
    assert source.fetched == 2, "it is not tried at every question"
    source.now += 5
    assert await tokens.token() == "t1"
    assert source.fetched == 3
    source.now += 15
    with pytest.raises(NoToken) as caught:
        await tokens.token()
    assert caught.value.problem == BROKEN
    source.fails = False
    source.now += 1
    assert await tokens.token() == "t5"


async def test_those_who_ask_at_once_wait_for_one_fetch() -> None:
    source = Source()
    tokens = source.tokens()
    source.going_on.clear()
    asking = [asyncio.create_task(tokens.token()) for _ in range(5)]
    await asyncio.sleep(0)
    source.going_on.set()
    assert await asyncio.gather(*asking) == ["t1"] * 5
    assert source.fetched == 1


async def test_those_who_ask_at_once_hear_of_one_failure() -> None:
    """Each fetch may take seconds: one after the other, the last broker would say why after as many times as long."""
    source = Source()
    tokens = source.tokens()
    source.fails = True
    source.going_on.clear()
    asking = [asyncio.create_task(tokens.token()) for _ in range(5)]
    await asyncio.sleep(0)
    source.now += 4
    source.going_on.set()
    failures = await asyncio.gather(*asking, return_exceptions=True)
    assert [failure.problem for failure in failures if isinstance(failure, NoToken)] == [BROKEN] * 5
    assert source.fetched == 1
    source.now += 1
    source.fails = False
    assert await tokens.token() == "t2"


async def test_who_is_cancelled_leaves_the_next_one_the_way() -> None:
    source = Source()
    tokens = source.tokens()
    source.going_on.clear()
    asking = asyncio.create_task(tokens.token())
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    source.going_on.set()
    assert await tokens.token() == "t2"


def test_what_takes_tokens() -> None:
    assert tokens_of(None) is None
    assert tokens_of(Sasl("PLAIN", "ann", "secret")) is None
    assert tokens_of(Kerberos()) is None
    assert isinstance(tokens_of(MskIam("eu-central-1")), Tokens)
    assert Source().tokens().extensions() == {"a": "b"}


# what a source sends


def jwt(claims: object) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({}, claims)]
    return ".".join([*parts, "signature"])


async def printed(text: str) -> Token:
    return await token_sources.from_command(TokenCommand(("printf", "%s", text)))


async def no_token(fetch: Callable[[], Awaitable[Token]]) -> str:
    with pytest.raises(NoToken) as caught:
        await fetch()
    return caught.value.problem.text


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"expires_in": 30}, 30.0),
        ({"expires_in": 0.5}, 0.5),
        ({"expires_in": "3599"}, 3599.0),
        ({"expires_in": 10**400}, None),
        ({"expires_in": 1e300}, 1e9),
        ({"expires_in": -1}, None),
        ({"expires_in": "NaN"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": []}, None),
        ({}, None),
    ],
)
async def test_for_how_long_it_is_told_to_hold(told: dict[str, object], seconds: float | None) -> None:
    assert await printed(json.dumps({"access_token": "abc", **told})) == Token("abc", seconds)


@pytest.mark.parametrize("claims", [{}, [], None, {"exp": None}, {"exp": "x"}, {"exp": [1]}, {"exp": 10**400}])
async def test_a_jwt_that_tells_no_end(claims: object) -> None:
    assert await printed(jwt(claims)) == Token(jwt(claims))


async def test_a_jwt_tells_its_own_end() -> None:
    found = await printed(jwt({"exp": time.time() + 60}))
    assert found.seconds is not None
    assert 55 < found.seconds <= 60
    assert await printed(jwt({"exp": 1})) == Token(jwt({"exp": 1}), 1.0)


@pytest.mark.parametrize("text", ["", "a b", "a\nb", "ä", "a\x01auth=Bearer b", "=a", "[" * 20_000, "a=b"])
async def test_what_is_no_token(text: str) -> None:
    assert await no_token(lambda: printed(text)) == "the token command printed no token"


async def test_a_fixed_token_with_characters_that_none_has() -> None:
    fetch = token_sources.source_of(FixedToken("a\x01b"))
    assert await no_token(fetch) == "the token has characters that no token can have"


async def test_what_is_hidden() -> None:
    texts = [repr(Token("canary", 3)), repr(FixedToken("canary")), repr(TokenCommand(("canary",)))]
    assert not [text for text in texts if "canary" in text]
