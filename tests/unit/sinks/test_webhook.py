"""The webhook: what is posted, signed and kept, and how every misbehaviour is told."""

from __future__ import annotations

import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from sinks.base import Rejected, Retryable
from sinks.secrets import Secrets
from sinks.webhook import WebhookOptions, open_webhook, signature
from streams.alert_codec import encode_alert
from streams.brokers.process import HOST
from streams.errors import ConfigError
from tests.live.receivers import RETRY_AFTER_S, Receiver, failing, in_turn, receiver
from tests.unit.sinks.alerts import alert, robbery

SECRETS = {"KEY": "correct horse", "TOKEN": "s3cret-t0ken"}
LIMIT_S = 0.4


def options(mine: Receiver, **changes: Any) -> WebhookOptions:
    return WebhookOptions(url=mine.url, **changes)


def send(mine: Receiver, *batches, **changes) -> None:
    with open_webhook(options(mine, **changes), Secrets(SECRETS)) as sink:
        for batch in batches:
            sink.send(batch)


def test_one_alert_a_request_in_the_envelope_of_cloudevents():
    with receiver() as mine:
        send(mine, [alert(), robbery()], token="env:TOKEN")
    first, second = mine.requests
    event = json.loads(first.body)
    assert first.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (event["id"], event["type"]) == ("HEAT1.1", "watchfloor.alert.firing")
    assert event["data"] == json.loads(encode_alert(alert()))
    assert json.loads(second.body)["id"] == "KEY1.1"
    assert first.headers["authorization"] == "Bearer s3cret-t0ken"
    assert "webhook-signature" not in first.headers


def test_plain_alerts_and_batches():
    with receiver() as mine:
        send(mine, [alert()], format="alert")
        send(mine, [alert(), robbery()], [robbery()], format="alert", batch=True)
        send(mine, [alert(), robbery()], batch=True)
    one, two, three, four = mine.requests
    assert one.body == encode_alert(alert())
    assert json.loads(two.body) == [json.loads(encode_alert(a)) for a in (alert(), robbery())]
    assert json.loads(three.body) == [json.loads(encode_alert(robbery()))]
    assert four.headers["content-type"].startswith("application/cloudevents-batch+json")
    assert [event["id"] for event in json.loads(four.body)] == ["HEAT1.1", "KEY1.1"]


def test_the_id_of_a_request_is_the_same_when_it_is_sent_again():
    with receiver() as mine:
        for _ in range(2):
            send(mine, [alert(), robbery()], batch=True)
            send(mine, [alert()])
    ids = [request.headers["webhook-id"] for request in mine.requests]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def test_the_signature_covers_the_id_the_time_and_the_body():
    key, body = b"\x31\xf2\x90\x8b\xad\x27", b'{"test": 2432232314}'
    one = signature(key, "msg_1", 1614265330, body)
    # computed apart from our code: openssl dgst -sha256 -mac HMAC -macopt hexkey:31f2908bad27
    assert one == "v1,frSJgox21nOI+WwwzOOL9dF5LLVL5h7gPbRbjoJGdbg="
    assert one != signature(key, "msg_2", 1614265330, body)
    assert one != signature(key, "msg_1", 1614265331, body)
    assert one != signature(key, "msg_1", 1614265330, body + b" ")


def test_a_connection_is_kept_and_one_that_was_closed_meanwhile_is_opened_again():
    with receiver() as mine, open_webhook(options(mine), Secrets({})) as sink:
        sink.send([alert(), robbery()])
        assert mine.connections == 1
        mine.behave = in_turn("ok", "ok", "drop", "drop")
        with pytest.raises(Retryable):
            sink.send([alert()])  # closed on us twice: on the kept connection and on a new one
        mine.behave = lambda _: "ok"
        sink.send([alert()])
    assert len(mine.taken()) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("hang", "did not answer within"),
        ("trickle", "did not answer within"),
        ("drop", "hung up"),
        ("cut", "hung up"),
        ("redirect", "307"),
        ("503", "503"),
        ("401", "does not let us in"),
    ],
)
def test_every_misbehaviour_ends_in_time_and_is_told_without_the_secrets(answer, said):
    with receiver(lambda _: answer) as mine:
        limit = {"timeout_s": LIMIT_S} if answer in {"hang", "trickle"} else {}
        with pytest.raises(Retryable, match=said) as caught:
            send(mine, [alert()], secret="env:KEY", token="env:TOKEN", **limit)
    assert all(secret not in str(caught.value) for secret in SECRETS.values())
    assert mine.taken() == []


