"""The commands that change the compilation and look after its index."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.main import app
from corpus.reader import bundled
from index.store import current_name, load_documents, writing
from tests.api.sending import NEW, OLD, small_home
from tests.fakes import HashedEncoder

COMMANDS = ("add", "remove", "status", "doctor", "export", "import", "lexicon", "index")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, with the commands run beside it and by the fake model."""
    monkeypatch.setattr("api.cli.library.SentenceEncoder", lambda _model: HashedEncoder())
    folder = small_home(tmp_path / "home")
    monkeypatch.setenv("ANWEN_HOME", str(folder))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "乙县.txt").write_text(NEW, "utf-8")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(*arguments: str) -> dict[str, Any]:
    """Run a command with --json; return the one object it prints."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def ids(home: Path) -> set[str]:
    return {document.id for document in load_documents(home / "index")}


def damage(home: Path) -> None:
    newest = max((home / "index" / "segments").iterdir())
    (newest / "documents.json").write_bytes(b"[]")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_chinese(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    described = [line.strip() for line in result.stdout.splitlines() if line.startswith("  ")]
    # Of the options only --help is described in click's own words.
    assert [line for line in described if not re.search("[\u4e00-\u9fff]{2}", line)] == [
        line for line in described if line.startswith("--help")
    ]
    assert any("--json" in line for line in described)


def test_a_document_is_added_corrected_and_withdrawn(home: Path, tmp_path: Path) -> None:
    added = told("add", "乙县.txt")
    assert [(each["id"], each["action"]) for each in added["documents"]] == [("乙县", "added")]
    assert added["embedded_count"] > 0
    again = told("add", "乙县.txt")
    assert ([each["action"] for each in again["documents"]], again["embedded_count"]) == (["unchanged"], 0)
    (tmp_path / "乙县.txt").write_text(NEW.replace("7条", "9条"), "utf-8")
    assert [each["action"] for each in told("add", "乙县.txt")["documents"]] == ["updated"]
    assert {document.text for document in load_documents(home / "index")} == {OLD, NEW.replace("7条", "9条")}
    assert told("remove", "乙县")["removed"] == ["乙县"]
    assert ids(home) == {"甲县"}


def test_people_are_told_what_was_added(home: Path) -> None:
    result = run("add", "乙县.txt")
    assert "新增  乙县" in result.stdout
    assert f"索引 {current_name(home / 'index')} 已建好" in result.stdout


def test_a_folder_with_a_bad_file_is_added_but_for_it(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "新"
    folder.mkdir()
    (folder / "丙县.txt").write_text(NEW, "utf-8")
    (folder / "坏.docx").write_bytes(b"PK\x03\x04 cut short")
    report = told("add", "新")
    assert [each["id"] for each in report["documents"]] == ["丙县"]
    assert [each["name"] for each in report["faults"]] == ["新/坏.docx"]
    assert "坏.docx" in run("add", "新").stderr
    assert ids(home) == {"甲县", "丙县"}


def test_the_first_add_brings_the_bundled_compilation_too(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANWEN_HOME", str(tmp_path / "fresh"))
    told("add", "乙县.txt")
    assert ids(tmp_path / "fresh") == {"乙县", *(document.id for document in bundled())}
    assert ids(home) == {"甲县"}


def test_status_lists_the_documents(home: Path) -> None:
    told("add", "乙县.txt")
    status = told("status")
    assert [(each["id"], each["character_count"]) for each in status["documents"]] == [
        ("乙县", len(NEW)),
        ("甲县", len(OLD)),
    ]
    assert status["generation"] == current_name(home / "index")
    assert "2 份文档" in run("status").stdout


def test_index_without_files_rebuilds_what_stands_and_keeps_what_was_added(home: Path) -> None:
    told("add", "乙县.txt")
    before = {document.id: document for document in load_documents(home / "index")}
    report = told("index")
    assert {document.id: document for document in load_documents(home / "index")} == before
    assert report["embedded_count"] == 0
    assert told("index", "乙县.txt")["passage_count"] == 1
    assert ids(home) == {"乙县"}


def test_words_and_synonyms_of_ones_own_take_effect(home: Path) -> None:
    (home / "lexicon.txt").write_bytes("# 自己的词\n老人在家\n养老服务中心=养老院\n".encode("gb18030"))
    report = told("lexicon")
    assert (report["resegmented"]["老人在家"], report["resegmented"]["养老服务中心"]) == (1, 1)
    assert report["resegmented"]["养老院"] == 0
    assert told("lexicon")["resegmented"] == {}
    (home / "lexicon.txt").unlink()
    assert set(told("lexicon")["resegmented"]) == {"老人在家", "养老服务中心", "养老院"}


def test_a_whole_index_is_said_to_be_whole(home: Path) -> None:
    found = told("doctor")
    assert (found["current"], found["findings"]) == (current_name(home / "index"), [])
    assert "完好" in run("doctor").stdout


def test_damage_is_found_and_mended_by_going_back(home: Path) -> None:
    before = current_name(home / "index")
    told("add", "乙县.txt")
    damage(home)
    result = run("doctor", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert (found["whole"], len(found["findings"])) == (before, 1)
    assert "--mend" in run("doctor").stdout
    assert told("doctor", "--mend")["whole"] == before
    assert told("doctor")["findings"] == []
    assert ids(home) == {"甲县"}


def test_an_exported_index_comes_back_as_it_was(home: Path, tmp_path: Path) -> None:
    told("add", "乙县.txt")
    exported = told("export", "备份.zip")
    assert exported["bytes"] == (tmp_path / "备份.zip").stat().st_size > 0
    told("remove", "乙县")
    assert told("import", "备份.zip")["document_count"] == 2
    assert ids(home) == {"甲县", "乙县"}
    assert told("doctor")["findings"] == []
    assert "备份.zip" in run("export", "备份.zip").stdout
    assert "2 份文档" in run("import", "备份.zip").stdout


def a_zip_of_something_else(folder: Path) -> None:
    with zipfile.ZipFile(folder / "别的.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    (folder / "断.zip").write_bytes((folder / "别的.zip").read_bytes()[:20])
    (folder / "图.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    (folder / "文件").write_text("这里不是文件夹", "utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["add", "没有.txt"], "nothing_to_import"),
        (["add", "图.png"], "nothing_to_import"),
        (["index", "图.png"], "nothing_to_import"),
        (["remove", "没有"], "not_found"),
        (["remove", "甲县"], "index_empty"),
        (["import", "没有.zip"], None),
        (["import", "别的.zip"], None),
        (["import", "断.zip"], None),
        (["export", "没有的文件夹/备份.zip"], None),
        (["export", "文件/备份.zip"], None),
        (["export", "."], None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_line_in_chinese_and_changes_nothing(
    arguments: list[str], code: str | None, home: Path, tmp_path: Path
) -> None:
    a_zip_of_something_else(tmp_path)
    before = current_name(home / "index")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.fullmatch("[^\n]*[\u4e00-\u9fff]{3}[^\n]*\n", result.stderr)
    error = json.loads(run(*arguments, "--json").stdout)["error"]
    assert error["code"] == (code or error["code"])
    assert error["code"] != "internal"
    assert (current_name(home / "index"), ids(home)) == (before, {"甲县"})
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("command", [["add", "乙县.txt"], ["remove", "甲县"], ["lexicon"], ["status"]], ids=" ".join)
def test_a_damaged_index_is_told_in_one_line(command: list[str], home: Path) -> None:
    damage(home)
    (home / "lexicon.txt").write_text("养老\n", "utf-8")
    result = run(*command)
    assert result.exit_code == 1
    assert re.fullmatch("[^\n]*documents.json[^\n]*anwen doctor[^\n]*\n", result.stderr)
    assert json.loads(run(*command, "--json").stdout)["error"]["code"] == "index_corrupt"


def test_where_all_is_damaged_doctor_says_what_is_left_to_do(home: Path) -> None:
    damage(home)
    result = run("doctor", "--mend", "--json")
    assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (1, "index_corrupt")
    assert "anwen index" in run("doctor", "--mend").stderr


def test_without_an_index_doctor_and_status_say_how_to_get_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANWEN_HOME", str(home / "fresh"))
    for command in ("doctor", "status", "export"):
        result = run(command, *(["备份.zip"] if command == "export" else []), "--json")
        assert (result.exit_code, json.loads(result.stdout)["error"]["code"]) == (1, "index_missing")
    assert not (tmp_path / "备份.zip").exists()


def test_a_lexicon_that_is_no_text_is_told(home: Path) -> None:
    (home / "lexicon.txt").write_bytes(b"\x00\x01\x02")
    result = run("lexicon", "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["code"]) == (1, "unreadable")
    assert "lexicon.txt" in error["message"]
    (home / "lexicon.txt").unlink()
    (home / "lexicon.txt").mkdir()
    assert json.loads(run("lexicon", "--json").stdout)["error"]["code"] == "unreadable"


def test_a_data_folder_that_cannot_be_written_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "文件").write_text("这里不是文件夹", "utf-8")
    monkeypatch.setenv("ANWEN_HOME", str(tmp_path / "文件"))
    for command in (["add", "乙县.txt"], ["index", "乙县.txt"], ["lexicon"], ["status"], ["doctor"]):
        result = run(*command)
        assert result.exit_code == 1
        assert re.search("[\u4e00-\u9fff]{3}[^\n]*\n$", result.stderr)
        assert "Traceback" not in result.output
        assert json.loads(run(*command, "--json").stdout)["error"]["code"] not in ("internal", "index_error")
    assert ids(home) == {"甲县"}


def test_while_another_writes_a_change_is_refused(home: Path) -> None:
    with writing(home / "index"):
        for command in (["add", "乙县.txt"], ["remove", "甲县"], ["lexicon"], ["index"]):
            result = run(*command)
            assert result.exit_code == 1
            assert result.stderr.splitlines()[-1] == "另一个任务正在写索引，请等它完成后再试。"
            assert json.loads(run(*command, "--json").stdout)["error"]["code"] == "index_busy"
    assert told("add", "乙县.txt")["documents"][0]["action"] == "added"
