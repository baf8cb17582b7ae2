DROP VIEW review_duty
