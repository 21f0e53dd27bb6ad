"""What an event is about when it is no task: a name that no task's id can be."""

DEFINITIONS = "definitions/all"


def subject_of_secret(name: str) -> str:
    return f"secret/{name}"


def subject_of_user(name: str) -> str:
    return f"user/{name}"
