"""The pages in a real browser: live parts, keys, player, theme, narrow screens, the strict policy."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from calls.models import Call, Utterance
from crm.models import Exchange
from pipeline.steps.models import State, Step
from scoring.models import Extraction, LeadScore
from tenants.models import Membership, Tenant, User, WebhookDoor
from tenants.scope import scope
from tests.web import browser as browsers
from tests.web.scenes import PASSWORD, Scene, fact, person

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Share one Chromium among the tests of this file."""
    with browsers.chromium() as browser:
        yield browser


@pytest.fixture
def scene(committed: dict[str, Tenant]) -> Iterator[Scene]:
    """Give a place for calls that other connections see; the tenant has its name again after the test."""
    tenant = committed["cedar"]
    scene = Scene(tenant)
    with scope(tenant):
        scene.connect()
    yield scene
    Tenant.objects.filter(pk=tenant.pk).update(name="Cedar")


@pytest.fixture
def dana(committed: dict[str, Tenant]) -> Iterator[User]:
    """Give an owner who is gone after the test."""
    user = person("dana@cedar.example", (committed["cedar"], "owner"), name="Dana Whitlock")
    yield user
    user.delete()


@pytest.fixture
def base(recordings: Path) -> Iterator[str]:
    """Serve the product."""
    with browsers.server() as url:
        yield url


