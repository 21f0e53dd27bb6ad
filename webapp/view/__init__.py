"""What pages show, as frozen data: worked out from tasks, plans and a given time. Pure.

May import `engine.model` and `engine.plan`.
"""
