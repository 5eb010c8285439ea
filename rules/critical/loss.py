"""How much money went, and how long ago, as a caller tells it: what stopping it needs to know.

Nothing of the text is kept but two numbers and a currency. What cannot be told is None: a wrong sum
is worse than none, since the bank is asked to hold that sum.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rules.critical.numerals import NUMBER_EN, NUMBER_ZH, english, spoken
from streams.observations import Loss

__all__ = ["loss_of"]

_MOST: Final = 1e9
_LEAST_BARE: Final = 100.0
_LONGEST_BARE: Final = 7
"""Characters of a number without a currency; a longer one is a phone or an account."""
_DAY, _HOUR = 1440.0, 60.0
_SERVICES: Final = frozenset({110, 114, 119, 120, 122, 12110, 12315, 12345, 12348, 96110})
"""Numbers that one rings (打110), and pays never without naming a currency."""

_PAID_ZH: Final = (
    "转账|转|汇款|汇|打款|打|付款|付|支付|骗走|骗|损失|充值|充|刷|垫付|垫|交|给|借|亏|投|存|扣|押金|"
    "保证金|手续费|被盗|盗刷|盗"
)
_GONE: Final = (
    "(?:了|走|去|出|给|过|掉|我|他|她|对方|骗子|将近|大概|大约|差不多|总共|一共|共|有|快|[ ,:])"
)
_YUAN: Final = "块钱|块|元|圆|人民币|rmb|yuan|cny"
_SIGNS: Final = {
    "$": "USD", "us$": "USD", "hk$": "HKD", "£": "GBP", "€": "EUR", "¥": "CNY", "usd": "USD",
    "rmb": "CNY", "cny": "CNY", "hkd": "HKD", "人民币": "CNY", "港币": "HKD", "美元": "USD",
    "美金": "USD", "欧元": "EUR", "英镑": "GBP",
}  # fmt: skip
_NAMES: Final = [
    (re.compile(rf"(?:{_YUAN})"), "CNY"),
    (re.compile("美元|美金|us dollars?|dollars?|bucks|usd"), "USD"),
    (re.compile("港币|港元|hkd|蚊"), "HKD"),
    (re.compile("欧元|euros?|eur"), "EUR"),
    (re.compile("英镑|pounds?|quid|gbp"), "GBP"),
]
_NAME_AFTER: Final = re.compile(
    rf"(?:多|余|来|几)?(?P<large>[万千])?多?\s?(?P<name>{'|'.join(p.pattern for p, _ in _NAMES)})?"
)
_SIGN_BEFORE: Final = re.compile(
    r"(us\$|hk\$|\$|£|€|¥|\b(?:usd|rmb|cny|hkd)|人民币|港币|美元|美金|欧元|英镑)\s?$"
)
# Before a bare number there must be a word of paying, and after it nothing that is counted.
_THINGS: Final = (
    "人个岁次天年月日号点分秒时小公里米层楼栋幢单室路趟笔张台辆条名位倍%度斤克份把瓶组只件代期"
)
_COUNTED: Final = frozenset(_THINGS)
_PAID_BEFORE_ZH: Final = re.compile(rf"(?:{_PAID_ZH}){_GONE}{{0,4}}\s?[$¥€£]?$")
_PAID_EN: Final = (
    r"(?:transferred|transfer|sent|wired|wire|paid|pay|lost|gave|deposited|withdrew|zelled|out of)"
)
_PAID_BEFORE_EN: Final = re.compile(
    rf"\b{_PAID_EN}\s(?:(?:him|her|them|about|over|almost|nearly|around)\s){{0,2}}$"
)
_NEXT_EN: Final = re.compile(r"\s?(\w*)")
_AFTER_EN: Final = frozenset(
    {"", "to", "via", "into", "through", "and", "by", "over", "from", "in"}
)
_ZH: Final = re.compile(rf"(?<![\d.a-z-])(?:{NUMBER_ZH})(?![\d-])")
_EN: Final = re.compile(rf"(?<![\d.\w-])(?:{NUMBER_EN})(?![\d\w-])")
_READERS: Final = ((_ZH, spoken, True), (_EN, english, False))
_LATIN: Final = re.compile("[a-z]")
_READ: Final = 1_000
"""Characters of a text that are read: what a caller says of money comes first."""
_REACH: Final = 24
"""Characters before a number in which the word of paying stands."""

_AGO: Final = re.compile(
    rf"(?<!\d)(?P<number>{NUMBER_ZH}|半)(?P<half>个半|半)?个?(?:多)?"
    r"(?P<unit>分钟|分|小时|钟头|天|日)(?:多)?(?:之前|以前|前)"
)
_AGO_EN: Final = re.compile(
    rf"(?<![\d\w.])(?P<number>half an?|an? couple(?: of)?|an?|{NUMBER_EN})\s?"
    r"(?P<unit>min(?:ute)?s?|hours?|hrs?|days?) ago"
)
_NOW: Final = re.compile(
    rf"刚刚|刚才|刚(?![好要想到开]).{{0,8}}?(?:{_PAID_ZH})|\bjust now\b"
    rf"|\b(?:i|have|'ve|she|he|we) just (?:\w+ )?{_PAID_EN}"
)
_YESTERDAY: Final = re.compile(r"昨天|昨日|昨晚|昨夜|\byesterday\b|\blast night\b")
_PAYING: Final = re.compile(rf"{_PAID_ZH}|\b{_PAID_EN}\b")
_UNITS: Final = {"分": 1.0, "小": _HOUR, "钟": _HOUR, "天": _DAY, "日": _DAY}


def loss_of(text: str) -> Loss | None:
    """The largest sum that a text tells of, its currency, and the minutes since it went.

    amount: in units of `currency` (ISO 4217; empty where the text does not tell it). minutes:
    before the report; yesterday is a day. None where the text tells neither. Capability C16.
    """
    plain = unicodedata.normalize("NFKC", text[:_READ]).lower()
    amount, currency = max(_sums(plain), default=(None, ""), key=lambda found: found[0])
    minutes = _minutes(plain)
    if amount is None and minutes is None:
        return None
    return Loss(amount, currency, minutes)


def _sums(text: str) -> list[tuple[float, str]]:
    found = []
    for pattern, number, chinese in _READERS[: 2 if _LATIN.search(text) else 1]:
        for match in pattern.finditer(text):
            amount = number(match[0])
            told = None if amount is None else _sum(text, match, amount, chinese=chinese)
            if told is not None:
                found.append(told)
    return found


def _sum(
    text: str, match: re.Match[str], number: float, *, chinese: bool
) -> tuple[float, str] | None:
    """(amount, currency) of a number in its surroundings; None where it is no money."""
    before = text[max(0, match.start() - _REACH) : match.start()]
    after = _NAME_AFTER.match(text, match.end())
    large, name = (after["large"], after["name"]) if after else (None, None)
    amount = round(number * {"万": 10_000, "千": 1_000, None: 1}[large], 2)
    if not 0 < amount < _MOST:
        return None
    sign = _SIGN_BEFORE.search(before)
    if sign is not None:
        return amount, _SIGNS[sign[1]]
    if name:
        return amount, next(code for form, code in _NAMES if form.fullmatch(name))
    bare = amount >= _LEAST_BARE and amount not in _SERVICES and len(match[0]) <= _LONGEST_BARE
    if bare and _is_paid(text, match.end() if after is None else after.end(), before, chinese):
        return amount, "CNY" if chinese else ""
    return None


def _is_paid(text: str, end: int, before: str, chinese: bool) -> bool:  # noqa: FBT001 - one word
    """Whether a number without a currency was paid, and counts no things."""
    if chinese:
        return text[end : end + 1] not in _COUNTED and bool(_PAID_BEFORE_ZH.search(before))
    following = _NEXT_EN.match(text, end)
    word = following[1] if following else ""
    return word in _AFTER_EN and bool(_PAID_BEFORE_EN.search(before))


def _minutes(text: str) -> float | None:
    """Of several times that one which stands nearest to a word of paying."""
    times = [(match.start(), match.end(), 0.0) for match in _NOW.finditer(text)]
    times += [(match.start(), match.end(), _DAY) for match in _YESTERDAY.finditer(text)]
    for match in _AGO.finditer(text):
        number = 0.5 if match["number"] == "半" else spoken(match["number"])
        if number is not None:
            each = _UNITS[match["unit"][0]]
            times.append((*match.span(), (number + (0.5 if match["half"] else 0.0)) * each))
    for match in _AGO_EN.finditer(text) if _LATIN.search(text) else ():
        number = _count(match["number"])
        if number is not None:
            each = {"m": 1.0, "h": _HOUR, "d": _DAY}[match["unit"][0]]
            times.append((*match.span(), number * each))
    if not times:
        return None
    paid = [match.start() for match in _PAYING.finditer(text)] or [0]
    return min(times, key=lambda at: (min(_gap(at, word) for word in paid), at))[2]


def _gap(at: tuple[int, int, float], word: int) -> int:
    start, end, _ = at
    return max(start - word, word - end, 0)


def _count(text: str) -> float | None:
    if text.startswith("half"):
        return 0.5
    if "couple" in text:
        return 2.0
    return 1.0 if text in {"a", "an"} else english(text)
