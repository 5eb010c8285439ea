"""Masking of personal data, and keyed hashes where two records must be told to be of one source.

Masking serves what leaves the incident topics (dead letters, logs); it looks at every form in
which a number may be written, so it is far too slow for the hot path, which carries no text at all.
Rules of the record catalogue, section 1.6 (PIPL articles 6 and 28, GB/T 37964, GB/T 35273): rather
one number too many than one too few. A name without a cue cannot be found; never rely on names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from msgspec import json

from streams.raw import Raw

__all__ = ["caller_hash", "excerpt", "keyed_hash", "mask"]

_OFF_DUTY = re.compile(rb'"status"\s*:\s*"off"')
_EXCERPT_IN = 4000
_EXCERPT_OUT = 300
_ID_LENGTHS = (15, 18)
_PHONE_DIGITS = 11
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SPOKEN = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_CHINESE_DIGITS = str.maketrans(_SPOKEN, "001234567891" + "2123456789")
_CHINESE_RUN = re.compile(f"[0-9{_SPOKEN}][0-9{_SPOKEN} -]{{9,}}[0-9{_SPOKEN}Xx]")

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万"
    "钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包"
    "宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤"
    "阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和"
    "仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢"
)
_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|长孙|宇文|独孤|端木|轩辕"
_NOT_IN_NAMES = "在被说称于的与把将到已去让报电打住是也又等及"
_HAN = r"[\u4e00-\u9fff]"
_NAME = rf"(?:{_COMPOUND}|[{_SURNAMES}]){_HAN}(?:(?![{_NOT_IN_NAMES}]){_HAN})?"
_CUES = (
    "我叫|名叫|名字叫|名字|姓名|本人|当事人|报警人|报案人|受害人|被害人|嫌疑人|联系人|户主|车主|事主|"
    "伤者|死者|伤员|老公|老婆|丈夫|妻子|儿子|女儿|孩子|邻居|同事|房东|男子|女子"
)
_UNIT = "号楼|栋|幢|单元|楼|层|室|号|户|座"

Replacement = str | Callable[[re.Match[str]], str]


def _card(found: re.Match[str]) -> str:
    """18 and 15 digits are identity numbers, 16 and more cards; shorter ones only if Luhn holds."""
    digits = re.sub(r"\D", "", found[0])
    if len(digits) in _ID_LENGTHS:
        return "[ID]"
    if len(digits) > min(_ID_LENGTHS) or (_luhn(digits) and not _is_moment(digits)):
        return "[CARD]"
    return found[0]


def _luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def _is_moment(digits: str) -> bool:
    return re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", digits) is not None


def _local_number(found: re.Match[str]) -> str:
    return found[0] if _is_moment(re.sub(r"\D", "", found[0])) else "[PHONE]"


# In this order: the longest and surest forms first, so that no rest of a number is left standing.
_RULES: Final[list[tuple[re.Pattern[str], Replacement]]] = [
    (
        re.compile(
            rf"[{_PROVINCES}使][A-Z][·•.\-\s]?(?:[A-Z0-9]{{5,6}}|[A-Z0-9]{{4}}[挂学警港澳使领])"
            r"(?![A-Za-z0-9])",
            re.IGNORECASE,
        ),
        "[PLATE]",
    ),
    (
        re.compile(r"(?<![A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
        "[ACCOUNT]",
    ),
    (
        re.compile(
            r"((?:微信|微博|抖音|支付宝|wechat|weixin|vx|wx|v信|qq)(?:号码|号|账号|id)?"
            r"[\s::是为\"=]{0,4})(?!\[)[A-Za-z0-9][A-Za-z0-9_-]{4,30}",
            re.IGNORECASE,
        ),
        r"\1[ACCOUNT]",
    ),
    (re.compile(r"(?<!\d)\d{6}[- ]?\d{8}[- ]?\d{3}[\dXx](?![\dA-Za-z])"), "[ID]"),
    (re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"), "[ID]"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[- ]?[3-9](?:[- ]?\d){9}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[-. ]?\d{4}){2}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<!\d)(?:\d{4}[- ]?){3}(?:\d{1,4}[- ]?){0,2}\d{1,3}(?!\d)"), _card),
    (re.compile(r"\+\d{1,3}[- ]?\(?\d{1,4}\)?(?:[-. ]?\d{2,5}){2,4}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<!\d)\(?0\d{2,3}\)?[- ]?[2-9]\d{6,7}(?:[-转]\d{1,6})?(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<!\d)[48]00[- ]?\d{3,4}[- ]?\d{3,4}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<!\d)(?:1[-. ])?\(?[2-9]\d\d\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"), "[PHONE]"),
    (re.compile(r"(?<![\d.A-Za-z])[2-8]\d{2,3}[- ]?\d{4}(?![\d.])"), _local_number),
    (
        re.compile(r"(?<![A-Za-z0-9])(?:[EGPD][A-Z]?\d{7,8}|[HMC]\d{8,10})(?!\d)", re.IGNORECASE),
        "[ID]",
    ),
    (
        re.compile(
            r"(\"(?:\w{0,20}(?:xm|name|姓名)|lxr|dsr|报警人|联系人|当事人)\"\s*:\s*\")[^\"]+",
            re.IGNORECASE,
        ),
        r"\1[NAME]",
    ),
    (re.compile(rf"((?:{_CUES})[\s::是为叫,,]{{0,3}}){_NAME}"), r"\1[NAME]"),
    (
        re.compile(rf"(?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{0,2}}?(?:先生|女士|小姐|师傅)"),
        "[NAME]",
    ),
    (
        re.compile(
            r"((?:[Mm]y name is|[Nn]ame:?|[Cc]aller:?|[Cc]omplainant:?|[Vv]ictim:?|[Tt]his is)\s+)"
            r"[A-Z][a-z'-]+(?:\s+[A-Z][a-z'-]+){0,2}"
        ),
        r"\1[NAME]",
    ),
    (
        re.compile(
            rf"(?:[A-Za-z]?\d{{1,6}}[A-Za-z]?|[A-Za-z]|[一二三四五六七八九十百零〇]{{1,8}})(?:-\d{{1,6}})?(?:{_UNIT})(?!线)"
        ),
        "[ADDRESS]",
    ),
    (
        re.compile(r"\b(?:apt|apartment|unit|room|suite|flat)\b\.?\s*#?\d\w*", re.IGNORECASE),
        "[ADDRESS]",
    ),
    (
        re.compile(
            r"\b\d{1,5}[A-Za-z]?(?=\s+(?:[A-Z][\w']*\.?\s+){1,3}"
            r"(?:St|Street|Ave|Avenue|Rd|Road|Ln|Lane|Dr|Drive|Blvd|Way|Ct|Court|Pl|Place)\b)"
        ),
        "[ADDRESS]",
    ),
]


def mask(text: str) -> str:
    """The text with personal data replaced by tags such as [PHONE], [ID] or [NAME].

    Full-width forms become plain ones and invisible characters go, so that neither hides a number;
    all else stays as it is. Service numbers (110, 12345, ...) stay.
    """
    plain = text
    if not text.isascii():
        plain = _CHINESE_RUN.sub(_spoken_number, "".join(map(_plain, text)))
    for pattern, replacement in _RULES:
        plain = pattern.sub(replacement, plain)
    return plain


def _plain(char: str) -> str:
    """Width variants and enclosed digits as their plain character; format characters as nothing."""
    if char < "\x80":
        return char
    if unicodedata.category(char) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 and folded.isascii() else char


def _spoken_number(found: re.Match[str]) -> str:
    """A run of eleven digits and more, some of them spoken ones (一三八...), as plain digits."""
    digits = found[0].translate(_CHINESE_DIGITS)
    return digits if sum(map(str.isdigit, digits)) >= _PHONE_DIGITS else found[0]


def excerpt(raw: Raw) -> str:
    """The masked beginning of a raw record, at most 300 characters, for a dead letter.

    A CSV row is shown as JSON, since a column's name tells of a person's name in it. JSON's
    escaped characters are resolved before masking, and it is cut after masking, so that neither
    an escaped name nor half a number comes through. Of a unit off duty nothing is shown.
    """
    if raw is None:
        return ""
    body = raw if isinstance(raw, bytes) else json.encode(dict(raw))
    if _OFF_DUTY.search(body):
        return ""
    text = body[:_EXCERPT_IN].decode("utf-8", "replace")
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: _unescaped(int(m[1], 16)), text)
    return _CONTROL.sub(" ", mask(text))[:_EXCERPT_OUT]


def _unescaped(code: int) -> str:
    char = chr(code)
    return "\ufffd" if unicodedata.category(char) in ("Cs", "Cc") else char


def keyed_hash(key: bytes, value: str) -> str:
    """HMAC-SHA-256 of a value as 64 hex digits, equal for equal values under one key.

    Still personal data (de-identified, not anonymous): rotate the key, so that values cannot be
    joined for longer than the rotation.
    """
    plain = unicodedata.normalize("NFKC", value)
    return hmac.new(key, "".join(plain.split()).encode(), hashlib.sha256).hexdigest()


def caller_hash(key: bytes, phone: str) -> str:
    """The keyed hash of a phone number, however it is written (full-width, +86, separators)."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    return keyed_hash(key, re.sub(r"^(?:0{0,2}86)(?=1[3-9]\d{9}$)", "", digits))
