"""An engine without a model for the tests of resident.py: does what it is asked to."""

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from calls.transcript.resident import serve


def answer(request: dict[str, Any]) -> Mapping[str, object]:
    if "die" in request:
        os.kill(os.getpid(), request["die"])
    if "sleep" in request:
        time.sleep(request["sleep"])
    if "print" in request:
        print(request["print"], flush=True)  # noqa: T201  (as libraries do)
        os.system("echo from a library")
    return {"echo": request, "pid": os.getpid(), "environment": sorted(os.environ)}


if __name__ == "__main__":
    serve(answer, idle_seconds=float(sys.argv[1]))
