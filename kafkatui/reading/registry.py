"""Schemas from a registry that speaks Confluent's API, each fetched once. How one is read with is in `decoding`."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.framing import SchemaId
from kafkatui.decoding.schemas import ReadySchema, Schema, make_ready
from kafkatui.http_exchange import Answer, Bounds, NoAnswer, http_exchange
from kafkatui.model.connection import Registry
from kafkatui.model.problems import Problem
from kafkatui.safe_text import shorten

MOST_BYTES = 4 << 20
"""Of one answer. The largest schemas in use have some hundred kilobytes."""
MOST_AT_ONCE = 50
"""Ids of one `load`: bytes that only look framed name as many schemas as there are records."""
_MOST_KEPT = 1000
_MOST_REFERENCES = 100
_IN_PARALLEL = 8
_NO_REGISTRY = "is not a schema registry"
_SECONDS_UNKNOWN = 30.0
_SECONDS_UNREACHABLE = 5.0
"""How long a failure stands before it is tried again."""


class _Failed(Exception):
    def __init__(self, code: str, text: str, seconds: float = _SECONDS_UNKNOWN) -> None:
        super().__init__(text)
        self.problem, self.seconds = Problem(code, text), seconds


@dataclass(frozen=True, slots=True)
class _Failure:
    problem: Problem
    until: float


class SchemaRegistry:
    """Keeps what it fetched: an id means the same schema for ever."""

    def __init__(self, settings: Registry, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._ready: dict[SchemaId, ReadySchema] = {}
        self._failed: dict[SchemaId, _Failure] = {}
        self._down: _Failure | None = None
        self._one_load = asyncio.Lock()

    def find(self, schema: SchemaId) -> ReadySchema | Problem:
        """What `load` brought, or why it did not. Asks nobody."""
        ready = self._ready.get(schema)
        if ready is not None:
            return ready
        failure = self._failed.get(schema)
        return failure.problem if failure else Problem("not_loaded", f"schema {schema} is not fetched yet")

    async def load(self, schemas: Iterable[SchemaId], subject: str | None = None) -> None:
        """Fetch those that are not here; failures are kept with their reason and tried again after some seconds.

        `subject`: where to look also, for registries that tell the schemas of others apart. At most MOST_AT_ONCE.
        """
        async with self._one_load:
            now = self._clock()
            wanted = [
                each for each in dict.fromkeys(schemas) if each not in self._ready and not self._stands(each, now)
            ]
            limit = asyncio.Semaphore(_IN_PARALLEL)
            await asyncio.gather(*(self._load(each, subject, limit) for each in wanted[:MOST_AT_ONCE]))

    async def load_subject(self, subject: str) -> None:
        """Fetch the schemas of a subject, the newest MOST_AT_ONCE, ahead of the records that name them.

        What fails is not kept: the subject is only where they mostly are, and a record's id says what it needs.
        """
        path = f"/subjects/{quote(subject, safe='')}/versions"
        with suppress(_Failed):
            versions = _numbers(self._document(await self._get(path), subject))[-MOST_AT_ONCE:]
            limit = asyncio.Semaphore(_IN_PARALLEL)
            await self.load(
                each for each in await asyncio.gather(*(self._id(path, version, limit) for version in versions)) if each
            )

    async def _id(self, path: str, version: int, limit: asyncio.Semaphore) -> int | None:
        async with limit:
            with suppress(_Failed):
                number = self._described(await self._get(f"{path}/{version}"), f"version {version}").get("id")
                return number if isinstance(number, int) else None
        return None

    def _stands(self, schema: SchemaId, now: float) -> bool:
        failure = self._failed.get(schema)
        return failure is not None and now < failure.until

    async def _load(self, schema: SchemaId, subject: str | None, limit: asyncio.Semaphore) -> None:
        async with limit:
            try:
                ready = await self._fetch(schema, subject)
            except _Failed as error:
                self._keep(self._failed, schema, _Failure(error.problem, self._clock() + error.seconds))
            else:
                self._keep(self._ready, schema, ready)
                self._failed.pop(schema, None)

    def _keep(self, where: dict[SchemaId, Any], schema: SchemaId, what: object) -> None:
        if len(where) >= _MOST_KEPT:
            del where[next(iter(where))]
        where[schema] = what

    async def _fetch(self, schema: SchemaId, subject: str | None) -> ReadySchema:
        path = f"/schemas/{'guids' if isinstance(schema, uuid.UUID) else 'ids'}/{schema}"
        found = await self._get(path)
        if found.status in (403, 404) and subject is not None:
            found = await self._get(f"{path}?subject={quote(subject, safe='')}")
        described = self._described(found, f"schema {schema}")
        kind = _kind(described)
        # A JSON Schema takes no part in reading, what it refers to even less.
        references = {} if kind == "JSON" else await self._references(described)
        whole = Schema(kind, _text(described), references)
        try:
            # Loads a library and may parse much: not on the loop.
            return await asyncio.to_thread(make_ready, whole)
        except BadSchema as error:
            raise _Failed("bad_schema", f"schema {schema} can not be read with: {error}") from error

    async def _references(self, described: Mapping[str, Any]) -> dict[str, str]:
        """The texts of all that is referred to, each after those it needs."""
        found: dict[str, str] = {}
        await self._follow(described, found, {})
        return found

    async def _follow(self, described: Mapping[str, Any], found: dict[str, str], seen: dict[str, None]) -> None:
        for each in described.get("references") or ():
            name, subject, version = _reference(each)
            if name in seen:
                continue
            seen[name] = None
            if len(seen) > _MOST_REFERENCES:
                raise _Failed("bad_schema", f"the schema refers to more than {_MOST_REFERENCES} others")
            answer = await self._get(f"/subjects/{quote(subject, safe='')}/versions/{version}")
            referred = self._described(answer, f"version {version} of {subject}")
            await self._follow(referred, found, seen)
            found[name] = _text(referred)

    def _described(self, answer: Answer, what: str) -> Mapping[str, Any]:
        described = self._document(answer, what)
        if not isinstance(described, dict):
            raise _Failed("registry_failed", f"what answers at {self._host(self._settings.urls[0])} {_NO_REGISTRY}")
        return described

    def _document(self, answer: Answer, what: str) -> Any:
        host = self._host(self._settings.urls[0])
        if answer.status == 404:
            raise _Failed("unknown_schema", f"the schema registry {host} has no {what}")
        if answer.status in (401, 403):
            raise _Failed("registry_refused", f"the schema registry {host} refuses {what} (HTTP {answer.status})")
        if answer.status != 200:
            text = f"the schema registry {host} answers HTTP {answer.status} for {what}"
            raise _Failed("registry_failed", text, _SECONDS_UNREACHABLE)
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise _Failed("registry_failed", f"what answers at {host} {_NO_REGISTRY}") from None

    async def _get(self, path: str) -> Answer:
        """From the first address that answers at all. While none did a moment ago, none is asked."""
        if self._down is not None and self._clock() < self._down.until:
            raise _Failed(self._down.problem.code, self._down.problem.text, self._down.until - self._clock())
        reasons = []
        for url in self._settings.urls:
            try:
                answer = await self._get_from(url, path)
            except NoAnswer as error:
                reasons.append(f"the schema registry {self._host(url)} does not answer: {error}")
            else:
                self._down = None
                return answer
        failed = _Failed("registry_unreachable", reasons[0], _SECONDS_UNREACHABLE)
        self._down = _Failure(failed.problem, self._clock() + failed.seconds)
        raise failed

    async def _get_from(self, url: str, path: str) -> Answer:
        settings = self._settings
        bounds = Bounds(settings.connect_seconds, settings.read_seconds, MOST_BYTES)
        return await http_exchange(url + path, _headers(settings), bounds, settings.ca)

    def _host(self, url: str) -> str:
        return urlsplit(url).netloc


def _headers(settings: Registry) -> dict[str, str]:
    headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json", "User-Agent": "kafkatui"}
    if settings.token is not None:
        headers["Authorization"] = f"Bearer {settings.token}"
    elif settings.username is not None:
        login = f"{settings.username}:{settings.password or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(login).decode('ascii')}"
    return headers


def _numbers(document: object) -> list[int]:
    return sorted(each for each in document if isinstance(each, int)) if isinstance(document, list) else []


def _kind(described: Mapping[str, Any]) -> str:
    """Avro is not named, because it was there first."""
    return shorten(str(described.get("schemaType") or "AVRO"), 40)


def _text(described: Mapping[str, Any]) -> str:
    text = described.get("schema")
    if not isinstance(text, str):
        raise _Failed("registry_failed", "the schema registry answers without a schema")
    return text


def _reference(reference: object) -> tuple[str, str, int]:
    if isinstance(reference, dict):
        name, subject, version = (reference.get(key) for key in ("name", "subject", "version"))
        if isinstance(name, str) and isinstance(subject, str) and isinstance(version, int):
            return name, subject, version
    raise _Failed("bad_schema", "the schema has a reference without name, subject and version")
