"""Clients that no broker wants, a class each. misbehave() does so once more, for a bounded number of requests; close()
leaves without a word. What they hold open in between is theirs: it is what the broker has to live with."""

import select
import socket
import ssl
import struct
import time
from contextlib import suppress

from messages_test import NOT_FOUND, PULL, SUBSCRIBES, SUCCESS, WAITS, Client
from server import PATIENCE, Peer, request_frame

ALL_TOPICS, NOT_SUPPORTED, NOBODYS_CODE = 21, 3, 9999
TLS_HELLO_REFUSED = (ssl.SSLError, ConnectionError)


def connect(port: int, receive_buffer: int = 0) -> socket.socket:
    peer = socket.socket()
    if receive_buffer: peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    peer.settimeout(PATIENCE)
    peer.connect(("127.0.0.1", port))
    return peer


def reset(peer: socket.socket) -> None:
    """Ends it as a process that is killed, or a machine that comes back: the other end learns of it by an error."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def is_closed_by_the_server(peer: socket.socket) -> bool:
    """Waits for that, and throws away what comes before. False: nothing came for too long."""
    try:
        while peer.recv(1 << 16): pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def is_readable(peer: socket.socket) -> bool:
    return bool(select.select([peer], [], [], 0)[0])


class BadClient:
    def __init__(self, port: int):
        self.port = port
        self.open: list[socket.socket] = []

    def misbehave(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        for peer in self.open: reset(peer)
        self.open.clear()


class NeverReads(BadClient):
    """Sends more requests than it could take the answers of, and takes none."""

    CONNECTIONS = 4
    A_TIME = 300  # requests on each

    def request(self, number: int) -> bytes:
        raise NotImplementedError

    def misbehave(self) -> None:
        if not self.open:
            self.open = [connect(self.port, receive_buffer=4096) for _ in range(self.CONNECTIONS)]
            for peer in self.open: peer.setblocking(False)
        requests = b"".join(self.request(number) for number in range(self.A_TIME))
        for peer in self.open:
            # What does not fit is not sent, and never will be: the server has stopped reading, perhaps within a
            # request. Nor does it matter when the server has had enough of it.
            with suppress(BlockingIOError, ConnectionError): peer.send(requests)


class ConsumerThatNeverReads(NeverReads):
    """Each of its pulls has 256 KiB of messages for an answer."""

    TOPIC = "large"

    def __init__(self, port: int):
        super().__init__(port)
        client = Client(port)
        for _ in range(32): assert client.send(self.TOPIC, b"x" * 8192)[0] == SUCCESS
        client.socket.close()

    def request(self, number: int) -> bytes:
        return request_frame(number, PULL, **Client.pull_fields(self.TOPIC))


class CrowdThatNeverReads(ConsumerThatNeverReads):
    """So many of them that what they ask for is more than all memory that a broker has for answers."""

    CONNECTIONS = 30


class AskerThatNeverReads(NeverReads):
    """Asks for what the server has to make an answer for, in memory of its own."""

    def __init__(self, port: int):
        super().__init__(port)
        client = Client(port)
        for number in range(100): assert client.send(f"topic-{number}", b"x")[0] == SUCCESS
        client.socket.close()

    def request(self, number: int) -> bytes:
        return request_frame(number, ALL_TOPICS)


class Churn(BadClient):
    """Opens and drops: before a word, within a request, with an answer on its way."""

    def misbehave(self) -> None:
        request = request_frame(1, NOBODYS_CODE)
        for said in (b"", request[:5], request[:-3], request) * 25:
            peer = connect(self.port)
            peer.sendall(said)
            peer.close()


class Resets(BadClient):
    """Drops its connection the hard way while the server reads from it, answers it, or keeps a pull for it."""

    TOPIC = "good"

    def misbehave(self) -> None:
        request = request_frame(1, NOBODYS_CODE)
        parked = request_frame(1, PULL, **Client.pull_fields(self.TOPIC, 3, 0, SUBSCRIBES | WAITS))
        for said in (b"", request[:5], request[:-3], request * 20, parked, parked + request[:9]):
            peer = connect(self.port)
            peer.sendall(said)
            reset(peer)


class HalfOpen(BadClient):
    """Says nothing any more, as after a cable was cut; or says that it will say nothing more, and stays."""

    def misbehave(self) -> None:
        request = request_frame(1, NOBODYS_CODE)
        # Whose pull waits is not taken for idle, so that it is closed only after that.
        parked = request_frame(1, PULL, **Client.pull_fields("good", 3, 0, SUBSCRIBES | WAITS, wait=1000))
        for said, says_that_it_is_done in ((b"", False), (request[:9], False), (request, False), (parked, False),
                                           (b"", True), (request[:9], True), (request, True), (parked, True)):
            peer = connect(self.port)
            peer.sendall(said)
            if says_that_it_is_done: peer.shutdown(socket.SHUT_WR)
            self.open.append(peer)

    def close(self) -> None:
        """It never does: the server has to."""
        for peer in self.open:
            assert is_closed_by_the_server(peer), "a connection without a sign of life is still open"
            peer.close()
        self.open.clear()


class UnknownCodes(BadClient):
    """A flood of what no broker knows: each is refused, and as many refusals come as requests went."""

    A_TIME = 1000

    def misbehave(self) -> None:
        peer = Peer(self.port)
        peer.socket.sendall(b"".join(request_frame(number, NOBODYS_CODE + number) for number in range(self.A_TIME)))
        for number in range(self.A_TIME):
            header, _ = peer.read_frame()
            assert (header["opaque"], header["code"]) == (number, NOT_SUPPORTED), header
        peer.socket.close()


class Trickle(BadClient):
    """Announces the longest request that there may be, and sends it byte by byte."""

    CONNECTIONS = 25

    def __init__(self, port: int, announced: int = 16 << 20):
        super().__init__(port)
        self.begun = struct.pack(">II", announced, 200) + b'{"code":'

    def misbehave(self) -> None:
        if not self.open: self.open = [connect(self.port) for _ in range(self.CONNECTIONS)]
        for peer in self.open:
            # Some are closed by now: that is what the server owes to the others.
            with suppress(ConnectionError): peer.send(self.begun[:1])
        self.begun = self.begun[1:] or b" "


class GivenUp(Trickle):
    """Begins a request and never ends it, until the server has enough of that."""

    def close(self) -> None:
        for peer in self.open:
            assert is_closed_by_the_server(peer), "a request that never ends is still waited for"
            peer.close()
        self.open.clear()


class WrongLengths(BadClient):
    """Lengths that no request has: the server cannot know where the next one begins, and closes."""

    LENGTHS = [(0x7FFFFFFF, 100), (0xFFFFFFFF, 100), (0x80000000, 100), ((16 << 20) + 1, 100), (0, 0), (3, 0),
               (100, 101), (100, 0x00FFFFFF)]

    def misbehave(self) -> None:
        for size, header_size in self.LENGTHS:
            peer = connect(self.port)
            peer.sendall(struct.pack(">II", size, header_size) + b"x" * 8)
            assert is_closed_by_the_server(peer), f"length {size:#x}, header length {header_size:#x}: not closed"
            peer.close()


class TlsHello(BadClient):
    """A client that is set up for TLS, where there is none."""

    def misbehave(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for _ in range(5):
            peer = connect(self.port)
            try:
                context.wrap_socket(peer)
            except TLS_HELLO_REFUSED:
                pass
            else:
                raise AssertionError("a plain port took a TLS client")
            finally:
                peer.close()


class ManyParkedPulls(BadClient):
    """Most of the pulls that a broker has room for, for messages that do not come: less than a tenth of them on each
    connection."""

    CONNECTIONS = 8
    PULLS = 600  # on each
    TOPIC = "quiet"

    def __init__(self, port: int):
        super().__init__(port)
        client = Client(port)
        assert client.send(self.TOPIC, b"the only one")[0] == SUCCESS
        client.socket.close()

    def park(self) -> socket.socket:
        """Each is answered at once that there is nothing where no more may wait, and asked again: what the last ones left
        behind is forgotten a moment after they have left, and nobody tells when."""
        client = Client(self.port)
        patient_until = time.monotonic() + PATIENCE
        left = self.PULLS
        while left:
            assert time.monotonic() < patient_until, f"{left} of {self.PULLS} pulls find no room"
            left = self.refused(client, left)
        return client.socket

    def refused(self, client: Client, pulls: int) -> int:
        """Asks so many times, and for what is answered at once, too: how many of the pulls were."""
        for _ in range(pulls):
            client.begin(PULL, **client.pull_fields(self.TOPIC, 0, 1, SUBSCRIBES | WAITS, wait=100_000))
        client.begin(NOBODYS_CODE)
        for number in range(pulls + 1):
            header, _ = client.read_frame()
            if header["opaque"] == client.opaque: break
            assert header["code"] == NOT_FOUND, header
        assert header["code"] == NOT_SUPPORTED, header
        return number

    def misbehave(self) -> None:
        """Leaves all of them behind, so that the next ones find room only where those are forgotten."""
        for peer in self.open: assert not is_readable(peer), "a pull that found room was answered"
        self.close()
        self.open = [self.park() for _ in range(self.CONNECTIONS)]


ALL_KINDS = [ConsumerThatNeverReads, AskerThatNeverReads, Churn, Resets, UnknownCodes, Trickle, WrongLengths, TlsHello,
             ManyParkedPulls]
