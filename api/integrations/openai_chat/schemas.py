"""What the OpenAI-compatible interface takes and gives. Positions are code points of the message's content."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.questions.fields import EXAMPLE_CITATION, EXAMPLE_PASSAGE, EXAMPLE_SENTENCE, EXAMPLE_URL, LONGEST_QUESTION
from api.questions.schemas import LONGEST_MESSAGE, MOST_MESSAGES, AskIn, Message

MODEL = "anwen"
"""The one model there is."""


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(examples=["text"], description="只读 text")
    text: str | None = Field(None, examples=["扶沟是怎么保障土地的?"], description="文字")


class ChatMessage(BaseModel):
    """A turn of a conversation. Only what the person said is used."""

    model_config = ConfigDict(extra="ignore")

    role: str = Field(examples=["user"], description="说话的一方；只有 user 的话算数")
    content: str | list[Part] | None = Field(None, examples=["扶沟是怎么保障土地的?"], description="说了什么")

    @property
    def text(self) -> str:
        """The words of the message, its parts one under the other."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """How an answer is streamed."""

    model_config = ConfigDict(extra="ignore")

    include_usage: bool | None = Field(None, description="流的最后再给出用量", examples=[True])


class ChatIn(BaseModel):
    """A conversation of which the user's last message is to be answered; what else clients send is ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(examples=[MODEL], description=f"模型，只有 {MODEL}")
    messages: list[ChatMessage] = Field(description="对话，最后一条 user 消息是问题，之前的用来补全追问")
    stream: bool | None = Field(None, description="逐句返回", examples=[True])
    stream_options: StreamOptions | None = Field(None, description="逐句返回时的选项")

    @model_validator(mode="after")
    def _asks(self) -> "ChatIn":
        if not (self.said and self.said[-1]):
            raise PydanticCustomError("nothing_asked", "nothing asked")
        if len(self.said[-1]) > LONGEST_QUESTION:
            raise PydanticCustomError("question_too_long", "too long", {"max_length": LONGEST_QUESTION})
        return self

    @property
    def said(self) -> list[str]:
        """What the person said, oldest first."""
        return [message.text.strip() for message in self.messages if message.role == "user"]

    @property
    def length(self) -> int:
        """The number of characters in all messages."""
        return sum(len(message.text) for message in self.messages)

    def asking(self) -> AskIn:
        """Return the question with the turns before it; of a very long conversation the last turns."""
        *before, question = self.said
        turns = [text[:LONGEST_MESSAGE] for text in before if text][-MOST_MESSAGES:]
        return AskIn(question=question, messages=[Message(role="user", content=text) for text in turns])


class UrlCitation(BaseModel):
    """Where a sentence of the content comes from."""

    url: str = Field(description="段落的永久链接", examples=[EXAMPLE_URL])
    title: str = Field(description="出处", examples=[EXAMPLE_CITATION])
    start_index: int = Field(description="这句话在 content 里的起点（Unicode 字符序号）", examples=[0])
    end_index: int = Field(description="这句话在 content 里的终点，不含", examples=[45])


class Annotation(BaseModel):
    """A note on a span of the content."""

    type: Literal["url_citation"] = Field("url_citation", description="种类")
    url_citation: UrlCitation = Field(description="引用")


class SearchResult(BaseModel):
    """A passage of the compilation; in the order of the [n] where it is cited."""

    title: str = Field(description="出处", examples=[EXAMPLE_CITATION])
    url: str = Field(description="段落的永久链接", examples=[EXAMPLE_URL])
    snippet: str = Field(description="段落的原文，一字不差", examples=[EXAMPLE_SENTENCE])
    passage_id: str = Field(description="段落编号", examples=[EXAMPLE_PASSAGE])


class Usage(BaseModel):
    """How much was read and written, in characters: no tokens are counted here."""

    prompt_tokens: int = Field(description="对话的字数", examples=[11])
    completion_tokens: int = Field(description="回答的字数", examples=[48])
    total_tokens: int = Field(description="两者之和", examples=[59])


class AssistantMessage(BaseModel):
    """The answer, with a number [n] behind each sentence and the list of sources under it."""

    role: Literal["assistant"] = Field("assistant", description="说话的一方")
    content: str = Field(description="回答，每句后有 [n]，末尾是出处", examples=[f"{EXAMPLE_SENTENCE}[1]"])
    refusal: None = Field(None, description="总是空的")
    annotations: list[Annotation] = Field(description="每句话的出处")


class Choice(BaseModel):
    """The one answer."""

    index: int = Field(0, description="总是 0")
    message: AssistantMessage = Field(description="回答")
    logprobs: None = Field(None, description="总是空的")
    finish_reason: Literal["stop"] = Field("stop", description="总是说完")


class Sources(BaseModel):
    """The passages cited: the n-th is the [n] of the content. Where there is no answer, those worth reading."""

    citations: list[str] = Field(description="第 n 个是 [n] 的永久链接", examples=[[EXAMPLE_URL]])
    search_results: list[SearchResult] = Field(description="第 n 个是 [n] 的段落；没有作答时是最接近的段落")


class Completion(Sources):
    """An answer in OpenAI's form."""

    id: str = Field(examples=["chatcmpl-1f0c"], description="这次回答的编号")
    object: Literal["chat.completion"] = Field("chat.completion", description="种类")
    created: int = Field(description="回答的时刻，Unix 秒", examples=[1767225600])
    model: str = Field(MODEL, description="模型")
    system_fingerprint: str = Field(description="索引的指纹", examples=["3f9a1c07d2b84e65"])
    choices: list[Choice] = Field(description="只有一个")
    usage: Usage = Field(description="用量，以字计")


class Model(BaseModel):
    """A model."""

    id: str = Field(MODEL, description="模型的名字")
    object: Literal["model"] = Field("model", description="种类")
    created: int = Field(description="索引建成的时刻，Unix 秒", examples=[1767225600])
    owned_by: str = Field(MODEL, description="归谁")


class Models(BaseModel):
    """The models there are."""

    object: Literal["list"] = Field("list", description="种类")
    data: list[Model] = Field(description="模型")


class OpenAIErrorDetail(BaseModel):
    """An error as OpenAI's clients read it."""

    message: str = Field(description="中文说明", examples=["缺少对话。"])
    type: str = Field(examples=["invalid_request_error"], description="错误的种类")
    param: str | None = Field(description="请求里有错的字段", examples=["messages"])
    code: str = Field(examples=["model_not_found"], description="稳定的错误代码")


class OpenAIError(BaseModel):
    """The body of every error."""

    error: OpenAIErrorDetail = Field(description="错误")
