"""What the API says when something goes wrong."""

from pydantic import BaseModel, Field

from api.codes import ErrorCode


class FieldFault(BaseModel, frozen=True):
    """What is wrong with a part of a request; `field` is its path there, empty for the body as a whole."""

    field: str = Field(description="请求里的哪个字段，如 filters.city", examples=["filters.city"])
    message: str = Field(description="哪里不对", examples=["filters.city应为文字"])


class ErrorDetail(BaseModel, frozen=True):
    """A stable code for programs and a Chinese message for people; `fields` tells what is wrong where."""

    code: ErrorCode = Field(description="给程序看的代码，不会变", examples=["invalid_request"])
    message: str = Field(description="给人看的话", examples=["filters.city应为文字。"])
    fields: list[FieldFault] = Field(default_factory=list, description="请求的哪些字段不对；不是字段的事则为空")


class ErrorOut(BaseModel, frozen=True):
    """The body of every error."""

    error: ErrorDetail = Field(description="出了什么错")
