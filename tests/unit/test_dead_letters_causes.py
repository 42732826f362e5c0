"""Causes: what differs from record to record goes, what tells one cause from another stays, memory is bounded."""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from kafkatui.dead_letters.causes import Causes, key_of
from kafkatui.dead_letters.letter import DeadLetter
from kafkatui.dead_letters.normal_text import normal_text
from kafkatui.dead_letters.recognise import Recogniser
from kafkatui.dead_letters.when import When
from kafkatui.minicluster import orders, world
from kafkatui.minicluster.world import FEEDS
from kafkatui.minicluster.world_dead_letters import DEAD_LETTERS, dead_letter, failures
from kafkatui.model.problems import Problem
from kafkatui.model.records import Header, Place, Record

RECOGNISER = Recogniser()
Made = Callable[[random.Random], str]


def a_letter(message: bytes | None, at: int = 0, exception: bytes = b"E", **more: str) -> DeadLetter:
    """Of Spring; `more` are further headers."""
    headers: list[Header] = [
        ("kafka_dlt-original-topic", more.get("topic", "payments").encode()),
        ("kafka_dlt-original-consumer-group", more.get("group", "billing").encode()),
        ("kafka_dlt-exception-fqcn", exception),
        ("kafka_dlt-exception-message", message),
    ]
    if "attempt" in more:
        headers.append(("kafka_deliveryAttempt", int(more["attempt"]).to_bytes(4, "big")))
    letter = RECOGNISER.read(Record("payments-dlt", 0, at, 1_700_000_000_000 + at, b"k", b"v", tuple(headers)))
    assert letter is not None
    return letter


def of_letters(chance: random.Random, letters: str, length: int) -> str:
    return "".join(chance.choices(letters, k=length))


def a_moment(chance: random.Random) -> str:
    date = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    clock = f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
    end = chance.choice(["", "Z", ".123", "+01:00", ".123456789Z", " CET", ",001"])
    return f"{date}{chance.choice('T ')}{clock}{end}"


