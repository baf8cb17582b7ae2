-- Whose turn it is to decide, of each report that waits: the people named for it. One place says so for the queue, the
-- workload and the notices; a report for which nobody is named has no row. With the reader's own rights.
CREATE OR REPLACE VIEW review_duty WITH (security_invoker = true) AS
SELECT s.report_id, s.agency_id, p.person_id, s.submitted_at
FROM reporting_reportstate s
-- "JST.P1.A1@FY2026Q1" is of the pillar P1
CROSS JOIN LATERAL (
    SELECT split_part(split_part(substr(s.report_id, length(s.agency_id) + 2), '@', 1), '.', 1) AS node
) n
JOIN reporting_reviewpost p ON p.until_at IS NULL AND CASE
    -- where two decide, the chief, once another has endorsed the version that waits
    WHEN EXISTS (SELECT FROM reporting_reviewpost c WHERE c.until_at IS NULL AND c.post = 'chief' AND c.node_id = n.node)
        AND EXISTS (
            SELECT FROM event e
            WHERE e.stream = 'review/' || replace(s.report_id, '@', '/')
                AND e.type = 'SubmissionEndorsed' AND (e.data ->> 'seen')::integer = s.version
        )
        THEN p.post = 'chief' AND p.node_id = n.node
    -- the reviewers' own agency's reports are for those of another unit
    WHEN EXISTS (
        SELECT FROM agencies_membership m
        WHERE m.agency_id = s.agency_id AND m.role = 'reviewer' AND m.ended_on IS NULL
    )
        THEN p.post = 'stand_in' AND p.node_id = n.node
    -- who is named for an agency goes before who is named for the pillar
    WHEN EXISTS (
        SELECT FROM reporting_reviewpost a
        WHERE a.until_at IS NULL AND a.post = 'reviewer' AND a.agency_id = s.agency_id
    )
        THEN p.post = 'reviewer' AND p.agency_id = s.agency_id
    ELSE p.post = 'reviewer' AND p.node_id = n.node
END
WHERE s.to_position IS NULL AND s.status = 'submitted';
