"""Template tags and filters of all pages: icons, times, lengths, phone numbers. A builtin of the template engine."""

import datetime as dt

import lucide
import phonenumbers
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from pipeline import clock

register = template.Library()
MINUTE, HOUR = 60, 3600


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Return a lucide icon as inline SVG, hidden from screen readers: a word stands beside it."""
    svg = lucide._render_icon(str(name), size, aria_hidden="true", focusable="false")  # noqa: SLF001  (its tag calls the same)
    return mark_safe(svg)  # noqa: S308  (drawn from the package's own files)


@register.filter
def running_time(seconds: float | None) -> str:
    """Return a length as a player shows it: 3:11, 1:02:09."""
    whole = max(int(seconds or 0), 0)
    hours, rest = divmod(whole, HOUR)
    minutes, second = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


@register.filter
def took(seconds: float | None) -> str:
    """Return how long work took: 9 ms, 0.6 s, 11 s, 2 min 5 s, 1 h 26 min."""
    if seconds is None:
        return ""
    if seconds < 0.1:  # noqa: PLR2004  (below it, tenths of a second say nothing)
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:  # noqa: PLR2004
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < MINUTE:
        return f"{round(seconds)} s"
    if seconds >= HOUR:
        hours, rest = divmod(round(seconds / MINUTE), MINUTE)
        return f"{hours} h {rest} min"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


@register.filter
def day(moment: dt.datetime) -> str:
    """Return a day in words, in the reader's time zone: today, yesterday, 14 Aug, 14 Aug 2024."""
    then, today = timezone.localtime(moment).date(), timezone.localtime(clock.now()).date()
    if then == today:
        return "today"
    if then == today - dt.timedelta(days=1):
        return "yesterday"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"


@register.filter
def at(moment: dt.datetime) -> SafeString:
    """Return the time of day, to the second in its machine-readable form."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{timezone.localtime(moment):%H:%M}")


@register.filter
def exactly(moment: dt.datetime) -> SafeString:
    """Return the time of day with its second."""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{timezone.localtime(moment):%H:%M:%S}")


@register.filter
def countdown(moment: dt.datetime) -> SafeString:
    """Return the time until a moment, which the page's script counts down by the server's clock."""
    left = max((moment - clock.now()).total_seconds(), 0)
    return format_html('<time datetime="{}" data-countdown>{}</time>', moment.isoformat(), running_time(left))


@register.filter
def phone(number: str) -> str:
    """Return a number as people write it: (512) 555-0134, +44 20 7946 0000; what can't be read stays as it is."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if parsed.country_code == 1 else form.INTERNATIONAL)


@register.filter
def size(count: int) -> str:
    """Return a number of bytes: 1.4 MB."""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count / 1000:.0f} kB"  # noqa: PLR2004