IDS: dict[str, Made] = {
    "uuid": lambda chance: str(uuid.UUID(int=chance.getrandbits(128))),
    "capital uuid": lambda chance: str(uuid.UUID(int=chance.getrandbits(128))).upper(),
    "uuid without dashes": lambda chance: f"{chance.getrandbits(128):032x}",
    "hex": lambda chance: f"{chance.getrandbits(48):012x}",
    "short hex": lambda chance: f"{chance.getrandbits(32):08x}",
    "capital hex": lambda chance: f"{chance.getrandbits(64):016X}",
    "0x": lambda chance: f"0x{chance.getrandbits(chance.choice([8, 40])):x}",
    "commit": lambda chance: f"{chance.getrandbits(28):07x}",
    "integer": lambda chance: str(chance.randint(-(10**6), 10**12)),
    "decimal": lambda chance: str(chance.uniform(-1e4, 1e4)),
    "exponent": lambda chance: f"{chance.random():e}",
    "thousands": lambda chance: f"{chance.randint(0, 10**9):,}",
    "with a unit": lambda chance: f"{chance.randint(0, 10**5)}ms",
    "place": lambda chance: f"@{chance.randint(0, 10**9)}",
    "digits behind a word": lambda chance: f"ord-{chance.randint(0, 10**6)}",
    "hex behind a word": lambda chance: f"ord_{chance.getrandbits(24):06x}",
    "moment": a_moment,
    "day": lambda chance: f"Tue Nov {chance.randint(1, 30)} 10:15:{chance.randint(10, 59)} UTC 2026",
    "email": lambda chance: f"{of_letters(chance, string.ascii_lowercase, 8)}@example.com",
    "url": lambda chance: f"https://example.com/{of_letters(chance, string.ascii_letters + '/?&=', 18)}",
    "address": lambda chance: ".".join(str(chance.randrange(256)) for _ in range(4)) + f":{chance.randrange(65_536)}",
    "address of version 6": lambda chance: ":".join(f"{chance.getrandbits(16):x}" for _ in range(8)),
    "quoted": lambda chance: f'"{of_letters(chance, string.ascii_letters + " ", chance.randint(0, 30))}"',
    "quoted once": lambda chance: f"'{of_letters(chance, string.ascii_letters + ' ', chance.randint(0, 30))}'",
    "ulid": lambda chance: "01" + of_letters(chance, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
    "object": lambda chance: f"Order@{chance.getrandbits(chance.choice([28, 31])):x}",
    "telephone": lambda chance: f"+{chance.randint(1, 99)} {chance.randint(1, 999)} {chance.randint(1, 10**7)}",
    "iban": lambda chance: (
        f"DE{chance.randint(10, 99)} " + " ".join(str(chance.randint(1000, 9999)) for _ in range(chance.randint(3, 5)))
    ),
    "mac": lambda chance: ":".join(f"{chance.getrandbits(8):02x}" for _ in range(6)),
    "thread": lambda chance: f"pool-{chance.randint(1, 10**7)}-thread-{chance.randint(1, 10**7)}",
    "name": lambda chance: f"'{chance.choice(['Ann', 'O'])}'{chance.choice(['Neil', 'Hara'])} {chance.randint(1, 9)}'",
    "ids of a list": lambda chance: str([f"o-{chance.randint(0, 999)}" for _ in range(chance.randint(1, 9))]),
    "ids of a set": lambda chance: (
        "{" + ", ".join(f"o-{chance.randint(0, 999)}" for _ in range(chance.randint(1, 9))) + "}"
    ),
    "list": lambda chance: str([chance.randint(0, 99) for _ in range(chance.randint(1, 9))]),
}


@pytest.mark.parametrize("kind", IDS)
def test_ids_of_a_kind_leave_one_text(kind: str) -> None:
    chance = random.Random(kind)
    texts = {
        normal_text(f"no customer {IDS[kind](chance)} in store (id={IDS[kind](chance)}), gave up: {IDS[kind](chance)}")
        for _ in range(1_000)
    }
    assert len(texts) == 1, sorted(texts)[:5]


@pytest.mark.parametrize("seed", range(2))
def test_ten_thousand_records_of_five_causes_are_five_groups(seed: int) -> None:
    chance = random.Random(seed)

    def an_id() -> str:
        return IDS[chance.choice(PLAIN)](chance)

    templates: list[tuple[bytes, Callable[[], str]]] = [
        (b"java.net.SocketTimeoutException", lambda: f"request {an_id()} timed out after {chance.randint(1, 9999)} ms"),
        (b"java.net.SocketTimeoutException", lambda: f"no answer from {an_id()}, request {an_id()}"),
        (b"java.lang.IllegalStateException", lambda: f"order {an_id()} is CANCELLED since {a_moment(chance)}"),
        (b"java.lang.IllegalStateException", lambda: f"payment {an_id()} has no customer {IDS['quoted'](chance)}"),
        (b"com.example.Refused", lambda: f"refused {IDS['email'](chance)} at {IDS['url'](chance)} for {an_id()}"),
    ]
    causes = Causes()
    expected: Counter[int] = Counter()
    for at in range(10_000):
        number = chance.randrange(5)
        exception, make = templates[number]
        expected[number] += 1
        causes.add(a_letter(make().encode(), at, exception))
    assert len(causes) == 5
    assert sorted(cause.count for cause in causes.sorted()) == sorted(expected.values())
    assert (causes.letters, causes.beyond) == (10_000, 0)


PLAIN = [
    "uuid", "capital uuid", "uuid without dashes", "hex", "short hex", "capital hex", "commit", "integer", "decimal",
    "exponent", "thousands", "ulid", "0x", "address", "moment",
]  # fmt: skip
"""Kinds of which nothing stays but a placeholder, so that they may be mixed in one place of a message."""


def test_the_sample_world_has_as_many_causes_as_it_declares() -> None:
    for letters in DEAD_LETTERS:
        feed = next(feed for feed in FEEDS if feed.topic == letters.of)
        made = [r for order in orders.history(7, world.ORDERS, 1_795_000_000_000) for r in feed.of_order(order)]
        history = [Record(r.topic, 0, at, r.timestamp_ms or 0, r.key, r.value, r.headers) for at, r in enumerate(made)]
        causes = Causes()
        for at, (record, cause) in enumerate(failures(letters, history)):
            new = dead_letter(letters, record, cause)
            read = RECOGNISER.read(Record(new.topic, 0, at, new.timestamp_ms or 0, new.key, new.value, new.headers))
            assert read is not None
            causes.add(read)
        assert sorted(each.count for each in causes.sorted()) == sorted(each.count for each in letters.causes)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no customer c-1 in store", "no payment c-1 in store"),
        ("status is CANCELLED", "status is SHIPPED"),
        ('Cannot invoke "Customer.country()" because "customer" is null',
         'Cannot invoke "Order.lines()" because "order" is null'),
        ("com.example.FooMapper failed", "com.example.BarMapper failed"),
        ("ListenerExecutionFailedException", "MessageConversionException"),
        ("value of type `long`", "value of type `int`"),
        ("topic payments-3 is gone", "topic orders-3 is gone"),
        ("it is a facade", "it is a decade"),
        ("can't connect to don't", "can't connect to won't"),
        ("/usr/local/share/kafka/config/server not found", "/usr/local/share/kafka/config/client not found"),
    ],
)  # fmt: skip
def test_what_tells_two_causes_apart_stays(one: str, other: str) -> None:
    assert normal_text(one) != normal_text(other)


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("request timed out after 3000 ms: POST /captures/p-105145 (request 7d9a461d8368)",
         "request timed out after # ms: POST /captures/p-# (request #)"),
        ("payment-service-7d9f8b6c5d-xkcdq died", "payment-service-# died"),
        ("customers-STATE-STORE-0a1b2c", "customers-STATE-STORE-#"),
        ("payments-3@120, offset -1 of 5.000", "payments-#@#, offset # of #"),
        ("cluster YMYWATvRRHG5Icl-Pm4Xwg", "cluster #"),
        ("pi_3MtwBwLkdIwHu7ix28a3tqPa refused", "pi_# refused"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jk", "#"),
        ("größe 12 überschritten", "größe # überschritten"),
        ("it's 5 o'clock for user 'bob' in users' table", "it's # o'clock for user '#' in users' table"),
        ("pool-1234567-thread-1 died", "pool-#-thread-# died"),
        ("no rate for [a-1, a-2, b-3, b-4]", "no rate for [a-#, b-#]"),
        ("call +49 170 1234567, or 110", "call #, or #"),
        ("two\n  lines\tand 3 tabs", "two lines and # tabs"),
        ("", ""),
        ("Unexpected character ('}' (code 125)): was expecting", "Unexpected character ('#' (code #)): was expecting"),
    ],
)  # fmt: skip
def test_messages_people_know(message: str, normal: str) -> None:
    assert normal_text(message) == normal


