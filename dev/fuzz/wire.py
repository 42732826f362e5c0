"""Replies of brokers: decoded, or malformed; what is decoded is encoded to the same again."""

from __future__ import annotations

from contextlib import suppress

from kio.index import KioIndexError

from kafkatui.kafka.wire import Api, Malformed, Prepared, _encode, _response_class, decode


def _spoken() -> list[tuple[Api, int]]:
    found = []
    for api in Api:
        for version in range(30):
            with suppress(KioIndexError):
                _response_class(int(api), version)
                found.append((api, version))
    return found


SPOKEN = _spoken()


def one(data: bytes) -> None:
    """The first byte picks the request and its version."""
    if not data:
        return
    request = Prepared(*SPOKEN[data[0] % len(SPOKEN)], None)
    with suppress(Malformed):
        request.open_reply(memoryview(data)[1:])
    try:
        reply = decode(request, memoryview(data)[1:])
    except Malformed:
        return
    assert decode(request, memoryview(_encode(type(reply), reply))) == reply
