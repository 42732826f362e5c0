"""Reading X.509 certificates, also ones that are not to be trusted. Python shows only those it has verified.

Nothing is verified here: that is OpenSSL's, in the handshake.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from kafkatui.kafka.wire import Malformed
from kafkatui.model.probes import Certificate

_SEQUENCE, _SET, _OID, _OCTETS = 0x30, 0x31, 0x06, 0x04
_UTC_TIME, _GENERAL_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_MAIL, _DNS, _URI, _IP = 0x81, 0x82, 0x86, 0x87
"""Tags of DER (X.690), and of GeneralName (RFC 5280, 4.2.1.6)."""
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
"""2.5.29.17"""
_NAMES = {
    "550403": "CN", "550406": "C", "550407": "L", "550408": "ST", "55040a": "O", "55040b": "OU",
    "2a864886f70d010901": "emailAddress", "0992268993f22c640119": "DC", "0992268993f22c640101": "UID",
}  # fmt: skip
_BMP_STRING = 0x1E


def of_file(path: str) -> Certificate:
    """The first certificate of a PEM file. Raises OSError, and `Malformed` for a file without one."""
    text = Path(path).read_text(encoding="ascii", errors="replace")
    begin, end = text.find(ssl.PEM_HEADER), text.find(ssl.PEM_FOOTER)
    if begin < 0 or end < begin:
        raise Malformed("there is no certificate in it")
    try:
        der = ssl.PEM_cert_to_DER_cert(text[begin : end + len(ssl.PEM_FOOTER)])
    except ValueError as error:
        raise Malformed(f"its certificate is no base64: {error}") from error
    return parse(der)


def parse(der: bytes) -> Certificate:
    """Raises `Malformed`."""
    try:
        return _certificate(der)
    except (IndexError, ValueError, StopIteration, OverflowError) as error:
        raise Malformed(f"not an X.509 certificate: {error}") from error


def _certificate(der: bytes) -> Certificate:
    whole = next(_items(der))[1]
    fields = [each for each in _items(next(_items(whole))[1]) if each[0] != _VERSION]
    # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, then optional ones.
    issuer, validity, subject = fields[2][1], fields[3][1], fields[4][1]
    not_before, not_after = (_moment(*each) for each in _items(validity))
    extensions = next((content for tag, content in fields[5:] if tag == _EXTENSIONS), b"")
    return Certificate(_name(subject), _name(issuer), tuple(_alternatives(extensions)), not_before, not_after)


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of one value after the other. Raises IndexError where one is longer than what is there."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        if at + length > len(data):
            raise IndexError("it is cut off")
        yield tag, data[at : at + length]
        at += length


def _name(rdns: bytes) -> str:
    """As `openssl x509 -nameopt RFC2253` has it, but in the certificate's own order."""
    parts = []
    for _, rdn in _items(rdns):
        for _, pair in _items(rdn):
            (_, oid), (tag, value) = _items(pair)
            parts.append(f"{_NAMES.get(oid.hex(), oid.hex())}={_text(tag, value)}")
    return ",".join(parts)


def _text(tag: int, value: bytes) -> str:
    return value.decode("utf-16-be" if tag == _BMP_STRING else "utf-8", "replace")


def _alternatives(extensions: bytes) -> Iterator[str]:
    if not extensions:
        return
    for _, extension in _items(next(_items(extensions))[1]):
        parts = list(_items(extension))
        if parts[0] == (_OID, _ALTERNATIVE_NAMES):
            for tag, value in _items(next(_items(parts[-1][1]))[1]):
                if tag == _IP:
                    yield str(ipaddress.ip_address(value))
                elif tag in (_DNS, _URI, _MAIL):
                    yield value.decode("ascii", "replace")


def _moment(tag: int, value: bytes) -> float:
    """Epoch seconds. Two digits of a year before 50 are of this century (RFC 5280, 4.1.2.5.1)."""
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    elif tag != _GENERAL_TIME:
        raise ValueError("a time is none")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()
