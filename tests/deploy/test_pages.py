"""The pages on deploying speak of what there is: settings, files, sections, other pages."""

import re

import pytest

from tests.deploy.product import ROOT, SETTINGS, settings_named

PAGES = ("docs/deploy.md", "docs/observability.md", "deploy/offline/README.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_that_a_page_names_is_one(page: str) -> None:
    named = settings_named((ROOT / page).read_text("utf-8"))
    assert named
    assert named <= SETTINGS


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert links
    sections = {heading.strip().lower() for heading in re.findall(r"(?m)^#+ (.*)$", text)}
    for link in links:
        path, _, section = link.partition("#")
        assert not path or (ROOT / page).parent.joinpath(path).is_file(), link
        assert path or section in sections, link
