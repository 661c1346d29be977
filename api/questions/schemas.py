"""What the API takes and gives. Offsets are code points into a document's raw text, half-open."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.codes import Failure
from api.questions.fields import (
    EXAMPLE_CITATION,
    EXAMPLE_PASSAGE,
    EXAMPLE_SENTENCE,
    EXAMPLE_URL,
    LONGEST_QUESTION,
    AskedAspect,
    AskedCase,
    AskedCity,
    AskedCounty,
    AskedDocument,
    AskedHeadings,
    AspectOf,
    CaseNumber,
    Citation,
    City,
    County,
    DocumentId,
    End,
    Headings,
    Id,
    Ignored,
    OriginalParagraph,
    Page,
    PartOf,
    PassageEnd,
    PassageId,
    PassageStart,
    Question,
    Rank,
    Start,
    Title,
    TookMs,
    Url,
)
from corpus.document import Aspect
from corpus.figures import Qualifier
from qa.codes import Ignorable, Reason, Silence

MOST_PASSAGES = 50
LONGEST_MESSAGE = 20_000
MOST_MESSAGES = 100


class FiltersIn(BaseModel):
    """What a passage must be; what is left out may be anything."""

    model_config = ConfigDict(extra="forbid", strict=True)

    city: AskedCity = None
    county: AskedCounty = None
    case_number: AskedCase = None
    document_id: AskedDocument = None
    headings: AskedHeadings = ()
    aspect: AskedAspect = None


class Message(BaseModel):
    """A turn of a conversation. Only what the person said is used, to make a follow-up whole."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["user", "assistant", "system"] = Field(description="谁说的；只用 user 的", examples=["user"])
    content: str = Field(max_length=LONGEST_MESSAGE, description="说了什么", examples=["扶沟是怎么保障土地的?"])


class Asked(BaseModel):
    """A question, under either of the names that clients give it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: Question | None = Field(None, description="问题", examples=["扶沟是怎么保障土地的?"])
    query: Question | None = Field(None, description="问题，同 question；两个名字任用一个", examples=["扶沟供地多少亩"])

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if self.question is not None and self.query is not None and self.question != self.query:
            raise PydanticCustomError("two_questions", "two questions")
        return self

    @property
    def named(self) -> str | None:
        """The question by either name; None where there is neither."""
        return self.query if self.question is None else self.question


class SearchIn(Asked):
    """A question, by itself or after the turns before it; or the turns alone, of which the last of the user's asks."""

    messages: list[Message] = Field(
        default_factory=list, max_length=MOST_MESSAGES, description="之前的对话；没有问题时，以 user 的最后一句为问题"
    )
    top_k: int = Field(5, ge=1, le=MOST_PASSAGES, description="要几个段落", examples=[5])
    filters: FiltersIn | None = Field(None, description="只在哪里找")
    ignore: Ignored = Field(default_factory=list)
    explain: bool = Field(False, description="在 trace 中给出每个段落的各项得分", examples=[True])

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if self.named is None and not self.asked_before:
            raise PydanticCustomError("nothing_asked", "nothing asked")
        if len(self.asked) > LONGEST_QUESTION:
            raise PydanticCustomError("question_too_long", "too long", {"max_length": LONGEST_QUESTION})
        return self

    @property
    def asked_before(self) -> list[str]:
        """What the person said in the messages, oldest first."""
        return [message.content for message in self.messages if message.role == "user" and message.content.strip()]

    @property
    def asked(self) -> str:
        """The question that is asked now."""
        return self.named or self.asked_before[-1]

    @property
    def turns(self) -> list[str]:
        """The questions before it, oldest first."""
        return self.asked_before if self.named else self.asked_before[:-1]


class AskIn(SearchIn):
    """A question to be answered."""

    stream: bool = Field(False, description="以 server-sent events 逐句返回", examples=[True])


