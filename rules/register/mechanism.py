"""The joint mechanism 情指勤舆 as it is proposed: four cells, checks, and a time to answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from rules.language.schema.common import JointMechanism
from rules.language.schema.names import duration_ms
from streams.decisions import Cells, Mechanism
from streams.texts import Text2

__all__ = ["proposal"]

_CELLS = Cells(
    intelligence=Text2(
        zh="情报：核对关联警情和涉事地点以往警情，持续更新态势",
        en="Intelligence: related reports, the history of the place, a picture kept up to date",
    ),
    command=Text2(
        zh="指挥：确定现场指挥员，统一调度，每一步留痕",
        en="Command: name the commander on the scene, one line of orders, every step on record",
    ),
    duty=Text2(
        zh="勤务：就近警力先期处置，备勤待命，补上被调走警力的辖区",
        en="Duty: nearest units first, the reserve ready, cover for the areas that lend units",
    ),
    opinion=Text2(
        zh="舆情：关注公开话题热度，准备统一口径的通报",
        en="Public opinion: how much attention the topic has, one agreed statement ready",
    ),
)
_CHECKS = [
    Text2(zh="警情是否已核实", en="Is the report verified?"),
    Text2(zh="属地派出所和县级指挥中心是否已到位", en="Are station and county command engaged?"),
    Text2(
        zh="是否需要消防、医疗、交通等联动单位",
        en="Are fire, medical or traffic services needed?",
    ),
    Text2(zh="现场是否有持续危险", en="Does the danger go on at the scene?"),
]


def proposal(asked: JointMechanism, at: datetime) -> Mechanism:
    """What a route asks for, for an alert of a moment. A person starts it, unless the book does."""
    own = {name: text for name in Cells.__struct_fields__ if (text := getattr(asked.cells, name))}
    cells = {name: own.get(name) or getattr(_CELLS, name) for name in Cells.__struct_fields__}
    plain = {name: Text2(zh=text.zh, en=text.en) for name, text in cells.items()}
    checks = [Text2(zh=text.zh, en=text.en) for text in asked.checks] or _CHECKS
    if asked.start == "automatic":
        return Mechanism(status="started", cells=Cells(**plain), checks=checks, by="rules", at=at)
    due = at + timedelta(milliseconds=duration_ms(asked.answer_within))
    return Mechanism(status="proposed", cells=Cells(**plain), checks=checks, due=due, at=at)
