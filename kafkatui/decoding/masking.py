"""Records from which is hidden what rules say. What comes out is to be shown: its bytes are not those that are stored.

What can not be looked into is not shown at all where a rule might hide something of it: JSON that is broken, bytes
that no decoder reads, values that are too large. A decoded value is shown as the JSON of what was decoded, since its
bytes may hold more than that.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from kafkatui.decoding.decoded import Decoded, Plain
from kafkatui.decoding.header_names import CARRY_BYTES, FAILURES, ORIGINS, SOURCE
from kafkatui.decoding.headers import decode_header
from kafkatui.decoding.json import decode_json
from kafkatui.decoding.limits import LIMITS, Limits
from kafkatui.decoding.mask_json import Hidden, NotJson, hide_json
from kafkatui.decoding.mask_state import IDLE, Kept, State, state_of
from kafkatui.decoding.mask_texts import STARS, Patterns, Signs, compiled
from kafkatui.decoding.ndjson import plain
from kafkatui.decoding.text import is_text
from kafkatui.model.dead_letter_rules import DeadLetterRule
from kafkatui.model.masking_rules import Masked, MaskedPart, MaskingRule, Part, Show
from kafkatui.model.records import Header, Record

Decode = Callable[[], Decoded]
"""Reads one key or value."""
_AS_STORED = frozenset({"text", "json", "hex", "base64"})
"""Decoders that say no more than the bytes do."""
_COPY_SOURCE = re.compile(r"(.+)-\d+@\d+")
_JAVA_BYTES = re.compile(rb"(?:-?[0-9]{1,3}, ?){7,}-?[0-9]{1,3}")
_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class PartRules:
    """What is hidden of keys or values of one topic."""

    state: State
    patterns: Patterns

    @property
    def is_idle(self) -> bool:
        return self.state.is_idle and not self.patterns


@dataclass(frozen=True, slots=True)
class TopicRules:
    """All rules for the records of some topics: one's own, and those a record came from."""

    key: PartRules
    value: PartRules
    hidden: tuple[tuple[str, Show], ...]
    """Globs of names of headers."""
    kept: tuple[tuple[tuple[str, ...], Show], ...]
    """Of each rule that hides all but some: the globs of the headers it keeps."""
    sources: tuple[str, ...]

    def header(self, name: str) -> Show | None:
        """How the whole of a header is hidden. Names to be hidden are compared without case."""
        for glob, show in self.hidden:
            if fnmatchcase(name.casefold(), glob.casefold()):
                return show
        return next((show for globs, show in self.kept if not any(fnmatchcase(name, glob) for glob in globs)), None)


@dataclass(slots=True)
class _Found:
    """What was hidden so far."""

    paths: dict[str, None] = field(default_factory=dict)
    secrets: dict[str, None] = field(default_factory=dict)


