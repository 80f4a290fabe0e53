"""What people run by hand: the demonstration, the live check, the fault benchmark and the speed benchmark."""