@pytest.fixture
def open_page(chromium: Browser, base: str, dana: User) -> Iterator[Open]:
    """Give an opener of pages for the signed-in owner; at the end no page may have had anything to complain of."""
    contexts, complaints = [], []

    def opened(path: str, *, width: int = 1280, scheme: str = "light", signed_in: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            timezone_id="America/Chicago",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if signed_in:
            browsers.session(context, base, dana)
        page = context.new_page()
        complaints.append(browsers.troubles(page))
        page.goto(base + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for found in complaints for text in found if not EXPECTED.search(text)] == []


EXPECTED = re.compile("status of (403|404|405|422|500)|ERR_INTERNET_DISCONNECTED|Status Error Code 500")
"""What the browser notes of answers that the tests ask for."""
LOOSE_NAMES = """(name) => {
    const walk = document.createTreeWalker(document.querySelector('.app'), NodeFilter.SHOW_TEXT);
    const loose = [];
    while (walk.nextNode()) {
        const text = walk.currentNode;
        const shown = text.parentElement.checkVisibility();
        if (shown && text.data.includes(name) && !text.parentElement.closest('bdi, [dir=auto], pre, code'))
            loose.push(text.parentElement.outerHTML.slice(0, 80));
    }
    return loose;
}"""
"""Names that are not kept apart from the direction of what stands beside them."""


def make(scene: Scene, kind: str, **fields: object) -> Call:
    with scope(scene.tenant):
        call: Call = getattr(scene, kind)(**fields)
    return call


def test_signing_in_leads_to_the_page_that_was_asked_for(open_page: Open) -> None:
    page = open_page("/calls/?band=hot", signed_in=False)
    page.get_by_label("E-mail").fill("dana@cedar.example")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("E-mail and password do not match.")
    expect(page.get_by_label("E-mail")).to_have_value("dana@cedar.example")

    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    assert page.url.endswith("/calls/?band=hot")


@pytest.mark.parametrize("kind", ["list", "call"])
def test_a_session_that_ends_leads_to_the_sign_in_and_back(open_page: Open, scene: Scene, kind: str) -> None:
    call = make(scene, "transcribing")
    path = "/calls/?sort=-score" if kind == "list" else f"/calls/{call.pk}/"
    page = open_page(path)
    expect(page.get_by_role("link", name="Dana Whitlock")).to_be_visible()

    page.context.clear_cookies(name="sessionid")
    page.wait_for_url(re.compile(r"/sign-in/\?next="), timeout=15_000)
    page.get_by_label("E-mail").fill("dana@cedar.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(re.escape(path) + "$"))
    expect(page.get_by_role("link", name="Dana Whitlock")).to_be_visible()


def test_the_timeline_moves_without_a_reload_and_ends_with_the_call(open_page: Open, scene: Scene) -> None:
    call = make(scene, "transcribing")
    page = open_page(f"/calls/{call.pk}/")
    page.evaluate("window.loadedOnce = true")
    expect(page.locator("#happened")).to_contain_text("Transcribing")
    player = page.locator("#player audio").element_handle()

    with scope(scene.tenant):
        transcript = scene.transcript(call)
        Step.objects.filter(stage="transcript").update(state=State.DONE, finished_at=scene.now)
        scene.step(call, "extraction", State.RUNNING)
    expect(page.locator("#happened")).to_contain_text("Looking for facts")
    expect(page.locator("#transcript")).to_contain_text("My name is Rosalind Okafor")

    with scope(scene.tenant):
        extraction = scene.extraction(call, transcript)
        Step.objects.filter(stage="extraction").update(state=State.DONE, finished_at=scene.now)
        score = scene.score(call, extraction)
        scene.step(call, "score", said="92, confidence 0.91")
        for crm in ("hubspot", "salesforce", "pipedrive"):
            scene.synced(call, score, crm, "4711")
    expect(page.get_by_role("heading", name="Rosalind Okafor")).to_be_visible()
    expect(page.locator("#head")).to_contain_text("92 Hot Rosalind", use_inner_text=True)
    expect(page.locator("#head .status")).to_have_text("Done")
    expect(page.locator("#why")).to_contain_text("Why 92")
    expect(page.locator("#crm")).to_contain_text("Created record 4711")
    expect(page.locator("mark").first).to_have_text("getting an estimate on a kitchen")
    expect(page.locator("#happened")).not_to_have_attribute("hx-get", re.compile("."))

    assert page.evaluate("window.loadedOnce") is True
    assert page.evaluate("(audio) => audio.isConnected", player)


def test_a_wait_counts_down_by_itself(open_page: Open, scene: Scene) -> None:
    page = open_page(f"/calls/{make(scene, 'rate_limited', wait=90).pk}/")
    due = page.locator("#happened .stage-right [data-countdown]")
    first = due.inner_text()

    expect(due).not_to_have_text(first)

    assert re.fullmatch(r"1:[0-2]\d", due.inner_text())


def test_the_player_plays_in_step_with_the_transcript(open_page: Open, scene: Scene) -> None:
    page = open_page(f"/calls/{make(scene, 'done').pk}/")
    lines = page.locator(".line")
    position = page.get_by_role("slider", name="Position in the recording")

    lines.nth(9).click()
    expect(lines.nth(9)).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    assert 99 <= float(position.input_value()) < 115

    page.get_by_role("button", name="Hear E-mail at 2:28").click()
    expect(lines.nth(11)).to_have_attribute("aria-current", "true")
    expect(page.locator(".line[aria-current]")).to_have_count(1)

    page.locator("h1").click()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Speed").click()
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25


def test_the_list_is_gone_through_by_keys(open_page: Open, scene: Scene) -> None:
    older, newer = make(scene, "done", minutes=9), make(scene, "refused", minutes=5)
    page = open_page("/calls/")

    page.keyboard.press("j")
    expect(page.locator(f"#open-{newer.pk}")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#open-{older.pk}")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Constance Ferraro")).to_be_visible()
    page.wait_for_load_state()  # the script that hears keys is deferred

    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Rosalind Okafor")).to_be_visible()
    page.goto(page.url.replace(f"/{older.pk}/", "/"))
    page.keyboard.press("/")
    page.keyboard.type("jk")
    expect(page.get_by_label("Search by name, number or call id")).to_have_value("jk")


def test_new_calls_are_announced_and_moving_rows_move_in_place(open_page: Open, scene: Scene) -> None:
    moving = make(scene, "transcribing")
    page = open_page("/calls/")
    expect(page.locator(f"#call-{moving.pk}")).to_contain_text("Transcribing")

    make(scene, "done", minutes=1)
    with scope(scene.tenant):
        Step.objects.filter(subject=moving.pk, stage="transcript").update(state=State.DEAD)
    expect(page.get_by_text("1 new call")).to_be_visible(timeout=8000)
    expect(page.locator(f"#call-{moving.pk}")).to_contain_text("Transcript failed")
    assert page.locator("table.calls tbody tr").count() == 1

    page.get_by_text("1 new call").click()
    expect(page.locator("table.calls tbody tr")).to_have_count(2)


def test_a_replay_is_one_press_and_says_so(open_page: Open, scene: Scene) -> None:
    call = make(scene, "refused")
    page = open_page(f"/calls/{call.pk}/")

    page.get_by_role("button", name="Try HubSpot again").click()

    expect(page.get_by_role("status").get_by_text("HubSpot runs again, and what comes after it.")).to_be_visible()
    expect(page.locator("#trouble")).to_be_empty()
    step = Step.objects.get(stage="sync")
    assert (step.state, step.attempts) == ("waiting", 0)


def test_the_theme_is_chosen_once_and_there_before_the_script(open_page: Open) -> None:
    page = open_page("/you/")
    page.get_by_label("Dark").check()
    dark = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(dark) == "rgb(26, 26, 24)"

    page.route("**/*.js", lambda route: route.fulfill(body=""))
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(dark) == "rgb(26, 26, 24)"


def test_times_are_in_the_browsers_zone(open_page: Open) -> None:
    page = open_page("/you/")
    page.reload()

    expect(page.get_by_text("Times are shown in America/Chicago")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_no_page_is_wider_than_its_screen(open_page: Open, scene: Scene, width: int, scheme: str) -> None:
    with scope(scene.tenant):
        calls = scene.everything()
    page = open_page("/calls/", width=width, scheme=scheme)
    paths = ["/calls/", "/calls/?q=nobody", "/you/", *(f"/calls/{call.pk}/" for call in calls)]

    for path in paths:
        page.goto(re.sub(r"/calls/.*", "", page.url).replace("/you/", "") + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


LONG = "W" * 120
ERROR = "E" * 120
TRIED = (("retry", ERROR, 30),)
RTL = "\u05d3\u05e0\u05d4 \u202e(*) " + "\u05d5" * 60


@pytest.mark.parametrize("name", [LONG, RTL], ids=["unbroken", "right to left"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_name_makes_a_page_wider_than_its_screen_or_turns_what_stands_beside_it(
    open_page: Open, scene: Scene, dana: User, width: int, name: str
) -> None:
    Tenant.objects.filter(pk=scene.tenant.pk).update(name=name)
    User.objects.filter(pk=dana.pk).update(name=name)
    with scope(scene.tenant):
        calls = [*scene.everything(), scene.call(minutes=1)]
        scene.step(calls[-1], "recording", State.DEAD, code="recording.gone", said=f"{ERROR}. {ERROR}", tries=TRIED)
        contact = {"first_name": name, "last_name": name, "email": f"{LONG}@cedar.example"}
        Call.objects.update(caller_name=name, marketing_source=name, campaign=name, keyword=name, caller_id=name[:64])
        LeadScore.objects.update(contact=contact)
        Utterance.objects.update(text=name)
        Exchange.objects.update(path=f"/{LONG}", answer={"message": LONG})
        facts = {field: fact(name, 1, name) for field in ("project_type", "project_details", "timeline")}
        Extraction.objects.update(facts=facts)
    page = open_page("/calls/", width=width)
    base = page.url.removesuffix("/calls/")
    paths = ["/calls/", f"/calls/?q={LONG}", f"/calls/?crm={LONG}", "/you/", *(f"/calls/{call.pk}/" for call in calls)]

    for path in paths:
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        cut = "() => [...document.querySelectorAll('h1')].every((one) => one.scrollWidth <= one.clientWidth + 1)"
        assert page.evaluate(cut), path
        loose = page.evaluate(LOOSE_NAMES, name)
        assert loose == [], path


def test_on_a_phone_pages_that_only_say_something_are_whole_too(open_page: Open, scene: Scene, dana: User) -> None:
    page = open_page("/tenant/", width=390)
    base = page.url.removesuffix("/tenant/")
    Membership.objects.filter(user=dana).delete()

    for path in ("/tenant/", "/nowhere", "/calls/", "/you/"):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        bar = page.locator(".topbar").bounding_box()
        name = page.locator(".topbar .brand-name").bounding_box()
        assert bar, path
        assert name, path
        assert name["y"] + name["height"] <= bar["y"] + bar["height"], path
        command = page.locator(".notice .code")
        assert command.count() == (path == "/calls/")
        assert all(one.evaluate("(box) => box.scrollWidth <= box.clientWidth") for one in command.all())


def test_on_a_phone_targets_are_large_enough_to_touch(open_page: Open, scene: Scene) -> None:
    call = make(scene, "refused")
    page = open_page("/calls/", width=390)
    small = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')]
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([one, box]) => box.width && box.height && !one.closest('.hide, .skip-link, .calls, p, .crumbs'))
        .filter(([one, box]) => box.height < 44 && !one.classList.contains('link'))
        .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.height}`)"""

    assert page.evaluate(small) == []
    page.locator(f"#call-{call.pk}").click(position={"x": 200, "y": 60})
    expect(page.get_by_role("heading", name="Constance Ferraro")).to_be_visible()
    assert page.evaluate(small) == []


def test_pages_have_one_title_named_controls_and_headings_in_order(open_page: Open, scene: Scene) -> None:
    with scope(scene.tenant):
        calls = scene.everything()
    page = open_page("/calls/")
    base = page.url.removesuffix("/calls/")
    unnamed = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
        .filter((one) => one.checkVisibility() && !(one.getAttribute('aria-label') || one.textContent.trim()
            || one.labels?.length)).map((one) => one.outerHTML.slice(0, 100))"""
    levels = "() => [...document.querySelectorAll('h1, h2, h3')].map((one) => Number(one.tagName[1]))"

    for path in ["/calls/", "/you/", *(f"/calls/{call.pk}/" for call in calls)]:
        page.goto(base + path)
        order = page.evaluate(levels)
        assert order.count(1) == 1, path
        assert all(after - before <= 1 for before, after in itertools.pairwise(order)), path
        assert page.evaluate(unnamed) == [], path
        ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids)), path


def test_the_admin_works_under_its_policy(chromium: Browser, base: str, committed: dict[str, Tenant]) -> None:
    staff = person("staff@platform.example", name="Sam", is_staff=True, is_superuser=True)
    door = WebhookDoor.objects.get(tenant=committed["cedar"])
    paths = [f"{table}/" for table in ("tenants/tenant", "tenants/user", "tenants/refuseddelivery", "steps/step")]
    paths += [f"tenants/user/{staff.pk}/{page}/" for page in ("change", "delete", "history", "password")]
    paths += [
        f"tenants/webhookdoor/{door.pk}/change/",
        "tenants/membership/add/",
        "steps/pause/add/",
        "tenants/tenant/look/",
    ]
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        page = context.new_page()
        complaints = browsers.troubles(page)
        page.goto(f"{base}/admin/")
        page.get_by_label("Email").fill(staff.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
        for path in paths:
            page.goto(f"{base}/admin/{path}")
            expect(page.locator("#content, #main").first).to_be_visible()
        page.goto(f"{base}/admin/tenants/user/")
        page.get_by_text("unfold_more").last.click()  # the menu is unfold's script, and so are the themes
        page.get_by_text("Dark", exact=True).click()
        expect(page.locator("html.dark")).to_be_visible()
    finally:
        context.close()
        staff.delete()
    assert complaints == []


def test_a_part_that_fails_says_so_with_its_request_and_loads_again(open_page: Open, scene: Scene) -> None:
    call = make(scene, "transcribing")
    page = open_page(f"/calls/{call.pk}/")
    broken = lambda route: route.fulfill(status=500, headers={"X-Request-Id": "7f3a91c2"})  # noqa: E731
    page.route("**/timeline*", broken)
    expect(page.get_by_role("alert")).to_contain_text("This part did not load", timeout=10_000)
    expect(page.get_by_role("alert")).to_contain_text("Request 7f3a91c2")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()

    page.unroute("**/timeline*")
    page.get_by_role("button", name="Load again").click()

    expect(page.get_by_role("alert")).to_have_count(0)


def test_without_a_connection_the_page_says_how_old_it_is(open_page: Open, scene: Scene) -> None:
    call = make(scene, "transcribing")
    page = open_page(f"/calls/{call.pk}/")

    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text(re.compile(r"No connection\. Showing \d\d:\d\d:\d\d\."))

    page.context.set_offline(False)
    expect(page.locator("#offline")).to_have_count(0)


def test_a_pressed_button_is_off_and_as_wide_until_the_answer_comes(open_page: Open) -> None:
    page = open_page("/reset/", signed_in=False)
    page.get_by_label("E-mail").fill("dana@cedar.example")
    button = page.get_by_role("button", name="Send the link")
    width = button.bounding_box()["width"]  # type: ignore[index]  # it is on the page
    page.route("**/reset/", lambda route: route.fulfill(status=204))  # the page stays

    button.click()

    expect(button).to_be_disabled()
    assert button.bounding_box()["width"] == width  # type: ignore[index]


def test_the_keys_are_listed_and_letters_can_be_switched_off(open_page: Open, scene: Scene) -> None:
    make(scene, "done")
    page = open_page("/calls/")
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.get_by_role("checkbox", name="Letters are keys").uncheck()
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('.name')") is False
    page.reload()
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
