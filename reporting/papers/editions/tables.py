"""The numbers of an edition as tables: one row a year, and in the layout of the RS system's file 3-1."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from django.utils import translation

from indicators.periods import JST
from reporting.domain.standing import NAMES
from reporting.papers.editions.content import Content, Entry, typed
from reporting.queries.desk.target_words import target_shown
from reporting.queries.shown import rounded

DATA = (
    "確定版", "指標コード", "指標名", "指標名（英語）", "単位", "年度", "値", "うち当該年度分", "軌道上の期待値",
    "達成率（%）", "確定値か", "下限値か", "対象機関数", "回答機関数", "据置機関数", "目標年度", "目標値", "判定",
)  # fmt: skip
RS_TEXTS = (
    "シート種別", "事業年度", "予算事業ID", "事業名", "府省庁の建制順", "政策所管府省庁", "府省庁", "局・庁", "部",
    "課", "室", "班", "係", "事業に関連するKPIが定められている閣議決定等の名称",
    "事業に関連するKPIが定められている閣議決定等の該当箇所", "事業に関連するKPIが定められている閣議決定等のURL",
    "アクティビティ・アウトプット・アウトカムの番号", "種別（アクティビティ・アウトプット・アウトカム）",
    "アウトカムの期間", "成果目標の種類", "アクティビティ／活動目標／成果目標", "活動指標／成果指標", "単位",
    "改善の上向き／下向き",
    "成果実績及び目標値の根拠として用いた統計・データ名（出典）", "定性的なアウトカム目標を設定している理由",
    "定性的なアウトカムに関する成果実績", "目標年度／目標値／実績値／達成率",
)  # fmt: skip
RS_YEARS = range(2007, 2061)
RS_ROWS = ("1.目標年度", "2.目標値", "3.実績値", "4.達成率")
RS_LEVELS = {"outcome": "アウトカム", "output": "アウトプット"}
APRIL = 4


def data_table(content: Content) -> list[list[str]]:
    """A row for each public indicator and year with an approved value; an indicator without any has one row too."""
    table = [list(DATA)]
    for said, entry in zip(content.data["indicators"], content.entries, strict=True):
        target = said["target"]
        with translation.override("ja"):
            standing = translation.gettext(NAMES[entry.figure.cls]) if entry.figure.cls in NAMES else ""
        about = [str(content.edition.number), said["code"], said["name"]["ja"], said["name"]["en"], said["unit"]]
        aim = ["", ""] if target is None else [str(target["year"]), target["value"] or ""]
        for year in said["values"] or [None]:
            numbers = [""] * 9 if year is None else [
                str(year["year"]), year["value"] or "", year["of_the_year"] or "", year["expected"] or "",
                year["attainment_percent"] or "", "はい" if year["final"] else "いいえ（速報）",
                "はい" if year["lower_bound"] else "いいえ", str(year["agencies_expected"]),
                str(year["agencies_answered"]),
            ]  # fmt: skip
            table.append([*about, *numbers, "" if year is None else str(year["agencies_carried"]), *aim, standing])
    return table


def rs_table(content: Content) -> list[list[str]]:
    """82 columns, four rows an indicator. The actual of a year is given when the year is final."""
    table = [[*RS_TEXTS, *(str(year) for year in RS_YEARS)]]
    for entry in content.entries:
        texts, years = _rs_texts(content, entry), _rs_years(entry)
        table += [[*texts, row, *(years[row].get(year, "") for year in RS_YEARS)] for row in RS_ROWS]
    return table


def _rs_texts(content: Content, entry: Entry) -> list[str]:
    figure = entry.figure
    indicator, definition, target = figure.indicator, figure.definition, figure.target
    ministry = definition.responsible.name_ja if definition.responsible else ""
    day = content.edition.moment.astimezone(JST)
    with translation.override("ja"):
        wanted = f"{indicator.name_ja}：{target_shown(target, figure.unit)}" if target else indicator.name_ja
    level = RS_LEVELS.get(definition.logic_level, "アクティビティ")
    said: Mapping[str, str] = {
        "シート種別": "レビューシート",
        "事業年度": str(day.year - (day.month < APRIL)),
        "事業名": content.plan.name_ja,
        "政策所管府省庁": ministry,
        "府省庁": ministry,
        RS_TEXTS[13]: definition.decision.get("title_ja") or "",
        RS_TEXTS[14]: definition.document_ja[0] if definition.document_ja else "",
        RS_TEXTS[16]: indicator.code,
        RS_TEXTS[17]: level,
        "成果目標の種類": "定量的",
        RS_TEXTS[20]: wanted,
        RS_TEXTS[21]: indicator.name_ja,
        "単位": figure.unit.name,
        "改善の上向き／下向き": "上がると良い指標" if definition.higher_is_better else "下がると良い指標",
        RS_TEXTS[24]: definition.source.get("ja") or "関係機関の報告",
    }
    return [said.get(name, "") for name in RS_TEXTS[:-1]]


def _rs_years(entry: Entry) -> dict[str, dict[int, str]]:
    figure, target = entry.figure, entry.figure.target
    wanted: dict[int, Decimal] = {}
    if target is not None and not entry.target_is_ranged:
        wanted = {step["year"]: Decimal(step["value"]) for step in target.trajectory.get("interim", ())}
        wanted[target.year] = target.value
    actual = {row.year: row.value for row in entry.rows if row.final and row.value is not None}
    shares = {
        year: (actual[year], aim) if figure.definition.higher_is_better else (aim, actual[year])
        for year, aim in wanted.items()
        if year in actual
    }
    return {
        RS_ROWS[0]: {target.year: "1"} if target is not None else {},
        RS_ROWS[1]: {year: typed(value, figure) or "" for year, value in wanted.items()},
        RS_ROWS[2]: {year: typed(value, figure) or "" for year, value in actual.items()},
        RS_ROWS[3]: {
            year: rounded(Fraction(part) / Fraction(whole) * 100, 4).replace(",", "")
            for year, (part, whole) in shares.items()
            if whole
        },
    }