class Masks:
    """The rules that hold, looked up once for each topic."""

    def __init__(
        self,
        rules: Sequence[MaskingRule],
        secret: bytes,
        limits: Limits = LIMITS,
        letters: Sequence[DeadLetterRule] = (),
    ) -> None:
        """`secret`: for hashes. `letters`: more headers of dead letters."""
        self._rules = tuple(rules)
        self._signs = Signs(secret)
        self._limits = limits
        self._origins = ORIGINS | {each.topic for each in letters}
        self._failures = FAILURES | {name for each in letters for name in (each.message, each.stacktrace)}
        self._known: dict[frozenset[str], TopicRules | None] = {}

    def rules_for(self, record: Record) -> TopicRules | None:
        """None: nothing of it is hidden. A dead letter or a copy is also what it was in the topic it came from."""
        topics = {record.topic}
        for name, raw in record.headers:
            if raw is not None and (name in self._origins or name == SOURCE):
                topics.add(_topic(name, raw))
        return self.rules_of(frozenset(topics))

    def rules_of(self, topics: frozenset[str]) -> TopicRules | None:
        if topics not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[topics] = self._made(topics)
        return self._known[topics]

    def _made(self, topics: frozenset[str]) -> TopicRules | None:
        rules = [rule for rule in self._rules if any(fnmatchcase(topic, rule.topics) for topic in topics)]
        if not rules:
            return None
        patterns = compiled([(rule.pattern, rule.show) for rule in rules if rule.pattern is not None], self._signs)
        return TopicRules(
            PartRules(_state(rules, "key"), patterns),
            PartRules(_state(rules, "value"), patterns),
            tuple((_glob(path.steps), rule.show) for rule in rules for path in rule.fields if path.part == "headers"),
            tuple((_kept_headers(rule), rule.show) for rule in rules if rule.keep is not None),
            tuple(dict.fromkeys(rule.source for rule in rules)),
        )

    def mask(self, record: Record, decode_key: Decode, decode_value: Decode) -> Record:
        """The record as it may be shown: itself, where nothing is hidden. A null stays one."""
        rules = self.rules_for(record)
        if rules is None or record.masked is not None:
            return record
        found = _Found()
        why = f"masked by {', '.join(rules.sources)}"
        value, read_value = self._part(record.value, rules.value, decode_value, "value", found, why)
        key, read_key = self._part(record.key, rules.key, decode_key, "key", found, why)
        is_withheld = any(each is not None and each.withheld for each in (read_key, read_value))
        quotes = CARRY_BYTES | (self._failures if is_withheld else frozenset())
        if rules.key.is_idle and rules.value.is_idle:
            quotes = frozenset()
        headers = tuple(self._headers(record.headers, rules, quotes, found))
        key, read_key = _without_secrets(key, read_key, "key", found, why)
        if not found.paths:
            return record
        masked = Masked(tuple(found.paths), rules.sources, read_key, read_value)
        return record._replace(key=key, value=value, headers=headers, masked=masked)

    # Keys and values

    def _part(
        self, raw: bytes | None, rules: PartRules, decode: Decode, part: Part, found: _Found, why: str
    ) -> tuple[bytes | None, MaskedPart | None]:
        """What is shown, and how that is read; None where it is what is stored."""
        if not raw or rules.is_idle:
            return raw, None
        whole = rules.state.hidden(is_leaf=False)
        if whole is not None:
            return self._whole(raw, whole, part, found, why, rules.state.is_named)
        if len(raw) > self._limits.json_bytes:
            return _withheld(part, found, why, f"{len(raw):,} bytes are too many to look into")
        decoded = decode()
        if decoded.problem is None and decoded.decoder not in _AS_STORED:
            return self._decoded(raw, decoded, rules, part, found, why)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return _withheld(part, found, why, "it is no text, and no decoder reads it")
        return self._text(raw, text, rules, part, found, why)

    def _whole(
        self, raw: bytes, show: Show, part: Part, found: _Found, why: str, is_named: bool
    ) -> tuple[bytes, MaskedPart]:
        found.paths[part] = None
        text = raw.decode("utf-8", "replace")
        if is_named and len(text) >= 5:
            found.secrets[text] = None
        # Of a map the last letters are brackets.
        how = Show.MASK if show is Show.LAST_4 and text.lstrip()[:1] in ("{", "[") else show
        return self._signs.of(how, text).encode(), MaskedPart("text", note=why)

    def _text(
        self, raw: bytes, text: str, rules: PartRules, part: Part, found: _Found, why: str
    ) -> tuple[bytes, MaskedPart | None]:
        try:
            hidden = self._of_json(text, rules, part)
        except NotJson as error:
            if not rules.state.is_idle:
                return _withheld(part, found, why, f"no field can be found in it: {error}")
            if not is_text(raw):
                return _withheld(part, found, why, "it is no text, and no decoder reads it")
            shown = rules.patterns.hide(text)
            if shown == text:
                return raw, None
            found.paths[part] = None
            return shown.encode("utf-8", "replace"), MaskedPart("text", note=why)
        _take(found, hidden)
        if hidden.text == text:
            return raw, None
        return hidden.text.encode("utf-8", "replace"), MaskedPart("json" if hidden.is_json else "text", note=why)

    def _of_json(self, text: str, rules: PartRules, part: Part) -> Hidden:
        """Only of maps, lists and quoted texts: `17` and `true` are texts. Raises `NotJson`."""
        if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "[", '"'):
            raise NotJson("it is no map")
        return hide_json(text, rules.state, rules.patterns, self._signs, part)

    def _decoded(
        self, raw: bytes, decoded: Decoded, rules: PartRules, part: Part, found: _Found, why: str
    ) -> tuple[bytes, MaskedPart | None]:
        """What a decoder made of it. Its bytes are replaced also where nothing is hidden: not all is decoded."""
        text = json.dumps(_texts(decoded.value, has_patterns=bool(rules.patterns)), ensure_ascii=False)
        try:
            hidden = hide_json(text, rules.state, rules.patterns, self._signs, part)
        except NotJson:
            return _withheld(part, found, why, "it is nested too deep to look into")
        _take(found, hidden)
        if hidden.text == text and not isinstance(decoded.value, (dict, list)):
            return raw, None
        note = why
        if hidden.text == text:
            found.paths.setdefault(part)
            note = f"{why}: only what was decoded is shown, as JSON; its bytes may hold more"
        decoder = decoded.decoder if hidden.is_json else "text"
        return hidden.text.encode("utf-8", "replace"), MaskedPart(decoder, decoded.schema, note)

    # Headers

    def _headers(
        self, headers: Iterable[Header], rules: TopicRules, quotes: Collection[str], found: _Found
    ) -> Iterable[Header]:
        """`quotes`: those that quote a key or value of which nobody knows what is to be hidden."""
        for name, raw in headers:
            shown = rules.value.patterns.hide(name)
            show = rules.header(name) or (Show.MASK if name in quotes else None)
            if shown != name:
                found.paths[f"headers.{shown}"] = None
            if raw and show is Show.REMOVE:
                found.paths[f"headers.{shown}"] = None
                continue
            value = raw if not raw else self._header(name, raw, rules, show)
            value = _hide_secrets(value, found.secrets)
            if value != raw:
                found.paths[f"headers.{shown}"] = None
            yield shown, value

    def _header(self, name: str, raw: bytes, rules: TopicRules, show: Show | None) -> bytes:
        patterns = rules.value.patterns
        if show is not None:
            return self._signs.of(show, raw.decode("utf-8", "replace")).encode()
        if not patterns:
            return raw
        decoded = decode_header(name, raw, self._limits)
        if isinstance(decoded.value, int):
            text = str(decoded.value)
            return raw if patterns.hide(text) == text else STARS.encode()
        if not isinstance(decoded.value, str):
            # Nobody knows how to look into it.
            return STARS.encode()
        try:
            hidden = self._of_json(decoded.value, PartRules(IDLE, patterns), "headers").text
        except NotJson:
            hidden = patterns.hide(decoded.value)
        return raw if hidden == decoded.value else hidden.encode("utf-8", "replace")


