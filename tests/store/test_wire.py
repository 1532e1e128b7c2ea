"""What becomes of calls when the server goes away, is full, refuses or sleeps."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chatbot.errors import PermanentError, TransientError
from chatbot.store import LostLease, Store
from chatbot.store.address import parse
from chatbot.store.connect import connect
from chatbot.store.keys import Keys
from chatbot.store.wire import Wire
from tests.conftest import StartServer, free_port
from tests.store.conftest import a_change, an_alert, held, resolved

KINDS = pytest.mark.parametrize("kind", ["valkey", "redis"])


async def recovered(store: Store) -> None:
    """Return once the store answers again."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await store.ping()
            except TransientError:
                await asyncio.sleep(0.02)


@KINDS
@pytest.mark.parametrize("tcp", [True, False])
async def test_a_killed_server_is_a_clear_error_and_coming_back_is_noticed(
    start_server: StartServer, kind: str, tcp: bool
) -> None:
    server = start_server("--appendonly", "yes", "--appendfsync", "always", kind=kind, tcp=tcp)
    async with await connect(server.url) as store:
        await store.alerts.create(an_alert())
        server.kill()
        began = time.monotonic()
        with pytest.raises(TransientError, match="check that it runs"):
            await store.alerts.all_open()
        assert time.monotonic() - began < 3
        server.start()
        await recovered(store)
        assert await store.alerts.all_open() == [an_alert()]
        assert await store.leases.acquire("pytorch", "me")


async def test_a_restart_in_the_middle_of_calls_is_bridged(start_server: StartServer) -> None:
    server = start_server("--appendonly", "yes", "--appendfsync", "always", tcp=True)
    async with await connect(server.url) as store:
        await store.alerts.create(an_alert())
        calls = [asyncio.create_task(store.alerts.current("inductor")) for _ in range(20)]
        server.kill()
        server.start()
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(answer).__name__ for answer in answers} <= {"Alert", "TransientError"}
        await recovered(store)
        assert await store.alerts.current("inductor") == an_alert()


async def test_a_server_that_forgot_everything_is_begun_anew(start_server: StartServer) -> None:
    server = start_server()
    async with await connect(server.url) as store:
        lease = await held(store)
        await store.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")]), lease)
        await store.alerts.create(an_alert(), lease)
        server.kill()
        server.start()
        await recovered(store)
        with pytest.raises(LostLease):
            await store.leases.renew(lease)
        with pytest.raises(LostLease):
            await store.trunks.apply("pytorch", a_change(), lease)
        assert await store.alerts.all_open() == []
        fresh = await held(store)
        assert fresh.fence > lease.fence
        await store.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")]), fresh)
        assert await store.alerts.create(an_alert(), fresh)
        with pytest.raises(LostLease):
            await store.alerts.change(an_alert().id, resolved, lease=lease)


@pytest.mark.parametrize("tcp", [True, False])
async def test_a_server_that_sleeps_is_given_up_within_three_seconds(start_server: StartServer, tcp: bool) -> None:
    server = start_server(tcp=tcp)
    async with await connect(server.url) as store:
        server.signal(signal.SIGSTOP)
        began = time.monotonic()
        answers = await asyncio.gather(*(store.alerts.all_open() for _ in range(100)), return_exceptions=True)
        assert time.monotonic() - began < 3
        assert {str(answer).rpartition(": ")[2] for answer in answers} == {
            "it did not answer in time; check its load, its disk and the network in between (TIMEOUT)"
        }
        server.signal(signal.SIGCONT)
        await recovered(store)
        assert await store.alerts.create(an_alert())
        assert await asyncio.gather(*(store.alerts.current("inductor") for _ in range(100))) == [an_alert()] * 100


async def test_an_address_that_never_answers_is_given_up_within_three_seconds() -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TransientError, match="not answer in time"):
        await connect(f"redis://127.0.0.1:{silent.getsockname()[1]}")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster", "redis+sentinel"])
async def test_nobody_at_the_address_is_said_within_three_seconds(closed_port: int, scheme: str) -> None:
    began = time.monotonic()
    with pytest.raises(TransientError, match=rf"Redis at {re.escape(scheme)}://127.0.0.1:\d+.*: it cannot be reached"):
        await connect(f"{scheme}://127.0.0.1:{closed_port}{'/main' * scheme.endswith('sentinel')}")
    assert time.monotonic() - began < 3


async def test_a_host_without_an_address_is_said() -> None:
    with pytest.raises(TransientError, match="cannot be reached"):
        await connect("redis://nowhere.invalid")


