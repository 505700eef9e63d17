/** What is known of every meter, and what follows from it: history, live state, groups. */
package io.wattstream.readings.ledger;
