"""Messages of the protobuf library as plain data, fields in the order of their definition, unknown ones kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf import unknown_fields
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from kafkatui.decoding import moments
from kafkatui.decoding.avro_logical import decimal
from kafkatui.decoding.decoded import Plain
from kafkatui.decoding.floats import plain_float, shortest

Read: TypeAlias = "Callable[[ProtoValues, Any], Plain]"
Plans: TypeAlias = dict[str, list[tuple[str, bool, Read]]]
"""The fields of a message: name, whether it tells absent from default, and how it is read."""
_BILLION = 1_000_000_000


class TooMany(ValueError):
    """The message holds more values than are shown of one record."""


@dataclass(slots=True)
class ProtoValues:
    """Turns messages into plain data until `items` values are made. Raises TooMany."""

    items: int
    plans: Plans
    """How each type of message is read, found out once for a schema; by full names."""
    unknown: int = 0
    """Fields that the schema does not have."""
    within: int = 0
    """Messages of any type one is in now: each is parsed on its own, and the library's bound of depth begins anew."""

    def message(self, message: Any) -> Plain:
        """A map by field names. A field that tells absent from default only where it is there; others always.

        What the schema does not have is under `#` and its number, as its wire type says: a number or bytes.
        """
        name = message.DESCRIPTOR.full_name
        special = _WELL_KNOWN.get(name)
        if special is not None:
            self.count(1)
            return special(self, message)
        plan = self.plans.get(name)
        if plan is None:
            plan = self.plans[name] = [
                (each.name, each.has_presence, _reader(each)) for each in message.DESCRIPTOR.fields
            ]
        self.count(len(plan))
        value = {
            name: read(self, getattr(message, name))
            for name, has_presence, read in plan
            if not has_presence or message.HasField(name)
        }
        if unknown := unknown_fields.UnknownFieldSet(message):
            value.update(self._unknown(unknown))
        return value

    def list(self, items: Any, read: Read) -> Plain:
        self.count(len(items))
        return [read(self, item) for item in items]

    def map(self, entries: Any, read: Read) -> Plain:
        self.count(len(entries))
        # The library gives them in an order of its own.
        return {_key(key): read(self, entries[key]) for key in sorted(entries)}

    def _unknown(self, fields: Iterable[Any]) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for each in fields:
            self.count(1)
            self.unknown += 1
            name, data = f"#{each.field_number}", each.data
            value: Plain = self._unknown(data) if each.wire_type == _GROUP else data
            before = found.get(name)
            if isinstance(before, list):
                before.append(value)
            else:
                found[name] = value if name not in found else [before, value]
        return found

    def count(self, items: int) -> None:
        self.items -= items
        if self.items < 0:
            raise TooMany("it holds more values than are shown of one record")


_GROUP = 3
_MOST_WITHIN = 8


def _reader(each: Any) -> Read:
    """Of one field."""
    if each.message_type is not None and each.message_type.GetOptions().map_entry:
        read = _single(each.message_type.fields_by_name["value"])
        return lambda values, entries: values.map(entries, read)
    read = _single(each)
    return (lambda values, items: values.list(items, read)) if each.is_repeated else read


def _single(each: Any) -> Read:
    """Of one value of the field."""
    if each.enum_type is not None:
        # Backwards: of aliases the first counts.
        names = {value.number: value.name for value in reversed(each.enum_type.values)}
        return lambda _, number: names.get(number, number)
    return ProtoValues.message if each.message_type is not None else _SCALARS.get(each.type, _as_it_is)


def _as_it_is(_: ProtoValues, value: Any) -> Plain:
    return value  # type: ignore[no-any-return]


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _timestamp(_: ProtoValues, message: Any) -> Plain:
    return moments.moment(message.seconds * _BILLION + message.nanos, _BILLION)


def _duration(_: ProtoValues, message: Any) -> Plain:
    """As protobuf's JSON has it: seconds and an s."""
    total = message.seconds * _BILLION + message.nanos
    return f"{'-' if total < 0 else ''}{decimal_text(abs(total))}s"


def decimal_text(nanoseconds: int) -> str:
    whole, rest = divmod(nanoseconds, _BILLION)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".")


def _any(values: ProtoValues, message: Any) -> Plain:
    """As protobuf's JSON has it, where the type is in the schema; else its bytes."""
    inner = _inner(message) if values.within < _MOST_WITHIN else None
    if inner is None:
        return {"@type": message.type_url, "value": message.value}
    values.within += 1
    value = values.message(inner)
    values.within -= 1
    return {"@type": message.type_url, **(value if isinstance(value, dict) else {"value": value})}


def _inner(message: Any) -> Any:
    try:
        kind = message.DESCRIPTOR.file.pool.FindMessageTypeByName(message.type_url.rpartition("/")[2])
        return GetMessageClass(kind).FromString(message.value)
    except (KeyError, DecodeError):
        return None


def _wrapped(values: ProtoValues, message: Any) -> Plain:
    return _single(message.DESCRIPTOR.fields_by_name["value"])(values, message.value)


def _struct(values: ProtoValues, message: Any) -> Plain:
    return values.map(message.fields, ProtoValues.message)


def _struct_list(values: ProtoValues, message: Any) -> Plain:
    return values.list(message.values, ProtoValues.message)


def _struct_value(values: ProtoValues, message: Any) -> Plain:
    kind = message.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    value = getattr(message, kind)
    if kind == "number_value":
        return plain_float(value)
    return values.message(value) if kind in ("struct_value", "list_value") else _as_it_is(values, value)


def _decimal(_: ProtoValues, message: Any) -> Plain:
    return decimal(message.value, message.scale) if 0 <= message.scale <= 400 else message.value


def _mask(_: ProtoValues, message: Any) -> Plain:
    return ",".join(message.paths)


_SCALARS: dict[int, Read] = {
    FieldDescriptor.TYPE_FLOAT: lambda _, number: shortest(number),
    FieldDescriptor.TYPE_DOUBLE: lambda _, number: plain_float(number),
}
_WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
_WELL_KNOWN: dict[str, Read] = {
    "google.protobuf.Any": _any,
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _struct,
    "google.protobuf.ListValue": _struct_list,
    "google.protobuf.Value": _struct_value,
    "confluent.type.Decimal": _decimal,
    **{f"google.protobuf.{name}Value": _wrapped for name in _WRAPPERS},
}
