"""Channels in rule files: what may be a secret is in no message about a fault."""

from __future__ import annotations

import pytest

from rules.language.loader import read_rules


@pytest.mark.parametrize(
    "channel",
    [
        'sink: webhook, url: "https://hall.example", secret: hunter2',
        'sink: webhook, url: "https://me:hunter2@hall.example"',
        'sink: webhook, url: "https://hall.example/?token=hunter2"',
        'sink: webhook, url: "ftp://hunter2@hall.example"',
        'sink: apprise, url: "dingtalk://hunter2"',
        "sink: email, host: mail.example, to: [a@b.example], from: a@b.example, password: hunter2",
    ],
)
def test_a_secret_that_is_written_out_is_told_and_not_repeated(channel, tmp_path):
    text = f"format: 1\nkind: channels\nchannels:\n  - {{id: hall, {channel}}}\n"
    (tmp_path / "channels.yaml").write_text(text)
    faults = read_rules(tmp_path).errors
    assert faults
    assert not any("hunter2" in str(fault) for fault in faults)
