"""What is refused of an edition."""

from reporting.domain.errors.base import Refusal, gettext_noop


class EditionTitleMissing(Refusal):
    code, status = "edition_title_missing", 400
    message = gettext_noop("Give the edition its title, in Japanese and in English.")


class EditionTextTooLong(Refusal):
    code, status = "edition_text_too_long", 400
    message = gettext_noop("A title has at most %(title)s characters, a note %(note)s.")


class CutNotSealed(Refusal):
    code = "cut_not_sealed"
    message = gettext_noop(
        "Only what is sealed can be published: the log is sealed up to record %(sealed)s. Choose an earlier time, or"
        " wait for a minute."
    )


class NothingPublic(Refusal):
    code = "nothing_public"
    message = gettext_noop("No indicator is public. What is public says its definition.")


class NotPrepared(Refusal):
    code = "edition_not_prepared"
    message = gettext_noop("The files of this edition are still being made. Try again in a few minutes.")


class EditionOver(Refusal):
    code = "edition_over"
    message = gettext_noop("This edition has been published or dropped. A published one is never changed.")


class OwnEdition(Refusal):
    code, status = "own_edition", 403
    message = gettext_noop("Two people publish an edition: one of another unit than the one who drafted it.")


class DisclosureChanged(Refusal):
    code = "disclosure_changed"
    message = gettext_noop(
        "No longer public since this was drafted: %(indicators)s. Drop this draft and make another one."
    )
