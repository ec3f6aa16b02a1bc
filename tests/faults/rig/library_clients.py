"""Clients of libraries that this project did not write, sending and consuming for as long as a test lasts."""

from harness.clients import ClientProgram, library_named

SEND_PAUSE_MS = 20
MESSAGE_BYTES = 200


class LibraryClient:
    """A program with two producers and one push consumer, which is a group of its own."""

    def __init__(self, trial, library: str, namesrv: str, topic: str, group: str, modes: tuple[str, str]):
        """`modes`: how the producers send."""
        self.name = library
        self.consumer = library + "-consumer"
        self.producers = {"%s-%d" % (library, number): mode for number, mode in enumerate(modes, 1)}
        self._topic = topic
        self._program = ClientProgram(trial.stage.start_client(library_named(library), library, namesrv), trial.history)
        self._program.do("consumer", name=self.consumer, group=group, topic=topic)
        for producer in self.producers:
            self._program.do("producer", name=producer, group=library + "-producers")
        self._sending = []

    def begin(self) -> None:
        """Sends until it is ended."""
        for producer, mode in self.producers.items():
            self._sending.append(self._program.begin(
                "send", producer=producer, topic=self._topic, prefix=producer, mode=mode, count=0, bytes=MESSAGE_BYTES,
                pauseMs=SEND_PAUSE_MS))

    def end_sending(self) -> None:
        for producer in self.producers:
            self._program.do("halt", producer=producer)
        for sending in self._sending:
            self._program.end(sending)

    def stop(self) -> None:
        for one in (*self.producers, self.consumer):
            self._program.do("stop", name=one)
