"""`~/.config/kcl/config.toml` of kcl: TOML, one cluster or a table of profiles."""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found, found, password_login, registry_at
from kafkatui.config.foreign.tree import Tree, mechanism
from kafkatui.config.logins import msk_region
from kafkatui.model.connection import Connection, Login, MskIam, Registry, Tls

_MECHANISMS = {
    "plain": "PLAIN",
    "plaintext": "PLAIN",
    "scramsha256": "SCRAM-SHA-256",
    "scramsha512": "SCRAM-SHA-512",
    "awsmskiam": "AWS_MSK_IAM",
}


def clusters(file: Tree) -> Iterator[Found]:
    """A file with profiles is nothing but these: kcl looks at nothing else then."""
    if "profiles" not in file:
        yield found("", file, _connection)
        return
    for name, tree in file.each("profiles", "\0no name"):
        yield found(name, tree, _connection)


def chosen(file: Tree) -> None:
    file.skip("which context holds is chosen with kafkatui config use", "current_profile")
    if "profiles" in file:
        file.skip("without effect beside profiles", "seed_brokers", "tls", "sasl", "schema_registry")


def _connection(tree: Tree) -> Connection:
    tree.skip(
        "a context has no times; --timeout has, for one command",
        *("broker_timeout", "dial_timeout", "retry_timeout", "timeout_ms"),
    )
    bootstrap = addresses(",".join(tree.texts("seed_brokers")), tree.at("seed_brokers"))
    return Connection(
        bootstrap, tls=_tls(tree.tree("tls")), sasl=_login(tree.tree("sasl"), bootstrap), registry=_registry(tree)
    )


def _tls(tree: Tree | None) -> Tls | None:
    if tree is None:
        return None
    tree.skip("a broker's certificate has to be for the name it is dialled by", "server_name")
    tree.skip("TLS 1.2 is the least, with the ciphers of OpenSSL", "min_version", "cipher_suites", "curve_preferences")
    return Tls(
        tree.path("ca_cert_path"),
        tree.path("client_cert_path"),
        tree.path("client_key_path"),
        insecure=tree.flag("insecure"),
    )


def _login(tree: Tree | None, bootstrap: tuple[str, ...]) -> Login | None:
    if tree is None or "method" not in tree:
        return None
    name = mechanism(tree, "method", _MECHANISMS)
    if tree.flag("is_token"):
        raise ConfigError(f"{tree.at('is_token')}: logging in by a delegation token is not known here")
    tree.skip("nobody is logged in as somebody else here", "zid")
    if name == "AWS_MSK_IAM":
        region = msk_region(bootstrap, {})
        if region is None:
            raise ConfigError(f"{tree.at('method')}: the names of the brokers tell no region of AWS")
        return MskIam(region)
    return password_login(name, tree, "user", "pass")


def _registry(tree: Tree) -> Registry | None:
    inner = tree.tree("schema_registry")
    if inner is None or "urls" not in inner:
        return None
    inner.skip("the default context of a registry is taken", "context")
    tls = inner.tree("tls")
    ca = None if tls is None else tls.path("ca_cert_path")
    if tls is not None:
        tls.skip("a registry is given no certificate of ours", "client_cert_path", "client_key_path")
        tls.skip("the certificate of a registry is always looked at", "insecure", "server_name")
        tls.skip(
            "TLS 1.2 is the least, with the ciphers of OpenSSL", "min_version", "cipher_suites", "curve_preferences"
        )
    urls = ",".join(inner.texts("urls"))
    return registry_at(urls, inner.at("urls"), inner.text("user"), inner.text("pass"), inner.text("bearer_token"), ca)
