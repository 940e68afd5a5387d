"""What no text of the repository may say, and that its links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, files, texts

# Built from parts, so that this file does not name them either.
HOSTS = ["py" + "pi.org", "files.python" + "hosted.org", "registry.npm" + "js.org", "deb.deb" + "ian.org"]
PLACES = ["/wo" + "rk/", "/fa" + "rm/", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w", r"\b[A-Z]:\\Us" + "ers"]
FORBIDDEN = re.compile("|".join([*(re.escape(host) for host in HOSTS), *(rf"(?<![\w.~-]){place}" for place in PLACES)]))
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")
LARGEST = 2_000_000


def test_no_text_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if FORBIDDEN.search(line)
    ]

    assert found == []


@pytest.mark.parametrize(
    "text", [f"pip install -i https://{HOSTS[0]}/simple", "cd " + "/wo" + "rk/pipeline", "/ho" + "me/ann"]
)
def test_a_registry_or_a_folder_of_one_machine_is_found(text: str) -> None:
    assert FORBIDDEN.search(text)


def test_nothing_is_marked_as_unfinished() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if MARKS.search(line) and not name.startswith("tests/")
    ]

    assert found == []


def test_no_file_is_larger_than_two_megabytes() -> None:
    assert [str(path) for path in files() if path.stat().st_size > LARGEST] == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the usual renderers make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def broken(page: Path, link: str) -> bool:
    """Return whether a link of a page leads nowhere in the repository; links to the web are not followed."""
    if re.match(r"[a-z]+:", link):
        return False
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors(target)


def test_links_of_the_pages_lead_somewhere() -> None:
    pages = [path for path in files() if path.suffix == ".md"]

    found = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if broken(page, link)
    ]

    assert len(pages) > 20
    assert found == []


def test_a_link_to_a_missing_page_or_heading_is_broken() -> None:
    page = ROOT / "README.md"

    assert broken(page, "docs/missing.md")
    assert broken(page, "CONTRIBUTING.md#no-such-heading")
    assert not broken(page, "CONTRIBUTING.md")