@pytest.mark.parametrize("text", ['"' * 5_000, "'a " * 3_000, "a@" * 3_000, "1:" * 3_000, "-" * 9_000, "x" * 10**6,
                                  "PT" + "1.1111" * 700 + "_", "a-1, " * 900, "# " * 2_000, '\\"' * 2_000])  # fmt: skip
def test_no_message_takes_the_time(text: str) -> None:
    assert len(normal_text(text)) <= 1_000


def test_what_fits_no_rule_stays_its_own_bucket() -> None:
    causes = Causes()
    causes.take(a_letter(f"{word} went wrong".encode()) for word in ("this", "that", "other", "this"))
    causes.add(a_letter(b"\xff not UTF-8"))
    causes.add(a_letter(None))
    assert [cause.count for cause in causes.sorted()] == [2, 1, 1, 1, 1]
    unread = {cause.key.message.code for cause in causes.sorted() if isinstance(cause.key.message, Problem)}
    assert unread == {"malformed", "missing"}


def test_exception_origin_and_group_tell_causes_apart_too() -> None:
    causes = Causes()
    causes.add(a_letter(b"no"))
    causes.add(a_letter(b"no", exception=b"F"))
    causes.add(a_letter(b"no", topic="orders"))
    causes.add(a_letter(b"no", group="other"))
    causes.add(a_letter(b"no"))
    assert sorted(cause.count for cause in causes.sorted()) == [1, 1, 1, 2]


