"""A process that stands by while a screen runs and forks a `SideProcess` for each search it is asked for.

Once a screen runs there are threads and a loop, and nothing can be forked safely any more; this process has neither.
What is searched for, and for how long, is not known here.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from kafkatui.filters import Selection, compile_filter
from kafkatui.model.connection import Connection
from kafkatui.model.spans import Isolation
from kafkatui.reading.side_process import SideProcess, serve, share_of

_LENGTH = struct.Struct(">I")
_STREAMS = range(3)


@dataclass(frozen=True, slots=True)
class Errand:
    """One search to come: where, for what; the spans follow when they are known."""

    connection: Connection
    selection: Selection
    isolation: Isolation


class Standby:
    """`close` must be called. It ends with this process, whatever ends that."""

    def __init__(self) -> None:
        """Forks. Not to be called while a loop or another thread runs."""
        self._way, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.pid = os.fork()
        if self.pid == 0:
            self._way.close()
            _stand_by(theirs)
        theirs.close()

    def begin(self, errand: Errand) -> SideProcess | None:
        """A process for one search; None when there is none to be had, because this one is gone."""
        theirs, commands = os.pipe()
        answers, answering = os.pipe()
        data = pickle.dumps(errand, pickle.HIGHEST_PROTOCOL)
        try:
            socket.send_fds(self._way, [_LENGTH.pack(len(data))], [theirs, answering])
            self._way.sendall(data)
        except OSError:
            os.close(commands)
            os.close(answers)
            return None
        finally:
            os.close(theirs)
            os.close(answering)
        return SideProcess(commands, answers)

    def close(self) -> None:
        """End it and wait for it; searches end with whoever asked for them."""
        self._way.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _stand_by(way: socket.socket) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # So that no search that is over stays behind as a zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # The terminal is the screen's alone.
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in _STREAMS:
        os.dup2(silent, stream)
    code = 1
    try:
        while _forked(way):
            continue
        code = 0
    finally:
        os._exit(code)


def _forked(way: socket.socket) -> bool:
    """One search taken on; False: nobody asks any more."""
    head, descriptors, _, _ = socket.recv_fds(way, _LENGTH.size, 2)
    if len(head) < _LENGTH.size:
        return False
    errand: Errand = pickle.loads(_exactly(way, *_LENGTH.unpack(head)))
    if os.fork() == 0:
        way.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        serve(share_of(compile_filter(errand.selection), errand.connection, errand.isolation), *descriptors)
    for each in descriptors:
        os.close(each)
    return True


def _exactly(way: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = way.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data
