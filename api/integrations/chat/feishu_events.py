"""What 飞书 sends, as far as it is read: the form 2.0 of an event, and in it a message."""

import re
from typing import Annotated, Any, Literal

from pydantic import AliasPath, BaseModel, Field, TypeAdapter
from pydantic_core import from_json

MESSAGE_RECEIVED = "im.message.receive_v1"

_MENTION = re.compile(r"@_(?:user_\d+|all)")
"""Where a text names somebody; who that is stands beside it."""


class Header(BaseModel):
    """What every event says of itself; `create_time` is in milliseconds."""

    event_id: str = Field(min_length=1)
    event_type: str
    create_time: int
    token: str = Field("", repr=False)


class Mention(BaseModel):
    """Somebody named in a message: `key` stands in the text for the name."""

    key: str
    name: str = ""
    open_id: Annotated[str | None, Field(validation_alias=AliasPath("id", "open_id"))] = None


class Message(BaseModel):
    """A message; `content` is JSON in a string, after the kind of message."""

    message_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")
    chat_id: str = Field(min_length=1)
    chat_type: str
    message_type: str
    content: str = ""
    thread_id: str | None = None
    mentions: list[Mention] | None = None

    @property
    def is_private(self) -> bool:
        """Tell whether it was written to the robot alone."""
        return self.chat_type == "p2p"

    @property
    def conversation(self) -> str:
        """Where the message stands: a thread of a chat, or else the chat."""
        return f"{self.chat_id}/{self.thread_id}" if self.thread_id else self.chat_id

    def names(self, open_id: str) -> bool:
        """Tell whether somebody is named in it."""
        return any(mention.open_id == open_id for mention in self.mentions or ())

    def text(self) -> str | None:
        """Return what a person wrote, without whom they named; None where that is no text (a picture, a file).

        Raises ValueError where the content is not what its kind is made of.
        """
        if self.message_type not in ("text", "post"):
            return None
        content = from_json(self.content)
        match self.message_type, content:
            case "text", {"text": str(text)}:
                return _MENTION.sub(" ", text).strip()
            case "post", {"content": list(lines)}:
                return "\n".join(filter(None, [_title(content), *map(_line, lines)]))
        raise ValueError


class Sender(BaseModel):
    """Who wrote a message: a `user`, or a robot."""

    kind: Annotated[str, Field(alias="sender_type")] = ""
    open_id: Annotated[str | None, Field(validation_alias=AliasPath("sender_id", "open_id"))] = None


class Event(BaseModel):
    """An event of the form 2.0; `message` and `sender` only where a message is what it tells of."""

    form: Annotated[Literal["2.0"], Field(alias="schema")]
    header: Header
    message: Annotated[Message | None, Field(validation_alias=AliasPath("event", "message"))] = None
    sender: Annotated[Sender, Field(validation_alias=AliasPath("event", "sender"))] = Sender()


class Verification(BaseModel):
    """The question that the console asks when an address is saved there."""

    kind: Annotated[Literal["url_verification"], Field(alias="type")]
    challenge: str = Field(min_length=1)
    token: str = Field("", repr=False)


_SENT: TypeAdapter[Verification | Event] = TypeAdapter(Verification | Event)


def read(sent: bytes | str) -> Verification | Event:
    """Return what was sent, decrypted. Raises ValidationError."""
    return _SENT.validate_json(sent)


def _title(content: dict[str, Any]) -> str:
    title = content.get("title")
    return title.strip() if isinstance(title, str) else ""


def _line(line: object) -> str:
    pieces = line if isinstance(line, list) else []
    texts = (
        piece.get("text") for piece in pieces if isinstance(piece, dict) and piece.get("tag") in ("text", "a", "md")
    )
    return "".join(text for text in texts if isinstance(text, str)).strip()
