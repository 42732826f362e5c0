"""JSON, with its depth and size bounded. What Python's parser would pass over silently is noted."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from kafkatui.decoding.decoded import Decoded, Plain, failed
from kafkatui.decoding.limits import LIMITS, Limits, is_deeper, too_deep, too_large
from kafkatui.decoding.text import not_utf8
from kafkatui.safe_text import shorten

_BOM = "\ufeff"
_SURE_DIGITS = 16
"""A number written with fewer characters has at most 15 digits, and a float keeps those (DBL_DIG)."""


class _Unusual(Exception):
    """Something to note: the text is parsed again, noting."""


def decode_json(raw: bytes, limits: Limits = LIMITS) -> Decoded:
    """Integers of any size stay exact, of a repeated key the last value counts, NaN becomes the text `NaN`."""
    if large := too_large("json", raw, limits.json_bytes):
        return large
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return not_utf8("json", raw, error)
    try:
        decoded = _parse(raw, text)
    except json.JSONDecodeError as error:
        return failed("json", raw, "invalid_json", f"not JSON: {error.msg} at character {error.pos}")
    except RecursionError:
        return too_deep("json", raw, limits.depth)
    return decoded if _is_shallow(decoded, raw, limits.depth) else too_deep("json", raw, limits.depth)


def _is_shallow(decoded: Decoded, raw: bytes, depth: int) -> bool:
    """Counting brackets first: few values have as many as are too deep."""
    if raw.count(b"[") + raw.count(b"{") <= depth or decoded.problem:
        return True
    return not isinstance(decoded.value, (list, dict)) or not is_deeper(decoded.value, depth)


def _parse(raw: bytes, text: str) -> Decoded:
    try:
        return Decoded("json", raw, _QUICK.decode(text))
    except json.JSONDecodeError:
        if not text.startswith(_BOM):
            raise
    except (_Unusual, ValueError):  # ValueError: an integer of more digits than Python reads
        pass
    return _Noting().parse(raw, text)


def _is_exact(text: str, number: float) -> bool:
    if len(text) < _SURE_DIGITS and 1e-300 < abs(number) < 1e300:
        return True
    try:
        return math.isfinite(number) and (repr(number) == text or Decimal(repr(number)) == Decimal(text))
    except InvalidOperation:  # an exponent beyond what Decimal holds
        return False


def _quick_pairs(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    distinct = dict(pairs)
    if len(distinct) != len(pairs):
        raise _Unusual
    return distinct


def _quick_float(text: str) -> float:
    number = float(text)
    if not _is_exact(text, number):
        raise _Unusual
    return number


def _quick_constant(_: str) -> Plain:
    raise _Unusual


_QUICK = json.JSONDecoder(object_pairs_hook=_quick_pairs, parse_float=_quick_float, parse_constant=_quick_constant)


@dataclass(slots=True)
class _Noting:
    """The same parser, slower, that goes on at what is unusual and notes each kind once."""

    notes: dict[str, str] = field(default_factory=dict)

    def parse(self, raw: bytes, text: str) -> Decoded:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._pairs,
            parse_float=self._float,
            parse_int=self._int,
            parse_constant=self._constant,
        )
        if text.startswith(_BOM):
            self.notes["bom"] = "begins with a byte order mark"
        value: Plain = decoder.decode(text.removeprefix(_BOM))
        return Decoded("json", raw, value, tuple(self.notes.values()))

    def _pairs(self, pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
        distinct = dict(pairs)
        if len(distinct) != len(pairs):
            twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
            self.notes.setdefault("keys", f'key "{shorten(twice, 60)}" appears more than once: the last value is shown')
        return distinct

    def _float(self, text: str) -> Plain:
        number = float(text)
        if _is_exact(text, number):
            return number
        if math.isinf(number):
            self.notes.setdefault("large", f"{shorten(text, 40)} is too large for a float: shown as text")
            return text
        self.notes.setdefault("digits", f"{shorten(text, 40)} has more digits than a float keeps: shown rounded")
        return number

    def _int(self, text: str) -> Plain:
        try:
            return int(text)
        except ValueError:  # sys.set_int_max_str_digits guards against quadratic time
            self.notes.setdefault("int", f"an integer of {len(text):,} digits is shown as text")
            return text

    def _constant(self, text: str) -> Plain:
        self.notes.setdefault("constant", f"{text} is not JSON: shown as text")
        return text
