import pytest

from qa.asking import Reader, ask
from qa.codes import Silence
from qa.small_talk import is_small_talk


@pytest.mark.parametrize(
    "text", ["你好", "您好!", "谢谢", "谢谢了,再见", "在吗", "你是谁?", "再见", "辛苦了老师", "哈哈哈", "hello"]
)
def test_small_talk_is_known(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text", ["你好,扶沟怎么保障土地", "谢谢,那招商呢", "首席服务官是谁", "早期介入怎么做", "感谢信有几封", "123", "?"]
)
def test_a_question_with_a_matter_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(text)


@pytest.mark.parametrize("question", ["你好", "谢谢", "在吗", "你是谁", "再见"])
def test_small_talk_gets_a_friendly_line_with_a_question_that_is_answered(question: str, reader: Reader) -> None:
    reply = ask(reader, question, 5)
    assert (reply.answer.silence, reply.answer.nearest, reply.confidence) == (Silence.OFF_TOPIC, (), 0)
    assert reply.answer.text.startswith("您好")
    example = reply.answer.text.split("例如“")[1].split("”")[0]
    assert ask(reader, example, 5).answer.silence is None
