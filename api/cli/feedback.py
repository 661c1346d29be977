"""The command that tells what feedback there is, and writes it out as evaluation topics."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.library import indexed_documents
from api.cli.terminal import AsJson, errors_told, print_json, say
from api.feedback.entries import entries, exported, line_of
from api.feedback.schemas import AnswerEntry
from api.settings import from_environment

app = typer.Typer(rich_markup_mode=None)


@app.command("feedback")
def feedback_command(
    topics: Annotated[Path | None, typer.Option("--topics", help="要写的评测题目文件（.jsonl）")] = None,
    as_json: AsJson = False,
) -> None:
    """收到了多少反馈；或把它们导出为评测题目，供 anwen eval 使用。"""
    with errors_told(as_json):
        settings = from_environment()
        found = entries(settings.feedback_file)
        answers = [entry for entry in found if isinstance(entry, AnswerEntry)]
        helpful = sum(entry.helpful for entry in answers)
        counts = {"helpful": helpful, "unhelpful": len(answers) - helpful, "topics": len(found) - len(answers)}
        written = exported(found, indexed_documents(settings)) if topics else None
        if topics and written:
            topics.write_text("".join(f"{line_of(topic)}\n" for topic in written.topics), "utf-8")
    if as_json:
        export = {"written": len(written.topics), "gone": written.gone, "left_out": written.left_out} if written else {}
        print_json(counts | export)
        return
    say(f"反馈 {len(answers)} 条：有用 {helpful} 条，没用 {counts['unhelpful']} 条；测试题 {counts['topics']} 道。")
    if written:
        say(f"已把 {len(written.topics)} 道题写入 {topics}。")
        if written.gone:
            say(f"有 {written.gone} 处依据在现在的文档里找不到了，没有写入。", style="yellow")
        if written.left_out:
            say(f"有 {written.left_out} 个问题没有依据可用，或提问时限定了范围、去掉了条件，没有写入。", style="yellow")
