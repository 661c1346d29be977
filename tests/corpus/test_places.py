import pytest

from corpus.document import Place
from corpus.places import aliases, mentions, place_of_title

FUGOU = Place("河南省", "周口市", "扶沟县")


@pytest.mark.parametrize(
    ("title", "place"),
    [
        ("周口市扶沟县树牢“项目为王”导向", FUGOU),
        ("郑州市新郑市聚力项目建设", Place("河南省", "郑州市", "新郑市")),
        ("洛阳市孟津区精准施策", Place("河南省", "洛阳市", "孟津区")),
        ("河南省周口市扶沟县狠抓落实", FUGOU),
        ("焦作市:深化改革", Place("河南省", "焦作市")),
        ("周口：推进审批", Place("河南省", "周口市")),
        ("许昌市经开区优化服务", Place("河南省", "许昌市", "经开区")),
        ("洛阳市孟津县以改革促发展", Place("河南省", "洛阳市", "孟津县")),
        ("北京市朝阳区推出新举措", Place("北京市", "北京市", "朝阳区")),
        ("武汉市各区齐发力", Place("湖北省", "武汉市")),
    ],
)
def test_reads_the_place_a_title_begins_with(title: str, place: Place) -> None:
    assert place_of_title(title) == place


@pytest.mark.parametrize("title", ["深化改革促发展", "创新打造“共享电源”", "", "关于周口市的通知"])
def test_finds_no_place_where_the_title_does_not_begin_with_one(title: str) -> None:
    assert place_of_title(title) == Place()


def test_knows_the_names_people_use() -> None:
    assert {"扶沟", "扶沟县", "周口扶沟", "周口扶沟县", "周口市扶沟县", "河南省扶沟县"} <= aliases(FUGOU)
    assert aliases(Place()) == set()


def test_a_name_of_one_character_is_not_shortened() -> None:
    assert "郏" not in aliases(Place("河南省", "平顶山市", "郏县"))


def test_finds_the_longest_name_and_no_words_that_only_look_like_places() -> None:
    found = [name for name, _ in named("开封市兰考县和周口，解放思想，平安建设")]
    assert found == ["开封市兰考县", "周口"]


def named(text: str) -> list[tuple[str, tuple[Place, ...]]]:
    return [(text[start:end], places) for start, end, places in mentions(text)]
