"""What stands in the addresses of documents and passages."""

from typing import Annotated

from fastapi import Path

from api.questions.fields import EXAMPLE_DOCUMENT, EXAMPLE_PASSAGE

DocumentPath = Annotated[str, Path(description="文档编号", examples=[EXAMPLE_DOCUMENT])]
PassagePath = Annotated[str, Path(description="段落编号：文档编号:起点-终点", examples=[EXAMPLE_PASSAGE])]
