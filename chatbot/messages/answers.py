"""Short answers: what went wrong, what a late press found, what nobody is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chatbot.alert import Alert, State
from chatbot.messages.blocks import Payload, section
from chatbot.messages.dates import date
from chatbot.messages.escape import Text, Untrusted, escape, mention_user, mrkdwn
from chatbot.presses import Refused, Why


def said(text: Text) -> Payload:
    """One paragraph."""
    return Payload(text=text, blocks=(section(text),))


def wrong(reason: str) -> Payload:
    """What a person asked for cannot be done; *reason* says what to do instead."""
    return said(escape(reason) if isinstance(reason, Text) else escape(Untrusted(reason), limit=1500))


def failed(reason: str, mark: str) -> Payload:
    """It failed on our side; *mark* is in the log too."""
    return said(
        mrkdwn(
            "That did not work: {reason}\nTry again in a minute; if it stays, tell who runs this bot the id {mark}.",
            reason=escape(Untrusted(reason), limit=1000),
            mark=Text(f"`{mark}`"),
        )
    )


def unknown(word: str, near: Sequence[str], *, command: str) -> str:
    """Nothing is called *word*."""
    shown = word if len(word) <= 60 else f"{word[:60]}…"  # noqa: PLR2004  a line of a phone
    hint = f" Did you mean {_or(near)}?" if near else ""
    return f"Nothing here is called {shown!r}.{hint} {command} help lists what there is."


def _or(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def outdated_button() -> str:
    """A button that this version does not know."""
    return (
        "This button is from an older version and does nothing any more. The alert's newest message has the right ones."
    )


def too_late(command: str) -> str:
    """A modal could not be opened in time."""
    return (
        "Slack lets a window open for 3 seconds after the press, and those were over. Nothing was changed: press again,"
        f" or type it; {command} help shows how."
    )


def forgotten() -> str:
    """The alert of an old message is gone."""
    return "This alert is no longer kept: nothing to do."


def kept_to_a_few(what: str, permission: str, instead: str) -> str:
    """Not everybody may do that."""
    return f"{what} is kept to a few people here (permissions.{permission}). {instead}"


def no_alert(watch: str) -> str:
    """There is nothing to act on."""
    return f"{watch} has no open alert: nothing to do."


def nothing_to_do(alert: Alert) -> Text:
    """It is over; by whom and when."""
    return mrkdwn("Nothing to do: {state}.", state=_present(alert))


def refused(press: Refused) -> Payload:
    """What a press without effect found: the present state."""
    return said(_REFUSED[press.why](press.present))


def _present(alert: Alert) -> Text:
    if not alert.open:
        by = mrkdwn(" by {who}", who=mention_user(alert.resolved_by)) if alert.resolved_by else Text("")
        return mrkdwn("it was resolved{by} {when}", by=by, when=date(alert.resolved_at or alert.changed_at))
    if alert.owner is None:
        return mrkdwn("nobody has it")
    verb = "has it" if alert.state is State.ACKNOWLEDGED else "is asked to take it"
    return mrkdwn("{who} {verb}", who=mention_user(alert.owner), verb=verb)


_REFUSED: dict[Why, Callable[[Alert], Text]] = {
    Why.TAKEN: lambda alert: mrkdwn("Already taken: {state}. Use Assign… to hand it over.", state=_present(alert)),
    Why.ALREADY_YOURS: lambda _: mrkdwn("You have it already."),
    Why.RESOLVED: nothing_to_do,
    Why.STALE: lambda alert: mrkdwn(
        "That changed before you pressed: {state}. Press again if you still want to.", state=_present(alert)
    ),
    Why.NOT_SNOOZED: lambda alert: mrkdwn("It is not snoozed: {state}.", state=_present(alert)),
    Why.ACQUITTED: lambda _: mrkdwn("That no commit did it was said already."),
    Why.KNOWN: lambda _: mrkdwn("That commit is named as the culprit already."),
    Why.NOT_ACKNOWLEDGED: lambda alert: mrkdwn("It is not acknowledged: {state}.", state=_present(alert)),
}