def decode_masked(part: MaskedPart, raw: bytes | None, limits: Limits = LIMITS) -> Decoded:
    """What is left of a key or value."""
    notes = (part.note,) if part.note else ()
    if raw is None or part.decoder == "text":
        return Decoded("text", raw, None if raw is None else raw.decode("utf-8", "replace"), notes)
    decoded = decode_json(raw, limits)
    return replace(decoded, decoder=part.decoder, schema=part.schema, notes=(*decoded.notes, *notes))


def _state(rules: Sequence[MaskingRule], part: Part) -> State:
    fields = [(path.steps, rule.show) for rule in rules for path in rule.fields if path.part == part]
    kept = [
        Kept(tuple(path.steps for path in rule.keep if path.part == part), rule.show)
        for rule in rules
        if rule.keep is not None
    ]
    return state_of(fields, kept)


def _kept_headers(rule: MaskingRule) -> tuple[str, ...]:
    return tuple(_glob(path.steps) for path in rule.keep or () if path.part == "headers")


def _glob(steps: Sequence[object]) -> str:
    return str(steps[0]) if steps else "*"


def _topic(name: str, raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    if name == SOURCE and (match := _COPY_SOURCE.fullmatch(text)) is not None:
        return match[1]
    return text


def _withheld(part: Part, found: _Found, why: str, reason: str) -> tuple[bytes, MaskedPart]:
    found.paths[part] = None
    return STARS.encode(), MaskedPart("text", note=f"{why}: withheld, {reason}", withheld=reason)


def _take(found: _Found, hidden: Hidden) -> None:
    found.paths |= hidden.paths
    found.secrets |= hidden.secrets


def _without_secrets(
    raw: bytes | None, read: MaskedPart | None, part: Part, found: _Found, why: str
) -> tuple[bytes | None, MaskedPart | None]:
    shown = _hide_secrets(raw, found.secrets)
    if shown == raw:
        return raw, read
    found.paths[part] = None
    return shown, read or MaskedPart("text", note=why)


def _hide_secrets(raw: bytes | None, secrets: Collection[str]) -> bytes | None:
    """What a named field holds stands also in what quotes it: a key, or the message of an exception in a header."""
    if not raw or not secrets:
        return raw
    # Kafka's own SerializationException has the bytes of the value as Java prints an array.
    raw = _JAVA_BYTES.sub(STARS.encode(), raw)
    for secret in secrets:
        raw = raw.replace(secret.encode("utf-8", "surrogatepass"), STARS.encode())
    return raw


def _texts(value: object, *, has_patterns: bool) -> Plain:
    """Bytes as texts, so that rules find what is in them."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return STARS if has_patterns else base64.b64encode(value).decode("ascii")
    if isinstance(value, list):
        return [_texts(item, has_patterns=has_patterns) for item in value]
    if isinstance(value, dict):
        return {name: _texts(item, has_patterns=has_patterns) for name, item in value.items()}
    return plain(value)
