"""Threads, progress, cancel; project events as Qt signals."""

from desktop.jobs.events import ProjectEvents
from desktop.jobs.runner import Job, JobRunner, State

__all__ = ["Job", "JobRunner", "ProjectEvents", "State"]
