"""How a customer is told of the own home, by its own choice: nobody else sees or sets it."""

from fastapi import APIRouter

from services.api import choices
from services.api.answers.choice import Choice, Choosing, NewChoice, choice
from services.api.caller import Who, With, guarded

router = APIRouter(tags=["notifications"])


@router.get("/v1/choice", **guarded("write:choice", also=("not-found",)))
async def get_choice(parts: With, who: Who) -> Choosing:
    """Say how the customer who asks is told of its own home, and what it may choose from. Whoever
    is no customer has none: that is a 404."""
    return await choices.chosen(parts, who)


@router.put(
    "/v1/choice",
    status_code=202,
    **guarded("write:choice", also=("bad-request", "cross-site", "too-large", "not-found")),
)
async def set_choice(parts: With, who: Who, body: NewChoice) -> Choice:
    """Have the customer who asks told of its own home in this way, in the place of what it has
    chosen before. It is told from then on, and of what goes on with its next news."""
    return choice(await choices.set_choice(parts, who, body))


@router.delete(
    "/v1/choice",
    status_code=204,
    **guarded("write:choice", also=("cross-site", "not-found")),
)
async def unset_choice(parts: With, who: Who) -> None:
    """Have the customer who asks told of nothing any more, not even of the end of what it was told;
    its address is forgotten."""
    await choices.unset_choice(parts, who)
