"""One order and the records it makes, the same bytes for the same seed and number. Who writes them is in `world`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from kafkatui.model.records import Header, NewRecord

FIRST = 100_001
"""The number of the oldest order."""
POISONED = 104_811
"""The order whose payment is poison. Its key puts it on `payments-2`, whatever the seed."""
HOUR_MS = 3_600_000
_ARCHIVED_AFTER = 4_000
"""So many orders later, an order leaves `orders.state`."""


@dataclass(frozen=True, slots=True)
class Order:
    """Everything that is known of an order; its records are made from nothing else."""

    number: int
    at_ms: int
    trace: int
    """128 bits, the same in all its records."""
    customer: str
    method: str
    carrier: str
    country: str
    currency: str
    lines: tuple[tuple[str, int, int], ...]
    """Article, pieces, cents a piece."""
    luck: float
    """0 to 1; decides what becomes of it."""

    @property
    def name(self) -> str:
        return f"o-{self.number}"

    @property
    def key(self) -> bytes:
        return self.name.encode()

    @property
    def cents(self) -> int:
        return sum(pieces * cents for _, pieces, cents in self.lines)

    @property
    def is_paid(self) -> bool:
        return self.luck > 0.07

    @property
    def is_shipped(self) -> bool:
        return self.luck > 0.30


def order(seed: int, number: int, at_ms: int) -> Order:
    """The order with this number; nothing but `at_ms` depends on the time."""
    dice = Random(seed << 40 | number)
    country, currency = dice.choice((("DE", "EUR"), ("FR", "EUR"), ("NL", "EUR"), ("PL", "PLN"), ("GB", "GBP")))
    lines = range(dice.choice((1, 1, 1, 2, 2, 3)))
    return Order(
        number=number,
        at_ms=at_ms,
        trace=dice.getrandbits(128) | 1,
        customer=f"c-{1000 + int(900 * dice.random() ** 2)}",
        method=dice.choice(("card", "card", "paypal", "sepa", "klarna")),
        carrier=dice.choice(("dhl", "dpd", "gls", "ups")),
        country=country,
        currency=currency,
        lines=tuple((f"sku-{dice.randrange(400):03}", dice.randint(1, 4), 99 + dice.randrange(9_000)) for _ in lines),
        luck=dice.random(),
    )


def history(seed: int, count: int, until_ms: int, hours: int = 24) -> Iterator[Order]:
    """`count` orders of the last hours, oldest first, denser at some times of day than at others."""
    for index in range(count):
        ago = 1 - index / count
        wave = 0.06 * math.sin(4 * math.pi * ago)
        yield order(seed, FIRST + index, until_ms - int((ago + wave) * hours * HOUR_MS))


def created(order: Order) -> Iterator[NewRecord]:
    """`orders.created`: what the shop says when an order comes in."""
    yield NewRecord(
        "orders.created",
        order.key,
        _json(
            {
                "order": order.name,
                "customer": order.customer,
                "country": order.country,
                "currency": order.currency,
                "total_cents": order.cents,
                "lines": [{"sku": sku, "pieces": n, "cents": cents} for sku, n, cents in order.lines],
                "at": _iso(order.at_ms),
            }
        ),
        _headers(order, 1),
        order.at_ms,
    )


def states(order: Order) -> Iterator[NewRecord]:
    """`orders.state`: the newest state of each order, and tombstones of those long done."""
    yield _state(order, "placed", 0)
    yield _state(order, "paid" if order.is_paid else "payment_failed", 700)
    if order.number % 4 == 0:
        archived = f"o-{order.number - _ARCHIVED_AFTER}".encode()
        yield NewRecord("orders.state", archived, None, _headers(order, 3)[:1], order.at_ms + 800)


def payments(order: Order) -> Iterator[NewRecord]:
    """`payments`: one for each order that is paid, and one that is poison."""
    if order.number == POISONED:
        yield poison(order)
    elif order.is_paid:
        yield _payment(order)


def poison(order: Order) -> NewRecord:
    """A payment that ends in the middle: no JSON reader can read it."""
    whole = _payment(order)
    return replace(whole, value=(whole.value or b"")[:61])


def is_poison(value: bytes | None) -> bool:
    """Whether a consumer that reads payments fails on this one."""
    try:
        json.loads(value or b"null")
    except ValueError:
        return True
    return False


def _payment(order: Order) -> NewRecord:
    value = {
        "payment": f"p-{order.number}",
        "order": order.name,
        "customer": order.customer,
        "amount": _as_people_write(order.cents) if order.number % 331 == 0 else order.cents,
        "currency": order.currency,
        "method": order.method,
        "status": "captured" if order.luck > 0.12 else "declined",
    }
    return NewRecord("payments", order.key, _json(value), _headers(order, 4), order.at_ms + 700)


def _as_people_write(cents: int) -> str:
    """An amount that a listener who wants an integer can not take."""
    return f"{cents // 100},{cents % 100:02}"


def shipments(order: Order) -> Iterator[NewRecord]:
    """`shipments`: a parcel for each order that leaves."""
    if order.is_shipped:
        value = {
            "shipment": f"s-{order.number}",
            "order": order.name,
            "carrier": order.carrier,
            "tracking": f"{order.carrier.upper()}{order.trace % 10**10:010}",
            "parcels": 1 + len(order.lines) // 3,
            "grams": 250 * sum(pieces for _, pieces, _ in order.lines),
            "country": order.country,
        }
        yield NewRecord("shipments", order.key, _json(value), _headers(order, 5), order.at_ms + 1200)


def notifications(order: Order) -> Iterator[NewRecord]:
    """`notifications`: mail to send. They have no key: any partition will do, in turn."""
    if not order.is_paid:
        return
    template = "order_shipped" if order.is_shipped else "order_confirmed"
    value = {"to": order.customer, "template": template, "order": order.name, "channel": "email"}
    yield NewRecord("notifications", None, _json(value), _headers(order, 6), order.at_ms + 1300, order.number % 3)


def stock(order: Order) -> Iterator[NewRecord]:
    """`inventory.snapshots`: now and then, all a warehouse holds; some 30 KB each."""
    if order.number % 200 == 0:
        dice = Random(order.trace)
        articles = [
            {"sku": f"sku-{n:03}", "bin": f"{chr(65 + n % 26)}-{n // 26:02}", "free": dice.randrange(500), "held": 0}
            for n in range(400)
        ]
        name = f"warehouse-{order.number // 200 % 4}"
        value = {"warehouse": name, "at": _iso(order.at_ms), "articles": articles}
        yield NewRecord("inventory.snapshots", name.encode(), _json(value), _headers(order, 7), order.at_ms + 1400)


def _state(order: Order, state: str, after_ms: int) -> NewRecord:
    at_ms = order.at_ms + after_ms
    value = {"order": order.name, "state": state, "customer": order.customer, "at": _iso(at_ms)}
    return NewRecord("orders.state", order.key, _json(value), _headers(order, 2), at_ms)


def _headers(order: Order, span: int) -> tuple[Header, ...]:
    """A W3C trace context and what the value is."""
    traceparent = f"00-{order.trace:032x}-{order.trace >> 64 ^ span:016x}-01"
    return ("traceparent", traceparent.encode()), ("content-type", b"application/json")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
