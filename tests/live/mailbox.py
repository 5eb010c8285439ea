"""A mail server on loopback that keeps what it takes, and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from streams.brokers.process import HOST, free_port

__all__ = ["Mailbox", "mailbox"]


class Mailbox:
    """port: where it listens. mails: what it took. answer: to a mail; recipient: to a mailbox."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[EmailMessage] = []
        self.logins: list[LoginPassword] = []
        self.encrypted: list[bool] = []
        self.answer: Callable[[int], str] = lambda _: "250 OK"
        self.recipient: Callable[[str], str] = lambda _: "250 OK"
        self.sender = "250 OK"
        self.delay_s = 0.0
        self._asked = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """What a sender is told."""
        if self.sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.sender

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """What a mailbox is told."""
        answer = self.recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        """What a mail is told, and its safekeeping where it is taken."""
        await asyncio.sleep(self.delay_s)
        answer = self.answer(self._asked)
        self._asked += 1
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = BytesParser(policy=default).parsebytes(content)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.encrypted.append(session.ssl is not None)
        return answer


@contextmanager
def mailbox(
    context: Any = None, *, implicit: bool = False, password: str | None = None
) -> Iterator[Mailbox]:
    """A server for as long as the block lasts. context: an SSLContext, offered by STARTTLS.

    implicit: TLS from the first byte. password: of any user, who then has to log in.
    """
    mine = Mailbox(free_port())

    def login(
        server: Any, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        mine.logins.append(data)
        right = data.password == (password or "").encode()
        return AuthResult(success=right, handled=False)

    controller = Controller(
        mine,
        hostname=HOST,
        port=mine.port,
        ssl_context=context if implicit else None,
        tls_context=None if implicit else context,
        require_starttls=context is not None and not implicit,
        auth_required=password is not None,
        auth_require_tls=context is not None and not implicit,
        authenticator=login if password is not None else None,
        server_hostname="mail.example",
        enable_SMTPUTF8=True,
    )
    controller.start()
    try:
        yield mine
    finally:
        controller.stop()
