"""What no form sends: numbers past all bounds and texts that no text is, to the addresses of alerts. Never a 500."""

import uuid
from typing import Any

import pytest

from reporting.models import Alert, AlertChange
from tests.acts import at, reading
from tests.alerting import judged
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

HUGE = 10**30
HOSTILE: list[Any] = [HUGE, -1, None, "", "\x00", "x" * 100_000, [], {}, ["\x00"], [HUGE]]


@pytest.fixture
def alert(cast: Cast, set_clock: Any) -> int:
    set_clock(at("2027-07-05 10:00"))
    judged("off_track", agency="JST", now=at("2027-07-05 10:00"))
    with reading():
        return Alert.objects.get().pk


BODIES: dict[str, dict[str, Any]] = {
    "alerts/{alert}/acknowledge/": {"seq": 1, "comment": "x", "review_on": None},
    "alerts/{alert}/plans/": {
        "seq": 1, "causes": ["staff"], "explanation": "", "action": "x", "owner": "x", "due_on": "2028-03-31",
        "expected": {"2027": "8000"},
    },
    "alerts/{alert}/silence/": {"until": "2027-07-30", "reason": "x"},
    "alerts/ladders/JST/": {"levels": [{"days": 0, "units": [], "people": []}] * 4},
    "alerts/choices/": {"choices": [{"group": "lag", "frequency": "daily", "at_least": "off_track"}], "language": "ja"},
}  # fmt: skip


def test_hostile_values_are_refused_in_words_and_nothing_is_half_written(alert: int) -> None:
    hanako, tomoko = Machine("hanako"), Machine("tomoko")
    for path, usual in BODIES.items():
        machine, verb = (tomoko, "put") if "ladders" in path else (hanako, "put" if "choices" in path else "post")
        for name in usual:
            for value in HOSTILE:
                answer = getattr(machine.client, verb)(
                    "/api/v1/" + path.format(alert=alert), usual | {name: value},
                    content_type="application/json", headers={"idempotency-key": str(uuid.uuid4())},
                )  # fmt: skip
                assert answer.status_code < 500, (path, name, value)
    for days in (HUGE, -1, "x", None):
        body = {"levels": [{"days": days, "units": [HUGE], "people": ["x"]}] * 4}
        answer = tomoko.client.put("/api/v1/alerts/ladders/JST/", body, content_type="application/json",
                                   headers={"idempotency-key": str(uuid.uuid4())})  # fmt: skip
        assert 400 <= answer.status_code < 500, days
    with reading():
        texts = [change.detail for change in AlertChange.objects.all()]
    assert "\x00" not in str(texts)


def test_pages_take_what_no_form_sends(alert: int, sign_in: type[Browser]) -> None:
    hanako, tomoko = sign_in("hanako"), sign_in("tomoko")
    for text in (str(HUGE), "\x00", "x" * 20_000):
        for do in ("acknowledge", "plan", "silence", "end", "accept", "nothing"):
            form = dict.fromkeys(
                ["seq", "comment", "review_on", "cause", "explanation", "action", "owner", "due_on", "expected:2027",
                 "until", "why_silent", "plan", "reason"], text,
            ) | {"do": do}  # fmt: skip
            assert hanako.post(f"/admin/alerts/{alert}/", form).status_code < 500, (text[:20], do)
        for query in ("state", "severity", "agency", "indicator", "pillar", "page", "whose", "to"):
            for page in ("", "told/", "settings/"):
                assert hanako.get(f"/admin/alerts/{page}?{query}={text[:200]}").status_code < 500, (page, query)
        levels = {f"{what}:{level}": text for what in ("days", "unit", "person", "contact") for level in range(4)}
        assert tomoko.post("/admin/alerts/ladder/JST/", levels).status_code < 500
        assert hanako.post("/admin/alerts/settings/", dict.fromkeys(
            ["of", "unit", "lag", "lag:frequency", "language", "deputy", "deputy_from", "deputy_until"], text
        )).status_code < 500  # fmt: skip
