"""The people and programs that the demo plays: staff, a guest, a front end."""
