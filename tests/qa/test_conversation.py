import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import Document
from index.lexicon import mined
from index.tokenizer import Tokenizer
from qa.conversation import Resolved, Turn, resolved
from qa.understanding import PlaceNames


@pytest.fixture(scope="module")
def names(compilation: Document) -> PlaceNames:
    return PlaceNames([compilation], Tokenizer(mined([compilation])))


def followed(names: PlaceNames, *typed: str) -> str:
    """Return what the last of some questions, asked one after the other, is taken to ask."""
    return resolved(typed[-1], [Turn(question) for question in typed[:-1]], names).question


@pytest.mark.parametrize(
    ("before", "follow_up", "whole"),
    [
        ("扶沟是怎么保障土地的", "那孟津呢？", "孟津是怎么保障土地的"),
        ("扶沟是怎么保障土地的", "换成舞钢", "舞钢是怎么保障土地的"),
        ("扶沟供应了多少亩土地", "新郑也这样吗", "新郑供应了多少亩土地"),
        ("扶沟供应了多少亩土地", "开封呢", "开封供应了多少亩土地"),
        ("扶沟是怎么保障土地的", "第155篇呢", "第155篇是怎么保障土地的"),
        ("扶沟是怎么保障土地的", "好的，谢谢。那梁园呢", "梁园是怎么保障土地的"),
        ("第一百五十七篇讲了什么", "孟津的呢", "孟津讲了什么"),
        ("哪些地方配了首席服务官？", "孟津呢", "孟津配了首席服务官"),
        ("怎么保障土地", "扶沟呢", "扶沟怎么保障土地"),
        ("扶沟是怎么保障土地的", "孟津又是怎么个搞法", "孟津保障土地怎么个搞法"),
        ("扶沟是怎么保障土地的", "没有的话看看舞钢吧", "舞钢是怎么保障土地的"),
        ("扶沟是怎么保障土地的", "不是，我问的是孟津", "孟津是怎么保障土地的"),
        ("扶沟是怎么保障土地的", "太康的有没有", "太康县是怎么保障土地的"),
    ],
)
def test_another_place_is_asked_the_same(before: str, follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, before, follow_up) == whole


@pytest.mark.parametrize(
    ("before", "follow_up", "whole"),
    [
        ("扶沟是怎么保障土地的", "跟孟津比呢", "扶沟和孟津是怎么保障土地的"),
        ("孟津联审联批开了多少次会", "比新郑多吗", "孟津和新郑联审联批开了多少次会"),
        ("新郑“脚步丈量”工作法", "跟孟津的一线工作法有啥不同", "新郑“脚步丈量”工作法跟孟津的一线工作法有啥不同"),
    ],
)
def test_a_comparison_names_both_places(before: str, follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, before, follow_up) == whole


@pytest.mark.parametrize(
    ("before", "follow_up", "whole"),
    [
        ("扶沟县是怎么保障土地的", "具体多少亩？", "扶沟县保障土地具体多少亩"),
        ("扶沟是怎么保障土地的", "它的成效呢", "扶沟保障土地成效"),
        ("扶沟是怎么保障土地的", "为什么", "扶沟保障土地为什么"),
        ("新郑怎么推进三个一批", "怎么考核的", "新郑推进三个一批怎么考核"),
        ("孟津集中开工的项目有多少个", "总投资呢", "孟津集中开工的项目总投资"),
        ("舞钢“三个一批”项目有多少", "其中签约的有几个", "舞钢“三个一批”项目签约的有几个"),
        ("扶沟组建了哪些招商专班", "这个专班干什么的", "扶沟组建招商专班干什么"),
        ("梁园区第二期签约一批项目有几个", "第一期呢", "梁园区第一期签约一批项目有几个"),
        ("新郑怎么推进三个一批", "他们开了几次会", "新郑推进三个一批开了几次会"),
        ("舞钢怎么招商", "当地开工项目投产率是多少", "舞钢招商开工项目投产率是多少"),
        ("扶沟招商对接了多少企业", "分布在哪些行业", "扶沟招商对接企业分布在哪些行业"),
        ("扶沟外出招商对接了几家企业", "真正开工的有多少", "扶沟外出招商对接企业真正开工的有多少"),
        ("扶沟外出招商对接了几家企业", "签下来的呢", "扶沟外出招商对接企业签下来几家"),
        ("新郑擂台赛多久办一次", "谁去观摩", "新郑擂台赛办一次谁去观摩"),
        ("孟津开联审联批会解决什么问题", "那42个项目有哪些", "孟津开联审联批会解决问题42个项目有哪些"),
        ("舞钢的双长制是什么", "梁园区有啥招数", "梁园区双长制啥招数"),
        ("哪些地方提到首席服务官", "他们管多少项目", "哪些地方提到首席服务官管多少项目"),
        ("哪些县区搞了领导分包", "舞钢的依据是什么文件", "舞钢搞了领导分包依据是什么文件"),
    ],
)
def test_something_else_is_asked_of_the_same_matter(before: str, follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, before, follow_up) == whole