class SearchQuery(BaseModel):
    """A question as parts of an address, and what the passages found must be."""

    model_config = ConfigDict(extra="forbid")

    q: Question = Field(description="问题")
    top_k: int = Field(5, ge=1, le=MOST_PASSAGES, description="要几个段落", examples=[5])
    city: AskedCity = None
    county: AskedCounty = None
    case_number: AskedCase = None
    document_id: AskedDocument = None
    headings: AskedHeadings = ()
    aspect: AskedAspect = None
    ignore: Ignored = Field(default_factory=list)
    explain: bool = Field(False, description="在 trace 中给出每个段落的各项得分", examples=[True])

    def whole(self) -> SearchIn:
        """Return what is asked for as it would have been posted."""
        rest = {"top_k", "ignore", "explain"}
        filters = FiltersIn(**self.model_dump(exclude={"q", *rest}))
        return SearchIn(question=self.q, filters=filters, **self.model_dump(include=rest))


class PlaceOut(BaseModel, frozen=True):
    """A place that the question names."""

    mention: str = Field(description="问题里的写法", examples=["扶沟"])
    province: str = Field(description="省", examples=["河南省"])
    city: str = Field(description="市；没有说到则为空", examples=["周口市"])
    county: str = Field(description="县（市、区）；没有说到则为空", examples=["扶沟县"])
    in_corpus: bool = Field(description="汇编里有没有这个地方", examples=[True])


class InterpretationOut(BaseModel, frozen=True):
    """How the question was understood, and where was looked because of it.

    `rewritten` tells that it was made whole from the turns before; `question` is what was searched; `ignored` are the
    parts of it that do not count, as the asker wished.
    """

    question: str = Field(description="实际查找的问题；追问已补全", examples=["扶沟是怎么保障土地的?"])
    rewritten: bool = Field(description="是不是从之前的对话补全的", examples=[False])
    place: PlaceOut | None = Field(description="问到的地方：先取汇编里有的")
    places: list[PlaceOut] = Field(description="问到的所有地方")
    case_numbers: list[int] = Field(description="问到的篇号", examples=[[157]])
    years: list[int] = Field(description="问到的年份", examples=[[2021]])
    aspect: Aspect | None = Field(description="问的是做法、成效还是背景；没有说则为空", examples=["measure"])
    asks_figure: bool = Field(description="是不是要一个数", examples=[False])
    across: bool = Field(description="是不是问各地", examples=[False])
    narrowed_to: list[int] = Field(description="因此只在这些篇里找：篇号", examples=[[157]])
    note: str = Field(description="为什么在那里找，一句话", examples=["只在第一百五十七篇（周口市扶沟县）中查找。"])
    ignored: list[Ignorable] = Field(description="提问的人不要算数的", examples=[["year"]])


class SentenceOut(BaseModel, frozen=True):
    """A sentence of the answer: exactly the document's characters from `start` to `end`, in the passage of `rank`."""

    rank: Rank
    text: str = Field(description="原文的一句，一字不差", examples=[EXAMPLE_SENTENCE])
    naming: str = Field(description="引出这句话的地名，问题里没有点名时才有", examples=["周口市扶沟县："])
    passage_id: PassageId
    document_id: DocumentId
    start: Start
    end: End
    passage_start: PassageStart
    passage_end: PassageEnd
    aspect: AspectOf
    citation: Citation


class FigureOut(BaseModel, frozen=True):
    """A number with its unit, exactly at `start` to `end` of the document; `value` counts `unit`."""

    text: str = Field(description="原文的写法", examples=["2458.96亩"])
    value: float = Field(description="数值，以 unit 计；一个范围的，是较小的一头", examples=[2458.96])
    upper: float | None = Field(description="一个范围的，较大的一头", examples=[3000.0])
    unit: str = Field(description="单位", examples=["亩"])
    qualifier: Qualifier = Field(description="exact 正好，about 约，over 以上，under 不足", examples=["exact"])
    indicator: str = Field(description="量的是什么", examples=["供应土地"])
    comparison: str = Field(description="与什么相比：同比为上年同期", examples=["上年同期"])
    time: str = Field(description="什么时候的，原文的写法；没有写则为空", examples=["2021年以来"])
    place: str = Field(description="哪里的", examples=["周口市扶沟县"])
    case_number: CaseNumber
    document_id: DocumentId
    start: Start
    end: End
    passage_id: PassageId
    passage_start: PassageStart
    passage_end: PassageEnd


