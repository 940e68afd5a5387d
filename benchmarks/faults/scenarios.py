"""The scenarios: who is struck in which ways while how many calls come in."""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

from benchmarks.faults import stack
from benchmarks.faults.proxy import Mode

KILL = "kill"
CRMS = ("hubspot", "salesforce", "pipedrive")
_HTML = {"status": 200, "body": "<html><body>Maintenance</body></html>", "content_type": "text/html"}
_EVERYWHERE: Mapping[str, Mapping[str, object]] = {
    "lost request": {"lose": "request", "method": "POST", "times": 2},
    "lost answer": {"lose": "answer", "method": "POST", "times": 3},
    "lost answer of a change": {"lose": "answer", "method": "PATCH", "times": 2},
    "page with 200": {**_HTML, "method": "POST"},
    "unavailable": {"status": 503, "body": {}, "times": 4},
    "late answer": {"delay": 3, "times": 2},
    "slow drip": {"bytes_per_second": 200, "times": 2},
}
_OWN: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "hubspot": {
        "rate storm": {"shape": "rate_burst", "times": 8},
        "search rate": {"shape": "rate_search", "path": "/search", "times": 3},
        "locked": {"shape": "locked", "times": 2},
        "migrating": {"shape": "migrating", "times": 2},
        "edge page": {"shape": "edge_html", "times": 3},
    },
    "salesforce": {
        "row lock": {"shape": "row_lock", "method": "PATCH", "times": 2},
        "page of maintenance": {"shape": "unavailable_html", "times": 3},
    },
    "pipedrive": {"rate storm": {"shape": "rate_burst", "times": 8}},
}
FAULTS = {slug: {**_EVERYWHERE, **_OWN[slug]} for slug in CRMS}
"""What a sandbox does to its next requests, by name."""
_MODES = tuple(mode for mode in Mode if mode is not Mode.CLEAN)


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """What is struck and how: pairs of target and way."""

    blows: Sequence[tuple[str, str]]
    tenants: int = 5
    calls: int = 220
    persons: int = 200
    span: float = 75.0
    """Seconds in which calls come in and the nemesis strikes."""
    drain: float = 300.0
    """Seconds that everything may take to end after that."""
    proxies: bool = False
    more_workers: Sequence[str] = ()
    knobs: Mapping[str, Mapping[str, object]] = dataclasses.field(default_factory=dict)
    """How the CRMs are set, by name (pipeline/sandbox/vendor.py); seconds before TIME_SCALE."""


SCENARIOS = {
    "kill": Scenario([(target, KILL) for target in stack.TARGETS]),
    "network": Scenario([*itertools.product((*CRMS, "recordings"), _MODES)], proxies=True),
    "crm": Scenario(
        [
            *((slug, name) for slug in CRMS for name in FAULTS[slug] for _ in range(2)),
            *itertools.product(CRMS, _MODES),
            *(("worker-crm", KILL) for _ in range(3)),
            *((target, KILL) for target in ("relay", "valkey", "postgres")),
        ],
        tenants=20,
        calls=550,
        persons=500,
        span=110.0,
        drain=420.0,
        proxies=True,
        more_workers=("audio", "crm"),
        knobs={
            "hubspot": {"entry_lag": 10},
            "salesforce": {"entry_lag": 10, "session_seconds": 600},
            "pipedrive": {"entry_lag": 10},
        },
    ),
}
