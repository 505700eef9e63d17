-- When was the last reading of a slice? A slice that ends on a minute belongs to the minute before.
slice_end_ms - 1 - MOD(slice_end_ms - 1, 60000) + last_stamped / ${stamp_unit}
