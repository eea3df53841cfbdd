"""Run web server and worker as child processes of one command."""
