"""Events of the channel to Stream: the bodies of its events, and the receiver they go to."""
