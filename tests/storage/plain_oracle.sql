-- What every cell has to come to: reckoned slowly, an agency at a time, from the tables of facts as they stand, by
-- whoever read the plan's ten sentences about aggregation and nothing of the product.

DROP SCHEMA IF EXISTS oracle CASCADE;
CREATE SCHEMA oracle;

CREATE TABLE oracle.figure AS
SELECT indicator_id AS indicator, agency_id AS agency, coalesce(domain_id, '') AS domain,
       coalesce(component, '') AS component, period, year_period AS year, answer, value, numerator, denominator,
       counted_elsewhere AS elsewhere, approved
FROM reporting_figure WHERE to_position IS NULL;
CREATE INDEX ON oracle.figure (indicator, agency, domain, component, period);
CREATE INDEX ON oracle.figure (indicator, agency, domain, component, year);

-- Where whose figures count now.
CREATE TABLE oracle.home AS
          SELECT 'nation' AS scope, '' AS name, agency_id AS agency FROM agencies_agencyprofile WHERE to_position IS NULL
UNION     SELECT 'agency', agency_id, agency_id FROM agencies_agencyprofile WHERE to_position IS NULL
UNION     SELECT 'kind', kind, agency_id FROM agencies_agencyprofile WHERE to_position IS NULL
UNION     SELECT 'ministry', agency_id, agency_id FROM agencies_agencyprofile
          WHERE to_position IS NULL AND kind = 'ministry'
UNION     SELECT 'ministry', unnest(supervisors), agency_id FROM agencies_agencyprofile WHERE to_position IS NULL;
CREATE INDEX ON oracle.home (scope, name);

CREATE TABLE oracle.asked AS
SELECT e.indicator_id AS indicator, e.agency_id AS agency, e.frequency,
       coalesce((d.weights ->> e.agency_id)::numeric, 1) AS weight
FROM indicators_assignedindicator e, indicators_indicatordefinition d
WHERE e.to_position IS NULL AND d.to_position IS NULL AND d.indicator_id = e.indicator_id;
CREATE UNIQUE INDEX ON oracle.asked (indicator, agency);

CREATE TABLE oracle.rule AS
SELECT indicator_id AS indicator, aggregation FROM indicators_indicatordefinition WHERE to_position IS NULL;
CREATE UNIQUE INDEX ON oracle.rule (indicator);
ANALYZE;

-- Every cell that ever had a figure, wherever its agency has counted since.
CREATE TABLE oracle.cell AS
SELECT DISTINCT f.indicator_id AS indicator, p.period, h.scope, h.name, coalesce(f.domain_id, '') AS domain,
       coalesce(f.component, '') AS component
FROM (SELECT indicator_id, agency_id, domain_id, component, period, year_period, min(from_position) AS since
      FROM reporting_figure GROUP BY 1, 2, 3, 4, 5, 6) f
JOIN agencies_agencyprofile a
    ON a.agency_id = f.agency_id AND (a.to_position IS NULL OR a.to_position > f.since)
CROSS JOIN LATERAL (SELECT f.period UNION SELECT f.year_period) AS p (period)
CROSS JOIN LATERAL (
    SELECT 'nation', '' UNION SELECT 'agency', a.agency_id UNION SELECT 'kind', a.kind
    UNION SELECT 'ministry', a.agency_id WHERE a.kind = 'ministry' UNION SELECT 'ministry', unnest(a.supervisors)
) AS h (scope, name);

