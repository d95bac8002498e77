"""A cloud in memory that can be told to fail, to be slow to anger, to be edited by somebody else, or to kill the process, at any call."""

from costdna_companion.write.cloud import WriteRefused


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing catches it."""


class FakeCloud:
    """Tags by ARN. `at` maps the number of a call to what happens there: ('kill-before', 'kill-after', a code to refuse with, or a function)."""

    def __init__(self, tags: dict[str, dict[str, str]], at: dict[int, object] | None = None):
        self.tags, self.at, self.calls = tags, at or {}, 0

    def _step(self, act):
        number, self.calls = self.calls, self.calls + 1
        event = self.at.get(number)
        if event == "kill-before":
            raise Killed
        if isinstance(event, str) and not event.startswith("kill"):
            raise WriteRefused("refused in a test", code=event)
        if callable(event):
            event(self.tags)
        result = act()
        if event == "kill-after":
            raise Killed
        return result

    def read(self, thing):
        return self._step(lambda: dict(self.tags[thing.arn]))

    def write(self, thing, tags, seen=None):
        return self._step(lambda: self.tags[thing.arn].update(tags))

    def remove(self, thing, keys, seen=None):
        return self._step(lambda: [self.tags[thing.arn].pop(key, None) for key in keys] and None)
