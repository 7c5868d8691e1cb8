"""The settings, from the environment only."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.faults import StartFault

PREFIX: Final = "METERGLASS_"


class Settings(BaseSettings):
    """What an operator may set, as `METERGLASS_…`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    database_url_owner: str | None = Field(
        default=None, description="Address of the database with the owner's login."
    )
    database_url_writer: str | None = Field(
        default=None, description="Address of the database with the writer's login."
    )
    database_url_portal: str | None = Field(
        default=None, description="Address of the database with the portal's login."
    )
    database_url_administrator: str | None = Field(
        default=None,
        description=(
            "Address of the database with an administrator's login; only for `jobs database init`."
        ),
    )
    data_directory: Path = Field(
        default=Path(".meterglass"),
        description="Folder of the embedded database, used when no address is set.",
    )
    signing_key: Path | None = Field(
        default=None,
        description=(
            "File of the private key that signs what is issued; `signing.key` in the data "
            "directory, where the database is the embedded one."
        ),
    )
    heads: Path | None = Field(
        default=None,
        description=(
            "Folder that keeps each client's newest signed manifest, away from the database; "
            "`heads` in the data directory, where the database is the embedded one."
        ),
    )
    address: str = Field(
        default="127.0.0.1", description="Network address on which the portal listens."
    )
    port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8501, description="Port on which the portal listens."
    )
    public_url: str | None = Field(
        default=None,
        description="Address under which browsers reach the portal, like https://portal.example.com.",
    )
    database_connections: Annotated[int, Field(ge=1, le=500)] = Field(
        default=10,
        description=(
            "Connections to the database that a portal process keeps; as many again for a while."
        ),
    )
    database_seconds: Annotated[int, Field(ge=1, le=600)] = Field(
        default=15,
        description="Seconds that a page waits for an answer of the database before it says so.",
    )
    session_idle_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(
        default=30, description="Minutes without an action after which a session ends."
    )
    session_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=12, description="Hours after which a session ends in any case."
    )
    post_bytes: Annotated[int, Field(ge=1024, le=67_108_864)] = Field(
        default=4_194_304, description="Longest body of a post of events, unpacked, bytes."
    )
    posts_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=6000, description="Posts of one key that a process takes within a minute."
    )
    refused_bytes_per_hour: Annotated[int, Field(ge=1, le=1_000_000_000_000)] = Field(
        default=134_217_728,
        description="Bytes of refused events that a process keeps for one key within an hour.",
    )
    failed_keys_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=30,
        description="Wrong keys that a process looks up for one address within a minute.",
    )
    demo: bool = Field(
        default=False, description="Whether the sign-in page offers the people of the demo."
    )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    Args:
        environment: variables to look through for unknown names; the process's own by default.

    Raises:
        StartFault: a variable is unknown or its value impossible; one sentence that names it.
    """
    variables = os.environ if environment is None else environment
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = sorted(
        name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        message = f"{unknown[0]} is not a setting of Meterglass; the README lists all of them."
        raise StartFault(message)
    try:
        return Settings()
    except ValidationError as fault:
        raise StartFault(_sentence(fault)) from None


def _sentence(fault: ValidationError) -> str:
    first = fault.errors(include_input=False, include_url=False)[0]
    name = f"{PREFIX}{first['loc'][0]}".upper()
    return f"{name} cannot be used: {first['msg']}."
