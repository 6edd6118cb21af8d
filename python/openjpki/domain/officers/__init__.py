"""Officers whose signature counts: what they are called, and where they may act."""

from openjpki.domain.officers.enrolled import EnrolledKey, KeyState
from openjpki.domain.officers.enrolment import KeyPeriod
from openjpki.domain.officers.officer import Officer, OfficerRole

__all__ = ["EnrolledKey", "KeyPeriod", "KeyState", "Officer", "OfficerRole"]
