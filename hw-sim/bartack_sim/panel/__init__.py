"""What stands before an operator: lamps, a buzzer, a character display, on wires that a driver
switches. Written from the data sheets."""