@pytest.mark.parametrize(
    ("before", "follow_up", "whole"),
    [
        ("扶沟是怎么保障土地的", "该县招商情况如何", "扶沟招商情况如何"),
        ("扶沟是怎么保障土地的", "招商呢", "扶沟是怎么招商的"),
        ("扶沟是怎么保障土地的", "招商方面怎么搞的", "扶沟招商方面怎么搞的"),
        ("扶沟是怎么保障土地的", "联审联批会开了几次", "扶沟联审联批会开了几次"),
        ("新郑办理手续怎么提速", "擂台赛多久举办一次", "新郑擂台赛多久举办一次"),
        ("扶沟是怎么保障土地的", "首席服务官给多少个项目建了服务台账？", "扶沟首席服务官给多少个项目建了服务台账"),
        ("舞钢和扶沟怎么招商", "前者的链长是怎么回事", "舞钢的链长是怎么回事"),
        ("第155篇讲了什么", "那里的双长制是什么", "第155篇的双长制是什么"),
    ],
)
def test_another_matter_is_asked_of_the_same_place(before: str, follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, before, follow_up) == whole


@pytest.mark.parametrize(
    ("before", "correction", "whole"),
    [
        ("扶沟怎么招商", "不是招商，是土地", "扶沟怎么土地"),
        ("扶沟怎么招商", "土地，不是招商", "扶沟怎么土地"),
        ("扶沟2021年签约多少项目", "不是签约，是开工", "扶沟2021年开工多少项目"),
        ("扶沟2021年签约多少项目", "不是2021，是2020年", "扶沟2020年签约多少项目"),
        ("扶沟签约了多少招商项目", "不，是新开工的", "扶沟新开工了多少招商项目"),
        ("孟津三个一批开工项目有多少", "更正一下，问的是竣工", "孟津三个一批竣工项目有多少"),
        ("孟津总投资多少", "我问的是竣工项目的", "竣工项目孟津总投资多少"),
        ("扶沟怎么招商", "说错了，是舞钢", "舞钢怎么招商"),
        ("扶沟怎么招商", "我问的是孟津", "孟津怎么招商"),
        ("扶沟怎么招商", "我不要扶沟的，要新郑的", "新郑怎么招商"),
        ("扶沟怎么招商", "不说招商了，说说用地", "扶沟怎么用地"),
        ("扶沟怎么招商", "上一个问题再问一下孟津", "孟津怎么招商"),
        ("第一百五十三篇怎么招商", "搞错了，第一百五十五篇", "第一百五十五篇怎么招商"),
        ("扶沟怎么招商", "不对，我是想问成效", "扶沟招商成效"),
        ("扶沟怎么招商", "你理解错了，我想问招商的成效", "扶沟招商的成效"),
        ("扶沟怎么招商", "不，我问的是扶沟怎么保障用地", "扶沟怎么保障用地"),
        ("舞钢怎么保障用地", "我不是问用地，我想知道资金怎么保障", "舞钢资金怎么保障"),
    ],
)
def test_a_correction_takes_the_place_of_what_was_said(
    before: str, correction: str, whole: str, names: PlaceNames
) -> None:
    assert followed(names, before, correction) == whole


def test_after_a_correction_what_was_said_by_mistake_is_spoken_of_no_more(names: PlaceNames) -> None:
    assert followed(names, "扶沟怎么招商", "不是招商，是土地", "那盘活了多少") == "扶沟土地盘活了多少"


def test_a_correction_of_nothing_stays_as_typed(names: PlaceNames) -> None:
    assert followed(names, "说错了，是舞钢") == "说错了，是舞钢"


@pytest.mark.parametrize(
    ("turns", "whole"),
    [
        (["舞钢六大平台有哪些", "第三个平台干什么的", "第五个呢"], "舞钢六大平台第五个平台干什么"),
        (["扶沟的五个优先", "第一项是什么", "最后一项呢"], "扶沟五个优先最后一项是什么"),
        (["扶沟的五个优先", "前两个呢"], "扶沟五个优先前两个"),
        (["新郑怎么推进三个一批", "你刚才提到的周通报是怎么回事"], "新郑推进三个一批周通报是怎么回事"),
        (["孟津和舞钢的领导分包怎么做", "前面那个依据什么文件"], "孟津领导分包依据什么文件"),
        (["孟津和舞钢的领导分包怎么做", "前面那个依据什么文件", "后面那个呢"], "舞钢领导分包依据什么文件"),
    ],
)
def test_what_stands_in_the_answer_is_asked_of_the_same_matter(turns: list[str], whole: str, names: PlaceNames) -> None:
    assert followed(names, *turns) == whole


