"""Mail by SMTP. Apprise sends mail too, but names each try anew: two tries of one message would be
two mails."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from services.notifier.channels.sending import TIMEOUT_S, Send, SendTo, Sent
from services.notifier.errors import NotifyError
from services.notifier.messages import Message
from services.notifier.wording import Words

_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class _Server(NamedTuple):
    """Who takes mails, and whose they are."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: str


def mail(url: str) -> Send:
    """A channel that sends mails.

    Args:
        url: `smtps://USER:PASSWORD@HOST?from=ADDRESS&to=ADDRESS`, several `to` perhaps; `smtp://`
            with STARTTLS, `smtp+plain://` without TLS, for a host that can be trusted on the way.

    Raises:
        NotifyError: it is none; does not show it.
    """
    server, receivers = _parts(url)
    if not receivers:
        raise _no_address()
    return lambda message, words: _sent(server, receivers, message, words)


def mail_to_customers(url: str) -> SendTo:
    """A channel that sends each mail to the mailbox of one customer.

    Args:
        url: As of `mail`, without `to`.

    Raises:
        NotifyError: it is none; does not show it.
    """
    server, receivers = _parts(url)
    if receivers:
        raise NotifyError(
            "the address of a mail channel for customers has a receiver: give it without `to`, "
            "since each customer has an address of its own"
        )
    return lambda address, message, words: _sent(server, [address], message, words)


def _parts(url: str) -> tuple[_Server, list[str]]:
    """Server and receivers that a URL says."""
    try:
        address, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise _no_address() from None
    asked = parse_qs(address.query)
    senders, receivers = asked.get("from", []), asked.get("to", [])
    host, scheme = address.hostname, address.scheme
    people = (*senders, *receivers)
    if not host or scheme not in _PORTS or len(senders) != 1:
        raise _no_address()
    if any("@" not in each or not each.isprintable() for each in people):
        raise _no_address()
    user, password = unquote(address.username or ""), unquote(address.password or "")
    return _Server(scheme, host, port or _PORTS[scheme], user, password, senders[0]), receivers


def _sent(to: _Server, receivers: list[str], message: Message, words: Words) -> Sent:
    try:
        with _connected(to.scheme, to.host, to.port) as server:
            if to.user:
                server.login(to.user, to.password)
            refused = server.send_message(_mail(message, words, to.sender, receivers))
    except smtplib.SMTPRecipientsRefused:
        return Sent("the mail server takes mail for none of the receivers")
    except smtplib.SMTPResponseException as error:
        is_refused = error.smtp_code in (552, 554) and isinstance(error, smtplib.SMTPDataError)
        return Sent(f"the mail server answers {error.smtp_code}", is_refused)
    except (smtplib.SMTPException, OSError) as error:
        return Sent(f"the mail server cannot be reached ({type(error).__name__})")
    if refused:
        # Tried again, it would come to the others again and again.
        some = f"{len(refused)} of {len(receivers)} receivers, the others have it"
        return Sent(f"the mail server takes no mail for {some}", is_refused=True)
    return Sent()


def _no_address() -> NotifyError:
    return NotifyError(
        "the address of a mail channel is not what it must be: give "
        "smtps://USER:PASSWORD@HOST?from=ADDRESS&to=ADDRESS, or smtp:// for STARTTLS"
    )


def _connected(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if scheme == "smtp":
        server.starttls(context=ssl.create_default_context())
    return server


def _mail(message: Message, words: Words, sender: str, receivers: list[str]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(receivers), words.title
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Date"] = formatdate(message.at_ms / 1_000)
    # Nobody's holiday answers a machine.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(words.body)
    return mail
