"""Tests: unit (pure), integration (real database and HTTP), acceptance, fault and e2e (a real browser)."""
