"""Certificates for tests: an authority of its own, and what it issues. No server lives here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

KEY_PASSWORD = "key-canary-2b9f"


@dataclass(frozen=True, slots=True)
class Issued:
    """Files of one certificate, as PEM."""

    certificate: Path
    key: Path
    together: Path
    """Key, certificate and authority in one file, as Java wants them."""
    encrypted_key: Path


class Authority:
    """Issues certificates into a folder; `ca` is the file that trusts them."""

    def __init__(self, folder: Path, name: str = "test authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(
            key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        own = (
            x509.CertificateBuilder(self._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1000))
            .not_valid_after(now + timedelta(days=1000))
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._pem = own.public_bytes(Encoding.PEM)
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(self._pem)

    def issue(self, name: str, *hosts: str, days: int = 100) -> Issued:
        """A certificate for `name`, good for `hosts`; with days below zero it has expired."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=500))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False
            )
        signed = builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        plain, locked = _pem(key, NoEncryption()), _pem(key, BestAvailableEncryption(KEY_PASSWORD.encode()))
        return Issued(
            self._written(f"{name}.crt", signed),
            self._written(f"{name}.key", plain),
            self._written(f"{name}.pem", plain + signed + self._pem),
            self._written(f"{name}.locked.key", locked),
        )

    def _written(self, name: str, data: bytes) -> Path:
        file = self._folder / name
        file.write_bytes(data)
        return file


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def self_signed(password: str | None = None) -> tuple[str, str]:
    """A certificate and its PKCS#8 key as PEM texts; the key encrypted if there is a password."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafkatui")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    kept = NoEncryption() if password is None else BestAvailableEncryption(password.encode())
    return made.public_bytes(Encoding.PEM).decode(), _pem(key, kept).decode()
