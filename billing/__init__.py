"""What customers owe for what their registers counted: pure rules, without I/O and clock."""
