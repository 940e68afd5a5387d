"""The recording of a call, for the player."""

import re
from pathlib import Path

from django.http import FileResponse, Http404, HttpResponse
from django.views.decorators.http import require_safe

from calls.models import Recording
from calls.recording import storage
from pipeline.errors import Transient
from tenants.access.pages import TenantRequest, member_required

BLOCK = 1024 * 1024
"""Bytes that are in memory at most, and that an answer to a Range header carries at most: the player asks on."""
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
OK, PARTIAL, UNSATISFIABLE = 200, 206, 416


@require_safe
@member_required()
def audio(request: TenantRequest, pk: int) -> HttpResponse | FileResponse:
    """Send the recording from its open file, or the part that a Range header names."""
    recording = Recording.objects.filter(call_id=pk).first()
    if recording is None:
        raise Http404("This call has no stored recording.")
    try:
        with storage.storage().local(recording.storage_key) as file:
            response = _answer(file, request.headers.get("Range", ""))
    except Transient as error:
        raise Http404(error.text) from error
    response.headers["Content-Type"] = recording.content_type
    response.headers["Content-Disposition"] = f'attachment; filename="call-{pk}{Path(recording.storage_key).suffix}"'
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _answer(file: Path, wanted: str) -> HttpResponse | FileResponse:
    """Return the file, the part of it that is wanted, or 416; a Range that can't be read is none (RFC 9110, 14.2)."""
    total = file.stat().st_size
    asked = _RANGE.fullmatch(wanted)
    if asked is None or asked.groups() == ("", ""):
        whole = FileResponse(file.open("rb"), status=OK)
        whole.block_size = BLOCK
        return whole
    first, last = asked.groups()
    start = int(first) if first else max(total - int(last), 0)
    end = min(int(last) if first and last else total - 1, total - 1, start + BLOCK - 1)
    if start > end:
        return HttpResponse(status=UNSATISFIABLE, headers={"Content-Range": f"bytes */{total}"})
    with file.open("rb") as opened:
        opened.seek(start)
        body = opened.read(end - start + 1)
    return HttpResponse(body, status=PARTIAL, headers={"Content-Range": f"bytes {start}-{end}/{total}"})
