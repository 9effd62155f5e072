"""When this machine stood still, as a thread notices that does nothing but look at the clock: what is measured meanwhile is nobody's fault."""
import threading
import time

EVERY, NOTICED = 0.02, 0.25


class Standstill:
    """The times in which nothing ran here for longer than `NOTICED` [s], while the `with` lasts."""

    def __enter__(self) -> "Standstill":
        self.times: list[tuple[float, float]] = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.thread.join()

    def watch(self) -> None:
        looked = time.monotonic()
        while not self.over.wait(EVERY):
            now = time.monotonic()
            if now - looked > EVERY + NOTICED:
                self.times.append((looked, now))
            looked = now

    @property
    def seconds(self) -> float:
        return sum(end - start for start, end in self.times)
