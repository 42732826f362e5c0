"""Messages of the protobuf library as plain data, fields in the order of their definition, unknown ones kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import unknown_fields
from google.protobuf.descriptor import FieldDescriptor

from kafkatui.decoding import moments
from kafkatui.decoding.avro_logical import decimal
from kafkatui.decoding.decoded import Plain
from kafkatui.decoding.floats import plain_float, shortest

_BILLION = 1_000_000_000


class TooMany(ValueError):
    """The message holds more values than are shown of one record."""


@dataclass(slots=True)
class ProtoValues:
    """Turns messages into plain data until `items` values are made. Raises TooMany."""

    items: int
    unknown: int = 0
    """Fields that the schema does not have."""
    _plans: dict[str, list[tuple[str, bool, Callable[[Any], Plain]]]] = field(default_factory=dict)

    def message(self, message: Any) -> Plain:
        """A map by field names. A field that tells absent from default only where it is there; others always.

        What the schema does not have is under `#` and its number, as its wire type says: a number or bytes.
        """
        special = _WELL_KNOWN.get(message.DESCRIPTOR.full_name)
        if special is not None:
            self._count(1)
            return special(self, message)
        plan = self._plan(message.DESCRIPTOR)
        self._count(len(plan))
        value = {
            name: read(getattr(message, name))
            for name, has_presence, read in plan
            if not has_presence or message.HasField(name)
        }
        value.update(self._unknown(unknown_fields.UnknownFieldSet(message)))
        return value

    def _plan(self, descriptor: Any) -> list[tuple[str, bool, Callable[[Any], Plain]]]:
        plan = self._plans.get(descriptor.full_name)
        if plan is None:
            plan = [(each.name, each.has_presence, self._reader(each)) for each in descriptor.fields]
            self._plans[descriptor.full_name] = plan
        return plan

    def _reader(self, each: Any) -> Callable[[Any], Plain]:
        if each.message_type is not None and each.message_type.GetOptions().map_entry:
            read = self._single(each.message_type.fields_by_name["value"])
            return lambda entries: self._map(entries, read)
        read = self._single(each)
        return (lambda items: self._list(items, read)) if each.is_repeated else read

    def _single(self, each: Any) -> Callable[[Any], Plain]:
        if each.enum_type is not None:
            # Backwards: of aliases the first counts.
            names = {value.number: value.name for value in reversed(each.enum_type.values)}
            return lambda number: names.get(number, number)
        return self.message if each.message_type is not None else _SCALARS.get(each.type, _as_it_is)

    def _list(self, items: Any, read: Callable[[Any], Plain]) -> Plain:
        self._count(len(items))
        return [read(item) for item in items]

    def _map(self, entries: Any, read: Callable[[Any], Plain]) -> Plain:
        self._count(len(entries))
        return {_key(key): read(entries[key]) for key in entries}

    def _unknown(self, fields: Iterable[Any]) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for each in fields:
            self._count(1)
            self.unknown += 1
            name, data = f"#{each.field_number}", each.data
            value: Plain = self._unknown(data) if each.wire_type == _GROUP else data
            before = found.get(name)
            if isinstance(before, list):
                before.append(value)
            else:
                found[name] = value if name not in found else [before, value]
        return found

    def _count(self, items: int) -> None:
        self.items -= items
        if self.items < 0:
            raise TooMany("more values than are shown of one record")


_GROUP = 3


def _as_it_is(value: Any) -> Plain:
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


def _wrapped(values: ProtoValues, message: Any) -> Plain:
    return values._single(message.DESCRIPTOR.fields_by_name["value"])(message.value)


def _struct(values: ProtoValues, message: Any) -> Plain:
    return values._map(message.fields, values.message)


def _struct_list(values: ProtoValues, message: Any) -> Plain:
    return values._list(message.values, values.message)


def _struct_value(values: ProtoValues, message: Any) -> Plain:
    kind = message.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    value = getattr(message, kind)
    if kind == "number_value":
        return plain_float(value)
    return values.message(value) if kind in ("struct_value", "list_value") else _as_it_is(value)


def _decimal(_: ProtoValues, message: Any) -> Plain:
    return decimal(message.value, message.scale) if 0 <= message.scale <= 400 else message.value


def _mask(_: ProtoValues, message: Any) -> Plain:
    return ",".join(message.paths)


_SCALARS: dict[int, Callable[[Any], Plain]] = {
    FieldDescriptor.TYPE_FLOAT: shortest,
    FieldDescriptor.TYPE_DOUBLE: plain_float,
}
_WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
_WELL_KNOWN: dict[str, Callable[[ProtoValues, Any], Plain]] = {
    "google.protobuf.Timestamp": _timestamp,
    "google.protobuf.Duration": _duration,
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Struct": _struct,
    "google.protobuf.ListValue": _struct_list,
    "google.protobuf.Value": _struct_value,
    "confluent.type.Decimal": _decimal,
    **{f"google.protobuf.{name}Value": _wrapped for name in _WRAPPERS},
}
