"""Signing in, and pages that stay open while somebody signs in again."""
