"""Our version, as pyproject.toml has it; a test keeps the two alike."""

VERSION = "0.1.0"
