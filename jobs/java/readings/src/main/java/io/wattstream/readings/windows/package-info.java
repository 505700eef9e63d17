/** What meters did in windows of time: readings added up to slices, slices to minutes. */
package io.wattstream.readings.windows;
