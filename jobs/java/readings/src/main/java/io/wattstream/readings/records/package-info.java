/** Records of Kafka as rows, and the order in which they arrived. */
package io.wattstream.readings.records;
