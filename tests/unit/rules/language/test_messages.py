"""Messages: what they may speak of, what is refused at load; an alert always has a text."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rules.language.message_names import KINDS, NAMES, names_of, values_of
from rules.language.message_samples import samples
from rules.language.messages import DEFAULTS, LIMIT, compile_message, problems
from rules.language.schema.common import Message
from streams.records import Evidence, Text2

ROOT = Path(__file__).parents[4]
TITLE = Text2("抢劫警情", "Robbery reported")
ALERTS = {kind: dict(samples(kind)) for kind in KINDS}


def render(text, kind="heat", sample="a full alert", **fields):
    compiled = compile_message(kind, Message(zh=text, en=text), TITLE)
    return compiled.render(replace(ALERTS[kind][sample], **fields))


def faults(text, kind="heat"):
    found = list(problems(Message(zh=text, en="x"), kind))
    assert all(problem.path == ("zh",) for problem in found)
    return [(problem.name, problem.message, problem.suggestion) for problem in found]


def test_names_are_filled_in_both_languages_and_numbers_written_as_people_do():
    told = render("{{ title }} {{ level_name }} {{ area.name }} {{ observed }}/{{ expected }}")
    assert told.zh == "抢劫警情 二级 示例派出所 9/1.5"
    assert told.en == "Robbery reported level II Example station 9/1.5"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ incidents | join('+') }}", "A1+A2"),
        ("{{ incidents }}", "A1, A2"),
        ("{{ incidents[1] }}", "A2"),
        ("{% for id in incidents %}{{ loop.index }}:{{ id }} {% endfor %}", "1:A1 2:A2"),
        ("{{ (observed / expected) | round(1) }} x", "6 x"),
        ("{{ 'high' if level in ['I', 'II'] else 'low' }}", "high"),
        ("{{ area['name'] ~ '!' }}", "示例派出所!"),
        ("{{ reason | default('open', true) }}", "open"),
        ("line one\n  line two\n", "line one line two"),
    ],
)
def test_what_templates_can_do(text, shown):
    if "expected" in text:
        text = f"{{% if expected is not none %}}{text}{{% else %}}-{{% endif %}}"
    if "incidents" in text:
        text = f"{{% if incidents | length > 1 %}}{text}{{% else %}}-{{% endif %}}"
    assert render(text).zh == shown


@pytest.mark.parametrize(
    ("text", "name", "suggestion"),
    [
        ("{{ neerest.name }}", "neerest", "nearest"),
        ("{{ nearest.nmae }}", "nearest.nmae", "nearest.name"),
        ("{{ titel }}", "titel", "title"),
        ("{% if false %}{{ obsrved }}{% endif %}", "obsrved", "observed"),
        ("{{ area }}", "area", "area.name"),
        ("{{ title.zh }}", "title.zh", "title"),
        ("{{ area.name.upper }}", "area.name.upper", ""),
        ("{{ words | join }}", "words", ""),
        ("{% for x in title %}{{ x }}{% endfor %}", "title", ""),
        ("{{ loop.index }}", "loop", ""),
    ],
)
def test_a_name_that_alerts_of_the_kind_do_not_have_is_told_with_what_was_meant(
    text, name, suggestion
):
    first = faults(text)[0]
    assert first[0] == "message.name"
    assert f'"{name}"' in first[1]
    assert suggestion in first[2]


def test_the_words_of_a_fault():
    assert faults("{{ neerest.name }}", "keyword") == [
        (
            "message.name",
            'message uses "neerest", which alerts of kind keyword do not have',
            "nearest",
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{{ title.__class__ }}",
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ title.upper() }}",
        "{{ range(9) }}",
        "{{ lipsum }}",
        "{{ self }}",
        "{{ 'a' * 999999999 }}",
        "{{ 9 ** 9 }}",
        "{{ 9 % 2 }}",
        "{{ title | attr('x') }}",
        "{{ title | replace('a', 'aaaa') }}",
        "{{ title is callable }}",
        "{% set x = 1 %}{{ x }}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% for a in incidents %}{% for b in incidents %}{{ a }}{% endfor %}{% endfor %}",
        "{% for a, b in incidents %}{{ a }}{% endfor %}",
        "{% for a in incidents recursive %}{{ a }}{% endfor %}",
        "{% for a in [1, 2] %}{{ a }}{% endfor %}",
        "{{ incidents[level] }}",
        "{{ incidents[0:1] }}",
        "{{ title + 1 }}",
        "{{ observed / 0 }}",
        "{{ title",
        "{{ }}",
        "{% if title %}",
        "{% if over %}x{% endif %}",
        "{% for a in incidents %}" + "x" * 300 + "{% endfor %}",
        "{% raw %}",
    ],
)
def test_what_a_message_may_not_do_is_a_problem_at_load_and_never_an_exception(text):
    assert faults(text) != []
    with pytest.raises(ValueError):
        compile_message("heat", Message(zh=text, en="x"), TITLE)


@given(text=st.text(alphabet="{}%|.[]()'\"~*+-/ ifornadset123_", max_size=60))
def test_no_text_makes_the_check_raise(text):
    for problem in problems(Message(zh=f"{{{{ {text} }}}}", en=text), "heat"):
        assert problem.message


@pytest.mark.parametrize("kind", KINDS)
def test_the_texts_of_rules_without_a_message_pass_the_same_checks(kind):
    assert list(problems(DEFAULTS[kind], kind)) == []
    for alert in ALERTS[kind].values():
        told = compile_message(kind, None, TITLE).render(alert)
        assert "抢劫警情" in told.zh
        assert "Robbery reported" in told.en


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_of_the_table_has_a_value_in_every_alert(kind):
    for alert in ALERTS[kind].values():
        values = values_of(alert, TITLE, "zh", ZoneInfo("Asia/Shanghai"))
        flat = {
            f"{key}.{part}" if isinstance(value, dict) else key: inner
            for key, value in values.items()
            for part, inner in (value.items() if isinstance(value, dict) else [("", value)])
        }
        assert flat.keys() == names_of(kind).keys()
        assert all(isinstance(flat[n.path], list) is n.many for n in NAMES if kind in n.kinds)


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_of_a_sample_is_longer_than_plain_messages_are_told_by(kind):
    for alert in ALERTS[kind].values():
        for name in names_of(kind):
            told = compile_message(kind, Message(zh=f"-{{{{ {name} }}}}", en="x"), TITLE)
            assert (
                len(told.render(alert).zh.removeprefix("【解除】").removeprefix("【办结】")) <= 21
            )


def test_a_plain_message_that_may_grow_too_long_is_tried():
    assert faults("长" * 480 + "{{ area.name }}{{ area.name }}") == []
    assert faults("长" * 490 + "{{ area.name }}{{ area.name }}")[0][0] == "message.long"


def test_the_page_about_messages_has_every_name_in_order():
    page = (ROOT / "docs/how-to/write-messages.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.split("## What")[0].splitlines() if "| `" in line]
    told = [(row[0].strip("| `"), row[2].removesuffix(" |")) for row in rows]
    assert told == [(n.path, n.what + (" (a list)" if n.many else "")) for n in NAMES]


def test_an_end_never_looks_like_a_new_alert():
    assert render("{{ title }}", sample="its end") == Text2(
        "【解除】抢劫警情", "[over] Robbery reported"
    )
    assert render("{{ title }} {{ status_name }}", sample="its end").zh == "抢劫警情 解除"
    assert render("{{ title }}", "keyword", "its end").zh == "【办结】抢劫警情"


def test_times_are_told_on_the_clock_of_the_rule():
    text = Message(zh="{{ time }}", en="{{ began }}")
    alert = ALERTS["heat"]["a full alert"]
    there = compile_message("heat", text, TITLE, ZoneInfo("Asia/Shanghai")).render(alert)
    assert there == Text2("2026-11-20 20:30", "2026-11-20 20:30")
    assert compile_message("heat", text, TITLE).render(alert).zh == "2026-11-20 12:30"


def test_a_text_that_grows_too_long_with_its_alert_is_cut():
    long = replace(ALERTS["heat"]["a full alert"].area, name=Text2("长" * 900, "long " * 200))
    told = render("{{ area.name }}", area=long)
    assert len(told.zh) == len(told.en) == LIMIT
    assert told.zh.endswith("…")


def test_a_message_that_fails_on_an_alert_gives_way_to_the_plain_text():
    text = "{% if score is not none %}{{ observed / (score - 5) }}{% else %}x{% endif %}"
    fails = replace(ALERTS["heat"]["a full alert"].evidence, score=5.0)
    assert "抢劫警情" in render(text, evidence=fails).zh


def test_what_an_alert_holds_is_never_read_as_a_template():
    odd = replace(ALERTS["heat"]["a full alert"].area, name=Text2("{{ 1 + 1 }}", "{% if %}"))
    assert render("{{ area.name }}", area=odd) == Text2("{{ 1 + 1 }}", "{% if %}")


def test_the_second_stage_shows_wording_and_no_word():
    alert = ALERTS["keyword"]["a full alert"]
    only = [term for term in alert.evidence.terms if term.term.startswith("~")]
    told = compile_message("keyword", None, TITLE).render(
        replace(alert, evidence=Evidence(category="robbery", terms=only), divert=None)
    )
    assert told.zh == "抢劫警情（二级）：示例派出所，未见关键词，由表述判断，9起报警"
    assert "命中“抢劫”" in compile_message("keyword", None, TITLE).render(alert).zh
