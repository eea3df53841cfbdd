"""The version of Stream POS."""

VERSION = "0.1.0"
