"""A cloud in memory that can be told to fail, to be slow to anger, to be edited by somebody else, or to kill the
process, at any call.
"""

from costdna_companion.write.cloud import WriteRefused


class Killed(BaseException):
    """The process ends here, as by kill -9: nothing catches it."""


class FakeCloud:
    """Tags by ARN. `at` maps the number of a call to what happens there: ('kill-before', 'kill-after', a code to refuse
    with, or a function).
    """

    def __init__(self, tags: dict[str, dict[str, str]], at: dict[int, object] | None = None):
        self.tags, self.at, self.calls = tags, at or {}, 0
        self.together: list[list[str]] = []
        self.untaken: dict[str, str] = {}

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

    def read_many(self, things):
        return {thing.arn: self._told(lambda thing=thing: self.read(thing)) for thing in things}

    def write_many(self, things, tags):
        """One call; a resource in `untaken` is named in the answer, as AWS does."""

        def act():
            self.together.append([thing.arn for thing in things])
            for thing in things:
                if thing.arn not in self.untaken:
                    self.tags[thing.arn].update(tags)
            return {
                thing.arn: WriteRefused("not taken in a test", code=self.untaken[thing.arn])
                for thing in things
                if thing.arn in self.untaken
            }

        return self._step(act)

    @staticmethod
    def _told(act):
        try:
            return act()
        except WriteRefused as error:
            return error
