"""Answers that need nothing of Django's request, and are given without it."""
