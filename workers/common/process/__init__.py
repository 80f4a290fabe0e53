"""I am a process: stdin, stdout, signals, deadline, exit status. What runs inside knows nothing of it."""
