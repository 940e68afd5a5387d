"""Reverse proxies in front of the served product: nginx where there is one, and one that passes every header on."""

import asyncio
import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.local import ports
from tests.served import PROXY

ADVICE = "nginx was not found (Debian, Ubuntu: sudo apt-get install nginx-light; or set NGINX to its path)"
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; underscores_in_headers {underscores};
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{web}; proxy_bind {proxy}; proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Forwarded "for=$remote_addr";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


def nginx_path() -> str:
    """Return where nginx is; empty: nowhere."""
    return os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""


@contextlib.contextmanager
def nginx(web: int, folder: Path, *, underscores: bool) -> Iterator[int]:
    """Run nginx in front of a port; gives its own."""
    port = ports.free()
    blanks = {"folder": folder, "port": port, "web": web, "proxy": PROXY, "underscores": "on" if underscores else "off"}
    (folder / "nginx.conf").write_text(NGINX.format(**blanks))
    command = [nginx_path(), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    running = subprocess.Popen(command)
    try:
        until = time.monotonic() + 30
        while not (folder / "pid").exists():
            assert running.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        yield port
    finally:
        running.terminate()
        running.wait()


@contextlib.contextmanager
def passing(web: int) -> Iterator[int]:
    """Run a proxy that hands every header on as it came, `_` and all, and adds who sent it; gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _pass_on(reader, writer, web)
        writer.close()

    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(pass_on, "127.0.0.1", 0), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, web: int) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).removesuffix(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await reader.readexactly(int(lengths[0]) if lengths else 0)
    client = writer.get_extra_info("peername")[0]
    added = f"\r\nForwarded: for={client}\r\nX-Forwarded-For: {client}\r\nConnection: close\r\n\r\n".encode()
    from_web, to_web = await asyncio.open_connection("127.0.0.1", web, local_addr=(PROXY, 0))
    to_web.write(head + added + body)
    while block := await from_web.read(65536):
        writer.write(block)
        await writer.drain()
    to_web.close()
