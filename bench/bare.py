"""The baseline: the seed's nine calls in the seed's order, with gevent and `requests.Session` and nothing else."""

from __future__ import annotations

from typing import Any

import gevent
import requests
from requests.adapters import HTTPAdapter


class Bare:
    def __init__(self, url: str, pool: int) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=pool, pool_block=False))

    def run(self) -> dict[str, Any]:
        """One task: api1 four times, then api2 beside api3 and api4 behind api2, then api5 beside api6."""
        names = [self._get("api1", name="*" * (index + 1))["name"] for index in range(4)]
        name = names[3]
        sex = gevent.spawn(self._get, "api3", name=name)
        age = self._get("api2", name=name)["age"]
        old = self._get("api4", age=age)["isold"]
        grade = gevent.spawn(self._get, "api5", age=age, name=name, sex=sex.get()["sex"])
        msg = self._get("api6", name=name, isold=old)
        return grade.get() | msg

    def _get(self, api: str, **args: Any) -> dict[str, Any]:
        answer = self._session.get(f"{self._url}/{api}", params=args, timeout=30)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result
