"""Masking: no generated number, plate, name or account is left, and what is public stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.privacy import caller_hash, excerpt, keyed_hash, mask

FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

digits = st.text("0123456789", min_size=1, max_size=1)


def number(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


mobiles = st.tuples(st.sampled_from("3456789"), number(9)).map(lambda p: f"1{p[0]}{p[1]}")


@st.composite
def written_mobile(draw: st.DrawFn) -> tuple[str, str]:
    """A number and one of the ways in which people write it."""
    plain = draw(mobiles)
    spaced = draw(st.sampled_from(["", " ", "-"])).join([plain[:3], plain[3:7], plain[7:]])
    style = draw(st.sampled_from(["as is", "+86", "full width", "spoken", "single"]))
    ways = {
        "as is": spaced,
        "+86": f"+86 {spaced}",
        "full width": spaced.translate(FULL_WIDTH),
        "spoken": plain.translate(SPOKEN),
        "single": " ".join(plain),
    }
    return plain, ways[style]


@st.composite
def id_card(draw: st.DrawFn) -> str:
    """An 18-digit identity number of a region that does not exist, its checksum right or wrong."""
    year, month, day = (
        draw(st.integers(1940, 2020)),
        draw(st.integers(1, 12)),
        draw(st.integers(1, 28)),
    )
    body = f"99{draw(number(4))}{year}{month:02}{day:02}{draw(number(3))}"
    check = sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11
    return body + (draw(digits) if draw(st.booleans()) else "10X98765432"[check])


def luhn_complete(body: str) -> str:
    total = sum(sum(divmod(2 * int(d), 10)) for d in body[::-2]) + sum(map(int, body[-2::-2]))
    return body + str(-total % 10)


cards = st.sampled_from([15, 16, 18]).flatmap(number).map(lambda b: luhn_complete("62" + b[2:]))
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
plates = st.tuples(
    st.sampled_from("京沪粤贵川苏"),
    st.sampled_from(PLATE_LETTERS),
    st.sampled_from(["", "·", " ", "-"]),
    st.text(PLATE_LETTERS + "0123456789", min_size=5, max_size=6),
)
names = st.tuples(
    st.sampled_from(["张", "王", "李", "欧阳", "司马", "陈", "贵"]).filter(lambda s: s != "贵"),
    st.text("伟芳娜敏静强磊洋艳勇军杰", min_size=1, max_size=2),
).map("".join)
BEFORE = ["电话", "我的号码是", "call me at ", "tel:", "", "身份证", "号:"]
AFTER = ["", ",请快来", " please", "。", ";", "谢谢"]


@given(mobile=written_mobile(), before=st.sampled_from(BEFORE), after=st.sampled_from(AFTER))
@settings(max_examples=300, deadline=None)
def test_no_mobile_number_is_left(mobile: tuple[str, str], before: str, after: str) -> None:
    masked = mask(f"有人打架{before}{mobile[1]}{after}")
    assert not re.search(r"\d{7}", re.sub(r"[^0-9零一二三四五六七八九]", "", masked))
    assert "[" in masked
    assert masked.startswith("有人打架")


@given(card=id_card(), before=st.sampled_from(BEFORE), wide=st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_identity_number_is_left(card: str, before: str, wide: bool) -> None:
    written = card.translate(FULL_WIDTH) if wide else card
    for text in (written, f"{written[:6]} {written[6:14]} {written[14:]}", written.lower()):
        masked = mask(f"{before}{text}。")
        assert "[ID]" in masked
        assert not re.search(r"\d{4}", masked)


@given(card=cards, spaced=st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_bank_card_is_left(card: str, spaced: bool) -> None:
    written = " ".join(card[i : i + 4] for i in range(0, len(card), 4)) if spaced else card
    masked = mask(f"转到{written}了")
    assert not re.search(r"\d{4}", masked)
    assert "[" in masked


@given(parts=plates, lower=st.booleans())
@settings(max_examples=200, deadline=None)
def test_no_plate_is_left(parts: tuple[str, str, str, str], lower: bool) -> None:
    plate = "".join(parts)
    assert mask(f"车牌{plate.lower() if lower else plate}。") == "车牌[PLATE]。"


@given(
    name=names,
    cue=st.sampled_from(["我叫", "姓名:", "当事人", "报警人是", "联系人 "]),
    after=st.sampled_from(["", "在桥头", ",被打了", "说有人"]),
)
@settings(max_examples=200, deadline=None)
def test_no_name_after_a_cue_is_left(name: str, cue: str, after: str) -> None:
    assert mask(f"{cue}{name}{after}") == f"{cue}[NAME]{after}"


@settings(deadline=None)
@given(account=st.from_regex(r"[a-z][a-z0-9_]{5,15}", fullmatch=True))
def test_no_account_is_left(account: str) -> None:
    for text in (f"微信号{account}", f"wx:{account}", f"{account}@example.com", f"vx {account}"):
        assert account not in mask(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("0851-87654321", "[PHONE]"),
        ("(0851)87654321", "[PHONE]"),
        ("400-820-8820", "[PHONE]"),
        ("座机87654321。", "座机[PHONE]。"),
        ("610-555-0123", "[PHONE]"),
        ("+44 20 7946 0958", "[PHONE]"),
        ("护照E12345678", "护照[ID]"),
        ("护照EA1234567", "护照[ID]"),
        ("520102900101123", "[ID]"),
        ("123-45-6789", "[ID]"),
        ("3栋2单元501室", "[ADDRESS][ADDRESS][ADDRESS]"),
        ("三栋二单元", "[ADDRESS][ADDRESS]"),
        ("QQ:12345678", "QQ:[ACCOUNT]"),
        ("张先生", "[NAME]"),
        ("my name is John Smith", "my name is [NAME]"),
        ("12 Main Street Apt 5B", "[ADDRESS] Main Street [ADDRESS]"),
        ('{"bjrxm":"张三"}', '{"bjrxm":"[NAME]"}'),
        ("13812345678 520102199001011234", "[PHONE] [ID]"),
        ("138\u200b1234\u200b5678", "[PHONE]"),
    ],
)
def test_forms(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "拨打110、119、120、122、12345或12110",
        '"reported_at":"2026-11-21T22:14:33+08:00"',
        '"lat":26.64331234,"lon":106.63381234',
        '"area_id":"520199550000"',
        "两人持刀在桥头抢劫",
        "地铁2号线",
        "2026年11月21日",
        "shots fired near the station, two people hurt",
    ],
)
def test_what_is_public_stays(text: str) -> None:
    assert mask(text) == text


def test_an_excerpt_resolves_escapes_and_is_short() -> None:
    number = "".join(f"\\u{ord(digit):04x}" for digit in "13812345678")
    raw = f'{{"bjrxm":"\\u5f20\\u4e09","tel":"{number}"}}'.encode()
    assert excerpt(raw) == '{"bjrxm":"[NAME]","tel":"[PHONE]"}'
    assert len(excerpt(b"x" * 10_000)) == 300
    assert excerpt(b"\xff\x00a") == "\ufffd a"


def test_a_row_is_shown_with_its_columns_so_that_names_are_found() -> None:
    row = {"bjrxm": "奥巴马", "bjdh": "13812345678", "bjnr": "打架"}
    assert excerpt(row) == '{"bjrxm":"[NAME]","bjdh":"[PHONE]","bjnr":"打架"}'
    assert excerpt(None) == ""


def test_masking_takes_time_in_proportion_only() -> None:
    """No pattern may look at each character once for every other one (a poison record)."""
    for poison in ("a", "1", "一", "1-", "张", "京A", "a.", "楼1", "Main "):
        assert mask(poison * 5_000)


def test_hashes_join_what_is_equal_under_one_key_only() -> None:
    assert caller_hash(b"a", "+86 138-1234-5678") == caller_hash(b"a", "13812345678")
    assert caller_hash(b"a", "13812345678") != caller_hash(b"b", "13812345678")
    assert keyed_hash(b"a", "某路 1号") == keyed_hash(b"a", "某路1号")
    assert re.fullmatch("[0-9a-f]{64}", keyed_hash(b"a", "x"))
