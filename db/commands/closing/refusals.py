"""Why a month is not closed, or a document not corrected: sentences for whoever asked."""

from collections.abc import Iterable


class ClosingRefusedError(Exception):
    """Nothing was issued. Each sentence says what is in the way, and what to do."""

    def __init__(self, *sentences: str, may_be_overridden: bool = False) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
        #: Whether the month may be closed all the same, with a reason.
        self.may_be_overridden = may_be_overridden


class AtWorkError(Exception):
    """Somebody else closes or corrects for this client right now, or records for the month."""


def refuse_all(sentences: Iterable[str], *, may_be_overridden: bool = False) -> None:
    """Refuse if there is anything to refuse for.

    Raises:
        ClosingRefusedError: with all sentences.
    """
    found = tuple(sentences)
    if found:
        raise ClosingRefusedError(*found, may_be_overridden=may_be_overridden)
