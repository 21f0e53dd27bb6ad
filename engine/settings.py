"""What can be set from outside: defaults, then `STEPLINE_*` from the environment, then arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.model import Invalid, Problem, problems_of
from engine.vault import key_fault

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """Read with `read_settings`, so that every mistake is told at once and by its environment name."""

    model_config = SettingsConfigDict(env_prefix="STEPLINE_", env_ignore_empty=True, extra="ignore")

    mongo_uri: SecretStr | None = Field(default=None, description="A MongoDB; none starts the embedded server.")
    data_dir: Path = Field(default=Path("var"), description="Where the embedded server keeps its files.")
    host: str = Field(default="127.0.0.1", description="Address of the pages.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the pages; 0 takes a free one.")
    mock_port: int = Field(default=9999, ge=0, le=65535, description="Port of the mock server.")
    secret_key: SecretStr | None = Field(
        default=None, description="Signs cookies; none makes one, kept in the data folder."
    )
    secret_keys: SecretStr | None = Field(
        default=None, description="Encrypt secrets, the first of them; none makes one, kept in the data folder."
    )
    sign_in: Literal["required", "off"] = Field(
        default="required", description="`off` lets everybody act who reaches the pages; on a loopback address only."
    )
    proxies: int = Field(default=0, ge=0, le=9, description="Proxies in front of the pages, whose X-Forwarded-* hold.")
    insecure_cookies: bool = Field(default=False, description="Lets cookies travel without TLS from a public address.")
    web_workers: int = Field(default=1, ge=1, le=64, description="Processes that gunicorn serves the pages with.")
    live: int = Field(default=500, ge=0, description="Browsers that a page process keeps up to date; others poll.")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG … ERROR.")

    tasks: int = Field(default=200, ge=1, description="Tasks that a worker holds at once.")
    calls: int = Field(default=100, ge=1, description="Calls in flight at once in a worker.")
    lease_s: float = Field(default=30.0, ge=1, description="A worker that says nothing for so long is given up.")
    park_after_s: float = Field(default=2.0, ge=0, description="A task that waits longer is set down.")
    grace_s: float = Field(default=25.0, ge=0, description="How long calls in flight may take when a worker ends.")
    script_workers: int = Field(default=2, ge=1, le=32, description="Processes that run embedded scripts.")

    egress_allow: str = Field(
        default="127.0.0.0/8,::1/128", description="Private networks that APIs may be in, separated by commas."
    )

    @field_validator("secret_keys")
    @classmethod
    def _keys(cls, keys: SecretStr | None) -> SecretStr | None:
        given = keys.get_secret_value().split(",") if keys else ()
        faults = [fault for key in given if (fault := key_fault(key.strip()))]
        if faults:
            raise ValueError(f"keys are separated by commas, and {faults[0]}")
        return keys

    @field_validator("sign_in")
    @classmethod
    def _not_off_for_all_the_world(cls, sign_in: str, others: ValidationInfo) -> str:
        host = others.data.get("host")
        if sign_in == "off" and host not in LOOPBACK:
            raise ValueError(f"cannot be off while STEPLINE_HOST is {host}: set one of the two back")
        return sign_in

    @property
    def local(self) -> bool:
        """Whether nobody but this machine reaches the pages, neither directly nor through a proxy."""
        return self.host in LOOPBACK and not self.proxies


def read_settings(**given: Any) -> Settings:
    """The settings; what is given and not None goes before the environment. Raises `Invalid`."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise Invalid(
            Problem(f"STEPLINE_{problem.path.upper()}", problem.message, problem.hint) for problem in problems_of(error)
        ) from None
