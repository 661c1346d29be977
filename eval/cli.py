"""The commands `anwen eval …`. Heavy libraries are imported when a command needs them."""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress as Bars
from typer.core import TyperGroup

from eval import label_cli
from eval.console import counter, embedding_told, errors_told, fail, progress_bars, tell
from index.encoder import BUNDLED

if TYPE_CHECKING:
    from eval.bench import Bench
    from eval.collection import Collection
    from eval.variant import Variant


class _RunByDefault(TyperGroup):
    """`anwen eval ours` means `anwen eval run ours`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_RunByDefault,
    help="评测：用带判定的题目量质量和速度。anwen eval ours 量自带的题目，anwen eval 文件夹 量一个 BEIR 题集。",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.add_typer(label_cli.app)

_SET_HELP = "ours、answers、paraphrases、across，或一个题目文件（.jsonl）、一个 BEIR 文件夹"
_SET = Annotated[str, typer.Argument(help=_SET_HELP)]
_CHOSEN_SET = Annotated[str, typer.Option("--set", help=_SET_HELP)]
_SPLIT = Annotated[str | None, typer.Option(help="只用这一部分：dev（可以看着调）或 held（只用来量）")]
_OWN = Annotated[bool, typer.Option("--own-passages", help="用 documents.jsonl 的全文，按自己的办法切段")]
_INDEX = Annotated[Path | None, typer.Option(help="用建好的索引（如 var/index），不另建")]
_HOME = Annotated[Path, typer.Option(envvar="ANWEN_HOME", help="数据文件夹，向量存在其中的 eval/")]
_MODEL = Annotated[str, typer.Option(envvar="ANWEN_MODEL", help="嵌入模型")]
_RERANKER = Annotated[str, typer.Option(envvar="ANWEN_RERANKER", help="重排模型，缺省不用")]
_HTML = Annotated[Path | None, typer.Option("--html", help="写一份可以看的报告")]
_JSON = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序读取")]

_DATA = Path("var")


@app.command("run")
def run_command(
    name: _SET,
    config: Annotated[
        str, typer.Option(help="配置，例如 lexical 或 hybrid,clause=0；写法见 eval/README.md")
    ] = "hybrid",
    split: _SPLIT = None,
    own_passages: _OWN = False,
    index: _INDEX = None,
    left_out: Annotated[bool, typer.Option("--left-out", help="每题再问一次，藏起它的原文，看该不该答")] = False,
    ladder: Annotated[bool, typer.Option("--ladder", help="再逐项去掉一样，看各自的贡献")] = False,
    run: Annotated[Path | None, typer.Option(help="把排序写成 TREC run 文件")] = None,
    html: _HTML = None,
    as_json: _JSON = False,
    home: _HOME = _DATA,
    model: _MODEL = BUNDLED,
    reranker: _RERANKER = "",
) -> None:
    """量一个题集：排序、答案、引文、该不该答、快慢。"""
    with errors_told(), progress_bars() as bars:
        from eval import tables
        from eval.evaluate import evaluated
        from eval.ladder import RUNGS, climbed
        from eval.result import to_json
        from eval.trec import write_run

        chosen = _variant(config, model, reranker)
        bench = _bench(name, bars, home, split, own_passages, index, chosen)
        count = len(bench.collection.topics) + left_out * len(bench.collection.answerable)
        found, ranking = evaluated(bench, chosen, counter(bars, "提问", count), _command(), left_out)
        if ladder:
            count = len(bench.collection.answerable) * (len(RUNGS) + 1)
            found = replace(found, ladder=climbed(bench, chosen, counter(bars, "逐项比较", count)))
        if run:
            write_run(ranking, run, chosen.name)
        if html:
            from eval.report.page import evaluation_page

            html.write_text(evaluation_page(found), "utf-8")
    if as_json:
        sys.stdout.write(to_json(found).decode() + "\n")
    else:
        tables.print_evaluation(found)
    if found.citations.exact < found.citations.checked:
        fail(f"有 {found.citations.checked - found.citations.exact} 处引文与原文不符。")


@app.command("compare")
def compare_command(
    configurations: Annotated[list[str], typer.Argument(help="两个或更多配置，第一个是比较的底子")],
    name: _CHOSEN_SET = "ours",
    split: _SPLIT = None,
    own_passages: _OWN = False,
    html: _HTML = None,
    as_json: _JSON = False,
    home: _HOME = _DATA,
    model: _MODEL = BUNDLED,
    reranker: _RERANKER = "",
) -> None:
    """在同一批题目上比较几个配置，看差别有多大、有多可靠、在哪些题上。"""
    if len(configurations) < 2:
        fail("请给出至少两个配置，例如 anwen eval compare hybrid lexical。")
    with errors_told(), progress_bars() as bars:
        variants = [_variant(words, model, reranker) for words in configurations]
        if len({each.name for each in variants}) < len(variants):
            fail("有两个配置是一样的。")
        bench = _bench(name, bars, home, split, own_passages)
    _compare(bench, variants, html, as_json)


@app.command("peers")
def peers_command(
    name: _SET = "ours",
    split: _SPLIT = None,
    own_passages: _OWN = False,
    html: _HTML = None,
    as_json: _JSON = False,
    home: _HOME = _DATA,
    model: _MODEL = BUNDLED,
) -> None:
    """与 LangChain、Haystack、LlamaIndex、txtai 比较：段落、向量都相同，同一次运行。先运行 make peers。"""
    with errors_told(), progress_bars() as bars:
        from eval.peers.peer import PEERS, versions

        versions()
        bench = _bench(name, bars, home, split, own_passages)
        variants = [_variant(words, model, "") for words in ("hybrid", *PEERS)]
    _compare(bench, variants, html, as_json)


@app.command("gate")
def gate_command(
    name: _SET = "ours",
    baseline: Annotated[Path | None, typer.Option(help="基线文件，缺省在 eval/baselines/")] = None,
    update: Annotated[bool, typer.Option("--update", help="把这次的结果记为新的基线")] = False,
    home: _HOME = _DATA,
) -> None:
    """与记下的基线相比，有显著的损失就失败。"""
    with errors_told(), progress_bars() as bars:
        from eval import tables
        from eval.evaluate import evaluated
        from eval.gate import BASELINES, judged, read_baseline, write_baseline

        chosen = _variant("hybrid", BUNDLED, "")
        bench = _bench(name, bars, home)
        path = baseline or BASELINES / f"{bench.collection.name}.json"
        before = None if update else read_baseline(path)
        found, _ = evaluated(bench, chosen, counter(bars, "提问", len(bench.collection.topics)))
    if before is None:
        write_baseline(found, path)
        tell(f"基线已写到 {path}。")
        return
    verdict = judged(before, found)
    tables.print_verdict(verdict)
    if not verdict.passed:
        raise typer.Exit(1)


@app.command("add")
def add_command(
    question: Annotated[str, typer.Argument(help="问题")],
    evidence: Annotated[list[str] | None, typer.Option(help="能回答它的原话，逐字摘抄；可给多处")] = None,
    answer: Annotated[
        list[str] | None, typer.Option(help="答案里必须有的字样，如 2458.96亩；可给多个，任一即可")
    ] = None,
    why: Annotated[str | None, typer.Option(help="答不了的原因，如 not_covered、place_unknown")] = None,
    kind: Annotated[str, typer.Option(help="问题的种类")] = "asked",
    split: Annotated[str, typer.Option(help="dev 或 held")] = "dev",
    file: Annotated[Path | None, typer.Option(help="题目文件，缺省是自带的那一份")] = None,
    index: _INDEX = None,
) -> None:
    """把一个答得不好的问题变成题目：依据须在原文里恰好出现一次。"""
    with errors_told():
        from corpus.reader import bundled
        from eval.add import append, existing, made
        from eval.topics import OURS
        from index.store import load_documents

        path = file or OURS
        documents = load_documents(index) if index else bundled()
        topic = made(
            question,
            evidence or (),
            answer or (),
            documents,
            existing(path),
            kind="unanswerable" if why else kind,
            split=split,
            why=why,
        )
        append(topic, path)
    tell(f"已加入 {path}：{topic.id}，地点 {topic.place or '（没有提到）'}，依据 {len(topic.evidence)} 处。")


@app.command("tune")
def tune_command(
    name: _SET = "ours",
    train: Annotated[str, typer.Option(help="在这一部分上找")] = "dev",
    held: Annotated[str, typer.Option(help="在这一部分上验")] = "held",
    own_passages: _OWN = False,
    home: _HOME = _DATA,
) -> None:
    """在一部分题目上找更好的权重和段落长度，在另一部分上验证；只说该改什么，不动任何设置。"""
    if train == held:
        fail("用来找的和用来验的须是不同的两部分。")
    with errors_told(), progress_bars() as bars:
        from eval import tables
        from eval.tune import tuned

        whole = _bench(name, bars, home, None, own_passages)
        benches = [replace(whole, collection=whole.collection.split(part)) for part in (train, held)]
        is_given = (Path(name) / "corpus.jsonl").is_file() and not own_passages
        found = tuned(benches[0], benches[1], tell, sizes=not is_given)
    tables.print_tuned(found, train, held)


@app.command("calibrate")
def calibrate_command(home: _HOME = _DATA) -> None:
    """用 dev 的题重算“有多大把握”的各项权数，印出来，并在 held 的题上验；不动任何设置。"""
    with errors_told(), progress_bars() as bars:
        from eval import tables
        from eval.calibrate import SETS, calibrated

        benches = [(_bench(name, bars, home), weight) for name, weight in SETS.items()]
        found = calibrated(benches, tell)
    tables.print_calibrated(found)


@app.command("export")
def export_command(
    name: _SET,
    folder: Annotated[Path, typer.Argument(help="写到这个文件夹")],
    split: _SPLIT = None,
    own_passages: _OWN = False,
) -> None:
    """把一个题集写成 BEIR 文件夹和 TREC qrels，供别的工具使用；段落编号与 run 文件里的一致。"""
    with errors_told():
        from corpus.passages import Cut, passages
        from eval import beir
        from eval.judgements import judged
        from eval.trec import write_qrels

        collection = _collection(name, split, own_passages)
        cut = Cut(collection.settings.longest, collection.settings.overlap)
        found = [(document, passage) for document in collection.documents for passage in passages(document, cut)]
        grades = judged(collection.topics, [passage for _, passage in found])
        texts = [document.text[passage.start : passage.end] for document, passage in found]
        beir.write(folder, [passage for _, passage in found], texts, collection.topics, grades)
        write_qrels(grades, folder / "qrels.txt")
    tell(f"{folder}：{len(found)} 个段落，{len(collection.topics)} 个问题。")


@app.command("latency")
def latency_command(base: Annotated[str, typer.Argument(help="服务地址")] = "http://127.0.0.1:8000") -> None:
    """量一个运行中的服务：自带的题目逐个提问，看回答要多久。"""
    with errors_told(), progress_bars() as bars:
        from eval.evaluate import percentiles
        from eval.latency import timed
        from eval.topics import topics

        questions = [topic.question for topic in topics()]
        advance = counter(bars, "提问", len(questions))
        times = []
        for each in timed(base, questions):
            times.append(each)
            advance()
    ranks = "，".join(f"{rank} {value:.1f} ms" for rank, value in percentiles(times).items())
    sys.stdout.write(f"{len(times)} 问：{ranks}\n")


@app.command("load")
def load_command(
    base: Annotated[str, typer.Argument(help="服务地址")] = "http://127.0.0.1:8000",
    clients: Annotated[int, typer.Option(min=2, max=256, help="同时提问的有几个")] = 16,
    seconds: Annotated[float, typer.Option(min=1, max=600, help="每一轮几秒")] = 20.0,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="几轮：一个与多个轮流")] = 3,
    key: Annotated[str, typer.Option(envvar="ANWEN_KEY", help="口令，服务要求时")] = "",
) -> None:
    """量一个运行中的服务：一个人问与许多人同时问，每秒各答几问。"""
    from statistics import median

    with errors_told():
        from eval.load import different, loaded
        from eval.topics import BUNDLED, topics

        questions = different([topic.question for path in BUNDLED.values() for topic in topics(path)])
        loaded(base, questions, 1, min(seconds, 3), key)
        ratios = []
        for _ in range(rounds):
            alone, together = (loaded(base, questions, count, seconds, key) for count in (1, clients))
            for each in (alone, together):
                told = "，".join(f"{status}：{count} 次" for status, count in sorted(each.statuses.items()))
                sys.stdout.write(
                    f"{each.clients} 个同时问：每秒 {each.per_second:.1f} 答，p50 {each.milliseconds(0.5):.0f} ms，"
                    f"p99 {each.milliseconds(0.99):.0f} ms（{told}）\n"
                )
            if alone.per_second:
                ratios.append(together.per_second / alone.per_second)
    if ratios:
        sys.stdout.write(f"{clients} 个是一个的 {median(ratios):.2f} 倍（{rounds} 轮的中位数）\n")


def _compare(bench: "Bench", variants: Sequence["Variant"], html: Path | None, as_json: bool) -> None:
    from pydantic import TypeAdapter

    from eval import tables
    from eval.compare import Comparison, compared

    with errors_told(), progress_bars() as bars:
        bench.tell = embedding_told(bars)
        count = len(bench.collection.answerable) * sum(each.run is None for each in variants)
        found = compared(bench, variants, counter(bars, "提问", count), _command())
        if html:
            from eval.report.page import comparison_page

            html.write_text(comparison_page(found), "utf-8")
    if as_json:
        content = TypeAdapter(Comparison).dump_python(found, mode="json")
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    else:
        tables.print_comparison(found)


def _command() -> str:
    return shlex.join(["anwen", *sys.argv[1:]])


def _variant(words: str, model: str, reranker: str) -> "Variant":
    from eval.variant import variant

    found = variant(words)
    if found.model == BUNDLED:
        found = replace(found, model=model)
    return found if found.reranker or found.peer or found.run else replace(found, reranker=reranker)


def _collection(name: str, split: str | None, own_passages: bool) -> "Collection":
    from eval.collection import opened

    collection = opened(name, own_passages)
    return collection.split(split) if split else collection


def _bench(
    name: str,
    bars: Bars,
    home: Path,
    split: str | None = None,
    own_passages: bool = False,
    index: Path | None = None,
    chosen: "Variant | None" = None,
) -> "Bench":
    from eval.bench import Bench
    from eval.collection import opened
    from index.store import load

    if not index or not chosen:
        return Bench(_collection(name, split, own_passages), home / "eval", embedding_told(bars))
    bench = Bench(opened("ours"), home / "eval", embedding_told(bars))
    generation, _ = load(index, bench.encoder(chosen.model))
    collection = opened(name, own_passages, generation.documents)
    bench.collection = replace(collection.split(split) if split else collection, settings=generation.settings)
    bench.adopt(generation, chosen)
    return bench