CREATE FUNCTION oracle.adds(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
    kind IN ('sum_of_flows', 'sum_of_flows_dedup', 'cumulative_sum', 'ratio_of_sums');
CREATE FUNCTION oracle.is_stock(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN
    kind IN ('stock_latest_sum', 'stock_latest_sum_dedup');

-- The figures of one agency that make up its part in a period: the period's own word, else the words of its parts.
CREATE FUNCTION oracle.said(ind text, who text, dom text, comp text, per text, kind text, waiting boolean)
RETURNS SETOF oracle.figure LANGUAGE plpgsql STABLE AS $$
DECLARE
    one oracle.figure;
    best oracle.figure;
    before text := '';
BEGIN
    SELECT * INTO one FROM oracle.figure f
    WHERE (f.indicator, f.agency, f.domain, f.component, f.period) = (ind, who, dom, comp, per)
        AND (f.approved OR waiting)
    ORDER BY f.approved LIMIT 1; -- what waits stands over what is approved
    IF FOUND THEN
        RETURN NEXT one;
        RETURN;
    END IF;
    IF per !~ '^FY\d{4}$' THEN
        RETURN;
    END IF;
    FOR one IN
        SELECT * FROM oracle.figure f
        WHERE (f.indicator, f.agency, f.domain, f.component, f.year) = (ind, who, dom, comp, per)
            AND (f.approved OR waiting)
        ORDER BY f.period, f.approved
    LOOP
        CONTINUE WHEN one.period = before; -- the approved one of the same period, after the waiting one
        before := one.period;
        IF oracle.adds(kind) THEN
            RETURN NEXT one;
        ELSIF best.period IS NULL OR best.answer = 'not_measurable' OR one.answer <> 'not_measurable' THEN
            best := one; -- the later one, unless it takes an older answer away
        END IF;
    END LOOP;
    IF best.period IS NOT NULL THEN
        RETURN NEXT best;
    END IF;
END $$;

-- What an agency that has said nothing said in the reporting period before. Its value it is taken to have still.
CREATE FUNCTION oracle.still(ind text, who text, dom text, comp text, per text, kind text, waiting boolean)
RETURNS SETOF oracle.figure LANGUAGE plpgsql STABLE AS $$
DECLARE
    one oracle.figure;
    y int := CASE WHEN per LIKE 'FY%' THEN substr(per, 3, 4)::int
                  ELSE extract(year FROM (per || '-01')::date - interval '3 months')::int END;
    last_year text := 'FY' || (y - 1);
    previous text;
BEGIN
    IF per ~ '^FY\d{4}$' THEN
        previous := last_year;
    ELSIF per LIKE 'FY%' THEN
        previous := CASE right(per, 2) WHEN 'Q1' THEN last_year || 'Q4' WHEN 'H1' THEN last_year || 'H2'
                    WHEN 'Q2' THEN 'FY' || y || 'Q1' WHEN 'Q3' THEN 'FY' || y || 'Q2' WHEN 'Q4' THEN 'FY' || y || 'Q3'
                    WHEN 'H2' THEN 'FY' || y || 'H1' END;
    ELSE
        previous := to_char((per || '-01')::date - interval '1 day', 'YYYY-MM');
    END IF;
    IF right(per, 2) IN ('Q1', 'H1') OR per ~ '^\d{4}-04$' THEN
        SELECT * INTO one FROM oracle.said(ind, who, dom, comp, last_year, kind, waiting) s WHERE s.period = last_year;
        IF FOUND THEN
            RETURN NEXT one;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM oracle.said(ind, who, dom, comp, previous, kind, waiting);
END $$;

-- Half up at the sixth decimal, by hand. Of numbers that are not negative.
CREATE FUNCTION oracle.divided(n numeric, d numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    whole numeric;
BEGIN
    IF n IS NULL OR d IS NULL OR d = 0 THEN
        RETURN NULL;
    END IF;
    whole := div(n * 1000000, d);
    IF (n * 1000000 - whole * d) * 2 >= d THEN
        whole := whole + 1;
    END IF;
    RETURN whole * 0.000001;
END $$;

CREATE TYPE oracle.numbers AS (
    value numeric, numerator numeric, denominator numeric, expected int, expected_weight numeric, answered int,
    with_value int, nothing int, not_measurable int, carried int, complete int, complete_weight numeric,
    final_weight numeric, lower_bound boolean, pending_value numeric, pending int, final boolean
);

CREATE TYPE oracle.sum AS (total numeric, num numeric, den numeric, least numeric, most numeric, wx numeric, w numeric);

CREATE FUNCTION oracle.plus(so_far oracle.sum, f oracle.figure, kind text, weight numeric) RETURNS oracle.sum
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    x numeric := CASE WHEN kind LIKE '%dedup' THEN f.value - f.elsewhere ELSE f.value END;
BEGIN
    IF x IS NOT NULL THEN
        so_far.total := coalesce(so_far.total, 0) + x;
        so_far.least := least(so_far.least, x);
        so_far.most := greatest(so_far.most, x);
        so_far.wx := coalesce(so_far.wx, 0) + weight * x;
        so_far.w := coalesce(so_far.w, 0) + weight;
    END IF;
    IF f.numerator IS NOT NULL THEN so_far.num := coalesce(so_far.num, 0) + f.numerator; END IF;
    IF f.denominator IS NOT NULL THEN so_far.den := coalesce(so_far.den, 0) + f.denominator; END IF;
    RETURN so_far;
END $$;

CREATE FUNCTION oracle.comes_to(kind text, s oracle.sum) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN
    CASE kind WHEN 'ratio_of_sums' THEN oracle.divided(100 * s.num, s.den)
              WHEN 'weighted_mean' THEN oracle.divided(s.wx, s.w)
              WHEN 'external_rank' THEN s.most WHEN 'binary_all' THEN s.least WHEN 'stages_0_4' THEN s.least
              WHEN 'self_rating' THEN s.least
              ELSE s.total END;

CREATE FUNCTION oracle.reckon(ind text, per text, scope_ text, name_ text, dom text, comp text) RETURNS oracle.numbers
LANGUAGE plpgsql STABLE AS $$
DECLARE
    kind text := (SELECT aggregation FROM oracle.rule r WHERE r.indicator = ind);
    whole_year boolean := per ~ '^FY\d{4}$';
    n oracle.numbers;
    now oracle.sum;
    later oracle.sum;
    who text;
    how_often text;
    weighs numeric;
    is_expected boolean;
    f oracle.figure;
    words text[];
    own_word text;
    parts int;
    is_complete boolean;
    is_there boolean;
    waits boolean;
    all_final boolean := true;
    all_expected_answered boolean := true;
    all_there boolean := true;
    was_carried boolean;
    found_any boolean;
BEGIN
    n.expected := 0; n.expected_weight := 0; n.answered := 0; n.with_value := 0; n.nothing := 0; n.not_measurable := 0;
    n.carried := 0; n.complete := 0; n.complete_weight := 0; n.final_weight := 0; n.pending := 0;
    -- Who was never asked and has said nothing is nobody here.
    FOR who IN
        SELECT h.agency FROM oracle.home h WHERE h.scope = scope_ AND h.name = name_ AND (
            EXISTS (SELECT FROM oracle.asked a WHERE a.indicator = ind AND a.agency = h.agency)
            OR EXISTS (SELECT FROM oracle.figure g WHERE g.indicator = ind AND g.agency = h.agency))
    LOOP
        SELECT a.frequency, a.weight INTO how_often, weighs FROM oracle.asked a
        WHERE a.indicator = ind AND a.agency = who;
        is_expected := FOUND AND (whole_year OR how_often = CASE WHEN per LIKE '%Q_' THEN 'quarterly'
                                                WHEN per LIKE '%H_' THEN 'half_yearly' ELSE 'monthly' END);
        weighs := coalesce(weighs, 1);
        IF is_expected THEN
            n.expected := n.expected + 1;
            n.expected_weight := n.expected_weight + weighs;
        END IF;

        words := '{}'; own_word := NULL; parts := 0;
        FOR f IN SELECT * FROM oracle.said(ind, who, dom, comp, per, kind, false) LOOP
            words := words || f.answer::text;
            now := oracle.plus(now, f, kind, weighs);
            IF f.period = per THEN own_word := f.answer; END IF;
        END LOOP;
        was_carried := false;
        IF words = '{}' AND is_expected AND oracle.is_stock(kind) THEN
            FOR f IN SELECT * FROM oracle.still(ind, who, dom, comp, per, kind, false) LOOP
                CONTINUE WHEN f.answer <> 'value';
                was_carried := true;
                now := oracle.plus(now, f, kind, weighs);
            END LOOP;
        END IF;
        IF words <> '{}' THEN
            n.answered := n.answered + 1;
            IF 'value' = ANY (words) THEN n.with_value := n.with_value + 1;
            ELSIF 'nothing' = ANY (words) THEN n.nothing := n.nothing + 1;
            ELSE n.not_measurable := n.not_measurable + 1; END IF;
            all_final := all_final AND own_word IS NOT NULL;
        ELSIF is_expected THEN
            all_expected_answered := false;
        END IF;
        IF was_carried THEN n.carried := n.carried + 1; END IF;

        IF own_word IS NOT NULL THEN
            is_complete := own_word <> 'not_measurable';
        ELSE
            SELECT count(*) INTO parts FROM oracle.figure g
            WHERE (g.indicator, g.agency, g.domain, g.component, g.year) = (ind, who, dom, comp, per)
                AND g.approved AND g.answer <> 'not_measurable';
            is_complete := parts >= CASE how_often WHEN 'quarterly' THEN 4 WHEN 'half_yearly' THEN 2
                                                   WHEN 'monthly' THEN 12 ELSE 1 END;
        END IF;
        IF is_expected AND is_complete THEN
            n.complete := n.complete + 1;
            n.complete_weight := n.complete_weight + weighs;
        END IF;
        IF whole_year AND is_expected AND own_word IS NOT NULL THEN
            n.final_weight := n.final_weight + weighs;
        END IF;
        IF oracle.is_stock(kind) THEN
            is_there := was_carried OR 'value' = ANY (words) OR 'nothing' = ANY (words);
        ELSE
            is_there := is_complete;
        END IF;
        IF is_expected AND NOT is_there THEN
            all_there := false;
        END IF;

        waits := false; found_any := false;
        FOR f IN SELECT * FROM oracle.said(ind, who, dom, comp, per, kind, true) LOOP
            found_any := true;
            waits := waits OR NOT f.approved;
            later := oracle.plus(later, f, kind, weighs);
        END LOOP;
        IF NOT found_any AND is_expected AND oracle.is_stock(kind) THEN
            FOR f IN SELECT * FROM oracle.still(ind, who, dom, comp, per, kind, true) LOOP
                waits := waits OR NOT f.approved;
                later := oracle.plus(later, f, kind, weighs);
            END LOOP;
        END IF;
        IF waits THEN n.pending := n.pending + 1; END IF;
    END LOOP;
    n.value := oracle.comes_to(kind, now);
    n.numerator := now.num;
    n.denominator := now.den;
    n.pending_value := oracle.comes_to(kind, later);
    n.final := whole_year AND n.answered > 0 AND all_final AND all_expected_answered;
    n.lower_bound := n.value IS NOT NULL AND NOT all_there
        AND kind IN ('sum_of_flows', 'sum_of_flows_dedup', 'cumulative_sum', 'stock_latest_sum', 'stock_latest_sum_dedup');
    RETURN n;
END $$;
