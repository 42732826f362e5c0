"""`.proto` text to a file descriptor: what decoding needs of it. Names are resolved by the protobuf library.

By the language specifications of proto2, proto3 and editions. Options other than `features`, services and extensions
do not change how bytes are read and are passed over; a field that came by an extension is shown as an unknown one.
There is no compiler for this as a wheel but grpcio-tools, which writes its errors straight to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf import descriptor_pb2

from kafkatui.decoding.bad_schema import BadSchema
from kafkatui.decoding.proto_tokens import ProtoTokens

_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    name: getattr(_FIELD, f"TYPE_{name.upper()}")
    for name in (
        *("double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64"),
        *("fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"),
    )
}
_LABELS = {name: getattr(_FIELD, f"LABEL_{name.upper()}") for name in ("optional", "required", "repeated")}
_DEEPEST = 32
"""Messages defined in each other, as protoc allows."""


def parse_proto(name: str, text: str) -> Any:
    """The `FileDescriptorProto` of the file `name`. Raises BadSchema."""
    file = descriptor_pb2.FileDescriptorProto(name=name)
    source = ProtoTokens(text)
    try:
        while source.next:
            _statement(source, file)
    except (TypeError, ValueError) as error:  # the library on numbers and names it does not take
        raise error if isinstance(error, BadSchema) else BadSchema(f"the .proto text has {error}") from error
    return file


def _statement(source: ProtoTokens, file: Any) -> None:
    word = source.take()
    if word == "message":
        _message(source, file.message_type.add(), file)
    elif word == "enum":
        _enum(source, file.enum_type.add())
    elif word == "import":
        if source.next in ("public", "weak", "option"):
            source.take()
        file.dependency.append(source.string())
        source.expect(";")
    elif word == "package":
        file.package = source.path()
        source.expect(";")
    elif word in ("syntax", "edition"):
        _syntax(source, file, word)
    elif word == "option":
        _option(source, file.options)
    elif word in ("extend", "service"):
        _skip_block(source)
    elif word not in (";", "export", "local"):
        raise BadSchema(f"the .proto text has {word[:40]} where a definition must be")


def _syntax(source: ProtoTokens, file: Any, word: str) -> None:
    source.expect("=")
    value = source.string()
    source.expect(";")
    if word == "syntax":
        file.syntax = value
        return
    edition = descriptor_pb2.FileDescriptorProto.DESCRIPTOR.fields_by_name["edition"].enum_type
    known = edition.values_by_name.get(f"EDITION_{value}")
    if known is None:
        raise BadSchema(f"edition {value[:40]} is not known")
    file.syntax, file.edition = "editions", known.number


def _message(source: ProtoTokens, message: Any, file: Any, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise BadSchema(f"messages are defined in each other more than {_DEEPEST} times")
    message.name = source.name()
    _message_body(source, message, file, depth)


def _message_body(source: ProtoTokens, message: Any, file: Any, depth: int) -> None:
    source.expect("{")
    while not source.accept("}"):
        if source.next in _STATEMENTS:
            _STATEMENTS[source.take()](source, message, file, depth)
        elif not source.accept(";"):
            _field(source, message, file, depth)
    _give_optionals_a_oneof(message)


def _oneof(source: ProtoTokens, message: Any, file: Any, depth: int) -> None:
    index = len(message.oneof_decl)
    message.oneof_decl.add(name=source.name())
    source.expect("{")
    while not source.accept("}"):
        if source.accept("option"):
            source.skip_to(";")
        elif not source.accept(";"):
            _field(source, message, file, depth).oneof_index = index


def _field(source: ProtoTokens, message: Any, file: Any, depth: int) -> Any:
    label = source.take() if source.next in _LABELS else None
    kind = source.path()
    field = message.field.add(label=_LABELS[label or "optional"])
    if kind == "map" and source.next == "<":
        _map(source, field, message)
    elif kind == "group":
        _group(source, field, message, file, depth)
        return field
    else:
        _set_type(field, kind)
        field.name = source.name()
    # Without a label, a field of proto3 has no presence; with one it has, by a oneof of its own.
    field.proto3_optional = label == "optional" and file.syntax == "proto3"
    _number_and_options(source, field)
    source.expect(";")
    return field


def _set_type(field: Any, kind: str) -> None:
    """Left open for a message or an enum: which it is shows when the name is resolved."""
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type_name = kind


def _map(source: ProtoTokens, field: Any, message: Any) -> None:
    source.expect("<")
    key = source.path()
    source.expect(",")
    value = source.path()
    source.expect(">")
    field.name = source.name()
    field.label = _FIELD.LABEL_REPEATED
    name = "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    for number, (part, kind) in enumerate((("key", key), ("value", value)), 1):
        _set_type(entry.field.add(name=part, number=number, label=_FIELD.LABEL_OPTIONAL), kind)
    field.type, field.type_name = _FIELD.TYPE_MESSAGE, name


def _group(source: ProtoTokens, field: Any, message: Any, file: Any, depth: int) -> None:
    name = source.name()
    field.name, field.type, field.type_name = name.lower(), _FIELD.TYPE_GROUP, name
    _number_and_options(source, field)
    if depth >= _DEEPEST:
        raise BadSchema(f"messages are defined in each other more than {_DEEPEST} times")
    _message_body(source, message.nested_type.add(name=name), file, depth + 1)


def _number_and_options(source: ProtoTokens, field: Any) -> None:
    source.expect("=")
    field.number = source.integer()
    if source.accept("["):
        while _assignment(source, field.options, ",", "]") == ",":
            pass


def _option(source: ProtoTokens, options: Any, *_: object) -> None:
    _assignment(source, options, ";")


def _assignment(source: ProtoTokens, options: Any, *ends: str) -> str:
    """`name = value` and one of `ends`, which is returned. Only `features.X` is kept: it changes how bytes are read."""
    if not source.accept("features"):
        return source.skip_to(*ends)
    source.expect(".")
    name = source.path()
    source.expect("=")
    value = source.take()
    feature = descriptor_pb2.FeatureSet.DESCRIPTOR.fields_by_name.get(name)
    if feature is not None and value in feature.enum_type.values_by_name:
        setattr(options.features, name, feature.enum_type.values_by_name[value].number)
    return source.skip_to(*ends)


def _enum(source: ProtoTokens, enum: Any) -> None:
    enum.name = source.name()
    source.expect("{")
    while not source.accept("}"):
        if source.next == "reserved":
            source.skip_to(";")
        elif source.accept("option"):
            _enum_option(source, enum)
        elif not source.accept(";"):
            _enum_value(source, enum)


def _enum_value(source: ProtoTokens, enum: Any) -> None:
    value = enum.value.add(name=source.name())
    source.expect("=")
    value.number = source.integer()
    source.skip_to(";")


def _enum_option(source: ProtoTokens, enum: Any) -> None:
    if source.next != "allow_alias":
        _option(source, enum.options)
        return
    source.take()
    source.expect("=")
    enum.options.allow_alias = source.take() == "true"
    source.expect(";")


def _skip_block(source: ProtoTokens, *_: object) -> None:
    source.skip_to("{")
    source.skip_to("}")


def _give_optionals_a_oneof(message: Any) -> None:
    """As protoc does: behind all others, so that theirs keep their places."""
    for field in message.field:
        if field.proto3_optional and not field.HasField("oneof_index"):
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")


_Statement = Callable[[ProtoTokens, Any, Any, int], object]
_STATEMENTS: dict[str, _Statement] = {
    "message": lambda source, message, file, depth: _message(source, message.nested_type.add(), file, depth + 1),
    "enum": lambda source, message, file, depth: _enum(source, message.enum_type.add()),
    "oneof": _oneof,
    "option": lambda source, message, file, depth: _option(source, message.options),
    "extend": _skip_block,
    "extensions": lambda source, *_: source.skip_to(";"),
    "reserved": lambda source, *_: source.skip_to(";"),
}
