"""Reading on the page: a citation opens its case beside the answer, at the paragraph, with the sentence marked."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.browsing import visit

QUESTION = "扶沟是怎么保障土地的"
PASSAGE = "henan-2021-cases-153-157:5284-5478"


@pytest.fixture
def reader(page: Page, site: str) -> Locator:
    """The reader, opened by a click on the citation of the sentence with the figures."""
    visit(page, f"{site}/?q={QUESTION}")
    page.locator(".said-text .reference").last.click()
    reader = page.locator("#reader")
    expect(reader.locator(".paragraph.target")).to_be_visible()
    return reader


def test_a_citation_opens_the_case_beside_the_answer_at_the_paragraph_with_the_sentence_marked(
    page: Page, reader: Locator
) -> None:
    expect(reader.get_by_role("heading", level=2)).to_contain_text("第一百五十七篇周口市扶沟县")
    target = reader.locator(".paragraph.target")
    expect(target).to_contain_text("对重点项目实行“五个优先”")
    expect(target.locator("mark.asked")).to_have_text(re.compile("^尤其是在土地保障上.*落地。$"))
    expect(target.locator("mark.asked")).to_be_in_viewport()
    answer, beside = page.locator(".answer").bounding_box(), reader.bounding_box()
    assert answer is not None
    assert beside is not None
    assert answer["x"] + answer["width"] <= beside["x"]


def test_the_other_passages_of_the_answer_are_marked_in_the_same_case(reader: Locator) -> None:
    expect(reader.locator(".paragraph.target mark.said")).not_to_have_count(0)
    assert reader.locator(".paragraph:not(.target) mark.found").count() >= 3


def test_the_outline_leads_to_each_section_and_shows_where_the_answer_stands(reader: Locator) -> None:
    outline = reader.get_by_role("navigation", name="提纲")
    names = outline.get_by_role("button").all_inner_texts()
    assert names == ["导语", "建立高位推进机制", "强化要素保障", "强化服务看实效", "狠抓落地见实效", "结语"]
    expect(outline.locator(".holds")).to_have_text(["强化要素保障"])
    outline.get_by_role("button", name="结语").click()
    heading = reader.get_by_role("heading", name="结语")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()


def test_the_opened_case_is_in_the_address_and_closing_goes_back_to_the_citation(page: Page, reader: Locator) -> None:
    expect(page).to_have_url(re.compile(r"open=henan-2021-cases-153-157%3A5284-5478&at=\d+-\d+"))
    page.reload()
    expect(reader.locator(".paragraph.target mark.asked")).to_contain_text("尤其是在土地保障上")
    expect(page.locator(".answer .said-text")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    expect(reader.locator(".paragraph.target mark.asked")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(reader).to_be_hidden()
    assert "open=" not in page.url
    page.locator(".said-text .reference").last.click()
    page.get_by_role("button", name="关闭").click()
    expect(page.locator(".said-text .reference").last).to_be_focused()


def test_the_words_of_the_case_are_the_documents_own_character_for_character(page: Page, reader: Locator) -> None:
    text = page.evaluate("fetch('/documents/henan-2021-cases-153-157').then((r) => r.json()).then((d) => d.text)")
    shown = reader.locator(".paragraph").evaluate_all(
        """paragraphs => paragraphs.map(each => {
            const copy = each.cloneNode(true);
            copy.querySelector(".paragraph-number").remove();
            return [Number(each.dataset.start), copy.textContent];
        })"""
    )
    assert len(shown) >= 6
    for start, words in shown:
        assert text[start : start + len(words)] == words


def test_a_permanent_link_opens_the_passage_on_a_page_of_its_own_and_gives_programs_json(page: Page, site: str) -> None:
    visit(page, f"{site}/passages/{PASSAGE}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("周口市扶沟县")
    target = page.locator(".paragraph.target")
    expect(target.locator("mark.said")).to_contain_text("供应土地2458.96亩")
    expect(target).to_be_in_viewport()
    expect(page.locator(".citation")).to_contain_text("第一百五十七篇 周口市扶沟县，“强化要素保障”，第1段")
    expect(page).to_have_title(re.compile("扶沟县.* · 案问"))
    found = page.request.get(f"{site}/passages/{PASSAGE}", headers={"accept": "application/json"})
    assert found.json()["id"] == PASSAGE
    page.get_by_role("link", name="只在这里提问").click()
    expect(page.locator(".chip-filter")).to_contain_text("扶沟县")


def test_on_a_phone_the_reader_lies_over_the_answer_and_closes(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{site}/?q={QUESTION}")
    page.locator(".said-text .reference").last.click()
    box = page.locator("#reader").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.locator(".answer")).to_be_visible()
