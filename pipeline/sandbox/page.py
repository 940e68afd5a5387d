"""What a person sees of a record who follows its link: the vendor's own page has the same path."""

import html
import re
from collections.abc import Mapping

from pipeline.sandbox.server import Answer, Request
from pipeline.sandbox.store import Record, Store

_STYLE = (
    "body{font:15px/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;"
    "border-bottom:1px solid #8884;overflow-wrap:anywhere}th{width:14rem;font-weight:500}"
)


def of(vendor: str, store: Store, request: Request, path: re.Pattern[str], kind: str) -> Answer | None:
    """Return the page of a record, without an account: a sandbox keeps nothing real. None: not such a path."""
    found = path.fullmatch(request.path)
    if request.method != "GET" or found is None:
        return None
    records = [record for record in store.all(kind) if record.id == found[1]]
    if not records:
        return Answer(404, "This sandbox has no such record any more.", content_type="text/plain")
    return Answer(
        200,
        _page(vendor, records[0]),
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        content_type="text/html; charset=utf-8",
    )


def _page(vendor: str, record: Record) -> str:
    title = html.escape(f"{record.kind} {record.id} in the sandbox of {vendor}")
    return (
        f"<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>{title}</title>"
        f"<style>{_STYLE}</style><h1>{title}</h1>"
        f"<p>A stand-in on this machine: nothing was sent to {html.escape(vendor)}.</p>{_table(record.body)}"
    )


def _table(body: Mapping[str, object]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name)}<td>{_table(value) if isinstance(value, dict) else html.escape(str(value))}"
        for name, value in body.items()
        if value not in (None, "")
    )
    return f"<table>{rows}</table>"