@pytest.mark.parametrize(
    ("before", "follow_up", "whole"),
    [
        ("扶沟的用地怎么保障", "舞钢的资金呢", "舞钢的资金怎么保障"),
        ("2021年新郑集中开工多少项目", "2022年孟津呢", "2022年孟津集中开工多少项目"),
        ("梁园区怎么督导", "扶沟呢，成效怎么样", "扶沟督导成效怎么样"),
    ],
)
def test_two_things_may_change_at_once(before: str, follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, before, follow_up) == whole


@pytest.mark.parametrize(
    ("follow_up", "whole"),
    [
        ("还有哪些地方？", "还有哪些地方保障土地"),
        ("不光扶沟，其余几篇呢", "其余几篇是怎么保障土地的"),
        ("其他地方呢", "其他地方是怎么保障土地的"),
        ("别的县有类似的吗", "别的县是怎么保障土地的"),
        ("各地呢", "各地是怎么保障土地的"),
    ],
)
def test_asked_of_other_places_the_place_is_dropped(follow_up: str, whole: str, names: PlaceNames) -> None:
    assert followed(names, "扶沟是怎么保障土地的", follow_up) == whole


def test_another_year_takes_the_place_of_the_year_or_is_added(names: PlaceNames) -> None:
    assert followed(names, "2021年新郑完成投资多少", "那2020年呢") == "2020年新郑完成投资多少"
    assert followed(names, "新郑完成投资多少", "那2020年呢") == "2020年新郑完成投资多少"


@pytest.mark.parametrize("follow_up", ["还有吗", "再详细点", "能说具体一点吗？", "继续"])
def test_asked_for_more_the_question_is_asked_again(follow_up: str, names: PlaceNames) -> None:
    assert followed(names, "扶沟是怎么保障土地的", follow_up) == "扶沟是怎么保障土地的"


def test_each_turn_is_resolved_by_those_before_it(names: PlaceNames) -> None:
    turns = ["扶沟是怎么保障土地的", "那孟津呢", "具体多少亩", "谢谢", "招商呢", "它的成效呢"]
    assert [followed(names, *turns[: end + 1]) for end in range(len(turns))] == [
        "扶沟是怎么保障土地的",
        "孟津是怎么保障土地的",
        "孟津保障土地具体多少亩",
        "谢谢",
        "孟津招商",
        "孟津招商成效",
    ]


def test_what_was_asked_of_a_matter_gives_way_to_what_is_asked_next(names: PlaceNames) -> None:
    assert followed(names, "扶沟是怎么保障土地的", "成效呢", "谁负责") == "扶沟保障土地谁负责"


def test_two_places_are_spoken_of_by_their_number(names: PlaceNames) -> None:
    assert followed(names, "第155篇讲了什么", "156篇呢", "这两篇有什么不同") == "第155篇和156篇什么不同"


@pytest.mark.parametrize(
    "question",
    [
        "舞钢的双长制是什么？",
        "哪些地方建立了领导分包制",
        "各地“三个一批”项目的数据汇总一下",
        "提出“项目为王”的都有哪些地方？",
        "这本汇编一共梳理了多少项举措？",
        "编者按里说一些领域从“跟跑”变成了什么？",
        "孟 津 區 聯 審 聯 批 開 了 幾 次 會 ?",
        "我们科室在做要素保障的调研，要一份材料，说清楚用地、规划、环评"
        "、施工这些前期手续办理是怎么加快的，越具体越好，谢谢您，辛苦了",
        "谢谢",
        "好的，谢谢啦！",
        "明白 感谢解答",
        "谢谢啊，够用了",
        "你们这个系统是谁开发的",
        "梁园区的调度机制是怎么运行的？",
        "哪些案例提到首席服务官",
        "你好",
        "再见",
        "？？？",
        "😀",
        "",
    ],
)
def test_what_stands_by_itself_stays_as_typed(question: str, names: PlaceNames) -> None:
    assert resolved(question, [Turn("扶沟是怎么保障土地的")], names) == Resolved(question, changed=False)


def test_small_talk_is_nothing_to_follow(names: PlaceNames) -> None:
    assert followed(names, "你好", "那孟津呢") == "那孟津呢"


def test_only_the_last_turns_count(names: PlaceNames) -> None:
    assert followed(names, "扶沟是怎么保障土地的", *["谢谢"] * 9, "那孟津呢") == "孟津是怎么保障土地的"
    assert followed(names, "扶沟是怎么保障土地的", *["谢谢"] * 10, "那孟津呢") == "那孟津呢"


_TYPED = st.text(max_size=80) | st.text("那扶沟孟津的呢了吗这其他们地方还有几多少第一期年2021篇，？ ", max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.lists(_TYPED, max_size=5), _TYPED)
def test_any_text_is_resolved_and_always_alike(names: PlaceNames, before: list[str], question: str) -> None:
    turns = [Turn(each) for each in before]
    found = resolved(question, turns, names)
    assert found == resolved(question, turns, names)
    assert found.changed == (found.question != question)
    assert resolved(question, [], names) == Resolved(question, changed=False)
