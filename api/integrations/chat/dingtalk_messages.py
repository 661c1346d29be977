"""What 钉钉 sends, as far as it is read: a message to the robot, the same by HTTP and over a connection."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Message(BaseModel):
    """A message; `session_webhook` is where its answers go, until a moment in milliseconds."""

    model_config = ConfigDict(alias_generator=to_camel)

    msg_id: str = Field(min_length=1)
    conversation_type: Literal["1", "2"]
    conversation_id: str = Field(min_length=1)
    sender_id: str | None = None
    sender_staff_id: str | None = None
    is_in_at_list: bool = False
    session_webhook: str = Field(repr=False)
    session_webhook_expired_time: int
    kind: str = Field(alias="msgtype")
    plain: Mapping[str, Any] | None = Field(None, alias="text")
    content: Mapping[str, Any] | None = None

    @property
    def is_private(self) -> bool:
        """Tell whether it was written to the robot alone."""
        return self.conversation_type == "1"

    def text(self) -> str | None:
        """Return what a person wrote, without the name of the robot; None where that is no text (a picture, a file).

        Raises ValueError where the content is not what its kind is made of.
        """
        match self.kind, self.plain, self.content:
            case "text", {"content": str(text)}, _:
                return text.strip()
            case "richText", _, {"richText": list(pieces)}:
                texts = (piece.get("text") for piece in pieces if isinstance(piece, dict))
                return "".join(text for text in texts if isinstance(text, str)).strip()
            case (("text" | "richText"), _, _):
                raise ValueError
        return None
