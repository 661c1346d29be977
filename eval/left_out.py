"""Questions that cannot be answered, made of those that can: asked while the documents that answer are hidden."""

from dataclasses import replace

import numpy as np

from eval.topics import Topic
from index.filters import Filters
from qa.asking import Found, Reader, looked_up
from qa.plan import planned
from qa.understanding import understood

LEFT_OUT = "left_out"
"""Why such a question cannot be answered."""


def apart(topic: Topic) -> Topic:
    """Return a topic as one that cannot be answered. Other documents may answer it all the same; nobody judged."""
    return replace(topic, id=f"{topic.id}~", evidence=(), answers=(), items=(), cases=(), why=LEFT_OUT)


def looked_up_without(reader: Reader, topic: Topic, count: int) -> Found:
    """Return what is found for a question where its own documents are hidden."""
    generation = reader.generation
    interpretation = understood(topic.question, reader.names)
    plan = planned(interpretation, Filters(), generation)
    hidden = {span.document for span in topic.evidence}
    shown = np.array([each.document_id not in hidden for each in generation.passages], np.bool_)
    allowed = shown if plan.allowed is None else plan.allowed & shown
    return looked_up(reader, interpretation, replace(plan, allowed=allowed), count)