class AnswerFigureOut(FigureOut):
    """A figure in the answer, in the passage of `rank`."""

    rank: Rank


class DroppedOut(BaseModel, frozen=True):
    """A sentence that the language model wrote and that did not pass the check; `reason` is a stable code."""

    text: str = Field(description="大模型写的、没有通过核对的话", examples=["扶沟县供应土地5000亩。"])
    reason: Reason = Field(description="为什么没有通过", examples=["figure_not_found"])


class PieceOut(BaseModel, frozen=True):
    """A sentence as it comes, in a stream, and the ranks of the passages that it cites."""

    text: str = Field(description="一句答案", examples=[EXAMPLE_SENTENCE])
    cited_ranks: list[int] = Field(description="它引用的段落的名次", examples=[[1]])


class ComposerOut(BaseModel, frozen=True):
    """What the language model did: `used` tells whether the text is its; `reason` is a stable code of why not."""

    model: str = Field(description="大模型的名字", examples=["qwen3-8b"])
    used: bool = Field(description="答案是不是它写的", examples=[True])
    reason: Failure | None = Field(description="不是的话，为什么", examples=["timeout"])
    message: str = Field(
        description="为什么，一句话", examples=["大模型没有在限定的时间内答完。已改用从原文摘出的答案。"]
    )
    dropped: list[DroppedOut] = Field(description="没有通过核对、没有用上的话")


class AnswerOut(BaseModel, frozen=True):
    """Sentences of the passages with [n] markers, or why there are none (`reason` is a stable code).

    `sentences` are its sentences, or, where a language model wrote the text, what they rest on in the passages;
    `figures` are the figures in them, the one asked for first; `case_count` counts the cases that answer a question
    across cases; `remark` is what the text adds in words of ours, of a place of which nothing is said;
    `nearest_ranks` are those of passages worth reading where there is no answer. `confidence` (0 to 1) is how sure it
    is that the compilation answers. `composer` tells of the language model, where one is set.
    """

    text: str = Field(description="答案，每句之后是依据的 [n]", examples=[f"{EXAMPLE_SENTENCE}[1]"])
    abstained: bool = Field(description="是不是没有作答", examples=[False])
    reason: Silence | None = Field(description="没有作答的话，为什么", examples=["not_covered"])
    cited_ranks: list[int] = Field(description="引用的段落的名次，依引用的次序", examples=[[1, 2]])
    sentences: list[SentenceOut] = Field(description="答案的各句；大模型作答的，是它所依据的原文各句")
    figures: list[AnswerFigureOut] = Field(description="这些句子里的数据，所问的在前")
    case_count: int | None = Field(description="问各地的，有几篇写到；不问各地则为空", examples=[3])
    remark: str = Field(description="原文以外、我们补的一句：哪里没有写到", examples=["兰考县没有写到。"])
    nearest_ranks: list[int] = Field(description="没有作答时，也许值得一看的段落的名次", examples=[[1]])
    confidence: float = Field(description="汇编答得上的把握，0 到 1；不到 0.5 就不作答", examples=[0.97])
    composer: ComposerOut | None = Field(None, description="大模型做了什么；没有设置大模型则为空")


class SpanOut(BaseModel, frozen=True):
    """A span of a document's raw text."""

    start: Start
    end: End


class HighlightOut(SpanOut):
    """A span of a document's raw text, and where it is in the passage."""

    passage_start: PassageStart
    passage_end: PassageEnd


class CaseRef(BaseModel, frozen=True):
    """The case in which a passage stands."""

    case_number: CaseNumber
    title: Title
    city: City
    county: County


class CitationFormsOut(BaseModel, frozen=True):
    """The citation as a line of text, by GB/T 7714, and as a link in Markdown."""

    plain: str = Field(description="一行文字", examples=[EXAMPLE_CITATION])
    gbt7714: str = Field(
        description="参考文献（GB/T 7714）",
        examples=[f"2021年河南省优化营商环境典型案例汇编[G/OL]. [2026-01-01]. {EXAMPLE_URL}."],
    )
    markdown: str = Field(description="Markdown 链接", examples=[f"[{EXAMPLE_CITATION}]({EXAMPLE_URL})"])


