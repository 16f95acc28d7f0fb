"""What makes the environment and starts the course. Standard library only: it runs before anything is installed."""
