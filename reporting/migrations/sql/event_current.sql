-- What the events say today. Stored events are never migrated: an event written in an older schema_version is lifted here,
-- where set-based rebuilds and Python both read it. Hashes, proofs and exports are of the raw `event`.
-- May be run again: a migration that adds a type or a version runs this file.

-- One branch per (type, schema_version) ever written, each straight to the newest version; the newest reads as it stands.
-- Null for what is not known, at which a follower stops. tests/golden holds what each branch gives.
CREATE OR REPLACE FUNCTION upcast_event(type text, schema_version smallint, data jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE type -- the commonest first
    WHEN 'ReportSubmitted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ReportApproved' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ReportReturned' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ReportWithdrawn' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ReportReopened' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'CorrectionAsked' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'CorrectionSubmitted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'CorrectionWithdrawn' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'CorrectionReturned' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'CorrectionApproved' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'SubmissionEndorsed' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'AgencyAssigned' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'AgencyRegistered' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'DomainAdopted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'GroupAssigned' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'GroupJoined' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'IndicatorAchieved' THEN CASE schema_version WHEN 1 THEN data || '{"cause": null, "restated": [], "since": null}' WHEN 2 THEN data END
    WHEN 'IndicatorBecameUnjudgeable' THEN CASE schema_version WHEN 1 THEN data || '{"cause": null, "restated": [], "since": null}' WHEN 2 THEN data END
    -- 1: nobody had said where it comes from, all agencies weighed the same, and the recent pace was that of five points;
    -- 2: nobody had said who may be told
    WHEN 'IndicatorDefined' THEN CASE schema_version WHEN 1 THEN '{"source": {}, "decision": {}, "natural_limit": null, "pace_window": 5, "reason": "", "weights": {}, "disclosure": "closed"}' || data WHEN 2 THEN data || '{"disclosure": "closed"}' WHEN 3 THEN data END
    WHEN 'IndicatorFellBehind' THEN CASE schema_version WHEN 1 THEN data || '{"cause": null, "restated": [], "since": null}' WHEN 2 THEN data END
    WHEN 'IndicatorFirstJudged' THEN CASE schema_version WHEN 1 THEN data || '{"cause": null, "restated": [], "since": null}' WHEN 2 THEN data END
    WHEN 'IndicatorRecovered' THEN CASE schema_version WHEN 1 THEN data || '{"cause": null, "restated": [], "since": null}' WHEN 2 THEN data END
    WHEN 'MilestoneScheduled' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'PlanAdopted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'PlanNodeAdopted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ProgrammeAdopted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'RedactionDeclined' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'RedactionProposed' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'TargetProposalDeclined' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'TargetProposed' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'TargetRevised' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'TargetSet' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'DeadlineExtended' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ExtensionWithdrawn' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'HolidayAdded' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'HolidayRemoved' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'PeriodReopened' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ReopeningWithdrawn' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'StandingChangeDropped' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'StandingChangeHeld' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'StandingKept' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'StandingRestated' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'StandingOverridden' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'OverrideExpired' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'OverrideWithdrawn' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'AlertAcknowledged' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'AcknowledgementLapsed' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ActionPlanSubmitted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ActionPlanReturned' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ActionPlanAccepted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'ActionOverdue' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'AlertSilenced' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'SilenceApproved' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'SilenceEnded' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'EditionDrafted' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'EditionPublished' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'EditionDropped' THEN CASE schema_version WHEN 1 THEN data END
    WHEN 'TextRedacted' THEN CASE schema_version WHEN 1 THEN data END
END;

-- The version upcast_event lifts a type to: 1 for all but those named here.
CREATE OR REPLACE FUNCTION current_version(type text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE type
    WHEN '' THEN 0::smallint -- a type's line looks like this one
    WHEN 'IndicatorFirstJudged' THEN 2::smallint
    WHEN 'IndicatorFellBehind' THEN 2::smallint
    WHEN 'IndicatorRecovered' THEN 2::smallint
    WHEN 'IndicatorAchieved' THEN 2::smallint
    WHEN 'IndicatorBecameUnjudgeable' THEN 2::smallint
    WHEN 'IndicatorDefined' THEN 3::smallint
    ELSE 1::smallint
END;

REVOKE ALL ON FUNCTION upcast_event, current_version FROM PUBLIC;

-- With the reader's own rights, so that row-level security shows as much of it as of the log.
CREATE OR REPLACE VIEW event_current WITH (security_invoker = true) AS
SELECT "position", stream, version, event_id, type, current_version(type) AS schema_version,
       schema_version AS written_version, upcast_event(type, schema_version, data) AS data, meta, occurred_at,
       recorded_at, agency
FROM event;
