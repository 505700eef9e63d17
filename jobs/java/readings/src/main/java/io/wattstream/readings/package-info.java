/** What Python and SQL call by name. No package below knows this one. */
package io.wattstream.readings;
