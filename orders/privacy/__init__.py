"""Erasure of personal data, and search by phone number."""
