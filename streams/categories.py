"""The category codes of incident/1 as data: two digits, or two plus two, and their names."""

from __future__ import annotations

from typing import Final

from streams.records import Text2

__all__ = ["CATEGORIES", "CRITICAL_OF_CATEGORY", "INFORMATION", "OTHER_CATEGORY"]

OTHER_CATEGORY: Final = "99"
"""What a code that is not listed becomes; the code as it came stands in `category_raw`."""

CRITICAL_OF_CATEGORY: Final = {
    "1001": "homicide",
    "1002": "robbery",
    "1003": "robbery",
    "1004": "kidnapping",
    "1005": "explosion",
    "1006": "firearm",
    "1008": "arson",
    "1009": "poisoning",
    "1010": "rape",
    "5003": "suicide_jump",
}
"""Codes with which the seat itself says that a report is critical, with the keyword category.

Not 70: a gathering is never critical by its code alone; violence, weapons or fire are.
"""

INFORMATION: Final = ("90", "95", "96", "98")
"""Groups that need no unit: complaints about police, questions, 12345 demand, invalid calls."""

_LIST = """
10 刑事|Crime
1001 杀人|Homicide
1002 抢劫|Robbery
1003 抢夺|Snatching
1004 绑架劫持|Kidnapping or hostage taking
1005 爆炸涉爆|Explosion or explosives
1006 涉枪|Firearm
1007 故意伤害|Assault with injury
1008 放火|Arson
1009 投放危险物质|Poisoning
1010 强奸|Rape
1011 拐卖|Trafficking
1012 盗窃|Theft
1013 诈骗|Fraud
1014 电信网络诈骗|Phone or network fraud
1015 敲诈勒索|Extortion
1099 其他刑事|Other crime
20 治安|Public order
2001 打架斗殴|Fight
2002 家暴|Domestic violence
2003 扰乱秩序|Disturbance
2004 赌博|Gambling
2005 毒品|Drugs
2006 损毁财物|Damage to property
2007 威胁骚扰|Threat or harassment
2099 其他治安|Other public order
30 交通|Traffic
3001 伤人事故|Crash with injury
3002 无伤事故|Crash without injury
3003 逃逸|Hit and run
3004 拥堵|Congestion
3005 违法|Traffic violation
40 火灾救援|Fire and rescue
50 群众求助|Call for help
5001 走失老人|Missing elder
5002 走失儿童|Missing child
5003 自杀轻生|Suicide attempt
5004 溺水|Drowning
5005 危重病人|Medical emergency
5006 开锁失物|Locked out or lost property
5099 其他求助|Other help
60 纠纷|Dispute
6001 家庭纠纷|Family dispute
6002 邻里纠纷|Neighbours' dispute
6003 经济劳资纠纷|Money or labour dispute
6004 消费纠纷|Consumer dispute
70 群体性事件|Mass incident
80 举报线索|Tip-off
85 灾害事故|Disaster or accident
90 投诉监督|Complaint about police
95 咨询|Consultation
96 非警务诉求|Not a police matter
98 无效误报骚扰|Invalid, false or nuisance call
99 其他|Other
"""


def _parse(listing: str) -> dict[str, Text2]:
    names = {}
    for line in listing.split("\n"):
        code, _, both = line.partition(" ")
        if code:
            zh, _, en = both.partition("|")
            names[code] = Text2(zh, en)
    return names


CATEGORIES: Final = _parse(_LIST)
"""Names by code, in the order of the catalogue."""
