"""Events owed to Stream: writing, signing, expiry, redaction."""
