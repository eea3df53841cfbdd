"""Our failure rate of Stream's events, at which Stream warns and switches the handler off."""
