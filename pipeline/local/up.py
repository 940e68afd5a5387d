"""bin/up: everything on this machine, with a demo tenant and a demo call."""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.local import environment, home, identity, state
from pipeline.local.home import Home
from pipeline.local.launcher import TROUBLE, Launcher, demo_call_words
from pipeline.local.state import State
from pipeline.local.supervisor import Stopped

INTERRUPTED = 130
DETACH_SECONDS = 600
TENANT = "demo"


def main() -> int:
    """Run bin/up; returns the exit code."""
    arguments = _arguments()
    here = home.here()
    try:
        here.make()
        if state.holder(here):
            return _go_on(here, arguments)
        return _detach(here) if arguments.detach else _run(here, arguments)
    except state.AlreadyRunning:
        return _go_on(here, arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        _say(f"bin/up: {home.no_room(here, error)}")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/up", description=__doc__)
    parser.add_argument("--once", action="store_true", help="show one call's way into the CRMs, then stop")
    parser.add_argument("--detach", action="store_true", help="return when ready; bin/down stops it")
    parser.add_argument("--supervise", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once and arguments.detach:
        parser.error("--once stops after one call, --detach goes on running: give one of them")
    return arguments


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # a closed terminal or a full disk ends nothing that runs
        print(text, file=sys.stderr, flush=True)


def _run(here: Home, arguments: argparse.Namespace) -> int:
    """Run in the foreground until the call is done (--once) or we are asked to stop."""
    launcher = Launcher(here, say=_say)
    first = not here.users_file.exists()
    result = here.run / "demo-call.json"
    result.unlink(missing_ok=True)
    code = 0
    try:
        with launcher.running():
            if arguments.supervise:
                launcher.follow()
            print(_summary(here, launcher.url, first=first), flush=True)
            code = launcher.demo_call(result)
            if not arguments.once:
                print("\nRunning. Ctrl-C stops everything that was started here.", flush=True)
                launcher.follow()
    except Stopped:
        _say("stopped before the call was done" if arguments.once else "stopped")
        return INTERRUPTED if arguments.once else 0
    except TROUBLE as error:
        _say(f"bin/up: {error}")
        return 1
    if result.exists():
        print(result.read_text().strip(), flush=True)
    return code


def _detach(here: Home) -> int:
    """Start a supervisor that outlives us and keeps nothing of our standard streams; wait until it is ready."""
    log = here.logs / "supervisor.log"
    start = log.stat().st_size if log.exists() else 0
    log.touch(mode=0o600)
    with log.open("ab") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "pipeline.local.up", "--supervise"],
            cwd=here.checkout,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        found = _wait_for_ready(here, supervisor, log=log, start=start)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait()
        _say("stopped")
        raise
    if found is None:
        _say(f"bin/up: it did not start; the lines above are the end of {log}")
        return 1
    print(json.dumps(_everything(here, found)), flush=True)
    return 0


def _wait_for_ready(
    here: Home, supervisor: subprocess.Popen[bytes] | None, *, log: Path | None = None, start: int = 0
) -> State | None:
    """Return the state once it is ready, showing the log's new lines meanwhile; None if it does not come.

    Without `supervisor` it is another one's start that is waited for.
    """
    until = time.monotonic() + DETACH_SECONDS
    while time.monotonic() < until:
        ended = state.holder(here) is None if supervisor is None else supervisor.poll() is not None
        if log:
            text = log.read_bytes()[start:]
            start += len(text)
            sys.stderr.write(text.decode(errors="replace"))
            sys.stderr.flush()
        found = state.running(here)
        if found and found.is_ready:
            return found
        if ended:
            return None
        time.sleep(0.1)
    return None


def _go_on(here: Home, arguments: argparse.Namespace) -> int:
    """Answer for an installation that runs already, which is left as it is."""
    found = state.running(here)
    if found and found.is_ready:
        _say(f"running already (process {found.supervisor.pid}); bin/down stops it")
    else:
        _say("another bin/up is starting it; waiting until it is ready")
    ready = _wait_for_ready(here, None)
    if ready is None:
        _say(f"bin/up: it did not get ready. The logs are in {here.logs}; run bin/up again to see why")
        return 1
    if arguments.once:
        return _call(here, ready)
    if arguments.detach:
        _write_down_again(here, ready)
        print(json.dumps(_everything(here, ready)), flush=True)
    else:
        print(_summary(here, ready.url, first=True), flush=True)
    return 0


def _write_down_again(here: Home, found: State) -> None:
    """Have the demo tenant's secret and passwords written down as they are now: they may have been changed."""
    told = environment.of_command(found.environment, as_owner=False)
    subprocess.run([sys.executable, "manage.py", "demo"], cwd=here.checkout, env=told, stdout=sys.stderr, check=False)


def _call(here: Home, found: State) -> int:
    result = here.run / f"demo-call.{identity.own().pid}.json"
    command = [sys.executable, "manage.py", *demo_call_words(found.url, found.sandboxes, result)]
    told = environment.of_command(found.environment, as_owner=False)
    running = subprocess.Popen(command, cwd=here.checkout, env=told, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        code = running.wait()
    except KeyboardInterrupt:
        running.kill()
        running.wait()
        _say("stopped before the call was done; what runs here goes on")
        raise
    if result.exists():
        print(result.read_text().strip(), flush=True)
        result.unlink()
    return code


def _everything(here: Home, found: State) -> dict[str, object]:
    return {
        "url": found.url,
        "tenant": TENANT,
        "webhook_url": f"{found.url}/v1/callrail/webhook",
        "webhook_secret": _kept(here.webhook_file)["secret"],
        "users": _kept(here.users_file),
        "sandboxes": found.sandboxes,
        "logs": str(here.logs),
    }


def _kept(file: Path) -> dict[str, Any]:
    """Return what a file of the demo tenant holds."""
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise SystemExit(
            f"bin/up: {file} is lost or damaged ({error}). The next start makes a new one: bin/down, bin/up"
        ) from error


def _summary(here: Home, url: str, *, first: bool) -> str:
    users = _kept(here.users_file)
    lines = [f"\nPipeline runs at {url}/"]
    if first:
        lines += [f"  {role:<7} {user['email']:<24} {user['password']}" for role, user in users.items()]
    else:
        lines.append(f"  sign in as {users['owner']['email']}; the passwords are in {here.users_file}")
    return "\n".join([*lines, f"  logs are in {here.logs}", ""])


if __name__ == "__main__":
    sys.exit(main())
