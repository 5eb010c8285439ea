"""Folding: the many ways to write the same letters, and where they stood."""

from __future__ import annotations

import pytest
from opencc import OpenCC

from rules.critical.fold import BREAK, Folder
from rules.critical.lexicon import Lexicon
from rules.critical.loader import SHIPPED, read_layers
from rules.critical.matcher import CriticalMatcher
from rules.critical.respell import resolve_entities
from rules.critical.view import CLAUSE, View


@pytest.fixture(scope="module")
def matcher():
    return CriticalMatcher(Lexicon.load())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＧＵＮ４", "gun4"),
        ("Ⓖⓤⓝ 🅺🅸🅻🅻 🅐", "gunkilla"),
        ("ｶﾀﾅ⼑", "カタナ刀"),
        ("qiǎng jié gún café", "qiangjieguncafe"),
        ("gu\u0301n", "gun"),
        ("кnіfе ρistοl", "knifepistol"),
        ("ﬁre Ⅷ", "fireviii"),
        ("后 後 皇后 乾 干 幹 髮 發 鬥 裡 裏 衞", "后后皇后干干干发发斗里里卫"),
        ("聚眾鬥毆 強姦 綁架 槍擊 砲彈", "聚众斗殴强奸绑架枪击炮弹"),
        ("拿🔪 💣 🔫 🔥 🆘", "拿刀炸弹手枪火救命"),
        ("&#25250;&#x52AB; &lt;gun&gt; a &amp; b", "抢劫gunab"),
        ("&unknown; &#99999999;", "unknown99999999"),
    ],
)
def test_one_form_for_many(text, folded):
    assert Folder().word(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("kn1fe b0mb k1ll ki11ed 5tab s7ab r0bb3ry", "knifebombkillkilled5tabstabrobbery"),
        ("mp3 ak47 4s店 b1 11 no2way 2b2b", "mp3ak474s店b111no2way2b2b"),
    ],
)
def test_digits_are_letters_only_between_letters(text, folded):
    assert Folder().word(text) == folded


@pytest.mark.parametrize(
    ("drawn", "word"),
    [
        ("heeelp", "help"),
        ("helllp", "help"),
        ("killlled", "killed"),
        ("killlll", "kill"),
        ("gunnnn", "gun"),
        ("bombbb", "bomb"),
        ("shoooot", "shoot"),
        ("stabbbbed", "stabbed"),
        ("bleeeding", "bleeding"),
        ("nooo", "no"),
        ("GUUUUN", "gun"),
        ("good", "good"),
        ("抢抢抢", "抢抢抢"),
    ],
)
def test_drawn_out_letters(drawn, word):
    assert Folder().word(drawn) == word


def test_every_word_of_the_lexicon_is_the_same_in_either_script():
    layers = read_layers([SHIPPED])
    kinds = (layers.groups.values(), layers.acts, layers.cues.values())
    listed = [word for entries in kinds for entry in entries for word in entry.words]
    words = sorted({*listed, *layers.friends})
    folder = Folder()
    folded = folder.chunk(words).folded.split(BREAK)
    for script in ("s2t", "s2tw", "s2hk"):
        written = OpenCC(script).convert("\n".join(words)).split("\n")
        again = folder.chunk(written).folded.split(BREAK)
        assert [w for w, one, other in zip(words, folded, again, strict=True) if one != other] == []


def test_places_are_those_of_the_signs():
    assert Folder().places("拿💣 &#25250;劫 heeelp") == [0, 1, 1, 3, 11, 13, 14, 17, 18]


def test_an_entity_keeps_the_length():
    text = "a&#25250;b&nbsp;c&bogus;&"
    assert len(resolve_entities(text)) == len(text)


def _view(text):
    chunk = Folder().chunk([text])
    folded, places = chunk.text(0)
    return View(chunk.raw, 0, folded, places)


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("会 抢 购", 0),
        ("有 人 拿 刀", 0),
        ("有*人.拿-刀", 0),
        ("有,人,拿,刀", 0),
        ("有 人 拿 刀 , 快 来", 1),
        ("我在家 他拿刀", 1),
        ("我在家,他拿刀。快来", 2),
        ("抢\u200b劫了 heeelp gu\u0301n &#25250;劫", 0),
    ],
)
def test_what_spaces_and_signs_end(text, gaps):
    view = _view(text)
    assert sum(gap >= CLAUSE for gap in view.gaps) == gaps


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("桥上有人&#25250;&#21163;!", "&#25250;&#21163;"),
        ("车站有个💣,快来", "💣"),
        ("he has a kn1fe and st4bbed me", "st4bbed"),
        ("there was a murrrrder", "murrrrder"),
        ("he was stábbed", "stábbed"),
        ("he was sta\u0301bbed here", "sta\u0301bbed"),
        ("i was rаped", "rаped"),
        ("有人🔪人", "🔪"),
    ],
)
def test_spans_hold_all_that_was_written(matcher, text, span):
    assert span in {text[s.start : s.end] for s in matcher.match(text).spans}


@pytest.mark.parametrize(
    "text",
    [
        "he has a g-u-n",
        "he has a g u n",
        "he has a k.n.i.f.e and he is coming at me, help",
        "he has a kn1fe and he is coming at me, help",
        "heeeelp he is stabbbbing her",
        "有人拿🔪砍人",
        "有人 🔪人 🆘",
        "我们被 搶*劫 了",
        "門口有人持🔫搶錢",
        "有 人 跳 楼 快 来",
    ],
)
def test_hidden_writing_is_read(matcher, text):
    assert matcher.match(text).tier == "critical"


@pytest.mark.parametrize(
    "text",
    [
        "会 抢 购 的 人 太多",
        "mp3 player is broken",
        "b2b meeting at h1n1 clinic",
        "so gooood food, yummmmy",
        "今天好火🔥🔥🔥",
        "&nbsp;&nbsp;物业不管&amp;没人修",
    ],
)
def test_harmless_writing_stays_harmless(matcher, text):
    assert matcher.match(text).tier == "none"
