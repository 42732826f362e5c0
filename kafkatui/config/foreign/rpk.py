"""`~/.config/rpk/rpk.yaml` of rpk: YAML, a list of profiles; and the part `rpk` of a `redpanda.yaml`."""

from __future__ import annotations

from collections.abc import Iterator

from kafkatui.config.addresses import addresses
from kafkatui.config.errors import ConfigError
from kafkatui.config.foreign.found import Found, found, password_login, registry_at
from kafkatui.config.foreign.tree import Tree, mechanism
from kafkatui.model.connection import Connection, Login, Registry, Tls

_MECHANISMS = {"plain": "PLAIN", "scramsha256": "SCRAM-SHA-256", "scramsha512": "SCRAM-SHA-512"}


def clusters(file: Tree) -> Iterator[Found]:
    for name, tree in file.each("profiles", "name"):
        yield found(name, tree, _connection)
    node = file.tree("rpk")
    if node is not None and "kafka_api" in node:
        yield found("", node, _connection)


def chosen(file: Tree) -> None:
    file.skip("which context holds is chosen with kafkatui config use", "current_profile")
    file.skip(
        "Redpanda's cloud is not logged in to", "cloud_auth", "current_cloud_auth_org_id", "current_cloud_auth_kind"
    )
    file.skip("not about a connection", "version", "globals")


def _connection(tree: Tree) -> Connection:
    tree.skip("not about a connection", "description", "prompt", "license_check")
    tree.skip("Redpanda's own API is not spoken", "admin_api")
    tree.skip("Redpanda's cloud is not logged in to", "from_cloud", "cloud_cluster")
    api = tree.tree("kafka_api")
    if api is None:
        raise ConfigError(f"{tree.at('kafka_api')} is missing; rpk takes 127.0.0.1:9092 then")
    bootstrap = addresses(",".join(api.texts("brokers")), api.at("brokers"))
    return Connection(bootstrap, tls=_tls(api.tree("tls")), sasl=_login(api.tree("sasl")), registry=_registry(tree))


def _tls(tree: Tree | None) -> Tls | None:
    """An empty table is TLS too."""
    if tree is None or ("enabled" in tree and not tree.flag("enabled")):
        return None
    tree.flag("enabled")
    return Tls(
        tree.path("ca_file") or tree.path("truststore_file"),
        tree.path("cert_file"),
        tree.path("key_file"),
        insecure=tree.flag("insecure_skip_verify"),
    )


def _login(tree: Tree | None) -> Login | None:
    if tree is None or not any(key in tree for key in ("user", "password", "mechanism", "type")):
        return None
    key = "type" if "mechanism" not in tree and "type" in tree else "mechanism"
    return password_login(mechanism(tree, key, _MECHANISMS), tree, "user", "password")


def _registry(tree: Tree) -> Registry | None:
    inner = tree.tree("schema_registry")
    if inner is None or "addresses" not in inner:
        return None
    tls = inner.tree("tls")
    scheme = "http" if tls is None else "https"
    urls = [url if "://" in url else f"{scheme}://{url}" for url in inner.texts("addresses")]
    ca = None
    if tls is not None:
        ca = tls.path("ca_file") or tls.path("truststore_file")
        tls.skip("a registry is given no certificate of ours", "cert_file", "key_file")
        tls.skip("the certificate of a registry is always looked at", "insecure_skip_verify")
    return registry_at(",".join(urls), inner.at("addresses"), ca=ca)
