"""An edition in tests: figures of a year, drafted by Kyoko, published by Ichiro, an official of another unit."""

from datetime import datetime

from reporting.commands import editions, reports
from reporting.models import EditionFile
from reporting.tasks import catch_up_rollups, look_after_editions, seal_log
from tests.acts import approve, at, put_in_force, reading, submit, version_of
from tests.cast import Cast

DRAFTED, PUBLISHED = at("2027-07-01 10:00"), at("2027-07-02 10:00")
NATION = "6,543,210"  # of IND-02, which is public
WAITING_RANK = "87"
# Of one agency; of what is not public; of a report that waits; a narrative. None stands anywhere by chance.
OWN, NOT_PUBLIC, WAITS, WORDS = "918273", "776655", "554433", "公表しない説明文"


def a_year(cast: Cast) -> None:
    """JST and JSPS report what is public; JST what is not; one report waits; both explain themselves."""
    submit(cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": OWN}, summary=WORDS)
    approve(cast.ichiro, "JST.P1.A1@FY2026")
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,624,937"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026", {"P1.A1.M2": NOT_PUBLIC})
    submit(cast.hanako, "JST.P1.A1", "FY2027Q1", {"IND-02": WAITS}, summary=WORDS)
    # A level, whose chart would draw it at once.
    submit(cast.hoko, "CAO.P1", "FY2026", {"IND-01": WAITING_RANK})


def draft(cast: Cast, title: str = "令和8年度 年次確定版", now: datetime = DRAFTED) -> int:
    """Everything so far is counted and sealed first."""
    catch_up_rollups()
    seal_log()
    english = "Annual edition FY2026"
    return editions.draft_edition(actor=cast.kyoko, title_ja=title, title_en=english, note="見本の注記", now=now)


def publish(cast: Cast, number: int, now: datetime = PUBLISHED) -> int:
    """The position of the event."""
    position = editions.publish_edition(actor=cast.ichiro, edition=number, now=now).position
    seal_log()
    return position


def published(cast: Cast) -> None:
    a_year(cast)
    number = draft(cast)
    look_after_editions()
    publish(cast, number)


def files(number: int = 1) -> dict[str, bytes]:
    with reading():
        return {row.name: bytes(row.content) for row in EditionFile.objects.filter(edition=number)}


def correct(cast: Cast, value: str) -> None:
    """JST's approved figure of the year is corrected, and the correction approved."""
    report, now = "JST.P1.A1@FY2026", at("2027-08-20 10:00")
    reports.submit_report(
        actor=cast.hanako, assignment="JST.P1.A1", period="FY2026", answers={"IND-02": {"value": value}}, narrative={},
        seen_version=version_of(report), correction="二重に数えていた。", now=now,
    )  # fmt: skip
    approve(cast.ichiro, report, now=now)
    catch_up_rollups()
    seal_log()