@pytest.mark.parametrize(("answer", "slack"), [("429", 0.0), ("429-date", 2.0)])
def test_a_receiver_says_when_to_come_again(answer, slack):
    with receiver(lambda _: answer) as mine, pytest.raises(Retryable) as caught:
        send(mine, [alert()])
    assert caught.value.after_s is not None
    assert RETRY_AFTER_S - 1 <= caught.value.after_s <= RETRY_AFTER_S + slack


def test_what_was_taken_before_a_failure_is_told():
    with receiver(in_turn("ok", "ok", "503")) as mine, pytest.raises(Retryable) as caught:
        send(mine, [alert(), robbery(), alert(revision=2), alert(revision=3)])
    assert caught.value.done == 2
    with receiver(in_turn("ok", "400")) as mine, pytest.raises(Rejected) as refused:
        send(mine, [alert(), robbery(), alert(revision=2)])
    assert (refused.value.done, refused.value.count) == (1, 1)


def test_a_refused_batch_is_sent_one_by_one_to_find_out_which():
    with receiver(in_turn("413", "ok", "400")) as mine, pytest.raises(Rejected) as refused:
        send(mine, [alert(), robbery(), alert(revision=2)], batch=True)
    assert (refused.value.done, refused.value.count) == (1, 1)


def test_a_receiver_that_does_not_pick_up_is_told_from_one_that_does_not_answer():
    with socket.create_server((HOST, 0), backlog=0) as server:
        port = server.getsockname()[1]
        with ExitStack() as waiting:
            for _ in range(3):  # the queue is full with these: nobody else gets through
                one = waiting.enter_context(socket.socket())
                one.setblocking(False)
                one.connect_ex((HOST, port))
            with pytest.raises(Retryable, match="did not pick up within"):
                send(Receiver(f"http://{HOST}:{port}/"), [alert()], connect_timeout_s=0.3)


def test_nobody_listens():
    with receiver() as mine:
        pass
    with pytest.raises(Retryable, match="cannot be reached"):
        send(mine, [alert()])


def test_nothing_is_lost_on_a_receiver_that_fails_now_and_then():
    alerts = [alert(revision=number) for number in range(1, 41)]
    with receiver(failing(0.3, 7, "503", "429", "cut", "drop")) as mine:
        with open_webhook(options(mine), Secrets({})) as sink:
            left = alerts
            for _ in range(200):
                try:
                    sink.send(left)
                except Retryable as error:
                    left = left[error.done :]
                else:
                    break
        found = [json.loads(body)["data"]["revision"] for body in mine.taken()]
    assert sorted(set(found)) == list(range(1, 41))
    assert found == sorted(found)


def test_a_slow_answer_on_one_thread_does_not_hold_another():
    with receiver(lambda _: "hang") as slow, receiver() as quick, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(send, slow, [alert()], timeout_s=2.0)
        send(quick, [alert()])
        assert not waiting.done()
        assert len(quick.taken()) == 1
        with pytest.raises(Retryable):
            waiting.result()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://hall.example/alerts"}, "plaintext"),
        ({"url": "ftp://127.0.0.1/"}, "https://HOST/PATH"),
        ({"url": "https://a b.example/"}, "https://HOST/PATH"),
        ({"url": "https://me:hunter2@hall.example/"}, "holds a user"),
        ({"url": "env:GONE"}, "GONE"),
        ({"url": "env:BAD"}, "behind env:BAD"),
        ({"token": "env:GONE"}, "GONE"),
        ({"token": "env:BROKEN"}, "no header"),
        ({"secret": "env:WHSEC"}, "Base64"),
        ({"ca": "gone.pem", "url": "https://hall.example/"}, "gone.pem"),
    ],
)
def test_what_a_person_has_to_put_right_is_told_when_it_is_opened(changes, said):
    secrets = {"BAD": "hunter2", "BROKEN": "a\nb", "WHSEC": "whsec_???"}
    values = {"url": "http://127.0.0.1/", **changes}
    with pytest.raises(ConfigError, match=said) as caught:
        open_webhook(WebhookOptions(**values), Secrets(secrets)).__enter__()
    assert "hunter2" not in str(caught.value)


def test_tls_is_verified_against_the_authority_that_is_named(authority, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    with receiver(context=context) as mine:
        with pytest.raises(Retryable, match="not trusted"):
            send(mine, [alert()])
        other = Receiver(mine.url.replace("127.0.0.1", "localhost"))
        with pytest.raises(Retryable, match="not trusted"):
            send(other, [alert()], ca=str(authority / "cert.pem"))
        assert mine.taken() == []
        send(mine, [alert(), robbery()], ca=str(authority / "cert.pem"))
        assert len(mine.taken()) == 2
        mine.behave = lambda _: "trickle"
        with pytest.raises(Retryable, match="did not answer"):
            send(mine, [alert()], timeout_s=LIMIT_S, ca=str(authority / "cert.pem"))