@KINDS
async def test_a_full_server_refuses_writes_whole_and_still_reads(start_server: StartServer, kind: str) -> None:
    server = start_server(kind=kind)
    async with await connect(server.url) as store:
        lease = await held(store)
        await store.alerts.create(an_alert(), lease)
        server.say("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(TransientError, match=r"its memory is full; raise `maxmemory`.*\(OOM\)"):
            await store.alerts.change(an_alert().id, lambda alert: alert.changed(at=alert.opened_at, assignee="U1"))
        with pytest.raises(TransientError, match="OOM"):
            await store.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")]), lease)
        assert await store.alerts.all_open() == [an_alert()]
        assert (await store.trunks.load("pytorch")).commits == []
        server.say("CONFIG", "SET", "maxmemory", "0")
        await store.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")]), lease)


@KINDS
async def test_a_replica_refuses_writes_until_it_is_the_primary(start_server: StartServer, kind: str) -> None:
    server = start_server(kind=kind)
    async with await connect(server.url) as store:
        await store.alerts.create(an_alert())
        server.say("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(TransientError, match="it is a replica and takes no writes") as refused:
            await store.seen.first_time("x")
        assert refused.value.retry_after == 1
        assert await store.alerts.all_open() == [an_alert()]
        server.say("REPLICAOF", "NO", "ONE")
        assert await store.seen.first_time("x")


async def test_a_replica_without_its_primary_may_refuse_reads_too(start_server: StartServer) -> None:
    server = start_server()
    async with await connect(server.url) as store:
        server.say("CONFIG", "SET", "replica-serve-stale-data", "no")
        server.say("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(TransientError, match="primary cannot be reached"):
            await store.alerts.all_open()


async def test_a_server_that_has_lost_its_scripts_is_given_them_again(store: Store) -> None:
    await store.seen.first_time("x")
    await store.wire.call("SCRIPT", "FLUSH")
    assert await store.seen.first_time("y")


@KINDS
@pytest.mark.parametrize(
    ("credentials", "says"),
    [
        ("", "it wants a password"),
        (":wrongsecret@", "refuses the user or the password"),
        ("nobody:wrongsecret@", "refuses the user or the password"),
        ("reader:readsecret@", "lacks a right"),
    ],
)
async def test_wrong_credentials_are_refused_and_not_repeated(
    start_server: StartServer, kind: str, credentials: str, says: str
) -> None:
    server = start_server("--requirepass", "rightsecret", kind=kind, tcp=True)
    async with await connect(server.url.replace("//", "//:rightsecret@")) as admin:
        await admin.wire.call("ACL", "SETUSER", "reader", "on", ">readsecret", "~tw:*", "+@read")
        with pytest.raises(PermanentError, match=says) as refused:
            await connect(server.url.replace("//", f"//{credentials}"))
    assert "secret" not in str(refused.value) + repr(refused.value)


@KINDS
async def test_a_user_with_the_rights_that_the_error_names_can_do_everything(
    start_server: StartServer, kind: str
) -> None:
    server = start_server(kind=kind, tcp=True)
    rights = ("~tw:*", "+@all", "-@dangerous", "+info", "+memory|usage")
    server.say("ACL", "SETUSER", "bot", "on", ">p@ss/w", *rights)
    async with await connect(server.url.replace("//", "//bot:p%40ss%2Fw@")) as store:
        lease = await held(store)
        await store.trunks.apply("pytorch", a_change(commits=[(1, "a", b"{}")], cells={("a", "w"): b"1"}), lease)
        await store.alerts.create(an_alert(), lease, b"note")
        await store.wire.call("SET", store.keys.alert("inductor:2"), "junk")
        await store.alerts.get("inductor:2")
        await store.leases.announce("me")
        await store.watches.put("inductor", b"{}", lease)
        await store.models.put("pytorch", b"{}", after=0)
        assert [row.kind.name for row in await store.kept() if row.count and not row.bytes] == []
        assert (await store.health()).server != ""
        assert "p@ss" not in repr(store)


def certificate(directory: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "cert.pem", directory / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    key_file.write_bytes(pem)
    return certificate_file, key_file


@pytest.fixture
def tls(start_server: StartServer, tmp_path: Path) -> tuple[str, Path]:
    """A server that speaks TLS, and its certificate."""
    certificate_file, key_file = certificate(tmp_path)
    port = free_port()
    options = ["--tls-port", str(port), "--tls-auth-clients", "no", "--tls-ca-cert-file", str(certificate_file)]
    options += ["--tls-cert-file", str(certificate_file), "--tls-key-file", str(key_file)]
    start_server(*options, kind="redis")
    return f"rediss://localhost:{port}", certificate_file


async def test_tls_is_spoken_with_a_certificate_that_is_trusted(tls: tuple[str, Path]) -> None:
    url, certificate_file = tls
    async with await connect(f"{url}?ssl_ca_certs={certificate_file}") as store:
        assert await store.seen.first_time("x")
    async with await connect(f"{url}?ssl_cert_reqs=none&ssl_check_hostname=no") as store:
        assert not await store.seen.first_time("x")


async def test_a_certificate_that_is_not_trusted_is_refused(tls: tuple[str, Path]) -> None:
    with pytest.raises(PermanentError, match="certificate"):
        await connect(tls[0])


async def test_tls_to_a_server_without_it_is_an_error(start_server: StartServer) -> None:
    with pytest.raises((PermanentError, TransientError), match="Redis at rediss://"):
        await connect(start_server(tcp=True).url.replace("redis:", "rediss:"))


async def test_a_cancelled_call_leaves_the_connection_usable(store: Store) -> None:
    for _ in range(20):
        call = asyncio.create_task(store.alerts.all_open())
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    await store.alerts.create(an_alert())
    assert await asyncio.gather(*(store.alerts.current("inductor") for _ in range(50))) == [an_alert()] * 50


async def test_closing_is_quiet_when_the_server_is_gone(start_server: StartServer) -> None:
    server = start_server(tcp=True)
    store = await connect(server.url)
    server.kill()
    await store.close()


def test_neither_wire_nor_store_shows_credentials() -> None:
    wire = Wire(parse("redis://u:geheim@h/1"))
    assert "geheim" not in repr(wire) + repr(Store(wire, Keys()))
