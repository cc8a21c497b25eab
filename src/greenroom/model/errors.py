"""Every way Greenroom can refuse: a cause, what to do about it, and an exit code. Nothing enters."""


class GreenroomError(Exception):
    """Greenroom could not do this."""

    exit_code = 9
    default_hint = "See what stands where with: greenroom status"

    def __init__(
        self,
        message: str = "",
        *,
        hint: str = "",
        details: tuple[str, ...] = (),
        findings: list[dict[str, object]] | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.hint = hint or self.default_hint
        # One line for each thing that the message counts, told above it.
        self.details = details
        # What the kernel found when it refused, row by row.
        self.findings = findings or []
        super().__init__(self.message)


class DeclarationError(GreenroomError):
    """Something declared or asked for does not fit together."""

    exit_code = 10
    default_hint = "See how with: greenroom VERB --help"


class UnknownTarget(DeclarationError):
    """No pack, board, dataset or scope has this name."""

    exit_code = 11
    default_hint = "See the names with: greenroom catalog"


class UnknownSetting(DeclarationError):
    """An environment variable of ours is misspelt."""

    exit_code = 12
    default_hint = "See the names with: greenroom settings"


class BadSetting(DeclarationError):
    """A setting has a value that cannot be used."""

    exit_code = 13
    default_hint = "See types and defaults with: greenroom settings"


class BadDeclaration(DeclarationError):
    """A pack declares something that contradicts itself."""

    exit_code = 14


class UnknownColumn(DeclarationError):
    """A row has a column that its dataset does not declare."""

    exit_code = 15


class SourceError(GreenroomError):
    """A source did not give what it promises."""

    exit_code = 20
    default_hint = "Look at the file or page itself, then repeat."
    # The address that was asked in vain, where one was: as it is told, without secrets.
    address = ""


class SourceMissing(SourceError):
    """The source is not there."""

    exit_code = 21
    default_hint = "Correct the path or address."


class SourceUnreadable(SourceError):
    """The source is there but cannot be read."""

    exit_code = 22


class SourceEmpty(SourceError):
    """The source holds no rows; nothing was staged."""

    exit_code = 23


class ContractBroken(SourceError):
    """The source lacks something it must have, such as a required column."""

    exit_code = 24


class NotAllowed(SourceError):
    """This address may not be fetched."""

    exit_code = 25


class SiteRefuses(SourceUnreadable):
    """The site does not give this to a program."""

    exit_code = 26
    default_hint = "Save it in a browser, and give the file with --from FILE."


class AuditError(GreenroomError):
    """The audit could not be done."""

    exit_code = 30
    default_hint = "See what waits with: greenroom status"


class UnknownBatch(AuditError):
    """There is no such batch."""

    exit_code = 31
    default_hint = "See what is staged with: greenroom status"


class UnknownCheck(AuditError):
    """There is no such check."""

    exit_code = 32


class UnknownRow(AuditError):
    """There is no such row."""

    exit_code = 34
    default_hint = "See the rows with: greenroom edits TARGET --rows"


class EditConflict(AuditError):
    """Somebody else changed the same cell meanwhile; nothing was written."""

    exit_code = 35
    default_hint = "Look at both values, and decide."


class ApprovalVoid(AuditError):
    """What was approved has changed since."""

    exit_code = 33


class Blocked(AuditError):
    """The gate says no; nothing was written."""

    # 1, not a thirty: scripts tell "the data are not good enough" from "the program failed" by it.
    exit_code = 1


class ReleaseError(GreenroomError):
    """The release could not be made."""

    exit_code = 40
    default_hint = "See what was released with: greenroom releases"


class Drifted(ReleaseError):
    """Production was changed by hand since the last release."""

    exit_code = 41


class RollbackRefused(ReleaseError):
    """A later release touched the same rows and would be undone unseen."""

    exit_code = 43


class UnknownRelease(ReleaseError):
    """There is no such release."""

    exit_code = 44
    default_hint = "See them with: greenroom releases"


class ScopeBusy(ReleaseError):
    """Somebody else is publishing this scope."""

    exit_code = 45
    default_hint = "Wait for the other run to end, then repeat."


class SwitchRefused(ReleaseError):
    """The search_path was not switched."""

    exit_code = 46
    default_hint = "See what is set with: greenroom switch-over --dry-run"


class DatabaseError(GreenroomError):
    """The database refused."""

    exit_code = 50
    default_hint = "Look at the database with: greenroom db doctor"


class CannotConnect(DatabaseError):
    """The database cannot be reached."""

    exit_code = 51
    default_hint = "Check host, port and password with: greenroom db doctor"


class WrongServerVersion(DatabaseError):
    """The server is older than PostgreSQL 15."""

    exit_code = 52
    default_hint = "Use PostgreSQL 15 or newer."


class NoRights(DatabaseError):
    """The database user lacks a right that is needed."""

    exit_code = 53
    default_hint = "See what is missing with: greenroom db doctor"


class DiskFull(DatabaseError):
    """The database server's disk is full; nothing was written."""

    exit_code = 54
    default_hint = "Make room on the server, then repeat."


class ConnectionLost(DatabaseError):
    """The connection to the database was lost."""

    exit_code = 55
    default_hint = "Repeat: what was committed is found again, the rest was undone."


class ForeignObjects(DatabaseError):
    """Objects that Greenroom did not make stand in the way."""

    exit_code = 56


class TimedOut(DatabaseError):
    """The database took longer than allowed; nothing was written."""

    exit_code = 57
    default_hint = "Allow more with GREENROOM_STATEMENT_TIMEOUT_SECONDS, or use a direct connection."


class ReadOnly(DatabaseError):
    """The database only reads: it is a replica, or set so."""

    exit_code = 58
    default_hint = "Point DATABASE_URL at the primary server."


class ServerTrouble(DatabaseError):
    """The private PostgreSQL could not be run."""

    exit_code = 59
