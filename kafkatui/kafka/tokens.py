"""The tokens of a login by OAUTHBEARER: kept, and fetched anew in time. Where one is fetched is in `token_sources`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

from kafkatui.model.connection import ClientCredentials, FixedToken, Login, MskIam, TokenCommand
from kafkatui.model.problems import Problem

_SHARE_OF_LIFE = 0.8
"""A token is fetched anew after this share of its life, as Kafka's clients do (sasl.login.refresh.window.factor)."""
_SECONDS_BETWEEN_FAILURES = 5.0
"""While the old token holds."""
_SECONDS_OF_A_FAILURE = 1.0
"""For as long every broker that is dialled hears of the same one, instead of waiting for the next."""

Bearer = FixedToken | TokenCommand | ClientCredentials | MskIam


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and for how long it holds, in seconds of the clock from the moment it came; None: nobody says."""

    value: str = field(repr=False)
    seconds: float | None = None


class NoToken(KafkaError):  # type: ignore[misc]
    """No token is to be had; `problem` says why in one sentence, without any secret.

    An error of Kafka, because aiokafka's own clients ask for tokens, too, and live on only after those.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Tokens(AbstractTokenProvider):  # type: ignore[misc]
    """The tokens of one login, for one event loop. As long as the old one holds, a failure to fetch costs nothing."""

    def __init__(
        self,
        login: Bearer,
        fetch: Callable[[], Awaitable[Token]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login = login
        self._fetch = fetch
        self._clock = clock
        self._one = asyncio.Lock()
        self._token: Token | None = None
        self._came = 0.0
        self._next_fetch = 0.0
        self._failure: tuple[float, Problem] | None = None

    async def token(self) -> str:
        """A token that holds. Raises `NoToken`."""
        asked = self._clock()
        async with self._one:
            kept = self._kept()
            if kept is None and self._failure is not None and asked < self._failure[0] + _SECONDS_OF_A_FAILURE:
                raise NoToken(self._failure[1])
            if kept is None or (self._is_old(kept) and self._clock() >= self._next_fetch):
                kept = await self._fetched(kept)
            return kept.value

    def extensions(self) -> dict[str, str]:
        """SASL extensions (KIP-342)."""
        return {} if isinstance(self._login, MskIam) else dict(self._login.extensions)

    def _kept(self) -> Token | None:
        token = self._token
        return token if token is not None and self._age() < (token.seconds or float("inf")) else None

    def _is_old(self, token: Token) -> bool:
        return token.seconds is not None and self._age() >= token.seconds * _SHARE_OF_LIFE

    def _age(self) -> float:
        return self._clock() - self._came

    async def _fetched(self, kept: Token | None) -> Token:
        asked = self._clock()
        try:
            self._token, self._came = await self._fetch(), asked
        except NoToken as error:
            self._next_fetch = self._clock() + _SECONDS_BETWEEN_FAILURES
            if kept is None:
                self._failure = self._clock(), error.problem
                raise
            return kept
        self._failure = None
        return self._token


def tokens_of(login: Login | None) -> Tokens | None:
    """The tokens of a login that takes some."""
    if not isinstance(login, Bearer):
        return None
    from kafkatui.kafka.token_sources import source_of  # loads HTTP and processes: only for who needs a token

    return Tokens(login, source_of(login))
