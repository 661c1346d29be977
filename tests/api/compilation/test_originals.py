"""The original page of what is cited: kept with the import, found by what was read out of it, shown as a picture."""

import os
import threading
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from typer.testing import CliRunner

from api.cli.main import app
from api.compilation import originals
from corpus.readers import isolation
from corpus.readers.safety import Limits
from tests.api.sending import OLD, ended, send, serving_here
from tests.corpus.readers import builders
from tests.fakes import HashedEncoder

RED, GREEN, WHITE = (255, 0, 0), (0, 128, 0), (255, 255, 255)
PAGES = (("甲县低空物流开通航线7条，山区包裹当日送达。", "red"), ("乙县养老服务中心建成12个，老人吃上热饭。", "green"))
A_YEAR = 365 * 24 * 3600


def pdf(pages: Sequence[tuple[str, str]] = PAGES, *, size: tuple[float, float] = (595, 842), lock: str = "") -> bytes:
    """Pages: a line of text, a shorter one, and amid the page a square of a colour, a fifth of the page wide."""
    data = BytesIO()
    canvas = Canvas(data, pagesize=size, encrypt=StandardEncryption(lock) if lock else None)
    side = size[0] / 5
    for text, colour in pages:
        canvas.setFont(builders.FONT, 12)
        canvas.drawString(10, size[1] - 30, text[:14])
        canvas.drawString(10, size[1] - 50, text[14:])
        canvas.setFillColor(colour)
        canvas.rect((size[0] - side) / 2, (size[1] - side) / 2, side, side, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return data.getvalue()


def imported(client: TestClient, *files: tuple[str, str | bytes]) -> dict[str, Any]:
    """Import files; return the import once it is done."""
    found = ended(client, send(client, *files))
    assert found["status"] == "done", found
    return found


def finished(client: TestClient, response: Response) -> None:
    """Wait until what was accepted is done."""
    assert response.status_code == 202, response.text
    assert ended(client, response.json()["id"])["status"] == "done"


def picture(response: Response) -> Image.Image:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    return Image.open(BytesIO(response.content)).convert("RGB")


def middle(response: Response) -> Any:
    """The colour in the middle of the page in an answer."""
    image = picture(response)
    return image.getpixel((image.width // 2, image.height // 2))


def error(response: Response) -> tuple[int, str, str]:
    found = response.json()["error"]
    return response.status_code, found["code"], found["message"]


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "originals").glob("*"))


def original_pages(client: TestClient, document: str) -> int | None:
    found: int | None = client.get(f"/documents/{document}/case", params={"at": 0}).json()["original_pages"]
    return found


def test_every_page_of_an_imported_pdf_is_shown_as_it_was_laid_out(serving: TestClient) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    assert original_pages(serving, "汇编") == 2
    first, second = (serving.get(f"/documents/汇编/pages/{number}") for number in (1, 2))
    image = picture(first)
    assert abs(image.width - 1400) <= 1
    assert image.height / image.width == pytest.approx(842 / 595, rel=0.002)
    assert (middle(first), middle(second)) == (RED, GREEN)
    corner = image.getpixel((5, image.height - 5))
    assert corner == WHITE


def test_a_picture_can_do_nothing_and_is_not_sent_twice(serving: TestClient) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    first = serving.get("/documents/汇编/pages/1")
    assert first.headers["content-security-policy"] == "sandbox"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["cache-control"] == "private, no-cache"
    known = {"if-none-match": first.headers["etag"]}
    again = serving.get("/documents/汇编/pages/1", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert serving.get("/documents/汇编/pages/2", headers=known).status_code == 200
    imported(serving, ("汇编.pdf", pdf(PAGES[::-1])))
    assert middle(serving.get("/documents/汇编/pages/1", headers=known)) == GREEN


def test_a_page_seen_before_is_not_drawn_again(serving: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    first = serving.get("/documents/汇编/pages/1").content
    monkeypatch.setattr("corpus.readers.isolation.subprocess", None)
    assert serving.get("/documents/汇编/pages/1").content == first


def test_what_is_remembered_of_pictures_is_bounded(serving: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    one = len(serving.get("/documents/汇编/pages/1").content)
    monkeypatch.setattr(originals, "_REMEMBERED", one + 10)
    serving.get("/documents/汇编/pages/2")
    monkeypatch.setattr("corpus.readers.isolation.subprocess", None)
    assert serving.get("/documents/汇编/pages/2").status_code == 200
    with pytest.raises(AttributeError):
        serving.get("/documents/汇编/pages/1")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("汇编/pages/3", "“汇编”的原件只有 2 页，没有第 3 页。"),
        ("汇编/pages/0", "“汇编”的原件只有 2 页，没有第 0 页。"),
        ("甲县/pages/1", "没有留下“甲县养老服务”的原件。只有 PDF 有原页可看，以前导入的请再导入一次。"),
        ("没有/pages/1", "没有编号为“没有”的文档。"),
    ],
)
def test_what_is_not_there_is_said_to_be_not_there(serving: TestClient, address: str, message: str) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    assert error(serving.get(f"/documents/{address}")) == (404, "not_found", message)


def test_a_page_that_is_no_number_is_refused_in_chinese(serving: TestClient) -> None:
    assert error(serving.get("/documents/甲县/pages/一")) == (422, "invalid_request", "页码应为整数。")


def test_only_a_pdf_has_an_original(serving: TestClient, folder: Path) -> None:
    imported(serving, ("乙县.txt", "乙县低空物流\n乙县开通航线7条。\n"))
    assert original_pages(serving, "乙县") is None
    assert kept(folder) == []


def test_a_pdf_in_a_zip_has_its_pages_too(serving: TestClient, tmp_path: Path) -> None:
    members = {"甲/汇编.pdf": pdf(), "乙/汇编.pdf": pdf(PAGES[::-1])}
    imported(serving, ("两份.zip", builders.zipped(tmp_path / "a.zip", members).read_bytes()))
    colours = [middle(serving.get(f"/documents/{name}-汇编/pages/1")) for name in "甲乙"]
    assert colours == [RED, GREEN]


def test_a_document_replaced_and_brought_back_has_the_pages_that_it_was_read_out_of(serving: TestClient) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    second = imported(serving, ("汇编.pdf", pdf(PAGES[::-1])))
    assert middle(serving.get("/documents/汇编/pages/1")) == GREEN
    finished(serving, serving.post(f"/imports/{second['id']}/undo"))
    assert middle(serving.get("/documents/汇编/pages/1")) == RED


def test_a_document_removed_has_no_pages_until_that_is_undone(serving: TestClient) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    removal = serving.delete("/documents/汇编")
    finished(serving, removal)
    assert error(serving.get("/documents/汇编/pages/1"))[:2] == (404, "not_found")
    finished(serving, serving.post(f"/imports/{removal.json()['id']}/undo"))
    assert middle(serving.get("/documents/汇编/pages/1")) == RED


def test_the_same_words_laid_out_anew_are_shown_as_they_are_laid_out_now(serving: TestClient) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    imported(serving, ("汇编.pdf", pdf([("", "blue"), *PAGES])))
    assert original_pages(serving, "汇编") == 3
    assert middle(serving.get("/documents/汇编/pages/2")) == RED


def aged(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_an_original_that_nothing_can_need_any_more_goes_once_it_is_old(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_here(folder) as client:
        imported(client, ("汇编.pdf", pdf()))
        (first,) = kept(folder)
        imported(client, ("汇编.pdf", pdf(PAGES[::-1])))
        (second,) = set(kept(folder)) - {first}
        for path in (first, second):
            aged(path, A_YEAR)
        imported(client, ("乙县.txt", "乙县低空物流\n乙县开通航线7条。\n"))
        assert set(kept(folder)) == {first, second}, "the first can be brought back by an undo"
        monkeypatch.setattr("api.imports.jobs._KEPT", 1)
        imported(client, ("乙县.txt", "乙县低空物流\n乙县开通航线8条。\n"))
        aside = second.with_name("an-interrupted-write.aside")
        aside.write_bytes(b"%PDF-")
        imported(client, ("乙县.txt", "乙县低空物流\n乙县开通航线9条。\n"))
        assert set(kept(folder)) == {second, aside}
        aged(aside, A_YEAR)
        imported(client, ("乙县.txt", "乙县低空物流\n乙县开通航线10条。\n"))
        assert kept(folder) == [second]
        assert middle(client.get("/documents/汇编/pages/1")) == GREEN


def test_an_original_wanted_again_is_not_old_any_more(serving: TestClient, folder: Path) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    (path,) = kept(folder)
    content = path.read_bytes()
    aged(path, A_YEAR)
    imported(serving, ("汇编.pdf", pdf()))
    assert kept(folder) == [path]
    assert path.read_bytes() == content
    assert time.time() - path.stat().st_mtime < 3600


def test_a_full_disk_keeps_no_original_and_stops_no_import(
    serving: TestClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.compilation.originals.shutil", SimpleNamespace(copyfileobj=full))
    (report,) = imported(serving, ("汇编.pdf", pdf()))["report"]["documents"]
    assert report["notes"] == ["原件没有留下，引用处看不到原页：磁盘已满，写不下。请腾出空间后再试。"]
    assert kept(folder) == []
    assert original_pages(serving, "汇编") is None
    assert serving.get("/documents/汇编").json()["text"].startswith("甲县低空物流")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.4 damaged", "PDF 已损坏或不完整，请重新获取后再试。"),
        (b"", "PDF 已损坏或不完整，请重新获取后再试。"),
        (pdf(lock="secret"), "PDF 加了密码，请取消密码后再试。"),
    ],
)
def test_an_original_that_was_damaged_is_refused_with_the_reason(
    serving: TestClient, folder: Path, content: bytes, message: str
) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    (path,) = kept(folder)
    path.write_bytes(content)
    assert error(serving.get("/documents/汇编/pages/1")) == (422, "unreadable", message)


def test_an_encrypted_pdf_is_not_imported_and_not_kept(serving: TestClient, folder: Path) -> None:
    found = ended(serving, send(serving, ("密.pdf", pdf(lock="secret"))))
    assert found["error"]["code"] == "nothing_to_import"
    assert kept(folder) == []


@pytest.mark.parametrize("size", [(60, 14000), (14000, 60)])
def test_a_page_of_any_shape_is_a_picture_of_bounded_size(serving: TestClient, size: tuple[float, float]) -> None:
    imported(serving, ("长.pdf", pdf([("长卷", "red")], size=size)))
    response = serving.get("/documents/长/pages/1")
    image = picture(response)
    assert image.width <= 1401
    assert image.height <= 5601
    assert middle(response) == RED


def test_a_page_that_takes_too_long_is_given_up(serving: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(serving, ("汇编.pdf", pdf()))
    monkeypatch.setattr(originals, "_LIMITS", Limits(seconds=0.01))
    status, code, message = error(serving.get("/documents/汇编/pages/1"))
    assert (status, code) == (422, "unreadable")
    assert "已停止" in message


def test_few_pages_are_drawn_at_one_time(serving: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(serving, ("汇编.pdf", pdf(PAGES * 3)))
    draw = isolation.picture
    turn, now, most = threading.Lock(), 0, 0

    def counted(*arguments: Any) -> Any:
        nonlocal now, most
        with turn:
            now += 1
            most = max(most, now)
        try:
            return draw(*arguments)
        finally:
            with turn:
                now -= 1

    monkeypatch.setattr(isolation, "picture", counted)
    answers: list[Response] = []
    threads = [
        threading.Thread(target=lambda number=number: answers.append(serving.get(f"/documents/汇编/pages/{number}")))
        for number in range(1, 7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 6
    assert most == 2


def test_the_command_keeps_originals_for_the_server(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "汇编.pdf"
    source.write_bytes(pdf())
    monkeypatch.setenv("ANWEN_HOME", str(folder))
    monkeypatch.setattr("api.cli.library.loaded_encoder", lambda _: HashedEncoder())
    added = CliRunner().invoke(app, ["add", str(source)])
    assert added.exit_code == 0, added.output
    source.unlink()
    with serving_here(folder) as client:
        assert middle(client.get("/documents/汇编/pages/2")) == GREEN
    (path,) = kept(folder)
    aged(path, A_YEAR)
    (tmp_path / "甲县.txt").write_text(OLD, "utf-8")
    assert CliRunner().invoke(app, ["index", str(tmp_path / "甲县.txt")]).exit_code == 0
    assert kept(folder) == []
