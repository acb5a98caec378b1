"""What is told about a run: a title, one sentence, a few figures, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback, Verdict
from harness.plan.client.notify import News
from harness.plan.variant import Variant
from harness.record.events.approval import ApprovalRequested
from harness.record.events.event import Event
from harness.record.events.run import RunHeld, RunStarted
from harness.report.headline import headline_of
from harness.report.page.event_words import words_of
from harness.report.released import release_text
from harness.report.wording import count, cut

_MAX_TITLE: Final = 120
_MAX_BODY: Final = 600
_NEWS_OF: Final = {Outcome.PASS: News.PASSED, Outcome.FAIL: News.FAILED}


class Tone(StrEnum):
    """How receivers show a message, in the words of apprise: its colour and its picture."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    """Nothing is decided, and so nothing is said against the release."""
    FAILURE = "failure"


_TONE_OF: Final = {Outcome.PASS: Tone.SUCCESS, Outcome.FAIL: Tone.FAILURE}


@dataclass(frozen=True)
class Message:
    """What a receiver gets, if it wants to hear of any of the `news`."""

    news: tuple[News, ...]
    title: str
    body: str
    tone: Tone


@dataclass(frozen=True)
class Subject:
    """The run that messages are about."""

    service: str
    release: Mapping[str, str]
    path: Path

    def of_event(self, event: Event) -> Message | None:
        """Return what is told of an event; None for most."""
        match event:
            case RunStarted():
                return self._message((News.STARTED,), "started", "The run started.")
            case ApprovalRequested():
                how = f"harness approve {self.path} --by NAME --reason TEXT"
                return self._message((News.WAITING,), "waits for a person", f"{words_of(event)}. {how}")
            case RunHeld():
                return self._message((News.HELD,), "held", f"{words_of(event)}.", Tone.WARNING)
            case _:
                return None

    def of_verdict(self, verdict: Verdict) -> Message:
        """Return what is told at the end."""
        news = [_NEWS_OF.get(verdict.outcome, News.UNDECIDED)]
        if verdict.rollback is not None:
            news.append(News.ROLLED_BACK)
        is_stuck = verdict.rollback is Rollback.FAILED
        tone = Tone.FAILURE if is_stuck else _TONE_OF.get(verdict.outcome, Tone.WARNING)
        figures = ". ".join(_figures(verdict))
        said = f"{verdict.reason} {figures}."
        return self._message(tuple(news), headline_of(verdict), said, tone, shown_at="report.html")

    def _message(
        self, news: tuple[News, ...], what: str, said: str, tone: Tone = Tone.INFO, *, shown_at: str = ""
    ) -> Message:
        named = " ".join(filter(None, (self.service, release_text(self.release))))
        # A run that goes on has no report yet.
        where = self.release.get("url") or str(self.path / shown_at)
        return Message(news, cut(f"{named}: {what}", _MAX_TITLE), f"{cut(said, _MAX_BODY)}\n{where}", tone)


def _figures(verdict: Verdict) -> Iterator[str]:
    passed = sum(stage.outcome is Outcome.PASS for stage in verdict.stages)
    yield f"{passed} of {len(verdict.stages) + len(verdict.not_run)} stages passed"
    requests = sum(stage.requests.get(Variant.CANARY, 0) for stage in verdict.stages)
    yield f"{count(requests)} requests to the canary"