class PlacedOut(BaseModel, frozen=True):
    """A passage and where it stands: `text` is exactly the document's characters from `start` to `end`."""

    id: Id
    document_id: DocumentId
    case: CaseRef = Field(description="所在的案例")
    headings: Headings
    part: PartOf
    paragraph: int = Field(description="小节里的第几段，从 1 起", examples=[1])
    start: Start
    end: End
    text: str = Field(description="原文，一字不差", examples=[EXAMPLE_SENTENCE])
    aspect: AspectOf
    citation: Citation
    citation_forms: CitationFormsOut = Field(description="引文的几种写法")
    page: Page
    original_paragraph: OriginalParagraph
    url: Url
    previous: str | None = Field(description="同一小节里上一段的编号", examples=[EXAMPLE_PASSAGE])
    next: str | None = Field(description="同一小节里下一段的编号", examples=[EXAMPLE_PASSAGE])


class AlsoIn(BaseModel, frozen=True):
    """Another volume's copy of a passage."""

    id: Id
    citation: Citation
    url: Url


class PassageOut(PlacedOut):
    """A passage that was found, and in words why.

    `also_in` are its copies in other volumes, which are not shown again.
    """

    rank: Rank
    score: float = Field(description="得分，越高越相符", examples=[0.82])
    why: str = Field(description="为什么找到它，一句话", examples=["正是所问的案例；问题里的词大半说到；意思很近"])
    highlights: list[HighlightOut] = Field(description="段落里与问题最相符的几处")
    also_in: list[AlsoIn] = Field(description="其他文档里同样的段落，不另列出")


class IndexRef(BaseModel, frozen=True):
    """Which index answered."""

    generation: str = Field(description="索引的第几代", examples=["0001"])
    fingerprint: str = Field(description="语料、模型和设置的指纹", examples=["3f9a1c07d2b84e65"])


class TraceHit(BaseModel, frozen=True):
    """The evidence for one passage, each 0 to 1; `place` is 1 where the question names its case."""

    rank: Rank
    passage_id: PassageId
    legs: list[Literal["lexical", "dense"]] = Field(description="怎么找到的：词，向量", examples=[["lexical", "dense"]])
    lexical: float = Field(description="段落里有问题的词，占几成", examples=[0.71])
    characters: float = Field(description="段落里有问题的单字，占几成", examples=[0.8])
    dense: float = Field(description="与段落连同标题的意思有多近", examples=[0.86])
    clause: float = Field(description="与意思最近的一个分句有多近", examples=[0.88])
    centred: float = Field(description="字面上对不上时，去掉共同的意思之后还有多近", examples=[0.4])
    case: float = Field(description="整篇案例里有问题的词，占几成", examples=[0.9])
    place: float = Field(description="正是所问的案例则为 1", examples=[1.0])


class Trace(BaseModel, frozen=True):
    """How the ranking came about: the words searched for, the weights of the evidence, the scores of each hit."""

    tokens: list[str] = Field(description="问题切成的词", examples=[["扶沟", "保障", "土地"]])
    weights: dict[str, float] = Field(description="各项的权重", examples=[{"lexical": 0.3, "dense": 0.2}])
    hits: list[TraceHit] = Field(description="各段落的得分")


class SearchOut(BaseModel, frozen=True):
    """Passages without an answer."""

    question: str = Field(description="问题，照提问时的", examples=["扶沟是怎么保障土地的?"])
    interpretation: InterpretationOut = Field(description="怎么理解问题的")
    passages: list[PassageOut] = Field(description="找到的段落，最相符的在前")
    index: IndexRef = Field(description="由哪个索引作答")
    took_ms: TookMs
    trace: Trace | None = Field(None, description="各项得分；explain 为 true 时才有")


class AskOut(SearchOut):
    """Passages and the answer they carry."""

    answer: AnswerOut = Field(description="答案")
