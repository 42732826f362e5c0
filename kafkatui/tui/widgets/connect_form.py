"""The form that asks for a cluster: address, encryption, login. What its answers come to is `connecting.draft`'s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from kafkatui.tui.connecting.draft import ENCRYPTIONS, LOGINS, NO_LOGIN, SOURCES, TLS, TYPED, Draft
from kafkatui.tui.widgets.choice_line import ChoiceLine
from kafkatui.tui.widgets.form import Form, put
from kafkatui.tui.widgets.line_input import LineInput


class ConnectForm(Form):
    """Shows only what the answers so far leave open."""

    def __init__(self, *, can_keep: bool) -> None:
        """`can_keep`: whether a cluster can be kept as a context."""
        super().__init__()
        self.draft = Draft()
        self._can_keep = can_keep
        self.address, self.ca, self.user, self.password, self.keep = (LineInput() for _ in range(5))
        self.address.placeholder = "localhost:9092"
        self.ca.placeholder = "a PEM file; empty: what this machine trusts"
        self.keep.placeholder = "a name for next time; empty: it is not kept"
        self.encryption, self.login, self.source = ChoiceLine(ENCRYPTIONS), ChoiceLine(LOGINS), ChoiceLine(SOURCES)

    def lines(self) -> Iterator[tuple[str, Widget]]:
        yield "address", self.address
        yield "encryption", self.encryption
        yield "CA", self.ca
        yield "login", self.login
        yield "user", self.user
        yield "password", self.source
        yield "", self.password
        yield "keep as", self.keep

    def on_mount(self) -> None:
        self._show()

    def fill(self, draft: Draft) -> None:
        """Put answers in."""
        for line, value in (
            (self.address, draft.address),
            (self.ca, draft.ca),
            (self.user, draft.user),
            (self.password, draft.password),
            (self.keep, draft.name),
        ):
            put(line, value)
        for choice, value in ((self.encryption, draft.encryption), (self.login, draft.login)):
            choice.choose(value if value in choice.options else choice.options[0])
        self.source.choose(draft.source)
        self.draft = replace(self.draft, source=draft.source)
        self._take()

    @on(Input.Changed)
    @on(ChoiceLine.Changed)
    def _take(self) -> None:
        before = self.draft
        if self.source.value != before.source:
            # A password must not turn into a word that can be read, nor the other way round.
            self.password.value = ""
        self.draft = replace(
            before,
            address=self.address.value,
            encryption=self.encryption.value,
            ca=self.ca.value,
            login=self.login.value,
            user=self.user.value,
            source=self.source.value,
            password=self.password.value,
            name=self.keep.value,
        )
        if self.draft != before:
            self._show()
            self.post_message(self.Changed())

    def _show(self) -> None:
        draft = self.draft
        has_login = draft.login != NO_LOGIN
        for widget, is_shown in (
            (self.ca, draft.encryption == TLS),
            (self.user, has_login),
            (self.source, has_login),
            (self.password, has_login),
            (self.keep, self._can_keep),
        ):
            if widget.parent is not None:
                widget.parent.display = is_shown
        self.password.password = draft.source == TYPED
        self.password.placeholder = "" if draft.source == TYPED else "the name of the variable"
