"""The components of the pages side by side, each in all its states: /styleguide/, in development only.

The examples tell one story: Cedar & Stone, on the day HubSpot began to require `lead_source`.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pipeline import clock
from pipeline.dashboard import charts
from pipeline.dashboard.meter import Mark
from pipeline.dashboard.timeline import Row

# The token block of static/css/tokens.css, in the order of the page.
TOKENS = (
    *("canvas", "surface", "sunken", "line", "control", "ink", "ink-2", "ink-3", "warm", "accent"),
    *("accent-hover", "accent-tint", "accent-ink", "ok", "ok-tint", "warn", "warn-tint", "bad", "bad-tint", "bad-line"),
    *("plot", "hot"),
)
_DAYS = (
    *(("11", (38, 23, 2, 0)), ("12", (41, 21, 0, 0)), ("13", (36, 26, 0, 0)), ("14", (44, 24, 2, 0))),
    *(("15", (19, 10, 0, 0)), ("16", (9, 6, 0, 0)), ("17", (47, 28, 0, 0)), ("18", (43, 25, 0, 0))),
    *(("19", (39, 23, 2, 0)), ("20", (45, 21, 0, 0)), ("21", (48, 26, 0, 0)), ("22", (22, 10, 0, 0))),
    *(("23", (11, 8, 0, 0)), ("Today", (37, 20, 3, 4))),
)
_KINDS = (
    *(("solid", "In the CRM"), ("outlined", "Not a lead")),
    *(("hatched", "Failed"), ("dashed", "In progress")),
)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    days = [(label, dict(zip(dict(_KINDS), counts, strict=True))) for label, counts in _DAYS]
    today = days[-1][1]
    context = {
        "tokens": TOKENS,
        "marks": _marks(),
        "three": _marks()[:3],
        "meters": _meters(),
        "shapes": ("ok", "warn", "bad", "run", "wait", "skip", "none"),
        "rows": _timeline(),
        "stats": _stats(),
        "parts": _parts(),
        "days": days,
        "chart": charts.columns(days),
        "kinds": [{"key": key, "name": name, "count": today[key]} for key, name in _KINDS],
        "until": clock.now() + dt.timedelta(seconds=42),
        "now": clock.now(),
    }
    return render(request, "styleguide/styleguide.html", context)


def _marks() -> list[Mark]:
    said = {"ok": "is in HubSpot", "wait": "waits for HubSpot", "bad": "HubSpot refused it", "none": "not sent"}
    return [Mark("HS", shape, f"{sentence[0].upper()}{sentence[1:]}") for shape, sentence in said.items()]


def _meters() -> list[tuple[list[str], str]]:
    return [
        (["in"] * 6, "In the CRM"),
        (["done", "done", "run", "none", "none", "none"], "Transcribing"),
        ([*["done"] * 5, "wait"], "Waits"),
        ([*["done"] * 5, "bad"], "Refused"),
    ]


def _timeline() -> list[Row]:
    now = clock.now()
    tries = ("10:50 Rate limit exceeded", "10:52 Rate limit exceeded")
    return [
        Row("Webhook", "ok", "1 delivery, signed", moment=now - dt.timedelta(minutes=3)),
        Row("Recording", "ok", "1.4 MB from CallRail", seconds=2.1),
        Row("Transcript", "run", "Begun 11 s ago", seconds=11),
        Row("Score", "warn", "Needs review: confidence below 0.7", seconds=0.4),
        Row("HubSpot", "bad", "Refused: Required property missing", seconds=0.6),
        Row("Salesforce", "wait", "Next try by itself", tries, due=now + dt.timedelta(seconds=42)),
        Row("Pipedrive", "skip", "Skipped: not connected"),
        Row("Done", "none", "Once Salesforce has it"),
    ]


def _stats() -> list[dict[str, Any]]:
    calm, rising = (70, 68, 72, 75, 70, 69, 73, 81, 72, 71, 72), (2.1, 2.2, 2.0, 2.1, 2.2, 2.1, 2.3, 3.2, 4.4, 5.6, 6.4)
    return [
        {"label": "Calls today", "number": "64", "limit": "9 above a usual Monday", "spark": charts.spark(range(11))},
        {
            "label": "Average delay",
            "shape": "ok",
            "number": "1:12",
            "unit": "min",
            "limit": "limit 2:00",
            "spark": charts.spark(calm, 120),
        },
        {
            "label": "Error rate",
            "shape": "bad",
            "number": "6.4",
            "unit": "%",
            "limit": "limit 5 %, 8 of 125 in 60 min",
            "spark": charts.spark(rising, 5),
        },
    ]


def _parts() -> list[dict[str, Any]]:
    return [
        {
            "label": "Timeline urgency",
            "points": 20,
            "most": 25,
            "track": 100,
            "fill": 80,
            "why": "Seven weeks away, with a month named.",
            "quote": "right after New Year's, mid January",
            "at": 125,
        },
        {
            "label": "Budget indicators",
            "points": 0,
            "most": 20,
            "track": 80,
            "fill": 0,
            "why": "No sum, range or ceiling was said.",
            "at": None,
        },
    ]
