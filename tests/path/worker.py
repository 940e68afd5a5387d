"""A worker in a process of its own: works off what is due, and kills itself at one place if told to.

    python -m tests.path.worker [STAGE work|save]

`work`: when the stage's work is done and nothing of it is stored. `save`: when it is stored and not committed.
"""

import dataclasses
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django


def deadly(do: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same, ended by SIGKILL."""

    def done(*arguments: object) -> None:
        do(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    return done


def main(arguments: list[str]) -> None:
    django.setup()
    from calls.transcript import registry
    from pipeline.stages import STAGES
    from tests.drain import drain
    from tests.path import prepared

    registry.PROVIDERS[prepared.SLUG] = f"{prepared.__name__}.{prepared.Prepared.__name__}"
    stages = dict(STAGES)
    if arguments:
        name, part = arguments
        changed: dict[str, Any] = {part: deadly(getattr(STAGES[name], part))}
        stages[name] = dataclasses.replace(STAGES[name], **changed)
    drain(stages)


if __name__ == "__main__":
    main(sys.argv[1:])
