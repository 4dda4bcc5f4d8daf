"""The best groups for a problem, and the proof that none are better.

Pure: it knows problems and groups as numbers, the standard library, numpy and HiGHS.
"""

from lti_tool.groups.solver.counting import Limits, Solution, Status, solve

__all__ = ["Limits", "Solution", "Status", "solve"]
