"""What an analyst may assume in another way: horizons, campaigns left out, who is qualified."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ptanalysis.definitions.stages import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.definitions.taxonomy import normal


def between(low: float, high: float) -> AfterValidator:
    """Return the rule that a number lies between two others, both included."""

    def checked(value):
        if not low <= value <= high:
            raise ValueError(f"must be between {low} and {high}")
        return value

    return AfterValidator(checked)


def texts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return texts none of which is blank."""
    if not all(value.strip() for value in values):
        raise ValueError("must hold texts that are not blank")
    return values


def nearest(word: object, known: Iterable[str], *, most: int = 1) -> str:
    """Return a question that names what holds a word, else at `most` so many spelled like it.

    Examples
    --------
    >>> nearest("weeks", ["weeks_to_sql", "weeks_to_patient", "margins"])
    '; did you mean weeks_to_sql or weeks_to_patient?'
    """
    if not isinstance(word, str) or not word:
        return ""
    names = {name.casefold(): name for name in known}
    word = word.casefold()
    near = [each for each in names if word in each][:5]
    near = near or get_close_matches(word, names, n=most, cutoff=0.6 if most == 1 else 0.5)
    return f"; did you mean {' or '.join(names[each] for each in near)}?" if near else ""


Weeks = Annotated[int, between(1, 260)]
#: A judgment of the front desk, 1 to 5; 0 asks for none.
Level = Annotated[int, between(0, 5)]
#: A list of texts; TOML and JSON know no tuple.
Texts = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(texts)]


class Assumptions(BaseModel):
    """The table ``[assumptions]`` of a clinic.toml; each key is explained there.

    Examples
    --------
    >>> Assumptions(weeks_to_sql=8, least_likelihood=4).changed()
    ['SQLs within 8 weeks instead of 13', 'qualified = likelihood 4 or more, where the front desk \
noted it']
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    weeks_to_sql: Weeks = SQL_HORIZON_WEEKS
    weeks_to_patient: Weeks = PATIENT_HORIZON_WEEKS
    excluded_campaigns: Texts = ()
    least_likelihood: Level = 0
    least_interest: Level = 0
    budget_needed: bool = False

    def weeks_to(self, event: str) -> int:
        """Return within how many weeks of the lead ``sql_at`` or ``patient_at`` counts.

        Examples
        --------
        >>> Assumptions().weeks_to("patient_at")
        26
        """
        return {"sql_at": self.weeks_to_sql, "patient_at": self.weeks_to_patient}[event]

    def changed(self) -> list[str]:
        """Return what differs from the defaults, each a plain phrase; empty where nothing does."""
        return [*self._horizons(), *self._campaigns(), *self._qualified()]

    def excludes(self, campaign: object) -> bool:
        """Return whether a campaign is left out; case and separators do not matter.

        Examples
        --------
        >>> Assumptions(excluded_campaigns=("Spring mailer",)).excludes(" spring-MAILER")
        True
        """
        return isinstance(campaign, str) and normal(campaign) in map(
            normal, self.excluded_campaigns
        )

    def missing(self, named: Iterable[str], *, only: Collection[str] | None = None) -> list[str]:
        """Return a sentence for each campaign to leave out that is not among those `named`.

        Examples
        --------
        >>> Assumptions(excluded_campaigns=("sprng mailer",)).missing(["Spring mailer", "Summer"])
        ['no campaign is called sprng mailer; did you mean Spring mailer?']
        """
        names = sorted(named)
        known = set(map(normal, names))
        wanted = self.excluded_campaigns if only is None else only
        return [
            f"no campaign is called {' '.join(name.split())}{nearest(name, names, most=3)}"
            for name in wanted
            if normal(name) not in known
        ]

    def comes_back(self, other: Assumptions) -> bool:
        """Return whether tables under these assumptions lack what they hold under others."""
        levels = ("least_likelihood", "least_interest", "budget_needed")
        lower = any(getattr(other, name) < getattr(self, name) for name in levels)
        return lower or not set(self.excluded_campaigns) <= set(other.excluded_campaigns)

    @property
    def redefines_sql(self) -> bool:
        """Whether qualified is more than what the front desk decided."""
        return any(self._qualified())

    def _horizons(self) -> Iterator[str]:
        for name, key in (("SQLs", "weeks_to_sql"), ("patients", "weeks_to_patient")):
            weeks, usual = getattr(self, key), type(self).model_fields[key].default
            if weeks != usual:
                yield f"{name} within {weeks} week{'s' * (weeks > 1)} instead of {usual}"

    def _campaigns(self) -> Iterator[str]:
        *most, last = [" ".join(each.split()) for each in self.excluded_campaigns] or [""]
        if last:
            names = f"{', '.join(most)} and {last}" if most else last
            yield f"without the campaign{'s' * bool(most)} {names}"

    def _qualified(self) -> Iterator[str]:
        levels = {"likelihood": self.least_likelihood, "interest": self.least_interest}
        asked = [f"{name} {least} or more" for name, least in levels.items() if least]
        if asked := asked + ["a budget"] * self.budget_needed:
            yield f"qualified = {', '.join(asked)}, where the front desk noted it"
