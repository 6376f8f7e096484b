"""What a privilege question's answer means: only a plain true is a yes."""

from __future__ import annotations

from ringfence.health.model import Missing


def missing(text: str, answer: object) -> Missing | None:
    """None when the privilege is there; otherwise what is missing, also when the question did not answer yes or no."""
    match answer:
        case True:
            return None
        case False:
            return Missing(text, "")
        case None:
            return Missing(text, "the question gave no answer")
        case _:
            return Missing(text, f"the question gave {type(answer).__name__} instead of yes or no")
