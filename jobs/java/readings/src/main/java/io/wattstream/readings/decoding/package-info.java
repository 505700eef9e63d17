/** What the bytes of a message are: a reading, a heartbeat, or neither, and then why. */
package io.wattstream.readings.decoding;
