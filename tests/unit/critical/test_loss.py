"""Sums and times that callers tell of, and all the numbers that are none."""

from __future__ import annotations

import pytest

from rules.critical.loss import loss_of
from rules.critical.numerals import english, spoken

TOLD: list[tuple[str, tuple[float | None, str, float | None] | None]] = [
    ("刚转了五万到安全账户", (50000.0, "CNY", 0.0)),
    ("半小时前转了3.2万", (32000.0, "CNY", 30.0)),
    ("I transferred $5,000 an hour ago", (5000.0, "USD", 60.0)),
    ("被骗了十二万八千", (128000.0, "CNY", None)),
    ("付了两千块钱", (2000.0, "CNY", None)),
    ("转过去3w,十分钟前", (30000.0, "CNY", 10.0)),
    ("我电话13812345678,转了8000", (8000.0, "CNY", None)),
    ("我的卡号6222021234567890123,对方让我转账", None),
    ("2026年3月5日我65岁的妈妈被骗", None),
    ("车牌京A12345的车,给了20分钟", None),
    ("网上买东西付了一万二，卖家把我拉黑了", (12000.0, "CNY", None)),
    ("租房被骗，押金六万多不退", (60000.0, "CNY", None)),
    ("转了三次,一共转了四万五千元", (45000.0, "CNY", None)),
    ("五万人看比赛被骗", None),
    ("我住3号楼201,刷单被骗800", (800.0, "CNY", None)),
    ("i sent 2 messages to him and paid nothing", None),
    ("I just wired him 3 grand", (3000.0, "", 0.0)),
    ("she sent two thousand dollars in gift cards half an hour ago", (2000.0, "USD", 30.0)),
    ("paid £450 two days ago", (450.0, "GBP", 2880.0)),
    ("一个半小时前汇了15万", (150000.0, "CNY", 90.0)),
    ("昨天转了三千", (3000.0, "CNY", 1440.0)),
    ("您好我要报警，我被网上刷单骗了两千，十分钟前转的账", (2000.0, "CNY", 10.0)),
    ("I just want to ask about a scam", None),
    ("半小时前接到电话,五分钟前转了2万", (20000.0, "CNY", 5.0)),
    ("打了110没人接", None),
    ("他打了12345投诉", None),
    ("我被骗了，打96110没通", None),
    ("损失 1,280.50 元", (1280.5, "CNY", None)),
    ("转了￥９０００", (9000.0, "CNY", None)),
    ("my number is 555-123-4567, I lost 200 dollars", (200.0, "USD", None)),
    ("call me at 5551234567 they scammed me", None),
    ("转了五千块和三千块", (5000.0, "CNY", None)),
    ("验证码 482913 给他了", None),
    ("给他转5000", (5000.0, "CNY", None)),
    ("转了几万块", None),
    ("被骗二十来万", (200000.0, "CNY", None)),
    ("he paid 3 people to beat me", None),
    ("转了一百三十多万", (1300000.0, "CNY", None)),
    ("有人加我 WhatsApp 让我投资，转了一万二，怀疑是 scam", (12000.0, "CNY", None)),
    ("骗了六万多，人在筠溪路路口", (60000.0, "CNY", None)),
    ("我给了他3天时间", None),
    ("我刚好在银行,要转账", None),
    ("our family of 5 lost 1,500 to a scammer 3 hours ago", (1500.0, "", 180.0)),
    ("车牌沪A98765,付了400", (400.0, "CNY", None)),
    ("12月25日20点30分被骗", None),
    ("微信号wx20000,转给他了", None),
    ("港币三千元,两天前汇的", (3000.0, "HKD", 2880.0)),
    ("\uff11\uff12\uff0c\uff10\uff10\uff10元刚刚转走", (12000.0, "CNY", 0.0)),
    ("i am 65 years old and i was scammed on 5 march 2026", None),
    ("sent 1500 to a crypto platform last night", (1500.0, "", 1440.0)),
    ("lost 2 hours on the phone with them", None),
]


@pytest.mark.parametrize(("text", "told"), TOLD)
def test_a_sum_and_its_time_are_told_and_nothing_else_is(
    text: str, told: tuple[float | None, str, float | None] | None
) -> None:
    loss = loss_of(text)
    assert (None if loss is None else (loss.amount, loss.currency, loss.minutes)) == told


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十二万八千", 128_000),
        ("三万五", 35_000),
        ("一百二", 120),
        ("一百二十", 120),
        ("两千", 2_000),
        ("3.2万", 32_000),
        ("3w", 30_000),
        ("三万零五", 30_005),
        ("一千零五十", 1_050),
        ("3万5千", 35_000),
        ("2万8", 28_000),
        ("50,000", 50_000),
        ("十五", 15),
        ("一亿二千万", 120_000_000),
        ("一三八", None),
        ("万", None),
        ("1,2万", None),
    ],
)
def test_spoken_numbers(text: str, number: float | None) -> None:
    assert spoken(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("five thousand", 5_000),
        ("5k", 5_000),
        ("1,200", 1_200),
        ("two hundred and fifty", 250),
        ("twenty-five hundred", 2_500),
        ("a thousand", 1_000),
        ("one hundred twenty thousand", 120_000),
        ("3 grand", 3_000),
        ("1.5 million", 1_500_000),
        ("", None),
    ],
)
def test_english_numbers(text: str, number: float | None) -> None:
    assert english(text) == number


@pytest.mark.parametrize("piece", ["1", "一", "转了", "5,", "万", "a ", "one ", "前", "半", "刚"])
def test_a_hostile_text_is_read_and_tells_nothing_large(piece: str) -> None:
    loss = loss_of(piece * 8_000)
    assert loss is None or (loss.amount or 0.0) < 1e9
