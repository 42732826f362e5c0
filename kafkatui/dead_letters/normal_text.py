"""What stays of a message when all that differs from one record to the next is taken out. Grouping is `causes`'."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

PLACEHOLDER = "#"
"""Stands for every id, number, moment and address, and within quotes for what is quoted.

One for all of them: an id of random hex digits is at times a number, at times a word.
"""
_LONGEST = 4_000
"""Characters of a message that are looked at."""
_SHORTEST_HEX = 7
"""Letters of a word that is taken for hex without a digit in it."""
_SHORTEST_HEX_PART = 4
"""The same beside a part that has digits: `ord-cafe-3f9a`."""
_KEPT = 1_000
"""Characters that tell one cause from another."""
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:\s?[AaPp][Mm]\b)?"
_NAMED_ZONE = "(?:UTC|GMT|CEST|CET|[ECMP][SD]T)"
_ZONE = rf"(?:Z\b|\s?{_NAMED_ZONE}?\s?[+-]\d{{2}}:?\d{{2}}\b(?:\[[\w/+-]+\])?|\s{_NAMED_ZONE}\b)?"
_TOKEN = r"[+-]?[0-9A-Za-z_À-ɏ]+(?:-[0-9A-Za-z_À-ɏ]+)*"
_RULES = (
    # JEP 358: what Java quotes here is the program's code, and tells one mistake from another.
    (
        "code",
        r"Cannot (?:invoke|read field|assign field|load from|store to|read the array length|throw exception|enter)"
        r'[^"\n]{0,40}(?:"[^"\n]*")?(?: because (?:the return value of )?"[^"\n]*" is null)?',
    ),
    ("url", r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s\"'<>)\]}]+"),
    ("email", r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    ("double", r'"(?:[^"\\\n]|\\.)*"'),
    ("single", r"(?<![\w'])'(?:[^'\\\n]|\\.|(?<=\w)'(?=\w))*'(?!\w)"),
    ("typographic", r"“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|‘[^’\n]*’(?!\w)"),
    ("uuid", r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])"),
    ("date", rf"(?:{_DAY},? )?\b{_MONTH} \d{{1,2}},?(?: {_CLOCK}{_ZONE})?(?: \d{{4}}\b)?(?: {_CLOCK}{_ZONE})?"),
    ("rfc", rf"(?:{_DAY},? )?\b\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}\b(?: {_CLOCK}{_ZONE})?"),
    ("iso", rf"\b\d{{4}}[-/]\d{{2}}[-/]\d{{2}}(?:[T ]{_CLOCK}{_ZONE})?"),
    ("clock", rf"\b{_CLOCK}{_ZONE}(?![\w:])"),
    ("duration", r"\bP(?=[\dT])(?:\d+D)?(?:T(?:\d+(?:\.\d+)?[HMS])+)?\b"),
    ("ipv6", r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![\w:])"),
    ("object", r"(?<=[\w$\]])@[0-9a-f]{1,8}\b"),
    ("base64", r"(?<![\w/+-])[0-9A-Za-z+/]{24,}={0,2}(?![\w/+-])"),
    ("token", _TOKEN),
)
_PATTERN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _RULES))
_WORD = re.compile(r"[0-9A-Za-zÀ-ɏ]+")
_HEX_WORD = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_LISTED = re.compile(r"([\s,()\[\]{}]+)")
_PREFIX = re.compile(r"(?:[a-z]{2,12}|[A-Z]{2,12})[_-]")
_KAFKA_ID = 22
"""Characters of a topic's or a cluster's id: it may begin like a prefix and is none."""
_RUNS = (
    (re.compile(r"#(?:[.,:/×_+-]{0,2}#)+"), "#"),
    (re.compile(r"#={1,2}(?!\w)"), "#"),
    (re.compile(r"(?<![\w#])[_+-]{1,3}#"), "#"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?<![^\s(\[{=:])#(?: #)+(?![^\s)\]},.;:])"), "#"),
)


@lru_cache(maxsize=512)
def normal_text(message: str) -> str:
    """The same text for messages that differ only in ids, numbers, hex, moments, addresses and what is quoted."""
    text = _PATTERN.sub(_replaced, message[:_LONGEST])
    for run, instead in _RUNS:
        text = run.sub(instead, text)
    return _without_repeats(text.strip())[:_KEPT]


def _without_repeats(text: str) -> str:
    """Of ids of one kind in a list one stays: how many there are is another thing each time."""
    first, *rest = _LISTED.split(text)
    kept = [first]
    for between, item in zip(rest[::2], rest[1::2], strict=True):
        if between.strip() == "," and PLACEHOLDER in item and item == kept[-1]:
            continue
        kept += (between, item)
    return "".join(kept)


def _replaced(match: re.Match[str]) -> str:
    text = match.group()
    match match.lastgroup:
        case "code":
            return text
        case "double" | "single" | "typographic":
            return f"{text[0]}{PLACEHOLDER}{text[-1]}"
        case "object":
            return f"@{PLACEHOLDER}"
        case "base64":
            return PLACEHOLDER if _is_random(text) else re.sub(_TOKEN, lambda found: _token(found.group()), text)
        case "token":
            return _token(text)
    return PLACEHOLDER


def _token(text: str) -> str:
    """A word stays; of several words in one token those go that are an id, so that it is still said of what."""
    if text.isalpha() and len(text) < _SHORTEST_HEX:
        return text
    prefix = None if len(text) == _KAFKA_ID else _PREFIX.match(text)
    start = prefix.end() if prefix else 0
    if _is_random(text[start:]):
        return text[:start] + PLACEHOLDER
    return _words(text)


def _words(text: str) -> str:
    words = _WORD.findall(text)
    beside = _SHORTEST_HEX_PART if _has_digit(text) else _SHORTEST_HEX - 1
    shortest = beside if len(words) > 1 else _SHORTEST_HEX
    # Not by the length of plain numbers: the name of a thread must not change when its number gets longer.
    longest = max((len(each) for each in words if _is_mixed(each)), default=0)
    seen_mixed = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal seen_mixed
        word = match.group()
        # Behind a part of letters and digits one of letters is most likely more of the same id, as in a pod's name.
        is_id = _has_digit(word) or _is_hex(word, shortest) or (seen_mixed and len(word) <= longest)
        seen_mixed = seen_mixed or _is_mixed(word)
        return PLACEHOLDER if is_id else word

    return _WORD.sub(replaced, text)


def _has_digit(word: str) -> bool:
    return any(each.isdigit() for each in word)


def _is_mixed(word: str) -> bool:
    """Of letters and digits."""
    return _has_digit(word) and not word.isdigit()


def _is_hex(word: str, shortest: int) -> bool:
    """Whether it is taken for hex: long enough, and nothing but hex digits. Words such as `facade` are shorter."""
    return len(word) >= shortest and _HEX_WORD.fullmatch(word) is not None


def _is_random(text: str) -> bool:
    """Base64 and the like: its letters change between small and capital far more often than those of words do."""
    letters = [each for each in text if each.isalpha()]
    changes = sum(one.islower() != other.islower() for one, other in pairwise(letters))
    # Counted in letters only, so that one more digit in a number changes nothing.
    if _has_digit(text):
        return len(letters) >= 10 and changes > 0.25 * len(letters)
    return len(letters) >= 16 and changes > 0.4 * len(letters)
