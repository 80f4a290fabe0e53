"""The fault benchmark: the real script against the simulator, through every fault that a program can inject.

`make faults` prints a table: row, fault, verdict, calls, seconds. *pass* is a job rescued, *safe* a clean, bounded
error of the right class, *fail* anything else: a hang, a bad answer as a success, a leaked secret, a lost or twice-paid
turn, a wrong flag. The row names are those of the project's fault catalogue; S01 to S16 the public Failover Bench's.
"""
