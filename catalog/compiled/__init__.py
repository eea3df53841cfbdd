"""Menus in the form that orders are judged by: compiled by the worker, held by web processes."""
