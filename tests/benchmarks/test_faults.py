"""The fault runs' own parts: a judge that overlooks a loss proves nothing."""

import http.client
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults import checker, nemesis
from benchmarks.faults.checker import Book, Held
from benchmarks.faults.proxy import Mode, Proxy
from benchmarks.faults.scenarios import SCENARIOS
from benchmarks.faults.sender import Delivery, deliveries
from pipeline.local import processes
from pipeline.sandbox.recordings import Host

SENT = [Delivery(0, "cedar", "CALF1", "5125550001"), Delivery(0, "birch", "CALF2", "5125550002")]
OWNERS = {slug: {"a": "cedar", "b": "birch"} for slug in checker.ORDER}
RECORDING = "spanish_espeak.opus.ogg"


def books(**changed: Book) -> dict[str, Book]:
    """Return what the CRMs hold after a run in which nothing went wrong, but for what is given."""
    right = {
        slug: Book(
            [Held("a", "5125550001", at), Held("b", "5125550002", at)], [Held("a", "CALF1", at), Held("b", "CALF2", at)]
        )
        for at, slug in enumerate(checker.ORDER)
    }
    return right | changed


def judged(held: dict[str, Book], *, stuck: int = 0) -> dict[str, int]:
    """Return the counts that are not 0."""
    verdict = checker.judge(SENT, {"CALF1", "CALF2"}, held, OWNERS, stuck=stuck)
    names = ("lost", "unexpected", "duplicated", "out_of_order", "wrong_tenant", "stuck")
    counts = {name: getattr(verdict, name) for name in names if getattr(verdict, name)}
    assert verdict.is_clean == (not counts)
    return counts


def test_a_run_in_which_nothing_went_wrong_is_clean() -> None:
    assert judged(books()) == {}


def test_each_kind_of_damage_is_found() -> None:
    persons, entries = books()["hubspot"].persons, books()["hubspot"].entries

    assert judged(books(hubspot=Book(persons, entries[1:]))) == {"lost": 1, "out_of_order": 1}
    assert judged(books(hubspot=Book(persons[1:], entries))) == {"lost": 1}
    assert judged(books(hubspot=Book(persons, [*entries, entries[0]]))) == {"duplicated": 1}
    assert judged(books(hubspot=Book([*persons, persons[0]], entries))) == {"duplicated": 1}
    assert judged(books(hubspot=Book(persons, [*entries, Held("a", "CALF9", 0)]))) == {"unexpected": 1}
    assert judged(books(hubspot=Book([*persons, Held("a", "", 0)], entries))) == {"unexpected": 1}
    assert judged(books(hubspot=Book(persons, [*entries, Held("b", "CALF1", 0)]))) == {"wrong_tenant": 1}
    assert judged(books(), stuck=3) == {"stuck": 3}


def test_a_later_crm_that_has_a_call_before_an_earlier_one_is_out_of_order() -> None:
    late = Book(books()["hubspot"].persons, [Held("a", "CALF1", 1.5), Held("b", "CALF2", 0)])

    assert judged(books(hubspot=late)) == {"out_of_order": 1}


def test_a_call_that_was_not_acked_may_be_missing_or_there() -> None:
    nothing = {slug: Book([], []) for slug in checker.ORDER}

    assert checker.judge(SENT, set(), nothing, OWNERS, stuck=0).is_clean
    assert checker.judge(SENT, set(), books(), OWNERS, stuck=0).is_clean


@pytest.mark.parametrize("seed", range(20))
def test_each_blow_falls_and_the_same_seed_strikes_the_same(seed: int) -> None:
    for scenario in SCENARIOS.values():
        strikes = nemesis.plan(seed, scenario.blows, span=60)
        struck = Counter((strike.target, strike.way) for strike in strikes)
        assert struck >= Counter(scenario.blows)
        assert strikes == nemesis.plan(seed, scenario.blows, span=60) != nemesis.plan(seed + 1, scenario.blows, span=60)
        assert all(0 < strike.at <= 60 for strike in strikes)


def test_killing_ends_each_kind_of_process_and_server() -> None:
    targets = {target for target, _ in SCENARIOS["kill"].blows}

    assert targets >= {"web", "relay", "valkey", "postgres", *(f"worker-{queue}" for queue in processes.QUEUES)}


@pytest.mark.parametrize("seed", range(5))
def test_so_many_persons_call_and_no_two_tenants_share_one(seed: int) -> None:
    sent = deliveries([f"t{number}" for number in range(20)], 550, 500, span=60, seed=seed)

    assert len({one.call_id for one in sent}) == 550
    assert len({(one.tenant, one.phone) for one in sent}) == len({one.phone for one in sent}) == 500


@pytest.fixture
def host() -> Iterator[Host]:
    """Serve recordings."""
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture
def proxy(host: Host) -> Iterator[Proxy]:
    """Stand before the host of recordings."""
    proxy = Proxy(int(host.server.host.rpartition(":")[2])).start()
    yield proxy
    proxy.close()


def fetch(proxy: Proxy) -> bytes:
    """Return the recording through the proxy."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=3)
    try:
        connection.request("GET", f"/recordings/{RECORDING}")
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_clean_proxy_changes_nothing(proxy: Proxy, host: Host) -> None:
    assert fetch(proxy) == (Path(host.folder) / RECORDING).read_bytes()


@pytest.mark.parametrize(
    ("mode", "error"),
    [(Mode.CUT, ConnectionError), (Mode.RESET, ConnectionError), (Mode.SLOW, None)],
)
def test_a_spoiled_way_breaks_the_answer_and_is_whole_again_after(
    proxy: Proxy, host: Host, mode: Mode, error: type[Exception] | None
) -> None:
    proxy.mode = mode
    if error:
        with pytest.raises(error):
            fetch(proxy)
    else:
        with pytest.raises(TimeoutError):
            _first_bytes_then(proxy)
    proxy.mode = Mode.CLEAN

    assert len(fetch(proxy)) > 20_000
    assert (f"/recordings/{RECORDING}" in host.requests) is True


def test_a_truncated_answer_ends_early_and_its_request_was_carried_out(proxy: Proxy, host: Host) -> None:
    proxy.mode = Mode.TRUNCATED

    with pytest.raises((http.client.HTTPException, ConnectionError)):
        fetch(proxy)
    assert host.requests == [f"/recordings/{RECORDING}"]


def _first_bytes_then(proxy: Proxy) -> None:
    """Raise TimeoutError if the answer is still on its way after a second."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=1)
    connection.request("GET", f"/recordings/{RECORDING}")
    answer = connection.getresponse()
    sock = connection.sock
    assert sock is None or answer.status == 200
    read = 0
    for _ in range(10):
        read += len(answer.read1(4096))
    connection.close()
    if read < 20_000:
        raise TimeoutError
