"""Run web server, worker and scheduler as child processes of one command."""
