/** Readings on their way to where their meter is kept, by windows of time. */
package io.wattstream.readings.windows;