def test_ids_stay_the_same() -> None:
    """Scripts and notes hold them: a change of these breaks what people wrote down."""
    letter = a_letter(b"order o-17 is CANCELLED")
    assert key_of(letter) == ("E", "order o-# is CANCELLED", "payments", "billing")
    assert key_of(letter).id == "69508cc39d"


def test_counts_times_attempts_and_the_newest_example() -> None:
    causes = Causes()
    causes.add(a_letter(b"no 1", at=50, attempt="3"))
    causes.add(a_letter(b"no 2", at=90, attempt="5"))
    causes.add(a_letter(b"no 3", at=10))
    (cause,) = causes.sorted()
    assert (cause.count, cause.first_ms, cause.last_ms) == (3, 1_700_000_000_010, 1_700_000_000_090)
    assert (cause.fewest_attempts, cause.most_attempts, cause.most_sent) == (3, 5, 1)
    assert (cause.example, cause.example_message) == (Place("payments-dlt", 0, 90), "no 2")


def test_a_topic_of_nothing_but_differences_is_counted_and_not_kept() -> None:
    causes = Causes(most=10)
    words = ["".join(pair) for pair in zip("abcdefghij" * 10, "k" * 50 + "l" * 50, strict=True)]
    for at in range(100):
        causes.add(a_letter(f"{words[at]}{'m' * (at // 10)} failed".encode(), at))
    causes.add(a_letter(b"ak failed"))
    assert (len(causes), causes.letters) == (10, 101)
    assert sum(cause.count for cause in causes.sorted()) + causes.beyond == 101
    assert causes.beyond == 90
    huge = a_letter(b"y" * 10**6, exception=b"z" * 10**6)
    one = Causes()
    one.add(huge)
    (cause,) = one.sorted()
    assert max(len(str(part)) for part in (*cause.key, cause.example_message)) <= 2_000


def test_a_cause_is_found_by_its_line_by_its_id_or_the_beginning_of_it() -> None:
    causes = Causes()
    causes.take(a_letter(text) for text in (b"x", b"x", b"y"))
    first, second = causes.sorted()
    assert causes.find("1") is first
    assert causes.find("2") is second
    assert causes.find(second.id) is second
    assert causes.find(second.id[:6]) is second
    assert (causes.find("3"), causes.find("0"), causes.find(""), causes.find("zz")) == (None, None, None, None)


class TestWhen:
    def test_counts_in_equal_parts(self) -> None:
        when = When()
        for second in (0, 0, 1, 10, 59):
            when.add(second * 1_000)
        assert when.series(0, 59_999, 6) == (3, 1, 0, 0, 0, 1)

    @pytest.mark.parametrize("seed", range(20))
    def test_nothing_is_lost_and_memory_is_bounded_whatever_the_times(self, seed: int) -> None:
        chance = random.Random(seed)
        when, times = When(), []
        for _ in range(2_000):
            moment = chance.choice([-1, 0, chance.randrange(10**6), chance.randrange(10**13), 1 << 62])
            times.append(moment)
            when.add(moment)
        assert len(when._counts) <= 128
        assert sum(when.series(min(times), max(times), 12)) == 2_000

    def test_a_wide_time_is_still_told_in_parts(self) -> None:
        when = When()
        for hour in range(24 * 30):
            when.add(hour * 3_600_000)
        counts = when.series(0, 24 * 30 * 3_600_000 - 1, 12)
        assert sum(counts) == 720
        assert all(abs(count - 60) <= 12 for count in counts)


def test_base64_is_taken_out_almost_always() -> None:
    """An id without digits can not surely be told from a word: 99 of 100 is what the rules promise."""
    chance = random.Random(1)
    texts = Counter(
        normal_text(f"no {base64.b64encode(chance.randbytes(chance.randint(20, 40))).decode()} here")
        for _ in range(10_000)
    )
    assert texts.most_common(1)[0][1] > 9_900
