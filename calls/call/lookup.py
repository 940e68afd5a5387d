"""A call by its id, as the stages ask for it."""

from calls.models import Call
from pipeline.errors import Permanent


def existing(call_id: int) -> Call:
    """Return the call. Raises Permanent("call.not_found")."""
    try:
        return Call.objects.get(pk=call_id)
    except Call.DoesNotExist:
        raise Permanent("call.not_found", "The call is gone: it was erased. There is nothing to do.") from None
