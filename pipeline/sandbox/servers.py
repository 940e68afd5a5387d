"""Which sandboxes there are, and how each is made."""

from collections.abc import Callable
from pathlib import Path

from pipeline.sandbox import hubspot, pipedrive, recordings, salesforce
from pipeline.sandbox.server import Server
from pipeline.sandbox.vendor import Vendor

VENDORS: dict[str, Callable[..., Vendor]] = {
    "hubspot": hubspot.HubSpot,
    "salesforce": salesforce.Salesforce,
    "pipedrive": pipedrive.Pipedrive,
}
NAMES = (*VENDORS, "recordings")


def serve(name: str, *, port: int, state: Path, time_scale: float) -> Server:
    """Return a sandbox's server, bound to its port and not yet serving."""
    if name == "recordings":
        return recordings.Host(port).server
    return Server(VENDORS[name](state, time_scale=time_scale).respond, port, name=name)
