"""Mails: plain text from templates/mail; without a mail server they lie as files in WEB_DIR/mail."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """The mail server did not take the mail."""


def is_sent() -> bool:
    """Return whether mails leave this machine; if not, they lie in a folder on the server."""
    return settings.MAIL_SERVER is not None


def send(template: str, to: str, **values: object) -> None:
    """Send a mail; the first line of its template is the subject. Raises NotSent."""
    subject, _, body = render_to_string(f"mail/{template}.txt", values).partition("\n")
    try:
        EmailMessage(subject.strip(), body.strip() + "\n", to=[to]).send()
    except (smtplib.SMTPException, OSError) as error:
        logger.exception("mail.not_sent", extra={"template": template})
        raise NotSent from error
