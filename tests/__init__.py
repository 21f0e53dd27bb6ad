"""Tests: unit (pure), integration (a real database, real HTTP), acceptance, fault and e2e (a real browser)."""
