"""The fault suite: workers die and sleep, the database goes away, APIs misbehave; an oracle judges.

An API server in a process of its own logs every request; a checker compares its log with what the database says in the
end. Faults come from outside or from wrapped methods in the suite's own worker process: the product has no hooks.
"""
