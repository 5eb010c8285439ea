"""Mail: threads, digests, languages, and every way in which a server may refuse it."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest

from sinks.base import Rejected, Retryable
from sinks.email import EmailOptions, open_email
from sinks.secrets import Secrets
from sinks.summary import subject
from streams.brokers.process import HOST
from streams.errors import ConfigError
from streams.texts import Text2
from tests.live.mailbox import Mailbox, mailbox
from tests.unit.sinks.alerts import alert, ended, robbery

PASSWORD = "correct-horse"
NOW_S = 1_772_454_600.0


def options(mine: Mailbox, **changes: Any) -> EmailOptions:
    values = {
        "host": HOST,
        "port": mine.port,
        "to": ["duty@city.example", "chief@city.example"],
        "from_": "watchfloor@city.example",
        "tls": "none",
        "timezone": "Asia/Shanghai",
        "timeout_s": 20.0,
    }
    return EmailOptions(**{**values, **changes})


def send(mine: Mailbox, *batches, **changes: Any) -> None:
    secrets = Secrets({"PW": PASSWORD, "WRONG": "battery"})
    with open_email(options(mine, **changes), secrets, clock=lambda: NOW_S) as sink:
        for batch in batches:
            sink.send(batch)


def context(authority) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    return made


def test_a_mail_says_what_where_when_and_why_in_both_languages():
    with mailbox() as mine:
        send(mine, [robbery()])
    (mail,) = mine.mails
    assert mail["Subject"] == "[II] 抢劫警情 | Robbery reported (砚汀派出所)"
    assert mail["From"] == "watchfloor@city.example"
    assert mail["To"] == "duty@city.example, chief@city.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    chinese, english = mail.iter_parts()
    assert (chinese["Content-Language"], english["Content-Language"]) == ("zh", "en")
    assert "区域: 砚汀派出所" in chinese.get_content()
    assert "Time: 2026-03-02 20:30:00 +0800" in english.get_content()
    assert "抢劫" in english.get_content()  # the matched word stands as it was found
    assert "critical: J9" in english.get_content()


def test_mails_about_one_alert_are_a_thread_and_one_sent_again_has_its_old_name():
    with mailbox() as mine:
        send(mine, [alert()], [ended()])
        send(mine, [ended()])
    first, last, again = mine.mails
    assert first["Message-ID"] == "<HEAT1.1@city.example>"
    assert first["References"] is None
    assert last["References"] == last["In-Reply-To"] == "<HEAT1.1@city.example>"
    assert again["Message-ID"] == last["Message-ID"] == "<HEAT1.3@city.example>"
    assert "已解除 resolved" in last["Subject"]
    assert last["Importance"] is None


def test_a_digest_is_one_mail_with_the_newest_of_each_alert():
    with mailbox() as mine:
        send(mine, [alert(), robbery(), alert(revision=2)])
    (mail,) = mine.mails
    assert mail["Subject"].startswith("[II] +1 抢劫警情")
    english = list(mail.iter_parts())[1].get_content()
    assert "HEAT1.2" in english
    assert "HEAT1.1" not in english
    assert english.index("HEAT1.2") < english.index("KEY1.1")


def test_one_language_where_one_has_a_text():
    with mailbox() as mine:
        send(mine, [robbery(message=Text2("抢劫警情", ""))])
    (mail,) = mine.mails
    assert not mail.is_multipart()
    assert mail["Content-Language"] == "zh"


def test_a_test_says_so_and_a_line_break_in_a_name_ends_nothing():
    odd = alert(state="test", message=Text2("一\r\nBcc: x@y.example", "one"))
    with mailbox() as mine:
        send(mine, [odd])
    (mail,) = mine.mails
    assert mail["Subject"].startswith("[TEST 测试][III]")
    assert mail["Bcc"] is None
    assert "do not act" in list(mail.iter_parts())[1].get_content()
    assert len(subject([alert(message=Text2("长" * 999, ""))])) <= 200


def test_starttls_with_a_login_and_tls_from_the_first_byte(authority):
    ca = str(authority / "cert.pem")
    with mailbox(context(authority), password=PASSWORD) as mine:
        send(mine, [alert()], tls="starttls", ca=ca, user="desk", password="env:PW")
        assert mine.encrypted == [True]
        assert mine.logins[0].login == b"desk"
        with pytest.raises(Retryable, match="does not let us in") as caught:
            send(mine, [alert()], tls="starttls", ca=ca, user="desk", password="env:WRONG")
        assert "battery" not in str(caught.value)
    with mailbox(context(authority), implicit=True) as mine:
        send(mine, [alert()], tls="implicit", ca=ca)
        assert len(mine.mails) == 1


@pytest.mark.parametrize("implicit", [False, True])
def test_certificates_are_verified(authority, implicit):
    tls = "implicit" if implicit else "starttls"
    with mailbox(context(authority), implicit=implicit) as mine:
        with pytest.raises(Retryable, match="not trusted"):
            send(mine, [alert()], tls=tls)
        with pytest.raises(Retryable, match="not trusted"):
            send(mine, [alert()], tls=tls, host="localhost", ca=str(authority / "cert.pem"))
        assert mine.mails == []


def test_a_server_without_starttls_gets_no_mail():
    with mailbox() as mine:
        with pytest.raises(Retryable, match="does not offer"):
            send(mine, [alert()], tls="starttls")
        assert mine.mails == []


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("451 try later", Retryable, "now"),
        ("421 closing", Retryable, "now"),
        ("552 too large", Rejected, "552"),
        ("554 no", Rejected, "554"),
    ],
)
def test_what_a_mail_may_be_told(answer, error, said):
    with mailbox() as mine:
        mine.answer = lambda _: answer
        with pytest.raises(error, match=said):
            send(mine, [alert()])


@pytest.mark.parametrize(
    ("bad", "answer", "error"),
    [
        ("chief@city.example", "550 no such mailbox", Rejected),
        ("chief@city.example", "450 full", Retryable),
        ("", "550 no such mailbox", Rejected),
        ("", "450 full", Retryable),
    ],
)
def test_mailboxes_that_are_refused_are_named(bad, answer, error):
    with mailbox() as mine:
        mine.recipient = lambda address: answer if bad in address else "250 OK"
        with pytest.raises(error, match=r"chief@city\.example"):
            send(mine, [alert()])
        assert len(mine.mails) == (1 if bad else 0)


def test_a_sender_that_is_refused_is_a_matter_of_the_channel():
    with mailbox() as mine:
        mine.sender = "550 not from you"
        with pytest.raises(Retryable, match="another `from`"):
            send(mine, [alert()])


def test_a_server_that_hangs_or_is_gone_is_not_waited_for():
    with mailbox() as mine:
        mine.delay_s = 30.0
        with pytest.raises(Retryable, match=r"within 0\.3 s"):
            send(mine, [alert()], timeout_s=0.3)
        mine.delay_s = 0.0
    with pytest.raises(Retryable, match="cannot take mail now"):
        send(mine, [alert()])


def test_a_greeting_that_never_ends_is_cut_off():
    with socket.create_server((HOST, 0)) as server:
        mine = Mailbox(server.getsockname()[1])
        with pytest.raises(Retryable, match="within"):
            send(mine, [alert()], timeout_s=0.3)


def test_what_a_person_has_to_put_right_is_told_when_it_is_opened():
    mine = Mailbox(25)
    with pytest.raises(ConfigError, match="readable for anybody"):
        send(mine, host="mail.example")
    with pytest.raises(ConfigError, match="GONE"):
        send(mine, user="desk", password="env:GONE")
