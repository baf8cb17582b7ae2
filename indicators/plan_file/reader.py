"""From the file's rows to facts, each checked where it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from indicators.aggregation import KINDS, PLACES
from indicators.periods import Frequency
from indicators.plan_file.checks import Check, checks_of, must_name_known
from indicators.plan_file.facts import Fact, assignment_data, text_of
from indicators.plan_file.lines import Lined, PlanFileError
from indicators.plan_file.origins import judgement_of, origin_of
from indicators.plan_file.parts import components_of, unit_of
from indicators.plan_file.targets import Measured, Targets
from indicators.target_path import SHAPES

HEAVIEST = 10**12  # no weight reaches it; sums of weights and values stay within what a column holds
MINISTRIES = frozenset({"ministry", "cabinet_secretariat"})
LINEAR = Lined({"shape": "linear"})
LOGIC_LEVELS = frozenset({"input", "activity", "output", "outcome"})


def rating_of(measure: str) -> str:
    return f"{measure}.SR"


class Reader:
    def __init__(self, file: Lined) -> None:
        self.file = file
        self.plan = file.need("plan", Lined)
        self.plan_id: str = self.plan.need("id")
        self.agencies = {row.need("id"): row for key in ("agencies", "cohorts") for row in file.rows(key)}
        self.domains = {row.need("id") for row in file.rows("technology_domains")}
        self.programmes = {row.need("id") for row in file.rows("programmes")}
        self.indicators = {row.need("id"): row for row in file.rows("indicators")}
        self.measures = [
            (pillar, area, measure)
            for pillar in file.rows("pillars")
            for area in pillar.rows("areas")
            for measure in area.rows("measures")
        ]
        defaults = file.need("default_frequency", Lined)
        self.default_frequency = {
            kind: self._frequency(defaults, name) for kind, name in defaults.items() if kind not in ("basis", "note")
        }
        self.default_checks = file.get("default_checks") or Lined()
        self.units: dict[str, str] = {}  # by field
        self.checks: list[tuple[Lined, str, Check]] = []
        self.first_year = self._year(self.plan.need("period", Lined), "from")
        self.last_year = self._year(self.plan.need("period", Lined), "to")

    def facts(self) -> Iterator[Fact]:
        yield from self._agencies()
        yield from self._tree()
        for row in self.file.rows("technology_domains"):
            yield Fact(
                row.line,
                "DomainAdopted",
                row.need("id"),
                {
                    "code": row["id"], "name_ja": row.need("name_ja"), "name_en": row.need("name_en"),
                    "strategic": row.need("class") == "national_strategic", "order": row.need("number", int),
                },
            )  # fmt: skip
        for row in self.file.rows("programmes"):
            operators = [self._agency(op, op.need("agency")) for op in row.rows("operators")]
            yield Fact(
                row.line,
                "ProgrammeAdopted",
                row.need("id"),
                {"code": row["id"], "name_ja": row.need("full_name_ja"), "name_en": row.need("name_en"),
                 "operators": operators},
            )  # fmt: skip
        yield from self._headline_indicators()
        yield from self._measure_indicators()
        yield from self._self_ratings()
        must_name_known(self.checks, self.units)
        yield from self._assignments()
        yield from self._targets()

    def _agencies(self) -> Iterator[Fact]:
        for code, row in self.agencies.items():
            supervisors = [self._agency(row, s) for s in row.get("supervisors") or []]
            yield Fact(
                row.line,
                "AgencyRegistered",
                code,
                {
                    "code": code, "name_ja": row.need("name_ja"), "name_en": row.need("name_en"),
                    "kind": row.need("kind"), "supervisors": supervisors,
                    "corporate_number": row.get("corporate_number") or "",
                },
            )  # fmt: skip
        for code, row in self.agencies.items():
            for member in row.get("members") or []:
                self._agency(row, member)
                yield Fact(row.line, "GroupJoined", f"{code}/{member}", {"group": code, "member": member})

    def _tree(self) -> Iterator[Fact]:
        yield Fact(
            self.plan.line,
            "PlanAdopted",
            self.plan_id,
            {
                "code": self.plan_id, "name_ja": self.plan.need("name_ja"), "name_en": self.plan.need("name_en"),
                "first_year": self.first_year, "last_year": self.last_year,
                "source": {"document": self.file.need("meta", Lined).get("source_document_ja", "")},
                "default_frequency": self.default_frequency,
            },
        )  # fmt: skip
        order = 0
        for pillar in self.file.rows("pillars"):
            order += 1
            yield self._node(pillar, "pillar", None, order, pillar.need("name_ja"))
            for area in pillar.rows("areas"):
                order += 1
                yield self._node(area, "area", pillar["id"], order, area.need("name_ja"))
                for measure in area.rows("measures"):
                    order += 1
                    name = measure.get("display_ja") or measure.need("ja")
                    yield self._node(measure, "measure", area["id"], order, name)

    def _node(self, row: Lined, level: str, parent: str | None, order: int, name_ja: str) -> Fact:
        programmes = row.get("programmes") or []
        for programme in programmes:
            if programme not in self.programmes:
                raise PlanFileError(row.line, f"unknown programme {programme}")
        data = {
            "code": row.need("id"), "plan": self.plan_id, "level": level, "parent": parent, "order": order,
            "name_ja": name_ja, "name_en": row.get("en") or row.get("name_en") or name_ja, "programmes": programmes,
            "source_lines": row.get("src_lines") or [], "counts_in_rollups": row.get("counts_in_rollups", True),
        }  # fmt: skip
        return Fact(row.line, "PlanNodeAdopted", row["id"], data)

    def _headline_indicators(self) -> Iterator[Fact]:
        for order, (code, row) in enumerate(self.indicators.items(), start=1):
            aggregation = row.need("aggregation", Lined)
            trajectory = row.need("trajectory", Lined)
            judgement = row.need("judgement", Lined)
            reporting = row.need("reporting", Lined)
            responsible = row.need("responsible", Lined)
            parts = {"judgement": judgement, "responsible": responsible, "reporting": reporting}
            assumed = [name for name, part in parts.items() if part.get("basis") != "document"]
            assumed += ["trajectory"] if "start" in trajectory else []
            yield self._definition(
                row,
                code,
                node=row.get("area") or row.need("pillar"),
                headline=True,
                order=order,
                names=(row.need("name_ja"), row.need("name_en")),
                unit=row.need("unit"),
                level=row.need("level"),
                aggregation=aggregation.need("kind"),
                extra={
                    "higher_is_better": row.need("direction") == "higher_is_better",
                    "frequency": self._frequency(reporting, reporting.need("frequency")),
                    "components": components_of(row),
                    "numerator": aggregation.get("numerator", ""),
                    "denominator": aggregation.get("denominator", ""),
                    "trajectory": {"shape": self._shape(trajectory)},
                    **judgement_of(row, None),
                    "observation_offset_years": -int(reporting.get("describes_years_before") or 0),
                    "responsible": self._agency(row, responsible.need("agency")),
                    "assumed": assumed,
                    "document_ja": row.get("document_ja") or [],
                    "by_domain": bool(row.get("split_by_domain")),
                },
            )

    def _measure_indicators(self) -> Iterator[Fact]:
        for order, (_, _, measure) in enumerate(self.measures, start=100):
            tracking = measure.need("tracking", Lined)
            if tracking.need("mode") == "indicator":
                if tracking.need("indicator") not in self.indicators:
                    raise PlanFileError(tracking.line, f"unknown indicator {tracking['indicator']}")
                continue
            lead = self._lead(measure)
            yield self._definition(
                tracking,
                measure["id"],
                node=measure["id"],
                headline=False,
                order=order,
                names=(tracking.need("proposed_ja"), tracking.get("proposed_en") or tracking.need("proposed_ja")),
                unit=tracking.need("unit"),
                level=tracking.need("logic_level"),
                aggregation=tracking.get("aggregation") or tracking.need("unit"),
                extra={
                    "higher_is_better": True, "frequency": "", "components": components_of(tracking),
                    "numerator": "", "denominator": "",
                    "trajectory": {"shape": self._shape(tracking.get("trajectory") or LINEAR)},
                    **judgement_of(tracking, "0.02"),
                    "observation_offset_years": 0, "responsible": self._responsible(measure, lead),
                    "assumed": ["indicator", "judgement", "responsible", "trajectory"], "document_ja": [],
                    "by_domain": bool(tracking.get("split_by_domain")),
                },
            )  # fmt: skip

    def _self_ratings(self) -> Iterator[Fact]:
        """Of a measure that asks for one, S to D in the final report of each year, by all who are assigned to it. A
        report's rating is a figure like any other: it is compared with last year's, approved, and asked of the past."""
        for order, (_, _, measure) in enumerate(self.measures, start=500):
            if not measure.get("self_rating"):
                continue
            yield self._definition(
                Lined(unit="self_rating"),
                rating_of(measure["id"]),
                node=measure["id"],
                headline=False,
                order=order,
                names=("自己評価（S・A・B・C・D）", "Self-rating (S, A, B, C, D)"),
                unit="self_rating",
                level="activity",
                aggregation="self_rating",
                extra={
                    "higher_is_better": True, "frequency": "yearly", "components": [], "numerator": "",
                    "denominator": "", "trajectory": {"shape": "linear"}, **judgement_of(Lined(), "0.02"),
                    "observation_offset_years": 0, "responsible": self._responsible(measure, self._lead(measure)),
                    "assumed": ["judgement", "responsible", "trajectory"], "document_ja": [],
                },
            )  # fmt: skip

    def _definition(
        self, row: Lined, code: str, *, node: str, headline: bool, order: int, names: tuple[str, str], unit: str,
        level: str, aggregation: str, extra: Mapping[str, Any],
    ) -> Fact:  # fmt: skip
        unit_of(row)
        if aggregation not in KINDS:
            raise PlanFileError(row.line, f"unknown aggregation {aggregation!r}")
        if level not in LOGIC_LEVELS:
            raise PlanFileError(row.line, f"unknown logic level {level!r}")
        origin, assumed = origin_of(row, self.file)
        checks = checks_of(row, self.default_checks, unit, aggregation)
        weights = self._weights(row)
        if aggregation == "weighted_mean" and not weights:
            extra = {**extra, "assumed": [*extra["assumed"], "weights"]}  # then all weigh the same
        self.units |= {code: unit} | {f"{code}/{c['code']}": unit for c in extra["components"]}
        self.checks += [(row, code, check) for check in checks]
        data = {
            "code": code, "node": node, "headline": headline, "order": order, "name_ja": names[0], "name_en": names[1],
            "unit": unit, "logic_level": level, "aggregation": aggregation, "by_domain": False, "weights": weights,
            **extra, **origin, "reason": "", "assumed": [*extra["assumed"], *assumed],
            **({"checks": checks} if checks else {}),
        }  # fmt: skip
        return Fact(row.line, "IndicatorDefined", code, data)

    def _weights(self, row: Lined) -> dict[str, str]:
        """How much each agency counts, by agency; who is not named weighs 1."""
        said = row.get("weights") or Lined()
        if not isinstance(said, Lined):
            raise PlanFileError(row.line, "'weights' is not a mapping of agencies to numbers")
        weights = {}
        for agency in said:
            weight = said.number(agency)
            if weight is None or weight <= 0 or weight >= HEAVIEST or weight != round(weight, PLACES):
                raise PlanFileError(said.line, f"no weight, a number above 0, for {agency}: {said[agency]!r}")
            weights[self._agency(said, agency)] = str(text_of(weight))
        return weights

    def _lead(self, measure: Lined) -> str:
        leads = [row for row in measure.rows("assigned") if row.need("role") == "lead"]
        if not leads:
            raise PlanFileError(measure.line, f"{measure['id']} has no lead")
        return self._agency(leads[0], leads[0].need("agency"))

    def _responsible(self, measure: Lined, lead: str) -> str:
        """The ministry a measure's lag goes to (assumed): the lead if it is one, else the first that supervises it,
        else the first that contributes, else the plan's secretariat. Never a group: nobody reads its mail."""
        supervisors = [str(code) for code in self.agencies[lead].get("supervisors") or []]
        assigned = [str(row["agency"]) for row in measure.rows("assigned")]
        ministries = [code for code in [lead, *supervisors, *assigned] if self.agencies[code]["kind"] in MINISTRIES]
        return ministries[0] if ministries else self._agency(self.plan, self.plan.need("secretariat"))

    def _assignments(self) -> Iterator[Fact]:
        """One assignment per agency (or group) and node. An indicator is entered in one of them only: in the measure
        that is followed by it, if the agency is assigned there; else in an assignment of its own."""
        home = {m["tracking"]["indicator"]: m for _, _, m in self.measures if m["tracking"].get("mode") == "indicator"}
        entered: dict[tuple[str, str], tuple[str, Lined]] = {}  # (node, agency) -> indicator, row
        for code, row in self.indicators.items():
            for assigned in row.rows("assigned"):
                agency = self._agency(assigned, assigned.need("agency"))
                measure = home.get(code)
                at_home = measure and agency in {a.need("agency") for a in measure.rows("assigned")}
                node = measure["id"] if measure and at_home else row.get("area") or row["pillar"]
                entered[node, agency] = (code, assigned)
        direct: dict[tuple[str, str], tuple[Lined, list[str]]] = {}  # (node, agency) -> row, indicators
        for _, _, measure in self.measures:
            for assigned in measure.rows("assigned"):
                agency = self._agency(assigned, assigned.need("agency"))
                own = [measure["id"]] if measure["tracking"]["mode"] != "indicator" else []
                own += [rating_of(measure["id"])] if measure.get("self_rating") else []
                direct[measure["id"], agency] = (assigned, own)
        for (node, agency), (code, assigned) in entered.items():
            direct.setdefault((node, agency), (assigned, []))[1].append(code)
        for (node, group), (assigned, indicators) in list(direct.items()):
            for member in self.agencies[group].get("members") or []:
                known = direct.setdefault((node, member), (assigned, []))[1]
                known += [code for code in indicators if code not in known]
        for (node, agency), (assigned, indicators) in direct.items():
            yield self._assignment(assigned, agency, node, indicators)

    def _assignment(self, row: Lined, agency: str, node: str, indicators: list[str]) -> Fact:
        role = row.need("role")
        if role not in ("lead", "contributor"):
            raise PlanFileError(row.line, f"unknown role {role!r}")
        via = row["agency"] if row["agency"] != agency else ""
        role = "contributor" if via else role
        assumed = row.get("basis") != "document"
        kind = self.agencies[agency]["kind"]
        if kind == "group":
            data = {"id": f"{agency}.{node}", "group": agency, "node": node, "role": role, "indicators": indicators,
                    "assumed": assumed}  # fmt: skip
            return Fact(row.line, "GroupAssigned", f"{agency}.{node}", data)
        own = {
            code: self._frequency(r["reporting"], r["reporting"]["frequency"]) for code, r in self.indicators.items()
        } | {rating_of(m["id"]): "yearly" for _, _, m in self.measures}
        data = assignment_data(
            agency=agency, node=node, role=role, indicators=indicators, assumed=assumed, via_group=via,
            usual=self.default_frequency.get(kind, "yearly"), own=own,
        )  # fmt: skip
        return Fact(row.line, "AgencyAssigned", f"{agency}.{node}", data)

    def _targets(self) -> Iterator[Fact]:
        targets = Targets(self.first_year, frozenset(self.domains), self._year)
        for code, row in self.indicators.items():
            better = row.need("direction") == "higher_is_better"
            yield from targets.of(self._measured(code, row, row.rows("assigned"), higher_is_better=better))
        for _, _, measure in self.measures:
            row = measure["tracking"]
            if row.get("target") is not None:
                yield from targets.of(self._measured(measure["id"], row, measure.rows("assigned")))

    def _measured(self, code: str, row: Lined, assigned: list[Lined], *, higher_is_better: bool = True) -> Measured:
        named = {str(a["agency"]) for a in assigned}
        members = {str(member) for name in named for member in self.agencies[name].get("members") or []}
        reporters = {name for name in named | members if self.agencies[name]["kind"] != "group"}
        by_domain = bool(row.get("split_by_domain"))
        return Measured(code, row, row.need("unit"), higher_is_better, by_domain, frozenset(reporters))

    def _shape(self, trajectory: Lined) -> str:
        shape: str = trajectory.need("shape")
        if shape not in SHAPES:
            raise PlanFileError(trajectory.line, f"unknown trajectory {shape!r}")
        return shape

    def _agency(self, row: Lined, code: object) -> str:
        if code not in self.agencies:
            raise PlanFileError(row.line, f"unknown agency {code}")
        return str(code)

    def _frequency(self, row: Lined, name: object) -> str:
        try:
            return str(Frequency(str(name)))
        except ValueError:
            raise PlanFileError(row.line, f"unknown frequency {name!r}") from None

    def _year(self, row: Lined, key: str) -> int:
        raw = str(row.need(key, (str, int))).removeprefix("FY")
        if not raw.isdigit() or not 2000 <= int(raw) <= 2100:
            raise PlanFileError(row.line, f"'{key}' is not a fiscal year: {row[key]!r}")
        return int(raw)
