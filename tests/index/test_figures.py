"""The time of which a figure is said where its own sentence names none."""

import pytest

from corpus.outline import outlined
from index.figures import collected


@pytest.mark.parametrize(
    ("lead", "time"),
    [
        ("2021年以来，扶沟县狠抓项目。", "2021年以来"),
        ("截至2021年底，扶沟县狠抓项目。", "截至2021年底"),
        ("今后五年，到2025年，扶沟县要狠抓项目。", "2021年"),
        ("到2025年，扶沟县要迈入第一方阵。", "2021年"),
        ("“十五五”期间，扶沟县要迈入第一方阵。", "2021年"),
        ("继2019年首次推出以来，扶沟县狠抓项目。", "2021年"),
    ],
)
def test_a_past_or_present_time_in_the_lead_carries_and_a_time_to_come_does_not(lead: str, time: str) -> None:
    text = f"第一篇：周口市扶沟县狠抓项目\n{lead}\n要素保障\n全县供应土地245亩。\n"
    document, _ = outlined("d", text, "2021年案例汇编")
    assert [placed.time for placed in collected([document]) if placed.figure.unit == "亩"] == [time]
