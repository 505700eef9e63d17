"""What energy costs: plans, calendars, prices and the lines of a bill that come of them."""
