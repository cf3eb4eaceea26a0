"""Channel, direction, and the stages: lead, MQL, screened, SQL, patient."""

from ptanalysis.intake.classify.channels import by_campaign, with_channel
from ptanalysis.intake.classify.events import (
    moments_of_payments,
    moments_of_screenings,
    moments_of_stages,
    moments_of_visits,
    stages_tied,
    tied,
)
from ptanalysis.intake.classify.leads import ORIGIN, lead_rows, with_episodes, with_patient_at
from ptanalysis.intake.classify.lexicon import with_interest

__all__ = [
    "ORIGIN",
    "by_campaign",
    "lead_rows",
    "moments_of_payments",
    "moments_of_screenings",
    "moments_of_stages",
    "moments_of_visits",
    "stages_tied",
    "tied",
    "with_channel",
    "with_episodes",
    "with_interest",
    "with_patient_at",
]
