"""Tests: unit (pure), contract (the store alone), integration (database, HTTP), acceptance, fault, e2e (a browser)."""
