"""Errors of the evaluation, each with a message in Chinese fit to be shown to a user."""


class EvaluationError(Exception):
    """Base of all errors raised in `eval`; the message is Chinese and is shown as it stands."""


class SetUnreadable(EvaluationError):
    """A collection, a qrels file or a run file is not there or is not what it should be."""


class TopicWrong(EvaluationError):
    """A topic is no topic, or its evidence does not stand where it says."""


class VariantUnknown(EvaluationError):
    """The description of a configuration has a word that nobody knows."""
