"""What the property names of Java's clients and of librdkafka say about TLS: PEM files, PEM texts, stores of Java."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from kafkatui.config.errors import ConfigError
from kafkatui.config.notes import Note, Tell
from kafkatui.config.paths import expanded
from kafkatui.model.connection import Tls

KNOWN = {
    "enable.ssl.certificate.verification",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.type",
    "ssl.truststore.type",
}
"""The properties that are read here, by one name each."""
SAME = {
    "ssl.keystore.certificate.chain": "ssl.certificate.pem",
    "ssl.keystore.key": "ssl.key.pem",
    "ssl.truststore.certificates": "ssl.ca.pem",
    "ssl.truststore.location": "ssl.ca.location",
}
"""Java's name of each of librdkafka's."""
_JAVAS = {canonical: name for name, canonical in SAME.items()}
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_HOW = {
    "ssl.truststore": "openssl pkcs12 -in {file} -nokeys -out ca.pem, then ssl.truststore.type=PEM",
    "ssl.keystore": "openssl pkcs12 -in {file} -out client.pem, then ssl.keystore.type=PEM and ssl.key.password",
}


def tls(before: Tls, properties: Mapping[str, str], tell: Tell, inline: Callable[[str], str]) -> Tls:
    """TLS as the properties change it; `inline` makes a file of a PEM text. Raises ConfigError."""
    keystore = _store(properties, "ssl.keystore", "ssl.keystore.location")
    ca = _store(properties, "ssl.truststore", "ssl.ca.location") or _text(properties, "ssl.ca.pem", inline)
    certificate = _file(properties, "ssl.certificate.location") or _text(properties, "ssl.certificate.pem", inline)
    key = _file(properties, "ssl.key.location") or _text(properties, "ssl.key.pem", inline)
    return Tls(
        ca=before.ca if ca is None else ca or None,
        certificate=certificate or keystore or before.certificate,
        key=key or keystore or before.key,
        key_password=properties.get("ssl.key.password") or before.key_password,
        insecure=_is_insecure(properties, before, tell),
        any_name=_takes_any_name(properties, before, tell),
    )


def _is_insecure(properties: Mapping[str, str], before: Tls, tell: Tell) -> bool:
    name = "enable.ssl.certificate.verification"
    value = properties.get(name)
    if value is None:
        return before.insecure
    if value.lower() not in ("true", "false"):
        raise ConfigError(f"{name}: {value!r} is not true or false")
    if value.lower() == "false":
        tell(Note((name,), "off; whoever answers is taken for the broker"))
    return value.lower() == "false"


def _takes_any_name(properties: Mapping[str, str], before: Tls, tell: Tell) -> bool:
    """Java's way to switch the check of the host's name off is nothing, librdkafka's is `none`."""
    name = "ssl.endpoint.identification.algorithm"
    value = properties.get(name)
    if value is None:
        return before.any_name
    if value.lower() not in ("https", "none", ""):
        raise ConfigError(f"{name}: {value!r} is not https or none")
    if value.lower() != "https":
        tell(Note((name,), "off; whoever has a certificate of this CA is taken for the broker"))
    return value.lower() != "https"


def _file(properties: Mapping[str, str], name: str) -> str | None:
    value = properties.get(name)
    return expanded(value, name) if value else None


def _store(properties: Mapping[str, str], store: str, name: str) -> str | None:
    """The file of a store, if it is one we can read; nothing for the stores librdkafka finds by itself."""
    file = properties.get(name)
    if file is None:
        return None
    if file == "probe":
        return ""
    kind = properties.get(f"{store}.type", "PEM").upper()
    file = expanded(file, name)
    found = _kind(Path(file))
    if found is None and kind != "PEM":
        found = kind
    if found is not None:
        raise ConfigError(f"{store}.location: {foreign(file, found, store)}")
    return file


def _kind(file: Path) -> str | None:
    """What kind of store the file is by its first bytes, or by its name where it can not be read; None: neither."""
    try:
        with file.open("rb") as opened:
            head = opened.read(4)
    except OSError:
        return {".jks": "JKS", ".p12": "PKCS12", ".pfx": "PKCS12"}.get(file.suffix.lower())
    if head in (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"):
        return "JKS"
    return "PKCS12" if head[:1] == b"\x30" else None


def foreign(file: str, kind: str, store: str) -> str:
    """That a store of Java's can not be read, and how to make a PEM file of it."""
    if kind != "JKS":
        return f"{file} is {kind}, not PEM; make a PEM file of it: {_HOW[store].format(file=file)}"
    store_12 = f"{Path(file).stem}.p12"
    first = f"keytool -importkeystore -srckeystore {file} -destkeystore {store_12} -deststoretype PKCS12"
    return f"{file} is JKS, not PEM; make a PEM file of it: {first}, then {_HOW[store].format(file=store_12)}"


def _text(properties: Mapping[str, str], name: str, inline: Callable[[str], str]) -> str | None:
    value = properties.get(name)
    if value is None:
        return None
    text = pem(value)
    if not text:
        raise ConfigError(f"{_JAVAS[name]}: not PEM; it begins with -----BEGIN and may stand in one line")
    return inline(text)


def pem(text: str) -> str:
    """The blocks of a PEM text, which Java takes in one line too, in lines of 64; nothing where there is none."""
    return "".join(_lines(match[1], match[2]) for match in _BLOCK.finditer(text))


def _lines(label: str, body: str) -> str:
    if ":" in body:  # an old encrypted key: the lines of its head stay
        return f"-----BEGIN {label}-----{body}-----END {label}-----\n"
    packed = "".join(body.split())
    lines = "".join(f"{packed[at : at + 64]}\n" for at in range(0, len(packed), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"
